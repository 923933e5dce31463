"""Roster and calendar of a copy are edited without an entry in any log: it is found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support import centre as under_test
from support import tampering
from support.centre import Centre, Databases
from support.coordination import done, enter, entry
from support.tampering import OF_DECISIONS, Copy, Nation, changed, columns_of

ACTIVE, FOLLOW_UP = ("active", "2024-01", "2025-12"), ("follow_up", "2026-01", "2027-12")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


async def decide(centre: Centre) -> None:
    """Three programmes, one changed and one replaced, and the days of three months."""
    coordination = await centre.coordinator()
    await enter(coordination, "MX-CHH-01", entry(("active", "2025-01", None)))
    window = {"backfill_until": "2027-03-31"}
    await enter(coordination, "MX-NLE-01", entry(("active", "2024-01", None)))
    await enter(coordination, "MX-NLE-01", entry(ACTIVE, FOLLOW_UP, name="Guadalupe"))
    successor = entry(("active", "2026-01", None), replaces=["MX-NLE-01"], **window)
    await enter(coordination, "MX-NLE-10", successor)
    for number in (10, 11, 12):
        days = {"opens": "2027-01-01", "due": "2027-01-20", "closes": "2028-01-10"}
        await done(coordination, "PUT", f"/v1/calendar/2026-{number}", days)
    days["due"] = "2027-01-25"
    await done(coordination, "PUT", "/v1/calendar/2026-10", days)


@pytest.fixture(scope="module")
async def a_copy(databases: Databases) -> AsyncIterator[Copy]:
    async with under_test.centre(databases) as centre:
        await decide(centre)
        await centre.app.state.running.close()
        database = centre.database_url.partition("@/")[2].partition("?")[0]
        async with tampering.copied(databases, Nation(centre, database)) as found:
            yield found


@pytest.fixture
async def copy(a_copy: Copy) -> AsyncIterator[Copy]:
    yield a_copy
    await a_copy.back()


async def test_what_was_decided_and_not_touched_fits(copy: Copy) -> None:
    found = await copy.verified()

    assert found.faults.listed == []
    assert (found.logs, found.entries, found.unattested) == (3, 8, [])


COLUMNS = columns_of(OF_DECISIONS)


@pytest.mark.parametrize(
    ("table", "column", "kind"), COLUMNS, ids=[f"{table}.{name}" for table, name, _ in COLUMNS]
)
async def test_a_decision_that_is_changed_is_found(
    table: str, column: str, kind: str, copy: Copy
) -> None:
    for row in await copy.sql.fetch(f"SELECT ctid, * FROM {table}"):  # noqa: S608  ours
        edit = f"UPDATE {table} SET {column} = {changed(column, kind)} WHERE ctid = $1"  # noqa: S608  ours
        assert await copy.sql.execute(edit, row["ctid"]) == "UPDATE 1"
        await copy.expect_found(f"{table}.{column} of {dict(row)}")


@pytest.mark.parametrize("table", OF_DECISIONS)
async def test_a_decision_that_is_gone_or_there_twice_is_found(table: str, copy: Copy) -> None:
    for row in await copy.sql.fetch(f"SELECT ctid FROM {table}"):  # noqa: S608  ours
        for edit in ("DELETE FROM {0}", "INSERT INTO {0} SELECT * FROM {0}"):
            await copy.sql.execute(f"{edit.format(table)} WHERE ctid = $1", row["ctid"])
            await copy.expect_found(f"{edit.format(table)} of {row}")


async def test_the_first_row_that_no_entry_leads_to_is_named(copy: Copy) -> None:
    for edit in (
        "UPDATE programme SET name = 'Otro' WHERE id = 'MX-NLE-10'",
        "UPDATE roster_interval SET until = '2027-11-01' WHERE kind = 'follow_up'",
        "UPDATE roster_interval SET since = '2025-01-02' WHERE programme = 'MX-CHH-01'",
        "UPDATE calendar_month SET closes = '2030-01-01' WHERE period > '2026-10-01'",
    ):
        await copy.sql.execute(edit)

    assert await copy.found() == [
        "MX 2 2026-11: the month's closes is not what this entry says",
        "MX-CHH 1 MX-CHH-01: the programme's intervals is not what this entry says",
        "MX-NLE 2 MX-NLE-01: the programme's intervals is not what this entry says",
    ]
    await copy.back()

    await copy.sql.execute(
        "UPDATE calendar_month SET period = '2027-01-01' WHERE due = '2027-01-25'"
    )
    assert await copy.found() == ["MX 4 2026-10: the month of this entry is not there"]
    await copy.back()

    await copy.sql.execute("DELETE FROM log_entry WHERE state = 'MX'")
    await copy.sql.execute("DELETE FROM state_log WHERE state = 'MX'")
    assert "MX - 2026-10: no entry sets the days of this month" in await copy.found()


async def test_a_programme_that_no_entry_put_on_the_roster_is_told(copy: Copy) -> None:
    """It may be from before there were logs: no fault, and not passed over."""
    await copy.sql.execute(
        "INSERT INTO programme (id, state, name, kind)"
        " VALUES ('MX-CHH-02', 'MX-CHH', 'x', 'court')"
    )

    found = await copy.verified()

    assert (found.faults.listed, found.unattested) == ([], ["MX-CHH-02"])


@pytest.mark.parametrize(
    ("state", "position", "members", "what"),
    [
        ("MX", 4, {"kind": "calendars"}, "this build does not know acts of this kind"),
        ("MX-NLE", 3, {"kind": "rosters"}, "this build does not know acts of this kind"),
        ("MX-NLE", 3, {"entry": {"name": "Otro"}}, "the act cannot be read"),
        ("MX-NLE", 3, {"period": "2026-09"}, "this build does not know acts of this kind"),
    ],
)
async def test_an_act_that_this_build_cannot_read_is_a_fault(
    state: str, position: int, members: dict[str, object], what: str, copy: Copy
) -> None:
    """Also where the log itself was written so."""
    await copy.say(state, position, **members)
    await copy.sql.execute(
        "UPDATE log_entry SET kind = entry::jsonb ->> 'kind',"
        " period = ((entry::jsonb ->> 'period') || '-01')::date"
    )
    await copy.chain(state)

    (found,) = await copy.found()

    assert found.startswith(f"{state} {position} ")
    assert found.endswith(what)
