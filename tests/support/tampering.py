"""A small nation whose months have a life, and its database to tamper with.

Who tampers here can do all that a superuser can: no trigger, policy or constraint stands in
the way. What they do not have are the signing keys.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import TypeEngine

from cauce.access import tokens
from cauce.access.signing_keys import published
from cauce.log.attested import Kept
from cauce.log.one_log import Keys, Verified
from cauce.log.verify import verify
from cauce.store.connect import connect
from cauce.store.tables import Table
from cauce_contract import canonical, load_all, proof
from support.centre import Centre, Client, Databases, later
from support.coordination import done
from support.months import steady

TABLES = ("log_entry", "revision", "state_log", "month", "checkpoint")
OF_DECISIONS = ("programme", "roster_interval", "calendar_month")
REASON = {"code": "implausible", "text": "Las audiencias se duplicaron."}
_CHH, _NLE = "/v1/submissions/MX-CHH-01", "/v1/submissions/MX-NLE-02"
# Each as the clock of the centre under test has it: November 2026.
DECIDED: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", f"{_NLE}/2026-07/waiver", {"code": "strike", "text": "Paro de labores."}),
    ("PUT", f"{_CHH}/2026-08/waiver", {"code": "other", "text": "Sin equipo."}),
    ("POST", f"{_CHH}/2026-08/waiver/withdrawal", {"text": "Ya hay equipo."}),
    ("POST", f"{_NLE}/2026-11/extensions", {"until": "2026-12-20", "text": "Mudanza."}),
    ("POST", f"{_CHH}/2024-03/extensions", {"until": "2026-12-31", "text": "Archivo."}),
    (
        "PUT",
        "/v1/calendar/2026-12",
        {"opens": "2027-01-01", "due": "2027-01-20", "closes": "2028-01-10"},
    ),
]


# What a value is changed to: one byte or one number of it is another.
CHANGED = {
    "TEXT": "overlay({0} placing CASE substr({0}, {1}, 1) WHEN 'x' THEN 'y' ELSE 'x' END"
    " from {1})",
    "BLOB": "set_byte({0}, 3, get_byte({0}, 3) # 1)",
    "BIGINT": "{0} + 1",
    "INTEGER": "{0} + 1",
    "BOOLEAN": "NOT {0}",
    "DATE": "({0} + interval '1 month')::date",
    "DATETIME": "{0} + interval '1 second'",
    "INTEGER[]": "({0}[1] + 1) || {0}[2:]",
    "SMALLINT[]": "({0}[1] + 1) || {0}[2:]",
    "TEXT[]": "{0} || 'x'::text",
    "JSONB": """{0} || '[{{"rule": "x"}}]'""",
}
INSTEAD_OF_NULL = {"TEXT": "'x'", "INTEGER": "1", "DATE": "'2026-12-31'", "DATETIME": "now()"}


def columns_of(tables: Sequence[str]) -> list[tuple[str, str, str]]:
    """Each column of these tables: table, name and kind."""
    return [
        (table, column.name, _kind(column.type))
        for table in tables
        for column in Table.metadata.tables[table].columns
    ]


def _kind(of: TypeEngine[Any]) -> str:
    return f"{of.item_type}[]" if isinstance(of, ARRAY) else str(of)


def changed(column: str, kind: str) -> str:
    """The SQL for a value that differs a little from a column's."""
    value = CHANGED[kind].format(column, f"(length({column}) + 1) / 2")
    return f"coalesce({value}, {INSTEAD_OF_NULL[kind]})" if kind in INSTEAD_OF_NULL else value


@dataclass
class Nation:
    """A centre after some months, and what its states and an auditor have kept.

    receipts     in the order in which they were given
    checkpoints  the answers of GET /v1/log/checkpoint
    """

    centre: Centre
    database: str
    receipts: list[str] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> Keys:
        jwks = self.centre.app.state.running.keys.public()
        return Keys(published(jwks, tokens.RECEIPT), published(jwks, tokens.CHECKPOINT))

    async def accepted(self, client: Client, document: dict[str, Any]) -> dict[str, Any]:
        """The result of a month that comes in, or replaces what stands."""
        path = f"/v1/submissions/{document['programme']}/{document['period']}"
        stands = (await client.get(path)).status_code == 200
        told = await (client.replaced if stands else client.accepted)(document)
        self.receipts.append(told["receipt"])
        return told

    async def keep_checkpoint(self) -> None:
        later(self.centre.clock, minutes=1)
        answer = await self.centre.http.get("/v1/log/checkpoint")
        self.checkpoints.append(answer.json())


