"""What is refused at the door costs a real service no memory, whoever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support import centre as under_test
from support import months
from support.centre import ISSUER, Databases
from support.door import ADDRESS
from support.hostile_bodies import JSON, UNREADABLE, WRONG, written
from support.service import Service, service
from support.serving import Answer, Served, chunked, request

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(),
    reason="the kernel does not tell a process's peak",
)

AT_ONCE = 8
LARGE = 20_000_000  # bytes
LIMIT_MIB = 1  # that a body may have


@dataclass(frozen=True)
class Stage:
    """A service as an operator runs it, and who may send to it."""

    service: Service
    served: Served
    headers: dict[str, str]

    @property
    def proc(self) -> Path:
        assert self.service.process
        return Path("/proc", str(self.service.process.pid))

    @property
    def peak_mib(self) -> float:
        """The most that the service has had in memory since `now_mib` was asked for."""
        lines = (self.proc / "status").read_text().splitlines()
        (line,) = [line for line in lines if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024

    def now_mib(self) -> float:
        """What it has in memory; its peak is counted from here on."""
        (self.proc / "clear_refs").write_text("5")
        return self.peak_mib

    async def put(self, body: bytes) -> Answer:
        return await self.served.ask(request("PUT", ADDRESS, self.headers, body))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stage(databases: Databases) -> AsyncIterator[Stage]:
    async with under_test.centre(databases) as centre:
        centre.clock.now = datetime.now(UTC)
        await centre.programme("MX-NLE-01")
        with service() as running:
            running.more["CAUCE_DATA_DIR"] = str(centre.settings.data_dir)
            running.more["CAUCE_DATABASE_URL"] = centre.database_url
            running.more["CAUCE_ISSUER"] = ISSUER
            await asyncio.to_thread(running.start)
            headers = await (await centre.state("MX-NLE")).headers() | JSON
            found = Stage(running, Served(centre, running.port), headers)
            for body in (b"[]", written(months.month() | {"contract": 1})):
                assert (await found.put(body)).status == 422  # what it needs once, it has then
            yield found


async def test_what_is_too_large_is_not_kept(stage: Stage) -> None:
    before = stage.now_mib()
    body = b'{"x": "' + b"x" * LARGE + b'"}'
    for spelled in (request, chunked):
        data = spelled("PUT", ADDRESS, stage.headers, body)
        answers = await asyncio.gather(*(stage.served.ask(data) for _ in range(AT_ONCE)))
        assert {answer.status for answer in answers} == {413}
    grown = stage.peak_mib - before

    print(f"{2 * AT_ONCE} bodies of {LARGE // 10**6} MB: the peak grew by {grown:.0f} MiB")
    # What each may have had before it was too much, and as much again on its way.
    assert grown < 2 * AT_ONCE * LIMIT_MIB + 16


async def test_heads_without_end_are_not_kept(stage: Stage) -> None:
    before = stage.now_mib()
    heads = [
        b"GET /" + b"x" * LARGE,
        b"GET /livez HTTP/1.1\r\nX: " + b"x" * LARGE,
        b"GET /livez HTTP/1.1\r\n" + b"X-Header: x\r\n" * (LARGE // 13),
        b"\r\n" * (LARGE // 2),
    ]
    for head in heads:
        await asyncio.gather(*(_sent_until_it_is_refused(stage, head) for _ in range(AT_ONCE)))
    grown = stage.peak_mib - before

    print(
        f"{AT_ONCE * len(heads)} heads of {LARGE // 10**6} MB: the peak grew by {grown:.0f} MiB"
    )
    assert grown < 16


async def _sent_until_it_is_refused(stage: Stage, head: bytes) -> None:
    async with stage.served.connection() as connection:
        await connection.send(head)
        with suppress(ConnectionError):
            while await connection.reader.read(4096):
                pass


async def test_the_table_of_hostile_bodies_leaves_nothing_behind(stage: Stage) -> None:
    bodies = [*UNREADABLE.values(), *(body for body, *_ in WRONG.values())]

    async def send_all() -> None:
        for body in bodies:
            assert (await stage.put(body)).status in (400, 422)

    before = stage.now_mib()
    await send_all()
    once = stage.peak_mib
    for _ in range(3):
        await send_all()
    again = stage.peak_mib

    print(f"{len(bodies)} bodies: {before:.0f} MiB, peak {once:.0f}, then {again:.0f}")
    assert once - before < 64  # a mebibyte of rubbish is tens of them, while it is read
    assert again - once < 24
