"""Between a service and its PostgreSQL: stops transactions at named points, and loses them.

Of PostgreSQL's protocol (3.0) it knows where a message ends, which statement has which name,
and when an answer is complete. All else passes as it comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a transaction at which it can be stopped.

    statement    what the text of the statement has in it
    given        what its parameters have in them
    after        what an earlier statement of the transaction has in it
    is_answered  False: PostgreSQL has not got the statement; True: it has done it, and the
                 service does not have the end of the answer
    passes       whether what was stopped goes through after all, as the last thing that does
    """

    name: str
    statement: str
    given: str = ""
    after: str = ""
    is_answered: bool = False
    passes: bool = False


@dataclass(slots=True)
class Stop:
    """A transaction that is to come to a point, and from when it is `reached` stands there.

    backend  the process of PostgreSQL that serves it
    held     what was to be passed on, and to whom
    """

    point: Point
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    backend: int = 0
    held: tuple[bytes, asyncio.StreamWriter] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its parameters as they are sent, and those of its transaction before."""

    statement: str = ""
    given: bytes = b""
    earlier: tuple[str, ...] = ()

    def following(self, statement: str, given: bytes) -> Asked:
        is_new = statement.startswith("BEGIN")
        return Asked(statement, given, () if is_new else (*self.earlier, self.statement))

    def is_at(self, point: Point, *, is_answered: bool) -> bool:
        return (
            point.is_answered is is_answered
            and point.statement in self.statement
            and point.given.encode() in self.given
            and (not point.after or any(point.after in each for each in self.earlier))
        )


class Proxy:
    """Listens in one directory as PostgreSQL does, and connects to the one in another."""

    def __init__(self, directory: Path, upstream: Path) -> None:
        self.directory = directory
        self.upstream = upstream
        self.latest: deque[str] = deque(maxlen=20)  # statements, to tell why a point was missed
        self._armed: Stop | None = None
        self._standing: list[Stop] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._is_open = asyncio.Event()
        self._is_open.set()

    def stop_at(self, point: Point) -> Stop:
        """Stop the next transaction that comes to the point; one is waited for at a time."""
        assert self._armed is None, f"nothing came to {self._armed}"
        self._armed = Stop(point)
        return self._armed

    def lose_all(self, kill: Callable[[], object]) -> None:
        """Pass on what passes, kill in the same instant, and lose every connection.

        New ones wait from then on until `let_in`.
        """
        self._is_open.clear()
        for stop in self._standing:
            if stop.point.passes and stop.held:
                data, writer = stop.held
                writer.write(data)  # it goes out at once: nothing else waits to be sent
        kill()
        for connection in self._connections:
            connection.cancel()
        self._standing.clear()

    def let_in(self) -> None:
        self._is_open.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection of the service's until one side ends it, or it is lost."""
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            await self._is_open.wait()
            upstream = str(self.upstream / SOCKET)
            server = await asyncio.open_unix_connection(upstream)
            await _Connection(self, (reader, writer), server).serve()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def stand(self, stop: Stop) -> None:
        """Let a transaction stand where it is, until it is lost."""
        self._armed = None
        self._standing.append(stop)
        stop.reached.set()
        await asyncio.Event().wait()

    def stop_of(self, asked: Asked, *, is_answered: bool) -> Stop | None:
        """The stop that is waited for, if a statement has come to its point."""
        stop = self._armed
        return stop if stop and asked.is_at(stop.point, is_answered=is_answered) else None


class _Connection:
    """One connection through the proxy."""

    def __init__(
        self,
        proxy: Proxy,
        service: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.proxy = proxy
        self.from_service, self.to_service = service
        self.from_server, self.to_server = server
        self.backend = 0
        self.prepared: dict[bytes, str] = {}
        self.asked = Asked()

    async def serve(self) -> None:
        ways = [asyncio.create_task(way()) for way in (self._there, self._back)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.to_server.close()

    async def _there(self) -> None:
        """What the service sends. The first message, alone, has no kind before its length."""
        self.to_server.write(await _sized(self.from_service))
        while True:
            kind, message = await _message(self.from_service)
            if kind == b"P":
                name, text, _ = message[5:].split(b"\0", 2)
                self.prepared[name] = text.decode()
            elif kind in (b"B", b"Q"):
                await self._ask(self._text(kind, message), message)
            self.to_server.write(message)
            await self.to_server.drain()

    def _text(self, kind: bytes, message: bytes) -> str:
        """The statement that a Query has, or a Bind names."""
        if kind == b"Q":
            return message[5:-1].decode()
        _portal, name, _ = message[5:].split(b"\0", 2)
        return self.prepared[name]

    async def _ask(self, statement: str, message: bytes) -> None:
        self.asked = self.asked.following(statement, message)
        self.proxy.latest.append(statement)
        if stop := self.proxy.stop_of(self.asked, is_answered=False):
            await self._stand(stop, message, self.to_server)

    async def _back(self) -> None:
        """What PostgreSQL answers; from CommandComplete to ReadyForQuery it goes in one."""
        done = b""
        while True:
            kind, message = await _message(self.from_server)
            if kind == b"K":
                self.backend = int.from_bytes(message[5:9])
            if done or kind == b"C":
                done += message
                if kind != b"Z":
                    continue
                message, done = done, b""
                if stop := self.proxy.stop_of(self.asked, is_answered=True):
                    await self._stand(stop, message, self.to_service)
            self.to_service.write(message)
            await self.to_service.drain()

    async def _stand(self, stop: Stop, held: bytes, to: asyncio.StreamWriter) -> None:
        stop.backend, stop.held = self.backend, (held, to)
        await self.proxy.stand(stop)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """A message's kind, and the whole of it."""
    kind = await reader.readexactly(1)
    return kind, kind + await _sized(reader)


async def _sized(reader: asyncio.StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length) - 4)


@asynccontextmanager
async def proxy(directory: Path, upstream: Path) -> AsyncIterator[Proxy]:
    """A proxy in a directory, before the PostgreSQL whose socket is in `upstream`."""
    found = Proxy(directory, upstream)
    server = await asyncio.start_unix_server(found.take, directory / SOCKET)
    try:
        yield found
    finally:
        server.close()
        found.lose_all(lambda: None)
        await server.wait_closed()
