"""A keep-alive HTTP/1.1 connection that costs next to nothing: the load, not the measured."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.processes import BenchFailed

_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n")
_BUFFER = 2**20  # bytes, so that a large answer is not read by the spoonful


@dataclass(frozen=True, slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        return int(head[9:12]), body

    async def ask(self, request: bytes, expected: int) -> bytes:
        """The body of the answer; BenchFailed where its status is not the expected one."""
        status, body = await self.answer(request)
        if status != expected:
            line = request.partition(b"\r\n")[0].decode()
            raise BenchFailed(f"{line}: {status} instead of {expected}: {body[:500].decode()}")
        return body


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_BUFFER)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """A request as it goes over the wire, written before the clock runs."""
    head = (
        f"{method} {path} HTTP/1.1\r\n"
        "host: cauce.example\r\n"
        f"authorization: Bearer {token}\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def cpu_seconds(port: int) -> float:
    """The CPU time that the server's process has used."""
    async with connected(port) as connection:
        return float(await connection.ask(request("GET", "/bench/cpu"), 200))
