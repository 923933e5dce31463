"""Where the application forgot to ask, the database still says no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.access import credentials, sessions, sign_in_links
from cauce.access.caller import Caller
from cauce.demo.coordinator import enter_coordinator
from cauce.store import acts, migrate
from cauce.store.connect import (
    ACCESS,
    ADMIN,
    AUDIT,
    COORDINATION,
    LOG,
    NATION,
    PUBLIC,
    Reach,
    connect,
    transaction,
)
from cauce_contract import Month, load_all
from support import centre as under_test
from support import months
from support.centre import Centre, Client, Databases, moved

NLE, CHH = Reach("state", "MX-NLE"), Reach("state", "MX-CHH")
SEPTEMBER = "?from=2026-09&to=2026-09"
DENIED = "42501"  # insufficient_privilege: a missing grant, or a row that a policy refuses
RAISED = "P0001"  # raise_exception: what the trigger does

INSERT_REVISION = """
INSERT INTO revision
SELECT programme, period, revision + 7, state, contract, core_digest, content_digest, document,
    numbers, statuses, acknowledgements, 'error', 'x', client, received_at, log_position + 900,
    receipt, findings
FROM revision
"""
CALENDAR = (
    "INSERT INTO calendar_month VALUES ('2026-09-01', '2026-10-01', '2026-10-12', '2027-10-10')"
)
ENROLMENT = """
INSERT INTO enrolment VALUES (decode(repeat('ab', 32), 'hex'), 'MX-DUR', 'MX-DUR', '{x}', now())
"""
INVITATION = "INSERT INTO invitation VALUES (decode(repeat('ab', 32), 'hex'), :person, now())"
# A whole row of one's own making, for who sees none to copy from.
FORGED_REVISION = """
INSERT INTO revision VALUES ('{programme}', '2026-08-01', 1, '{state}', '1.0.0', 'x', 'x',
    '{{}}', '{{1}}', '{{1}}', '[]', NULL, NULL, 'cl_x', now(), 999, 'x')
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def nation(databases: Databases) -> AsyncIterator[Centre]:
    """A month each of two states, and a person with a link; no test changes anything."""
    async with under_test.centre(databases) as centre:
        await filled(centre)
        yield centre


async def filled(centre: Centre) -> dict[str, Client]:
    clients = {}
    for programme in ("MX-NLE-01", "MX-CHH-01"):
        await centre.programme(programme)
        clients[programme[:6]] = await centre.state(programme[:6])
        answer = await clients[programme[:6]].put(moved(months.month(), programme))
        assert answer.status_code == 201
        await centre.app.state.running.audit.flush()
    async with transaction(centre.engine, ADMIN) as tx:
        person = await enter_coordinator(tx, "ana@example.org")
        await sign_in_links.new_link(tx, person, centre.clock.now)
        await tx.execute(text(INVITATION), {"person": person})
    async with transaction(centre.engine, COORDINATION) as tx:
        await tx.execute(text(CALENDAR))
    async with transaction(centre.engine, LOG) as tx:
        await tx.execute(text("INSERT INTO checkpoint VALUES (1, now(), '[]', 'x')"))
    async with transaction(centre.engine, ADMIN) as tx:
        await tx.execute(text(ENROLMENT))
    async with transaction(centre.engine, ACCESS) as tx:
        await credentials.set_password(tx, person, "hash")
        await credentials.set_second_factor(tx, person, b"sealed", 0)
        await sessions.begin(tx, person, centre.clock.now)
        await tx.execute(text("INSERT INTO revoked_token VALUES ('x', now())"))
    return clients


@asynccontextmanager
async def signed_in_as(url: str, role: str | None) -> AsyncIterator[AsyncEngine]:
    engine = connect(url, role=role, pool_size=1)
    try:
        yield engine
    finally:
        await engine.dispose()


