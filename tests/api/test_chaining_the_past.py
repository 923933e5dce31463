"""The migration that makes logs: what was accepted before is chained, and the way back kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from cauce.access import tokens
from cauce.access.signing_keys import SigningKeys, published
from cauce.log.attested import Kept
from cauce.log.one_log import Keys, Verified
from cauce.log.verify import verify
from cauce.store import migrate
from cauce.store.connect import connect
from cauce_contract import canonical, load_all, state_of
from support.centre import Centre, Databases
from support.months import CONTRACT, Document, read, steady

BEFORE = "20261123"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Old:
    """A database that stands at the migration before, and the service's keys."""

    sql: asyncpg.Connection
    url: str
    owner_url: str
    keys: SigningKeys

    async def accept(
        self,
        document: Document,
        position: int,
        at: datetime,
        reason: str | None = None,
        core_digest: str = CONTRACT.core_digest,
    ) -> None:
        """Store a month as the service did then: its receipt names neither salt nor head."""
        report = read(document)
        programme = report.programme
        state = state_of(programme)
        await self.sql.execute(
            "INSERT INTO programme (id, state, name, kind) VALUES ($1, $2, 'x', 'court')"
            " ON CONFLICT DO NOTHING",
            *(programme, state),
        )
        await self.sql.execute(
            "INSERT INTO state_log (state, position) VALUES ($1, $2) ON CONFLICT (state)"
            " DO UPDATE SET position = $2",
            *(state, position),
        )
        number = await self.sql.fetchval(
            "SELECT count(*) + 1 FROM revision WHERE programme = $1 AND period = $2",
            *(programme, report.period.first_day),
        )
        claims = {
            "iss": "https://cauce.example",
            "contract": "1.0.0",
            "core_digest": core_digest,
            "programme": programme,
            "period": str(report.period),
            "revision": number,
            "content_digest": report.content_digest,
            "received_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "durability": "local",
            "log": {"state": state, "position": position},
        }
        row: dict[str, Any] = {
            "programme": programme,
            "period": report.period.first_day,
            "revision": number,
            "state": state,
            "contract": "1.0.0",
            "core_digest": core_digest,
            "content_digest": report.content_digest,
            "document": canonical(report.document).decode(),
            "numbers": list(report.numbers),
            "statuses": list(report.statuses),
            "acknowledgements": json.dumps(list(report.acknowledgements)),
            "reason_code": reason,
            "reason_text": reason and "Se revisó.",
            "client": "cl_1",
            "received_at": at,
            "log_position": position,
            "receipt": self.keys.receipt.sign(tokens.RECEIPT, claims),
        }
        places = ", ".join(f"${at}" for at in range(1, len(row) + 1))
        await self.sql.execute(
            f"INSERT INTO revision ({', '.join(row)}) VALUES ({places})",  # noqa: S608  ours
            *row.values(),
        )

    async def upgrade(self) -> None:
        engine = connect(self.owner_url, role=None)
        await migrate.upgrade(engine)
        await engine.dispose()


@pytest.fixture
async def old(databases: Databases, tmp_path: Path) -> AsyncIterator[Old]:
    async with databases.fresh(migrated=False) as name:
        owner_url = databases.cluster.url("cauce_owner", name)
        engine = connect(owner_url, role=None)
        await migrate.upgrade(engine, BEFORE)
        await engine.dispose()
        host = str(databases.cluster.socket_dir)
        sql = await asyncpg.connect(host=host, user="postgres", database=name)
        keys = SigningKeys.open(tmp_path)
        yield Old(sql, databases.cluster.url("cauce_app", name), owner_url, keys)
        await sql.close()


async def verified(url: str, keys: SigningKeys, receipts: Sequence[str] = ()) -> Verified:
    jwks = keys.public()
    known = Keys(published(jwks, tokens.RECEIPT), published(jwks, tokens.CHECKPOINT))
    engine = connect(url, pool_size=1)
    try:
        kept = [Kept("kept", receipt) for receipt in receipts]
        return await verify(engine, load_all(), known, (), kept)
    finally:
        await engine.dispose()


