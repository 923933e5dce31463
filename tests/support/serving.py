"""The centre behind a real server on a loopback port, spoken to byte by byte."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn

from cauce.listening import BoundedHead, config
from support.centre import Centre

PATIENCE = 30.0  # seconds for one answer: far above what any may take


class _Server(uvicorn.Server):
    """A server that says when it listens and leaves the test run's signal handlers alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came over the wire; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The slug of the problem that it is."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json()["type"]).removeprefix("/problems/")


class Connection:
    """One connection; what is not sent as a whole request can be sent in pieces."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Send as much as the other side takes: it may answer and hang up before the end."""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def answer(self) -> Answer:
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(first.split()[1]), headers, body)

    async def ask(self, data: bytes) -> Answer:
        """Send a request and take its answer, which may come before the last byte is sent."""
        sending = asyncio.create_task(self.send(data))
        try:
            return await self.answer()
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Served:
    """Where the centre listens."""

    centre: Centre
    port: int

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        opened = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        try:
            yield opened
        finally:
            await opened.close()

    async def ask(self, data: bytes) -> Answer:
        async with self.connection() as connection:
            return await connection.ask(data)


@asynccontextmanager
async def served(
    centre: Centre, http: type[BoundedHead] = BoundedHead
) -> AsyncIterator[Served]:
    """The centre's application under uvicorn, with the settings that `serve` gives it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(config(centre.app, lifespan="off", http=http))
    running = asyncio.create_task(server.serve([listener]))
    await server.listens.wait()
    try:
        yield Served(centre, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await running


def head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The first line and headers of a request, with the empty line that ends them."""
    lines = [f"{method} {path} HTTP/1.1", "Host: cauce.example"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    return head(method, path, {"Content-Length": str(len(body)), **headers}) + body


def chunked(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request with its body in chunks of 64 KiB, whose sum nobody says beforehand."""
    step = 64 * 1024
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    data = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return head(method, path, {"Transfer-Encoding": "chunked", **headers}) + data