async def _count(engine: AsyncEngine, reach: Reach, table: str) -> int:
    async with transaction(engine, reach) as tx:
        return int((await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608  names of ours


async def _sqlstate(engine: AsyncEngine, reach: Reach, statement: str) -> str:
    """What PostgreSQL refuses the statement with; "" where it does not."""
    try:
        async with transaction(engine, reach) as tx:
            await tx.execute(text(statement))
            await tx.rollback()
    except DBAPIError as fault:
        return _code(fault)
    return ""


def _code(fault: BaseException | None) -> str:
    assert isinstance(fault, DBAPIError)
    return str(getattr(fault.orig, "sqlstate", "?"))


async def test_with_the_applications_check_gone_another_states_month_cannot_be_written(
    databases: Databases, month: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_test.centre(databases) as centre:
        clients = await filled(centre)
        chh = clients["MX-CHH"]
        own = (await clients["MX-NLE"].get("/v1/submissions/MX-NLE-01/2026-09")).json()
        month["measures"]["relapses"]["value"] = 1
        fresh = moved(month, "MX-NLE-01", "2026-08")
        correction = moved(month, "MX-NLE-01") | {
            "revision_reason": {"code": "error", "text": "de otro estado"}
        }
        assert (await chh.put(fresh)).status_code == 403
        monkeypatch.setattr(Caller, "speaks_for", lambda *_: None)

        answers = [
            await chh.put(fresh),
            await chh.put(month),
            await chh.put(correction),
            await chh.put(correction, If_Match='"1-0"'),
            await chh.put(fresh, If_None_Match="*"),
        ]

        assert [answer.status_code for answer in answers] == [500, 500, 500, 412, 500]
        assert await _count(centre.engine, NATION, "revision") == 2
        assert await _count(centre.engine, NLE, "state_log WHERE position > 1") == 0
        still = (await clients["MX-NLE"].get("/v1/submissions/MX-NLE-01/2026-09")).json()
        assert still == own


async def test_with_the_applications_check_gone_another_states_figures_read_as_nothing(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_test.centre(databases) as centre:
        chh = (await filled(centre))["MX-CHH"]
        monkeypatch.setattr(Caller, "speaks_for", lambda *_: None)

        for area in ("MX-NLE", "MX-NLE-01"):
            path = f"/v1/measures/active_close{SEPTEMBER}&area={area}"
            (item,) = (await chh.get(path)).json()["items"]
            assert (item["value"], item["numerator"], item["status"]) == (None, None, "O")
            assert item["coverage"]["reporting"] == 0
        (nation,) = (await chh.get(f"/v1/measures/active_close{SEPTEMBER}&area=MX")).json()[
            "items"
        ]
        assert (nation["value"], nation["coverage"]["missing"]) == (43, ["MX-NLE-01"])
        rows = (await chh.get(f"/v1/completeness{SEPTEMBER}&state=MX-NLE")).json()["items"]
        assert [
            (r["programme"], r["status"], r["revision"], r["received_at"]) for r in rows
        ] == [("MX-NLE-01", "missing", None, None)]
        assert (await chh.get("/v1/submissions/MX-NLE-01/2026-09")).status_code == 404
        for path in ("revisions", "revisions/1", "revisions/1/diff?against=1"):
            found = await chh.get(f"/v1/submissions/MX-NLE-01/2026-09/{path}")
            assert found.status_code == 404
        for query in ("state=MX-NLE", "programme=MX-NLE-01"):
            assert (await chh.get(f"/v1/submissions?{query}")).json()["items"] == []
        given = {"rule": "S06_capacity", "pointer": "/measures", "explanation": "x"}
        explained = await chh.post("/v1/submissions/MX-NLE-01/2026-09/explanations", given)
        assert explained.status_code == 404


# Rows that each reach sees of each table: the state's own, the other state's, the nation's,
# that of coordination, that of the log, that of who asks who calls, that of administration,
# that of the audit, and that of the public.
REACHES = (NLE, CHH, NATION, COORDINATION, LOG, ACCESS, ADMIN, AUDIT, PUBLIC)
SEEN: dict[str, tuple[int, ...]] = {
    "installation": (1,) * 9,
    "contract_layout": (2,) * 9,  # a row a version
    "programme": (2,) * 9,
    "roster_interval": (2,) * 9,
    "calendar_month": (1,) * 9,
    "state_log": (1, 1, 2, 2, 2, 0, 2, 0, 0),
    "log_entry": (1, 1, 2, 2, 0, 0, 0, 0, 0),
    "checkpoint": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "month": (1, 1, 2, 2, 0, 0, 0, 0, 0),
    "revision": (1, 1, 2, 2, 0, 0, 0, 0, 0),
    "revision_in_force": (1, 1, 2, 2, 0, 0, 0, 0, 0),
    "client": (0, 0, 0, 0, 0, 2, 2, 0, 0),
    "client_key": (0, 0, 0, 0, 0, 2, 2, 0, 0),
    "enrolment": (0, 0, 0, 0, 0, 0, 1, 0, 0),
    "revoked_token": (0, 0, 0, 0, 0, 1, 0, 0, 0),
    "used_assertion": (0, 0, 0, 0, 0, 2, 0, 0, 0),
    "person": (0, 0, 0, 0, 0, 1, 1, 0, 0),
    "sign_in_link": (0, 0, 0, 0, 0, 1, 1, 0, 0),
    "session": (0, 0, 0, 0, 0, 1, 0, 0, 0),
    "credential": (0, 0, 0, 0, 0, 1, 0, 0, 0),
    "recovery_code": (0, 0, 0, 0, 0, 10, 0, 0, 0),
    "invitation": (0, 0, 0, 0, 0, 1, 1, 0, 0),
    "throttle": (0, 0, 0, 0, 0, 2, 0, 0, 0),
    "audit_batch": (0, 0, 0, 0, 0, 0, 0, 2, 0),
    "audit_entry": (0, 0, 0, 0, 0, 0, 0, 2, 0),
}


@pytest.mark.parametrize("table", SEEN)
async def test_each_reach_sees_its_own_rows_and_no_others(table: str, nation: Centre) -> None:
    seen = [await _count(nation.engine, reach, table) for reach in REACHES]
    assert tuple(seen) == SEEN[table]


async def test_a_state_sees_only_rows_that_bear_its_name(nation: Centre) -> None:
    for table in ("revision", "revision_in_force", "state_log", "log_entry", "month"):
        for reach in (NLE, CHH):
            async with transaction(nation.engine, reach) as tx:
                found = await tx.execute(text(f"SELECT DISTINCT state FROM {table}"))  # noqa: S608  ours
                assert found.scalars().all() == [reach.state]


@pytest.mark.parametrize(
    "state", ["", "MX", "MX-", "%", "MX-NLE-01", "mx-nle", "MX-NLE' OR 'a'='a"]
)
async def test_a_name_that_is_no_state_sees_no_state(state: str, nation: Centre) -> None:
    for table in ("revision", "state_log", "log_entry", "month"):
        assert await _count(nation.engine, Reach("state", state), table) == 0


async def test_a_transaction_without_a_reach_sees_nothing_and_inherits_nothing(
    nation: Centre,
) -> None:
    async with signed_in_as(nation.database_url, "cauce_app") as engine:
        for before in (None, NLE, NATION, ADMIN):
            if before:
                await _count(engine, before, "revision")
            async with engine.begin() as connection:
                for table in (
                    "revision",
                    "state_log",
                    "log_entry",
                    "month",
                    "client",
                    "session",
                ):
                    count = await connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  ours
                    assert count.scalar_one() == 0, (table, before)


async def test_a_state_adds_rows_of_its_own_only(nation: Centre) -> None:
    other = FORGED_REVISION.format(programme="MX-CHH-01", state="MX-CHH")
    own = FORGED_REVISION.format(programme="MX-NLE-01", state="MX-NLE")
    own_log = "UPDATE state_log SET position = position + 1"
    others_log = "INSERT INTO state_log VALUES ('MX-CHH', 50)"

    assert await _sqlstate(nation.engine, NLE, own) == ""
    assert await _sqlstate(nation.engine, NLE, own_log) == ""
    for statement in (
        other,
        others_log,
        f"{others_log} ON CONFLICT (state) DO UPDATE SET position = 50",
        "UPDATE state_log SET state = 'MX-DUR'",
        own.replace("'MX-NLE'", "'MX-CHH'"),
    ):
        assert await _sqlstate(nation.engine, NLE, statement) in (DENIED, "23514"), statement
    async with transaction(nation.engine, NLE) as tx:
        reached = await tx.execute(
            text("UPDATE state_log SET position = 9 WHERE state = 'MX-CHH'")
        )
        assert reached.rowcount == 0
    assert await _count(nation.engine, CHH, "state_log WHERE position = 1") == 1


ENTRY = """
INSERT INTO log_entry (state, position, entry, salt, head) VALUES ('{state}', 900,
    '{{"kind": "{kind}", "programme": "{state}-01", "period": "2026-09"}}',
    decode(repeat('00', 16), 'hex'), decode(repeat('00', 32), 'hex'))
"""
SAID = ("revision", "explanation", "extension_request")
DECIDED = ("return", "waiver", "waiver_withdrawal", "extension", "roster", "calendar")


@pytest.mark.parametrize("kind", [*SAID, *DECIDED])
async def test_a_state_says_and_coordination_decides_and_neither_does_the_others_part(
    kind: str, nation: Centre
) -> None:
    own, others = (ENTRY.format(state=state, kind=kind) for state in ("MX-NLE", "MX-CHH"))
    is_said = kind in SAID

    assert await _sqlstate(nation.engine, NLE, own) == ("" if is_said else DENIED)
    assert await _sqlstate(nation.engine, NLE, others) == DENIED
    by_coordination = "" if not is_said else DENIED
    assert await _sqlstate(nation.engine, COORDINATION, others) == by_coordination
    for reach in (NATION, LOG, ACCESS, ADMIN, PUBLIC):
        assert await _sqlstate(nation.engine, reach, own) == DENIED


@pytest.mark.parametrize(
    "given", ["waived = true", "due = '2026-12-31'", "open_until = '2027-12-31'"]
)
async def test_a_state_cannot_give_itself_a_waiver_or_days(given: str, nation: Centre) -> None:
    column, value = given.split(" = ")
    stands = f"UPDATE month SET {given} WHERE programme = 'MX-NLE-01'"  # noqa: S608  ours
    never_reported = (
        f"INSERT INTO month (programme, period, state, {column})"  # noqa: S608  ours
        f" VALUES ('MX-NLE-01', '2026-07-01', 'MX-NLE', {value})"
    )

    for statement in (stands, never_reported):
        assert await _sqlstate(nation.engine, NLE, statement) == DENIED
        assert await _sqlstate(nation.engine, COORDINATION, statement) == ""
    flags = "UPDATE month SET returned = false, needs_correction = true"
    assert await _sqlstate(nation.engine, NLE, flags) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE programme SET name = 'otro', backfill_until = '2099-12-31'",
        "UPDATE roster_interval SET until = NULL",
        "DELETE FROM roster_interval",
        "UPDATE calendar_month SET due = '2026-12-31'",
        "DELETE FROM calendar_month",
    ],
)
async def test_roster_and_calendar_change_by_coordination_alone(
    statement: str, nation: Centre
) -> None:
    for reach in REACHES:
        async with transaction(nation.engine, reach) as tx:
            reached = await tx.execute(text(statement))
            await tx.rollback()
        assert (reached.rowcount > 0) == (reach == COORDINATION), reach
    interval = "INSERT INTO roster_interval VALUES ('MX-NLE-01', '2030-01-01', NULL, 'active')"
    for added in (interval, CALENDAR.replace("2026-09", "2026-08")):
        for reach in (NLE, NATION, LOG, ACCESS, PUBLIC):
            assert await _sqlstate(nation.engine, reach, added) == DENIED


OF_CLIENTS = ("client", "client_revocation", "client_key", "client_key_revocation")
ADD_KEY = "INSERT INTO client_key VALUES ('{client}', 'k', '{{}}', now())"
LINK = Reach("enrolment", "ab" * 32)


async def client_ids(centre: Centre) -> dict[str, str]:
    """By name."""
    async with transaction(centre.engine, ADMIN) as tx:
        rows = await tx.execute(text("SELECT name, id FROM client"))
        return {row.name: row.id for row in rows}


@pytest.mark.parametrize("kind", ["person", "person_invitation", "person_disablement"])
async def test_who_may_sign_in_is_said_by_administration_alone_in_the_nations_log(
    kind: str, nation: Centre
) -> None:
    said = ENTRY.format(state="MX", kind=kind).replace('"programme": "MX-01", ', "")
    assert await _sqlstate(nation.engine, ADMIN, said) == ""
    for reach in (NLE, NATION, COORDINATION, LOG, ACCESS, AUDIT, LINK, PUBLIC):
        assert await _sqlstate(nation.engine, reach, said) == DENIED
    in_a_states = ENTRY.format(state="MX-NLE", kind=kind)
    assert await _sqlstate(nation.engine, ADMIN, in_a_states) == DENIED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE person SET role = 'admin'",
        "UPDATE person SET email = 'x@example.org'",
        "DELETE FROM person",
        "UPDATE invitation SET expires_at = now()",
        "UPDATE recovery_code SET digest = digest",
    ],
)
async def test_nobody_changes_who_a_person_is(statement: str, nation: Centre) -> None:
    for reach in REACHES:
        assert await _sqlstate(nation.engine, reach, statement) == DENIED


