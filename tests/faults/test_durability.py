"""A receipt says `sync` where what is committed is on a standby's disk too, else `local`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from cauce.store import log
from cauce.store.connect import Reach, connect, transaction
from support import centre as under_test
from support.centre import Centre, Databases

NLE = Reach("state", "MX-NLE")
WAITS_FOR = {
    "on": "sync",
    "remote_apply": "sync",
    "remote_write": "local",  # for its memory, not for its disk
    "local": "local",
    "off": "local",
}


@pytest.fixture
def own_cluster() -> Iterator[Databases]:
    """Who awaits a standby is said for all of a PostgreSQL."""
    with under_test.databases() as found:
        yield found


async def await_a_standby(databases: Databases) -> None:
    await databases.execute("ALTER SYSTEM SET synchronous_standby_names = 'other'")
    await databases.execute("SELECT pg_reload_conf()")
    async with databases.connected("cauce") as connection, asyncio.timeout(30):
        told = ""
        while told != "other":  # each question lets some time pass
            told = await connection.fetchval("SHOW synchronous_standby_names")


async def test_durability_is_what_a_commit_waits_for(own_cluster: Databases) -> None:
    """Nothing is committed: there is no standby, and a commit would wait for one for ever."""
    await await_a_standby(own_cluster)
    engine = connect(own_cluster.cluster.url("cauce_app"), pool_size=1)
    for commit_waits, durability in WAITS_FOR.items():
        async with transaction(engine, NLE) as tx:
            await tx.execute(text(f"SET LOCAL synchronous_commit = '{commit_waits}'"))
            end = await log.take_end(tx, "MX-NLE")
            await tx.rollback()

        assert end.durability == durability, commit_waits
    await engine.dispose()


async def test_without_a_standby_it_is_this_disk_alone(centre: Centre) -> None:
    async with transaction(centre.engine, NLE) as tx:
        end = await log.take_end(tx, "MX-NLE")
        await tx.rollback()

    assert end.durability == "local"
