"""What is limited is counted once, however many processes count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

from sqlalchemy import text

from cauce.access.throttle import Lease, lease, take
from cauce.store.connect import ACCESS, connect, transaction
from support.centre import Centre, later

ADDRESS = "sign-in 198.51.100.7 ana@example.org"


async def _kept(centre: Centre) -> list[tuple[bytes, int]]:
    async with transaction(centre.engine, ACCESS) as tx:
        found = await tx.execute(text("SELECT bucket, taken FROM throttle ORDER BY ends"))
        return [tuple(row) for row in found]


async def test_so_many_are_let_in_and_the_next_is_told_how_long_to_wait(centre: Centre) -> None:
    waits = []
    for _ in range(4):
        waits.append(await take(centre.engine, ADDRESS, 3, 60, centre.clock.now))
        later(centre.clock, seconds=5)

    assert waits == [0, 0, 0, 45]
    later(centre.clock, seconds=40)
    assert await take(centre.engine, ADDRESS, 3, 60, centre.clock.now) == 0
    assert await take(centre.engine, "another", 3, 60, centre.clock.now) == 0


async def test_asking_at_once_in_two_processes_lets_no_more_in(centre: Centre) -> None:
    other = connect(centre.database_url)
    try:
        waits = await asyncio.gather(
            *(
                take(engine, ADDRESS, 10, 60, centre.clock.now)
                for engine in (centre.engine, other) * 20
            )
        )
    finally:
        await other.dispose()

    assert sorted(waits) == [0] * 10 + [60] * 30


async def test_a_lease_is_as_large_as_what_is_left(centre: Centre) -> None:
    def leased(count: int) -> Awaitable[Lease]:
        return lease(centre.engine, "calls", 100, 60, centre.clock.now, count)

    taken = [await leased(60), await leased(60), await leased(60)]

    assert [(each.granted, each.left) for each in taken] == [(60, 40), (40, 0), (0, 0)]
    assert {each.ends for each in taken} == {centre.clock.now + timedelta(seconds=60)}


async def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_long(centre: Centre) -> None:
    await take(centre.engine, ADDRESS, 1, 60, centre.clock.now)

    earlier = centre.clock.now - timedelta(days=1)

    assert await take(centre.engine, ADDRESS, 1, 60, earlier) == 0
    assert await take(centre.engine, ADDRESS, 1, 60, earlier) == 60


async def test_nobodys_address_is_kept_and_nothing_for_longer_than_it_counts(
    centre: Centre,
) -> None:
    for number in range(5):
        await take(centre.engine, f"{ADDRESS} {number}", 3, 60, centre.clock.now)
    kept = await _kept(centre)
    assert len(kept) == 5
    assert all(len(bucket) == 32 and b"ana" not in bucket for bucket, _ in kept)

    later(centre.clock, seconds=60)
    await take(centre.engine, "another", 3, 60, centre.clock.now)

    assert len(await _kept(centre)) == 1