async def test_administration_disables_a_person_for_ever(nation: Centre) -> None:
    gone = "UPDATE person SET disabled_at = now()"
    back = "UPDATE person SET disabled_at = NULL"
    for reach in REACHES:
        async with transaction(nation.engine, reach) as tx:
            reached = (await tx.execute(text(gone))).rowcount
            assert reached == (reach == ADMIN), reach
            assert (await tx.execute(text(back))).rowcount == 0
            await tx.rollback()


@pytest.mark.parametrize("kind", OF_CLIENTS)
async def test_who_has_a_key_is_said_by_administration_the_client_and_its_link_alone(
    kind: str, nation: Centre
) -> None:
    said = ENTRY.format(state="MX-NLE", kind=kind)
    for reach in (ADMIN, Reach("client", "cl_x"), LINK):
        assert await _sqlstate(nation.engine, reach, said) == ""
    for reach in (NLE, NATION, COORDINATION, LOG, ACCESS, AUDIT, PUBLIC):
        assert await _sqlstate(nation.engine, reach, said) == DENIED


async def test_a_client_sees_and_changes_its_own_keys_and_no_others(nation: Centre) -> None:
    ids = await client_ids(nation)
    own = Reach("client", ids["MX-NLE"])
    seen = {
        table: await _count(nation.engine, own, table)
        for table in ("client", "client_key", "enrolment", "used_assertion", "revision")
    }
    assert seen == {
        "client": 1,
        "client_key": 1,
        "enrolment": 0,
        "used_assertion": 0,
        "revision": 0,
    }
    mine, others = (ADD_KEY.format(client=ids[name]) for name in ("MX-NLE", "MX-CHH"))
    assert await _sqlstate(nation.engine, own, mine) == ""
    assert await _sqlstate(nation.engine, own, others) == DENIED
    for statement in (
        "UPDATE client_key SET not_after = NULL",
        f"UPDATE client_key SET client = '{ids['MX-CHH']}'",  # noqa: S608  ours
        "DELETE FROM client_key",
    ):
        assert await _sqlstate(nation.engine, own, statement) == DENIED
    async with transaction(nation.engine, own) as tx:
        revoke = text("UPDATE client_key SET revoked_at = now()")
        assert (await tx.execute(revoke)).rowcount == 1
        back = text("UPDATE client_key SET revoked_at = NULL")
        assert (await tx.execute(back)).rowcount == 0  # what is revoked stays so
        await tx.rollback()


