"""Sequence numbers grow in commit order: who has seen one never meets a smaller new one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.store import log
from cauce.store.connect import COORDINATION, NATION, Reach, connect, transaction
from support.centre import Centre

CHH, NLE = Reach("state", "MX-CHH"), Reach("state", "MX-NLE")
WAITING = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def engine(centre: Centre) -> AsyncIterator[AsyncEngine]:
    """Connections beside those of the service's own pool."""
    found = connect(centre.database_url, pool_size=20)
    yield found
    await found.dispose()


async def add(engine: AsyncEngine, reach: Reach, state: str) -> None:
    async with transaction(engine, reach) as tx:
        await log.add(tx, state, "explanation", at="x", by="x")


async def seen(engine: AsyncEngine) -> list[tuple[int, str]]:
    """What a reader sees now: sequence and state of each entry, by sequence."""
    async with transaction(engine, NATION) as tx:
        rows = await tx.execute(text("SELECT sequence, state FROM log_entry ORDER BY 1"))
        return [(row.sequence, row.state) for row in rows]


@asynccontextmanager
async def held_open(engine: AsyncEngine, *, has_added: bool) -> AsyncIterator[None]:
    """A transaction of NLE that has taken its log's end, and perhaps added its entry."""
    async with transaction(engine, NLE) as tx:
        end = await log.take_end(tx, "MX-NLE")
        if has_added:
            link = log.link(end, '{"kind":"explanation"}')
            await tx.execute(log.ADD_ENTRY, link.row)
        yield
        if not has_added:
            link = log.link(end, '{"kind":"explanation"}')
            await tx.execute(log.ADD_ENTRY, link.row)


async def test_who_began_first_and_commits_last_comes_last(engine: AsyncEngine) -> None:
    async with held_open(engine, has_added=False):
        for _ in range(3):
            await add(engine, CHH, "MX-CHH")  # another state does not wait
        cursor = await seen(engine)
        assert [state for _, state in cursor] == ["MX-CHH"] * 3

    after = await seen(engine)

    assert after[:3] == cursor
    assert after[3][1] == "MX-NLE"
    assert after[3][0] > cursor[-1][0]


async def test_an_entry_that_has_its_number_is_waited_for(engine: AsyncEngine) -> None:
    """Else the other state's larger number would be seen before it."""
    async with held_open(engine, has_added=True):
        other = asyncio.create_task(add(engine, CHH, "MX-CHH"))
        while not await waiting(engine):
            assert not other.done()
        assert await seen(engine) == []
    await other

    assert [state for _, state in await seen(engine)] == ["MX-NLE", "MX-CHH"]


async def waiting(engine: AsyncEngine) -> int:
    async with transaction(engine, NATION) as tx:
        return int((await tx.execute(text(WAITING))).scalar_one())


async def test_what_is_rolled_back_leaves_a_gap_and_no_disorder(engine: AsyncEngine) -> None:
    await add(engine, CHH, "MX-CHH")
    async with transaction(engine, NLE) as tx:
        await log.add(tx, "MX-NLE", "explanation", at="x", by="x")
        await tx.rollback()
    await add(engine, CHH, "MX-CHH")

    numbers = [number for number, _ in await seen(engine)]
    assert numbers == sorted(numbers)
    assert numbers[1] - numbers[0] == 2


async def test_a_reader_who_follows_the_numbers_misses_nothing(engine: AsyncEngine) -> None:
    """Eight writers in four logs, each a while in its transaction, and a reader throughout."""
    states = ("MX-CHH", "MX-DUR", "MX-NLE", "MX-YUC")
    rng = random.Random(7)
    is_over = asyncio.Event()
    followed: list[tuple[int, str]] = []

    async def write(state: str) -> None:
        reach = COORDINATION if rng.random() < 0.5 else Reach("state", state)
        for _ in range(25):
            async with transaction(engine, reach) as tx:
                await tx.execute(
                    text("SELECT pg_sleep(:seconds)"), {"seconds": rng.random() / 200}
                )
                kind = "return" if reach == COORDINATION else "explanation"
                await log.add(tx, state, kind, at="x", by="x")
                await tx.execute(
                    text("SELECT pg_sleep(:seconds)"), {"seconds": rng.random() / 200}
                )

    async def follow() -> None:
        while True:
            was_over = is_over.is_set()
            last = followed[-1][0] if followed else 0
            followed.extend(entry for entry in await seen(engine) if entry[0] > last)
            if was_over:
                return

    reading = asyncio.create_task(follow())
    await asyncio.gather(*(write(state) for state in states * 2))
    is_over.set()
    await reading

    assert followed == await seen(engine)
    assert len(followed) == 200