async def test_what_was_accepted_before_is_chained_where_its_receipt_says(old: Old) -> None:
    """Also where the clock says another order: it was read before the log was taken."""
    acknowledged = steady("2026-07") | {
        "acknowledgements": [
            {"rule": "S03_copy", "pointer": "/measures", "explanation": "Igual, se revisó."}
        ]
    }
    later = timedelta(seconds=1)
    await old.accept(steady("2026-05", relapses=4), 1, NOON + later)
    await old.accept(steady("2026-05", "MX-CHH-01"), 1, NOON + later / 2)
    await old.accept(steady("2026-06", "MX-NLE-02"), 2, NOON)
    await old.accept(steady("2026-05", relapses=5), 3, NOON + 3 * later, "error")
    await old.accept(acknowledged, 4, NOON + 4 * later)

    await old.upgrade()

    found = await verified(old.url, old.keys)
    assert found.faults.listed == []
    assert (found.logs, found.entries, found.revisions) == (2, 5, 5)
    places = "SELECT state, position, programme, sequence FROM log_entry ORDER BY sequence"
    assert [tuple(row)[:3] for row in await old.sql.fetch(places)] == [
        ("MX-CHH", 1, "MX-CHH-01"),
        ("MX-NLE", 1, "MX-NLE-01"),
        ("MX-NLE", 2, "MX-NLE-02"),
        ("MX-NLE", 3, "MX-NLE-01"),
        ("MX-NLE", 4, "MX-NLE-01"),
    ]
    months = "SELECT programme, revision, first_received_at FROM month ORDER BY 1, period"
    assert [tuple(row) for row in await old.sql.fetch(months)] == [
        ("MX-CHH-01", 1, NOON + later / 2),
        ("MX-NLE-01", 2, NOON + later),
        ("MX-NLE-01", 1, NOON + 4 * later),
        ("MX-NLE-02", 1, NOON),
    ]


async def test_a_report_under_a_draft_that_has_changed_since_is_said_not_to_be_read_again(
    old: Old,
) -> None:
    """No fault: its receipt vouches for the digest, which an edit could not claim."""
    draft = "sha-256:" + "d7" * 32
    await old.accept(steady("2026-05", relapses=4), 1, NOON, core_digest=draft)
    await old.accept(steady("2026-06", relapses=5), 2, NOON)
    await old.upgrade()

    found = await verified(old.url, old.keys)
    await old.sql.execute("SET session_replication_role = replica")
    await old.sql.execute("UPDATE revision SET core_digest = $1", draft)
    edited = await verified(old.url, old.keys)

    assert (found.faults.listed, found.unread) == ([], {f"1.0.0 {draft}": 1})
    (fault,) = edited.faults.listed
    assert str(fault).startswith("MX-NLE 2 MX-NLE-01 2026-06 revision 1: the revision's core_d")


@asynccontextmanager
async def taken_back(centre: Centre) -> AsyncIterator[asyncpg.Connection]:
    """The centre's database at the migration before; then upgraded again."""
    await centre.app.state.running.close()
    owner = connect(centre.owner_url, role=None)
    host = centre.engine.url.query["host"]
    try:
        await migrate.downgrade(owner, BEFORE)
        sql = await asyncpg.connect(
            host=host, user="postgres", database=centre.engine.url.database
        )
        try:
            yield sql
        finally:
            await sql.close()
            await migrate.upgrade(owner)
    finally:
        await owner.dispose()


async def test_the_way_back_and_forth_leaves_the_same_chain(centre: Centre) -> None:
    """Receipts go on proving what they proved, and the log goes on from there."""
    for programme in ("MX-CHH-01", "MX-NLE-01"):
        await centre.programme(programme)
    chh, nle = await centre.state("MX-CHH"), await centre.state("MX-NLE")
    told = [
        await nle.accepted(steady("2026-05", relapses=4, capacity_slots=20)),
        await chh.accepted(steady("2026-05", "MX-CHH-01")),
        await nle.replaced(steady("2026-05", relapses=5, capacity_slots=20)),
        await nle.accepted(steady("2026-06", relapses=6)),
    ]
    receipts = [each["receipt"] for each in told]
    keys = centre.app.state.running.keys

    async with taken_back(centre) as sql:
        assert not await sql.fetchval("SELECT to_regclass('log_entry')")
        assert await sql.fetchval("SELECT count(*) FROM revision_in_force") == 3
        between = Old(sql, centre.database_url, centre.owner_url, keys)
        await between.accept(steady("2026-07", relapses=7), 4, NOON + timedelta(days=99))

    found = await verified(centre.database_url, keys, receipts)
    assert found.faults.listed == []
    assert (found.entries, found.revisions) == (5, 5)
    await centre.programme("MX-NLE-02")
    more = await nle.accepted(steady("2026-08", relapses=8))
    assert tokens.take_apart(more["receipt"]).claims["log"]["position"] == 5
    after = await verified(centre.database_url, keys, [*receipts, more["receipt"]])
    assert after.faults.listed == []
    flags = (await nle.get("/v1/submissions/MX-NLE-01/2026-05")).json()["flags"]
    assert flags == ["explanation_due"]


async def test_there_is_no_way_back_from_acts(centre: Centre) -> None:
    """The version before has no place for them, and receipts after them would prove nothing."""
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    receipt = (await nle.accepted(steady("2026-05")))["receipt"]
    reason = {"code": "implausible", "text": "Se duplicaron."}
    returned = await (await centre.coordinator()).post(
        "/v1/submissions/MX-NLE-01/2026-05/return", reason
    )
    assert returned.is_success

    with pytest.raises(Exception, match="1 acts") as refused:
        async with taken_back(centre):
            pass

    assert not isinstance(refused.value, DBAPIError)
    found = await verified(centre.database_url, centre.app.state.running.keys, [receipt])
    assert (found.faults.listed, found.entries) == ([], 2)