async def test_administration_cannot_bring_a_client_back_either(nation: Centre) -> None:
    async with transaction(nation.engine, ADMIN) as tx:
        assert (await tx.execute(text("UPDATE client SET revoked_at = now()"))).rowcount == 2
        assert (await tx.execute(text("UPDATE client SET revoked_at = NULL"))).rowcount == 0
        await tx.rollback()


@pytest.mark.parametrize(
    ("values", "sqlstate"),
    [
        ("'cl_new', 'MX-DUR', 'MX-DUR', '{x}', now()", ""),
        ("'cl_new', 'MX-DUR', NULL, '{x}', now()", DENIED),
        ("'cl_new', 'MX-DUR', 'MX-CHH', '{x}', now()", DENIED),
        ("'cl_new', 'MX-DUR', 'MX-DUR', '{x,admin}', now()", DENIED),
        ("'cl_new', 'another', 'MX-DUR', '{x}', now()", DENIED),
        ("'cl_other', 'MX-DUR', 'MX-DUR', '{x}', now()", DENIED),
    ],
)
async def test_a_link_makes_the_client_that_it_was_made_for_and_no_other(
    values: str, sqlstate: str, nation: Centre
) -> None:
    used = text("UPDATE enrolment SET client = 'cl_new'")

    async def enrolled() -> None:
        async with transaction(nation.engine, LINK) as tx:
            assert (await tx.execute(used)).rowcount == 1
            assert (await tx.execute(used)).rowcount == 0  # once
            await tx.execute(text(f"INSERT INTO client VALUES ({values})"))  # noqa: S608  ours
            await tx.execute(text(ADD_KEY.format(client="cl_new")))
            await tx.rollback()

    if not sqlstate:
        await enrolled()
        return
    with pytest.raises(DBAPIError) as refused:
        await enrolled()
    assert _code(refused.value) == sqlstate


