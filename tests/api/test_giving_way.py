"""Of two transactions that wait for each other one gives way, and is done again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.connect import (
    NATION,
    DatabaseUnavailable,
    Overtaken,
    Reach,
    transaction,
    until_not_overtaken,
)
from support.centre import Centre, Client, Databases
from support.coordination import send
from support.found import of_database
from support.months import steady

NLE = Reach("state", "MX-NLE")
CLAIM = "SELECT pg_advisory_xact_lock(hashtextextended('{}', 0))"
TAKE_END = "SELECT head FROM state_log WHERE state = 'MX-NLE' FOR UPDATE"


async def claim(tx: AsyncConnection, name: str) -> None:
    await tx.execute(text(CLAIM.format(name)))


class Crosswise:
    """Two who take two locks, each in the other's order; `begun` counts how often they did."""

    def __init__(self, centre: Centre) -> None:
        self._engine = centre.engine
        self._both_hold = asyncio.Barrier(2)
        self.begun: Counter[str] = Counter()

    async def take(self, first: str, then: str) -> str:
        async with transaction(self._engine, NLE, claim=first) as tx:
            self.begun[first] += 1
            if self.begun[first] == 1:
                await self._both_hold.wait()
            await claim(tx, then)
        return first


async def test_one_of_two_crosswise_gives_way_as_what_can_be_sent_again(
    centre: Centre,
) -> None:
    two = Crosswise(centre)
    outcomes = await asyncio.gather(
        two.take("a", "b"), two.take("b", "a"), return_exceptions=True
    )

    assert sum(isinstance(each, Overtaken) for each in outcomes) == 1
    assert sum(isinstance(each, str) for each in outcomes) == 1
    assert issubclass(Overtaken, DatabaseUnavailable)  # which is answered 503, with Retry-After


async def test_who_gave_way_is_done_again_and_both_are_done(centre: Centre) -> None:
    two = Crosswise(centre)
    done = await asyncio.gather(
        until_not_overtaken(lambda: two.take("a", "b")),
        until_not_overtaken(lambda: two.take("b", "a")),
    )

    assert set(done) == {"a", "b"}
    assert sorted(two.begun.values()) == [1, 2]


async def test_what_is_overtaken_again_and_again_is_given_up(centre: Centre) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        async with transaction(centre.engine, NATION) as tx:
            await tx.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(Overtaken):
        await until_not_overtaken(work)
    assert tries == 5


@pytest.fixture
async def nle(centre: Centre) -> Client:
    """Of a state whose log has begun."""
    await centre.programme("MX-NLE-01")
    client = await centre.state("MX-NLE")
    await client.accepted(steady("2026-08"))
    return client


async def crossed(
    centre: Centre, databases: Databases, sent: Awaitable[httpx.Response]
) -> httpx.Response:
    """The answer to a request that waits for a log's end, whose holder wants its programme."""
    async with databases.connected(of_database(centre)) as other:
        await other.execute("SET deadlock_timeout = '10min'")  # so that the request finds out
        async with other.transaction():
            await other.execute(TAKE_END)
            sending = asyncio.ensure_future(sent)
            await centre.until_somebody_waits()
            await other.execute(CLAIM.format("MX-NLE-01"))
    return await sending


async def test_a_month_whose_transaction_gave_way_is_accepted_all_the_same(
    centre: Centre, databases: Databases, nle: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await crossed(centre, databases, nle.put(steady("2026-09", incentives=3)))

    assert caplog.messages == ["a transaction gave way to another"]
    assert (answer.status_code, answer.json()["revision"]) == (201, 1), answer.text
    assert [each["period"] for each in await centre.entries("revision")] == [
        "2026-08",
        "2026-09",
    ]


async def test_an_act_whose_transaction_gave_way_is_to_be_sent_again(
    centre: Centre, databases: Databases, nle: Client
) -> None:
    coordinator, path = await centre.coordinator(), "/v1/submissions/MX-NLE-01/2026-09/waiver"
    body = {"code": "strike", "text": "Huelga todo el mes."}
    answer = await crossed(centre, databases, send(coordinator, "PUT", path, body))

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert await centre.entries("waiver") == []
    assert (await send(coordinator, "PUT", path, body)).status_code == 201
