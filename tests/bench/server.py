"""The server under measurement: one uvicorn process with the centre and a minimal endpoint."""

from __future__ import annotations

import argparse
import socket
import time
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from sqlalchemy import Column, MetaData, Table, Text, insert
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cauce.app import create_app
from cauce.listening import config
from cauce.settings import Settings
from support.centre import ISSUER

KEPT = Table("bench_minimal", MetaData(), Column("body", Text))


def minimal(database_url: str) -> FastAPI:
    """What any FastAPI service needs to keep a JSON body, and no more; and its process's CPU.

    Whatever could be argued is decided in its favour: the text is stored as it came rather than
    written again, nothing is returned, and connections are not tried before use.
    """
    engine = create_async_engine(database_url, pool_size=10, max_overflow=0)
    app = FastAPI()

    @app.put("/minimal")
    async def keep(request: Request) -> Response:
        await request.json()
        body = (await request.body()).decode()
        async with engine.begin() as tx:
            await tx.execute(insert(KEPT).values(body=body))
        return Response(status_code=201)

    @app.get("/bench/cpu")
    async def cpu() -> float:
        """Seconds of CPU that this process has used."""
        return time.process_time()

    return app


def beside(centre: ASGIApp, other: ASGIApp) -> ASGIApp:
    """Both as one application: the other has its own paths, the centre has the rest."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        is_other = scope.get("path", "").startswith(("/minimal", "/bench/"))
        await (other if is_other else centre)(scope, receive, send)

    return dispatch


def main() -> None:
    """Serve on a free port, which is printed, until a signal ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("database_url")
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        # A load comes from eight clients, faster than any may call.
        settings = Settings(given.data_dir, None, ISSUER, host, port, calls_a_minute=1_000_000)
        app = beside(create_app(settings, given.database_url), minimal(given.database_url))
        print(port, flush=True)
        # The loop is named, so that it is not missed.
        uvicorn.Server(config(app, loop="uvloop")).run([listener])


if __name__ == "__main__":
    main()