async def test_who_holds_no_link_finds_none(nation: Centre) -> None:
    for digest in ("", "cd" * 32, "%"):
        assert await _count(nation.engine, Reach("enrolment", digest), "enrolment") == 0
    others = ADD_KEY.format(client=(await client_ids(nation))["MX-NLE"])
    assert await _sqlstate(nation.engine, LINK, others) == DENIED


async def test_with_the_applications_check_gone_nobody_acts_in_anothers_log(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_test.centre(databases) as centre:
        clients = await filled(centre)
        chh = clients["MX-CHH"]
        path = "/v1/submissions/MX-NLE-01/2026-09"
        more = {"until": "2031-12-31", "text": "Más días."}
        assert (await chh.post(f"{path}/extension-requests", more)).status_code == 403
        monkeypatch.setattr(Caller, "speaks_for", lambda *_: None)

        answer = await chh.post(f"{path}/extension-requests", more)

        assert answer.status_code == 500
        assert await _count(centre.engine, NATION, "log_entry WHERE kind <> 'revision'") == 0
        async with transaction(centre.engine, CHH) as tx:
            kinds: tuple[acts.Kind, ...] = get_args(acts.Kind)
            assert await acts.about(tx, "MX-NLE-01", Month(2026, 9), *kinds) == []


@pytest.mark.parametrize("reach", REACHES[2:], ids=lambda reach: reach.kind)
async def test_nobody_but_a_state_adds_revisions(reach: Reach, nation: Centre) -> None:
    forged = FORGED_REVISION.format(programme="MX-NLE-01", state="MX-NLE")

    assert await _sqlstate(nation.engine, reach, forged) == DENIED
    log = "INSERT INTO state_log VALUES ('MX-DUR', 1)"
    may = reach in (COORDINATION, ADMIN)  # whose acts stand in the states' logs
    assert await _sqlstate(nation.engine, reach, log) == ("" if may else DENIED)


async def test_the_nation_cannot_copy_what_it_reads_back_in(nation: Centre) -> None:
    assert await _sqlstate(nation.engine, NATION, INSERT_REVISION) == DENIED


CHANGES = (
    "UPDATE revision SET document = '{}'",
    "UPDATE revision SET document = '{}' WHERE false",
    "DELETE FROM revision",
    "TRUNCATE revision CASCADE",
    (
        "INSERT INTO revision TABLE revision"
        " ON CONFLICT (state, log_position) DO UPDATE SET document = '{}'"
    ),
    "MERGE INTO revision USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("log_entry", "entry"),
        ("checkpoint", "statement"),
        ("audit_entry", "entry"),
        ("audit_batch", "digest"),
    ],
)
async def test_nobody_changes_the_log_or_the_audit_or_what_was_said_of_them(
    table: str, column: str, nation: Centre
) -> None:
    for statement in (
        f"DELETE FROM {table}",  # noqa: S608  names of ours
        f"TRUNCATE {table} CASCADE",
        f"UPDATE {table} SET {column} = '{{}}'",  # noqa: S608  names of ours
    ):
        for reach in REACHES:
            assert await _sqlstate(nation.engine, reach, statement) == DENIED
        async with signed_in_as(nation.owner_url, None) as engine:
            assert await _sqlstate(engine, LOG, statement) == RAISED


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_service_has_no_right_to_change_a_revision(
    statement: str, nation: Centre
) -> None:
    for reach in REACHES:
        assert await _sqlstate(nation.engine, reach, statement) == DENIED