async def live(centre: Centre, database: str) -> Nation:
    """Two states with three programmes, and every kind of act.

    After each of three acts somebody keeps the checkpoint. A month needs correction, one is
    explained in part, one is returned, one waived, one extended, and one open again.
    """
    nation = Nation(centre, database)
    for programme in ("MX-CHH-01", "MX-NLE-01", "MX-NLE-02"):
        await centre.programme(programme, backfill_until=None)
    chh, nle = await centre.state("MX-CHH"), await centre.state("MX-NLE")
    coordination = await centre.coordinator()
    for number, period in enumerate(("2026-05", "2026-06", "2026-07")):
        await nation.accepted(nle, steady(period, relapses=4 + number))
        await nation.accepted(chh, steady(period, "MX-CHH-01", relapses=7 + number))
    for method, path, body in DECIDED:
        await done(coordination, method, path, body)
    await nation.keep_checkpoint()

    place = "/v1/submissions/MX-NLE-02/2026-06"
    with_two_warnings = steady("2026-06", "MX-NLE-02", capacity_slots=20)
    hearings = {"value": 20, "by": {"attendance": {"ATT": 19, "MEX": 1}}}
    with_two_warnings["measures"]["hearings"] = hearings
    told = await nation.accepted(nle, with_two_warnings)
    warning = {name: told["warnings"][0][name] for name in ("rule", "pointer")}
    explained = warning | {"explanation": "Hay lista de espera."}
    assert (await nle.post(f"{place}/explanations", explained)).status_code == 201
    await nation.accepted(chh, steady("2026-06", "MX-CHH-01", relapses=9, closes=45))
    path = "/v1/submissions/MX-NLE-01/2026-06"
    assert (await coordination.post(f"{path}/return", REASON)).status_code == 200
    await nation.keep_checkpoint()

    confirmed = steady("2026-06", relapses=5)
    told = await nle.replaced(confirmed, "confirmed", "Se revisó: son las cifras.")
    nation.receipts.append(told["receipt"])
    path = "/v1/submissions/MX-NLE-01/2026-05"
    assert (await coordination.post(f"{path}/return", REASON)).status_code == 200
    await nation.accepted(nle, steady("2026-08", relapses=8))
    await nation.keep_checkpoint()
    await centre.app.state.running.close()
    return nation


@dataclass
class Copy:
    """A copy of the nation's database in the hands of a superuser.

    tried, detected  how many single edits there were, and how many of them were found
    """

    nation: Nation
    sql: asyncpg.Connection
    engine: AsyncEngine
    tried: int = 0
    detected: int = 0

    async def verified(
        self, checkpoints: Sequence[Kept] = (), receipts: Sequence[Kept] = ()
    ) -> Verified:
        return await verify(self.engine, load_all(), self.nation.keys, checkpoints, receipts)

    async def found(self, **kept: Sequence[Kept]) -> list[str]:
        """The faults that are named, in words."""
        return [str(fault) for fault in (await self.verified(**kept)).faults.listed]

    async def expect_found(self, edit: str) -> None:
        """Look for what was done to the copy, and undo it."""
        self.tried += 1
        assert await self.found(), edit
        self.detected += 1
        await self.back()

    async def back(self) -> None:
        """Undo all that was done to the copy."""
        for table in (*TABLES, *OF_DECISIONS):
            await self.sql.execute(f"TRUNCATE {table}")
            await self.sql.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608  names of ours

    async def chain(self, state: str) -> None:
        """Number and chain a state's entries anew, with what they say now, and note the end."""
        rows = await self.sql.fetch(
            "SELECT position, entry, salt FROM log_entry WHERE state = $1 ORDER BY position",
            state,
        )
        head, end = proof.START, 0
        for end, row in enumerate(rows, start=1):
            head = proof.head(head, end, proof.leaf(row["entry"], row["salt"]))
            await self.sql.execute(
                "UPDATE log_entry SET position = $3, head = $4"
                " WHERE state = $1 AND position = $2",
                *(state, row["position"], end, head),
            )
            await self.sql.execute(
                "UPDATE revision SET log_position = $3 WHERE state = $1 AND log_position = $2",
                *(state, row["position"], end),
            )
        await self.sql.execute(
            "UPDATE state_log SET position = $2, head = $3 WHERE state = $1", state, end, head
        )

    async def say(self, state: str, position: int, **members: object) -> None:
        """Let an entry say something else."""
        where = "WHERE state = $1 AND position = $2"
        text = await self.sql.fetchval(f"SELECT entry FROM log_entry {where}", state, position)  # noqa: S608  ours
        entry = canonical(json.loads(text) | members).decode()
        await self.sql.execute(
            f"UPDATE log_entry SET entry = $3 {where}",  # noqa: S608  ours
            *(state, position, entry),
        )


@asynccontextmanager
async def copied(databases: Databases, nation: Nation) -> AsyncIterator[Copy]:
    async with databases.fresh(of=nation.database) as name:
        host = str(databases.cluster.socket_dir)
        sql = await asyncpg.connect(host=host, user="postgres", database=name)
        engine = connect(databases.cluster.url("cauce_app", name), pool_size=1)
        try:
            await sql.execute("SET session_replication_role = replica")
            await sql.execute(_DROP + _KEEP)
            yield Copy(nation, sql, engine)
        finally:
            await engine.dispose()
            await sql.close()


# No constraint is left, foreign keys first, and nothing is computed by the database.
_DROP = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'p')
        ORDER BY contype IN ('u', 'p')
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.of, found.conname);
    END LOOP;
END $$;
ALTER TABLE log_entry ALTER kind DROP EXPRESSION, ALTER programme DROP EXPRESSION,
    ALTER period DROP EXPRESSION;
"""
# All is noted as it was, to be undone.
_KEEP = "".join(
    f"CREATE TABLE kept_{table} AS TABLE {table};" for table in (*TABLES, *OF_DECISIONS)
)
