"""A client's calls are limited over all processes, and no deadline's rush is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from cauce.access.quota import Quota
from cauce.app import create_app
from support import centre as under_test
from support.centre import ISSUER, Centre, Databases, later

PATH = "/v1/indicators"
BUSIEST = 99 * 5  # programmes of a state; a month rehearsed, sent, read, corrected, sent again


@asynccontextmanager
async def another_process(centre: Centre) -> AsyncIterator[Centre]:
    """A second application on the same database, with the same keys."""
    app = create_app(centre.settings, centre.database_url, clock=centre.clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield replace(centre, app=app, http=http)
    await app.state.running.close()


async def test_two_processes_let_no_more_calls_in_than_one(databases: Databases) -> None:
    async with under_test.centre(databases, calls_a_minute=150) as centre:
        coordinator = await centre.coordinator()
        headers = await coordinator.headers()
        async with another_process(centre) as other:
            statuses = [
                (await each.http.get(PATH, headers=headers)).status_code
                for _ in range(110)
                for each in (centre, other)
            ]

            later(centre.clock, seconds=60)
            again = [await each.http.get(PATH, headers=headers) for each in (centre, other)]

    assert statuses.count(200) == 150
    assert statuses.count(429) == 70
    assert [answer.status_code for answer in again] == [200, 200]


async def test_who_calls_too_often_is_told_when_to_come_back_and_others_are_not_touched(
    databases: Databases,
) -> None:
    async with under_test.centre(databases, calls_a_minute=3) as centre:
        coordinator, nle = await centre.coordinator(), await centre.state("MX-NLE")
        answers = []
        for _ in range(4):
            answers.append(await coordinator.get(PATH))
            later(centre.clock, seconds=10)
        other = await nle.get(PATH)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"calls";q=3;w=60'}
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"calls";r=2;t=60',
        '"calls";r=1;t=50',
        '"calls";r=0;t=40',
        '"calls";r=0;t=30',
    ]
    refused = answers[-1]
    assert refused.headers["Retry-After"] == "30"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too-many-calls"
    assert other.status_code == 200
    assert other.headers["RateLimit"] == '"calls";r=2;t=60'


async def test_the_rush_of_a_deadline_is_never_throttled(centre: Centre) -> None:
    """All states within one instant, each with the most programmes that it can have.

    Five other processes have leased calls of theirs, and use one each.
    """
    limit = centre.settings.calls_a_minute
    for state in centre.app.state.running.contract.states:
        quota, *idle = (Quota(centre.engine, "calls", limit) for _ in range(6))
        for each in idle:
            await each.take(state, centre.clock.now)

        waits = [
            (await quota.take(state, centre.clock.now)).wait for _ in range(BUSIEST - len(idle))
        ]

        assert not any(waits), state


async def test_a_lease_that_nobody_uses_is_lost_until_the_window_ends_and_no_longer(
    centre: Centre,
) -> None:
    quota, idle = (Quota(centre.engine, "calls", 100, lease=60) for _ in range(2))
    now = centre.clock.now
    await idle.take("cl_x", now)

    waits = [(await quota.take("cl_x", now)).wait for _ in range(41)]

    assert waits == [0] * 40 + [60]
    later(centre.clock, seconds=60)
    assert (await quota.take("cl_x", centre.clock.now)).calls == 99


async def test_failed_assertions_are_limited_by_address_and_good_ones_are_not(
    databases: Databases,
) -> None:
    async with under_test.centre(databases, failed_assertions_a_minute=2) as centre:
        nle = await centre.state("MX-NLE")
        forged = nle.assertion(aud="https://elsewhere.example")

        answers = [await centre.ask_for_token(forged) for _ in range(3)]
        good = await centre.ask_for_token(nle.assertion())
        later(centre.clock, seconds=60)
        after = await centre.ask_for_token(nle.assertion(aud="https://elsewhere.example"))

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert answers[-1].json()["type"] == "/problems/too-many-failures"
    assert good.status_code == 200
    assert after.status_code == 401