@pytest.mark.parametrize("statement", CHANGES[:4])
async def test_the_tables_owner_cannot_change_a_revision_either(
    statement: str, nation: Centre
) -> None:
    async with signed_in_as(nation.owner_url, None) as engine:
        assert await _sqlstate(engine, NLE, statement) == RAISED


async def test_a_superuser_meets_the_trigger_as_well(
    databases: Databases, nation: Centre
) -> None:
    url = nation.owner_url.replace("cauce_owner", "postgres")
    async with signed_in_as(url, None) as engine:
        for statement in CHANGES[:4]:
            assert await _sqlstate(engine, NLE, statement) == RAISED


async def test_the_tables_owner_is_held_to_the_policies_too(nation: Centre) -> None:
    async with signed_in_as(nation.owner_url, None) as engine:
        seen = [await _count(engine, reach, "revision") for reach in REACHES]
    assert tuple(seen) == SEEN["revision"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE cauce_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION cauce_owner",
        "ALTER TABLE revision DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE revision NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE revision DISABLE TRIGGER append_only",
        "DROP POLICY select_revision ON revision",
        "CREATE POLICY mine ON revision USING (true)",
        "DROP TABLE revision",
        "CREATE TABLE mine (x int)",
        "ALTER ROLE cauce_app BYPASSRLS",
        "UPDATE alembic_version SET version_num = '0'",
        "UPDATE programme SET state = 'MX-CHH' WHERE id = 'MX-NLE-01'",
        "UPDATE client SET scopes = '{admin}'",
        "UPDATE client_key SET jwk = '{}'",
        "DELETE FROM client",
        "SET LOCAL row_security = off; SELECT * FROM revision",
        "SET session_replication_role = replica",
        "COPY revision TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
async def test_the_services_role_cannot_take_the_wall_down(
    statement: str, nation: Centre
) -> None:
    async def attempt() -> None:
        async with signed_in_as(nation.database_url, None) as engine, engine.begin() as tx:
            for each in statement.split("; "):
                await tx.execute(text(each))

    with pytest.raises(DBAPIError) as refused:
        await attempt()
    assert _code(refused.value) == DENIED


async def _rows(centre: Centre, query: str) -> list[Any]:
    async with signed_in_as(centre.owner_url, None) as engine, engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_the_services_role_is_no_owner_no_superuser_and_no_bypass(nation: Centre) -> None:
    (role,) = await _rows(
        nation,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = 'cauce_app'",
    )
    assert not any(role)
    owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'cauce_app'"
    assert await _rows(nation, owned) == []
    member = (
        "SELECT rolname FROM pg_roles"
        " WHERE rolname <> 'cauce_app' AND pg_has_role('cauce_app', oid, 'MEMBER')"
    )
    assert await _rows(nation, member) == []


async def test_every_table_has_row_level_security_forced(nation: Centre) -> None:
    tables = await _rows(
        nation,
        "SELECT relname, relrowsecurity, relforcerowsecurity,"
        " EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid), pg_get_userbyid(relowner)"
        " FROM pg_class c WHERE relkind IN ('r', 'p', 'f', 'm')"
        " AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'",
    )

    assert {row[0] for row in tables} == SEEN.keys() - {"revision_in_force"}
    for name, *walls, owner in tables:
        assert walls == [True] * 3, name
        assert owner == "cauce_owner", name


async def test_views_look_with_the_askers_eyes_and_no_function_with_anothers(
    nation: Centre,
) -> None:
    views = await _rows(
        nation,
        "SELECT relname, reloptions FROM pg_class"
        " WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace",
    )
    assert views
    assert all("security_invoker=true" in (options or []) for _, options in views)
    definers = (
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert await _rows(nation, definers) == []


async def test_nothing_is_granted_to_everybody(nation: Centre) -> None:
    granted = (
        "SELECT table_name, privilege_type FROM information_schema.table_privileges"
        " WHERE table_schema = 'public' AND grantee = 'PUBLIC'"
    )
    assert await _rows(nation, granted) == []
    on_revision = (
        "SELECT privilege_type FROM information_schema.table_privileges"
        " WHERE table_name = 'revision' AND grantee = 'cauce_app' ORDER BY 1"
    )
    assert await _rows(nation, on_revision) == [("INSERT",), ("SELECT",)]


async def test_the_first_migration_can_be_taken_back_and_made_again(
    databases: Databases, month: dict[str, Any]
) -> None:
    tables = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'p', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    )
    async with under_test.centre(databases) as centre:
        await filled(centre)
        async with signed_in_as(centre.owner_url, None) as owner:
            before = sorted(await _rows(centre, _SHAPE))
            await centre.app.state.running.close()

            await migrate.downgrade(owner, "base")

            assert await _rows(centre, tables) == [("alembic_version",)]
            functions = (
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            )
            assert await _rows(centre, functions) == []
            ready = await centre.http.get("/readyz")
            assert (ready.status_code, ready.json()["migration"]) == (503, "behind")
            await migrate.upgrade(owner)
            assert sorted(await _rows(centre, _SHAPE)) == before
        await migrate.settle(centre.engine, load_all(), "national")
        assert (await centre.http.get("/readyz")).status_code == 200
        await centre.programme("MX-NLE-01")
        again = await centre.state("MX-NLE")
        assert (await again.put(month)).status_code == 201


# Every column, policy, grant and trigger.
_SHAPE = """
SELECT 'column', table_name, column_name, data_type || is_nullable
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'policy', tablename, policyname, concat(cmd, qual, with_check) FROM pg_policies
UNION ALL
SELECT 'grant', table_name, grantee, privilege_type
    FROM information_schema.table_privileges WHERE table_schema = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
