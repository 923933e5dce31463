"""cauce-service serve: the centre, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Annotated

import typer
import uvicorn

from cauce import log_lines
from cauce.app import create_app
from cauce.commands.installation import (
    installation,
    require_migrated,
    say,
    settings_of,
    stop,
)
from cauce.listening import config
from cauce.settings import Settings
from cauce.store.open import Addresses


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
) -> None:
    """Serve the centre; without CAUCE_DATABASE_URL on a PostgreSQL of its own."""
    settings = settings_of(host=host, port=port)
    with listener(settings) as socket_, installation("national", settings) as addresses:
        if not addresses.is_embedded:
            asyncio.run(require_migrated(addresses))
        say(f"Cauce at {settings.issuer} · data in {settings.data_dir} · Ctrl-C ends it")
        logging.basicConfig(handlers=[log_lines.handler()], level="INFO")
        listen(settings, addresses, socket_)


def listener(settings: Settings) -> socket.socket:
    """The socket to listen on, taken before anything slow is done."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as fault:
        raise stop(
            f"Cannot listen on {settings.host}:{settings.port}: {fault.strerror}."
            " Choose another port, as in CAUCE_PORT=8001."
        ) from None


def listen(
    settings: Settings, addresses: Addresses, socket_: socket.socket, *, is_demo: bool = False
) -> None:
    """Answer requests until a signal ends it; what is in flight is finished first."""
    app = create_app(settings, addresses.app, is_demo=is_demo)
    uvicorn.Server(config(app, timeout_graceful_shutdown=20)).run([socket_])
