"""Who did what is on record: every call of a known caller, in a chain that shows any change."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from cauce.access import sessions
from cauce.access.audit import CAPACITY, Audit, Call
from cauce.access.network import network
from cauce.demo.coordinator import enter_coordinator
from cauce.errors import Refusal
from cauce.log.audit_verify import check
from cauce.store.audit import last
from cauce.store.connect import ACCESS, ADMIN, AUDIT, DatabaseUnavailable, connect, transaction
from support.centre import Centre, Client, later
from support.found import recorded
from support.service import PROGRAMS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOWHERE = "postgresql+asyncpg://nobody@/none?host=/nonexistent"
SEPTEMBER = "from=2026-09&to=2026-09"


async def rows(centre: Centre) -> int:
    async with transaction(centre.engine, AUDIT) as tx:
        return int((await tx.execute(text("SELECT count(*) FROM audit_entry"))).scalar_one())


async def batch_of_two(centre: Centre) -> None:
    audit = centre.app.state.running.audit
    for operation in ("measure", "indicator"):
        audit.begin(is_read=True)
        audit.end(Call(at=NOON, operation=operation, client="cl_x"), 200)
    await audit.flush()


async def auditor(centre: Centre) -> Client:
    return await centre.client("auditor", "audit:read")


async def test_reads_and_writes_are_recorded_with_who_what_and_how_it_ended(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, coordinator = await centre.state("MX-NLE"), await centre.coordinator()

    await nle.accepted(month)
    await nle.put({**month, "programme": "MX-CHH-01"})
    await coordinator.get(f"/v1/indicators/graduation_rate?{SEPTEMBER}&area=MX,MX-NLE")
    await nle.get("/v1/submissions/MX-NLE-01/2026-09")

    at = {"at": "2026-11-23T12:00:00Z", "network": "127.0.0.0/24"}
    sent = {"client": nle.id, "key": nle.key.kid, "operation": "submit"}
    assert await recorded(centre) == [
        at | sent | {"status": 201, "about": {"programme": "MX-NLE-01", "period": "2026-09"}},
        at | sent | {"status": 403, "about": {"programme": "MX-CHH-01", "period": "2026-09"}},
        at
        | {
            "client": coordinator.id,
            "key": coordinator.key.kid,
            "operation": "indicator",
            "status": 200,
            "about": {
                "indicator": "graduation_rate",
                "area": "MX,MX-NLE",
                "from": "2026-09",
                "to": "2026-09",
            },
        },
        at
        | {
            "client": nle.id,
            "key": nle.key.kid,
            "operation": "submission",
            "status": 200,
            "about": {"programme": "MX-NLE-01", "period": "2026-09"},
        },
    ]


async def test_the_rows_are_written_within_a_second_of_the_answer(centre: Centre) -> None:
    coordinator = await centre.coordinator()
    await coordinator.get(f"/v1/indicators/graduation_rate?{SEPTEMBER}")

    async with asyncio.timeout(30):
        while not await rows(centre):  # noqa: ASYNC110  nothing says when the database has it
            await asyncio.sleep(0.05)


async def test_the_rows_are_written_when_the_service_stops(centre: Centre) -> None:
    coordinator = await centre.coordinator()
    async with centre.app.router.lifespan_context(centre.app):
        await coordinator.get(f"/v1/indicators/graduation_rate?{SEPTEMBER}")

    assert await rows(centre) == 1


async def test_two_processes_write_one_chain(centre: Centre) -> None:
    other = connect(centre.database_url)
    try:
        audits = [Audit(engine) for engine in (centre.engine, other)]
        for number in range(20):
            call = Call(at=centre.clock.now, operation=f"op_{number}", client="cl_x")
            for audit in audits:
                audit.begin(is_read=True)
                audit.end(call, 200)
            await asyncio.gather(*(audit.flush() for audit in audits))
        await asyncio.gather(*(audit.close() for audit in audits))
    finally:
        await other.dispose()

    async with transaction(centre.engine, AUDIT) as tx:
        done = await check(tx)
    assert (done.batches, done.entries, done.faults) == (40, 40, [])


async def test_nothing_of_what_was_sent_is_kept_but_ids_and_months(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, coordinator = await centre.state("MX-NLE"), await centre.coordinator()
    month["measures"]["relapses"]["note"] = canary = "CANARIO"

    await nle.put(month, If_Match=f'"{canary}"', User_Agent=canary, X_Forwarded_For=canary)
    await nle.put(month, f"?dry_run={canary}")
    for path in (
        f"/v1/indicators/{canary}",
        f"/v1/measures/{canary}?from={canary}&to=2026-09",
        f"/v1/measures/admissions?area=MX,{canary}",
        f"/v1/completeness?state={canary}",
        f"/v1/submissions/MX-NLE-01/{canary}",
        f"/v1/submissions/{canary}/2026-09",
        f"/v1/submissions?cursor={canary}&since={canary}",
        f"/v1/submissions/MX-NLE-01/2026-09/revisions/{canary}",
    ):
        await coordinator.get(path, Accept_Language=canary)

    kept = json.dumps(await recorded(centre))
    assert len(json.loads(kept)) == 10
    assert canary not in kept
    assert "MX-NLE-01" in kept
    for client in (nle, coordinator):
        assert not any(part in kept for part in (await client.token()).split("."))
    assert "Programa" not in kept
    assert "127.0.0.1" not in kept


def test_an_address_is_cut_to_its_network() -> None:
    assert network("198.51.100.77") == "198.51.100.0/24"
    assert network("2001:db8:1:2::9") == "2001:db8:1::/48"
    assert network("::ffff:198.51.100.77") == "198.51.100.0/24"
    assert network("/run/socket") is None


async def test_a_full_queue_refuses_reads_until_it_is_written_and_loses_nothing(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    audit = centre.app.state.running.audit
    async with centre.engine.connect() as other:
        await other.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('audit', 0))"))
        for _ in range(CAPACITY):
            audit.begin(is_read=True)
            audit.end(Call(at=NOON, operation="x", client="cl_x"), 200)
        refused = await nle.get("/v1/completeness")
        assert (await nle.put(month)).status_code == 201
        await other.rollback()
    await audit.flush()

    assert refused.status_code == 503
    assert refused.json()["type"] == "/problems/not-recorded"
    assert refused.headers["Retry-After"] == "5"
    assert (await nle.get("/v1/completeness")).status_code == 200
    assert len(await recorded(centre)) == CAPACITY + 2


async def test_reads_are_refused_once_rows_wait_too_long_and_writes_where_none_fits() -> None:
    engine = connect(NOWHERE)
    try:
        audit = Audit(engine, capacity=2, reserved=1, patience=-1)
        audit.begin(is_read=True)
        audit.end(Call(at=NOON, operation="x", client="cl_x"), 200)
        with pytest.raises(DatabaseUnavailable):
            await audit.flush()

        with pytest.raises(Refusal, match="not-recorded"):
            audit.begin(is_read=True)
        for _ in range(2):
            audit.begin(is_read=False)
        with pytest.raises(Refusal, match="not-recorded"):
            audit.begin(is_read=False)
        await audit.close()
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        (
            "UPDATE audit_entry SET entry = replace(entry, '200', '403') WHERE batch = 2",
            "2: its",
        ),
        ("DELETE FROM audit_entry WHERE batch = 2 AND place = 1", "2: 1 entries, of 2 written"),
        ("UPDATE audit_entry SET batch = 3, place = 9 WHERE batch = 2 AND place = 2", "2: 1 "),
        ("UPDATE audit_entry SET place = 6 - place WHERE batch = 2", "2: its"),
        ("INSERT INTO audit_entry SELECT 2, 3, entry FROM audit_entry LIMIT 1", "2: 3 entries"),
        ("DELETE FROM audit_batch WHERE number = 1", "batch 1: missing"),
        ("DELETE FROM audit_batch WHERE number = 3", "batch 3: missing, or not"),
        ("UPDATE audit_batch SET digest = sha256(digest) WHERE number = 2", "2: its entries"),
    ],
)
async def test_an_entry_that_is_changed_or_gone_is_found(
    tampering: str, told: str, centre: Centre
) -> None:
    for _ in range(3):
        await batch_of_two(centre)
    async with transaction(centre.engine, AUDIT) as tx:
        end = await last(tx)
        assert (await check(tx, end)).faults == []

    superuser = connect(centre.owner_url.replace("cauce_owner", "postgres"), role=None)
    async with superuser.begin() as tx:
        await tx.execute(text("SET session_replication_role = replica"))
        await tx.execute(text(tampering))
    await superuser.dispose()

    async with transaction(centre.engine, AUDIT) as tx:
        (fault, *_) = (await check(tx, end)).faults
    assert told in fault


async def test_an_auditor_reads_who_did_what_newest_first_in_pages_that_stand_still(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, coordinator = await centre.state("MX-NLE"), await centre.coordinator()
    await nle.accepted(month)
    for _ in range(4):
        later(centre.clock, seconds=10)
        await coordinator.get("/v1/completeness")
    reader = await auditor(centre)
    await centre.app.state.running.audit.flush()

    first = await reader.get("/v1/audit?limit=3")
    await recorded(centre)
    following = await reader.get(first.links["next"]["url"])

    told = [each for page in (first, following) for each in page.json()["items"]]
    assert [each["operation"] for each in told] == ["completeness"] * 4 + ["submit"]
    assert [each["at"][14:19] for each in told] == ["00:40", "00:30", "00:20", "00:10", "00:00"]
    assert following.json()["next"] is None
    assert told[-1] | {"batch": 1, "place": 1} == {
        "at": "2026-11-23T12:00:00Z",
        "client": nle.id,
        "key": nle.key.kid,
        "person": None,
        "operation": "submit",
        "about": {"programme": "MX-NLE-01", "period": "2026-09"},
        "network": "127.0.0.0/24",
        "status": 201,
        "batch": 1,
        "place": 1,
    }
    tag = following.headers["ETag"]
    again = await reader.get(first.links["next"]["url"], If_None_Match=tag)
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "private, no-cache")


async def test_an_auditor_asks_for_a_client_an_operation_or_some_minutes(
    centre: Centre,
) -> None:
    nle, coordinator = await centre.state("MX-NLE"), await centre.coordinator()
    for client in (nle, coordinator):
        await client.get("/v1/completeness")
        await client.get("/v1/indicators")
        later(centre.clock, minutes=1)
    reader = await auditor(centre)
    await centre.app.state.running.audit.flush()

    async def count(query: str) -> int:
        return len((await reader.get(f"/v1/audit?{query}")).json()["items"])

    assert await count(f"client={nle.id}") == 2
    assert await count(f"client={nle.id}&operation=completeness") == 1
    assert await count("operation=indicators") == 2
    assert await count("person=pe_0123456789abcdef") == 0
    assert await count("from=2026-11-23T12:00:01Z&operation=completeness") == 1
    assert await count("to=2026-11-23T12:00:00Z") == 2


async def test_every_fault_of_a_question_is_told_at_once(centre: Centre) -> None:
    reader = await auditor(centre)
    query = "from=ayer&to=hoy&client=x&person=y&operation=submitt&limit=0"

    refused = await reader.get(f"/v1/audit?{query}")

    assert refused.status_code == 422
    assert [each["parameter"] for each in refused.json()["errors"]] == [
        "limit", "from", "to", "client", "person", "operation",
    ]  # fmt: skip
    assert "submit" in refused.json()["errors"][-1]["message"]
    assert (await reader.get("/v1/audit?cursor=1.1.1.x")).status_code == 400
    assert (await (await centre.coordinator()).get("/v1/audit")).status_code == 403


async def test_every_page_that_a_person_sees_is_recorded_and_no_one_elses(
    centre: Centre,
) -> None:
    async with transaction(centre.engine, ADMIN) as tx:
        person = await enter_coordinator(tx, "ana@example.org")
    await centre.http.get("/")
    async with transaction(centre.engine, ACCESS) as tx:
        session = await sessions.begin(tx, person, centre.clock.now)
    cookie = {"Cookie": f"__Host-cauce={session}"}

    await centre.http.get("/?period=2026-09", headers=cookie)
    await centre.http.get("/months/MX-NLE-01/2026-10", headers=cookie)

    assert [
        (each["person"], each["operation"], each["about"], each["status"])
        for each in await recorded(centre)
    ] == [
        (person, "first_page", {"period": "2026-09"}, 200),
        (person, "month_page", {"programme": "MX-NLE-01", "period": "2026-10"}, 404),
    ]


async def test_no_operation_that_asks_who_calls_forgets_to_record(centre: Centre) -> None:
    client = await auditor(centre)
    headers = await client.headers()
    guarded = set()
    for path, methods in centre.app.openapi()["paths"].items():
        at = re.sub(r"\{\w+\}", "1", path)
        for method, operation in methods.items():
            if (await centre.http.request(method, at)).status_code == 401:
                guarded.add(operation["operationId"])
            await centre.http.request(method, at, headers=headers)

    assert {"submit", "indicator", "completeness", "log_proof", "audit"} <= guarded
    assert {each["operation"] for each in await recorded(centre)} == guarded


async def command(centre: Centre, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "CAUCE" not in name}
    ours = {
        "CAUCE_DATABASE_URL": centre.database_url,
        "CAUCE_DATA_DIR": str(centre.settings.data_dir),
    }

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / "cauce-service", "audit", *arguments],
            env=kept | ours,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return await asyncio.to_thread(run)


async def test_the_operator_lists_and_verifies_it_against_what_was_noted(
    centre: Centre,
) -> None:
    for _ in range(2):
        await batch_of_two(centre)

    listed = await command(centre, "list", "--operation", "indicator")
    verified = await command(centre, "verify")
    *_, noted = verified.stdout.split()
    again = await command(centre, "verify", "--kept", noted)
    other = await command(centre, "verify", "--kept", f"3:{'0' * 64}")
    wrong = await command(centre, "verify", "--kept", "nada")

    assert [json.loads(line)["status"] for line in listed.stdout.splitlines()] == [200, 200]
    assert verified.stdout.startswith("2 batches, 4 entries: all of it fits.")
    assert noted.startswith("2:")
    assert (verified.returncode, again.returncode) == (0, 0)
    assert (other.returncode, wrong.returncode) == (1, 2)
    assert "batch 3: missing, or not the one that was kept" in other.stdout
