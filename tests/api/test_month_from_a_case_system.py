"""The guide's query over two courts' records, against a naive count of the same rows."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from cauce.store.postgres_programs import find_programs
from cauce_contract import NOT_SENT, Month, Report
from support.case_system import COURTS, CaseSystem, filled
from support.centre import Databases
from support.counted_by_hand import Key, counted
from support.lives import checked
from support.months import CONTRACT, Document
from support.service import PROGRAMS

ROOT = Path(__file__).parents[2]
README = (ROOT / "contracts" / "README.md").read_text("utf-8")
SCHEMA = (ROOT / "contracts" / "guide" / "schema.sql").read_text("utf-8")

FIRST, LAST = Month(2021, 10), Month(2024, 8)  # Mexico gave up daylight saving time in between
SYSTEM = filled("two courts", date(2020, 10, 1), date(2024, 8, 31), persons=150)


@dataclass(frozen=True)
class Records:
    """The records in a database, and a folder in which to run the README's commands."""

    database: str
    socket_dir: Path
    folder: Path

    async def execute(self, statements: str) -> None:
        connection = await self._connect()
        await connection.execute(statements)
        await connection.close()

    async def load(self, system: CaseSystem) -> None:
        connection = await self._connect()
        await connection.execute(SCHEMA)
        for table in re.findall(r"CREATE TABLE (\w+)", SCHEMA):
            rows = system.tables[table]
            columns = list(rows[0])
            records = [tuple(row[column] for column in columns) for row in rows]
            await connection.copy_records_to_table(table, records=records, columns=columns)
        await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        host = str(self.socket_dir)
        return await asyncpg.connect(host=host, user="postgres", database=self.database)

    async def run(self, commands: str, **environment: str) -> str:
        """What the commands write to standard output; they must succeed."""
        path = f"{PROGRAMS}:{find_programs()}:{os.environ['PATH']}"
        settings = {
            "PATH": path,
            "PGHOST": str(self.socket_dir),
            "PGUSER": "postgres",
            "PGDATABASE": self.database,
            "CAUCE_LANG": "en",
        }
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-euc", commands],
            cwd=self.folder,
            env=os.environ | settings | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def month(self, programme: str, month: Month, **environment: str) -> Document:
        """The document that the README's query gives."""
        await self.run(commands_about(programme, month)[0], **environment)
        document: Document = json.loads((self.folder / f"{month}.json").read_text("utf-8"))
        return document


def commands_about(programme: str, month: Month) -> list[str]:
    """The README's commands for a month, with this programme and month: query, check, send."""
    (block,) = re.findall(r"```sh\n(psql.*?)```", README, re.DOTALL)
    written = block.replace("MX-NLE-01", programme).replace("2026-09", str(month))
    return re.split(r"\n(?=cauce)", written.strip())


OWN_TABLE = """
CREATE TABLE expediente_persona AS
SELECT id AS id_persona, birth_date AS fecha_nacimiento,
       CASE sex WHEN 'M' THEN 1 WHEN 'F' THEN 2 WHEN '_O' THEN 3 ELSE 9 END AS sexo
FROM person;
"""


OWN_LETTERS = """
CREATE TABLE expediente_persona AS
SELECT id AS id_persona, birth_date AS fecha_nacimiento,
       CASE sex WHEN 'M' THEN 'H' WHEN 'F' THEN 'M' WHEN '_O' THEN 'X' END AS sexo
FROM person;
"""


def the_readmes_view() -> str:
    (view,) = re.findall(r"```sql\n(CREATE VIEW.*?)```", README, re.DOTALL)
    return str(view)


@pytest.fixture
async def records(databases: Databases, tmp_path: Path) -> AsyncIterator[Records]:
    (tmp_path / "contracts").symlink_to(ROOT / "contracts")
    async with databases.fresh(migrated=False) as name:
        found = Records(name, databases.cluster.socket_dir, tmp_path)
        await found.load(SYSTEM)
        yield found


UNKNOWN = {("relapses", None), ("treatment_sessions", "session_type")}


def figures(report: Report) -> dict[Key, int | None]:
    """The cells that the document has; None where a status stands instead of a number."""
    cells = zip(CONTRACT.cells, report.numbers, report.statuses, strict=True)
    return {
        (cell.measure, cell.part, cell.dimension, cell.code): number
        for cell, number, status in cells
        if status != NOT_SENT
    }


@pytest.mark.parametrize("programme", COURTS)
async def test_every_month_is_accepted_after_those_before_it_and_says_what_the_rows_say(
    records: Records, programme: str
) -> None:
    reports: list[Report] = []
    seen: Counter[str] = Counter()
    for month in FIRST.through(LAST):
        document = await records.month(programme, month)
        outcome = checked(document, reports, FIRST)
        assert outcome.refused_for == [], month
        assert outcome.report is not None
        reports.append(outcome.report)
        said, expected = figures(outcome.report), counted(SYSTEM, programme, month)
        for key, number in said.items():
            measure, _, dimension, _ = key
            is_known = (measure, dimension) not in UNKNOWN
            assert number == (expected[key] if is_known else None), (month, key)
            seen[measure] += number or 0
        print(month, sorted({finding.rule for finding in outcome.findings}))

    assert {key[0] for key in said} >= {
        m.id for m in CONTRACT.measures.values() if m.is_required
    }
    assert {measure for measure, number in seen.items() if number == 0} == {"relapses"}


async def test_the_readme_names_what_the_query_leaves_out(records: Records) -> None:
    document = await records.month(COURTS[0], LAST)

    left_out = [measure for measure in CONTRACT.measures if measure not in document["measures"]]
    (named,) = re.findall(r"It leaves out (.*?)\.\n", README, re.DOTALL)
    assert re.findall(r"`(\w+)`", named) == left_out


async def test_a_programme_before_its_first_participant_has_zeros_and_an_unknown_capacity(
    records: Records,
) -> None:
    await records.execute("INSERT INTO capacity VALUES ('MX-NLE-03', '2024-10-01', 40)")
    document = await records.month("MX-NLE-03", LAST)

    outcome = checked(document, [], LAST)
    assert outcome.refused_for == []
    capacity = document["measures"].pop("capacity_slots")
    assert capacity == {"value": None, "status": "missing"}
    assert document["measures"]["admissions"]["value"] == 0
    assert document["measures"]["admissions"]["by"]["sex"] == {}
    assert set(document["measures"]["admissions"]["by"]["population_group"].values()) == {0}
    assert document["measures"]["days_in_program_graduates"] == {"sum": 0, "n": 0}


async def test_a_programme_that_the_database_does_not_have_gets_no_document(
    records: Records,
) -> None:
    await records.run(commands_about("MX-NLE-30", LAST)[0])

    assert (records.folder / f"{LAST}.json").read_text("utf-8") == ""


async def test_the_readmes_letters_for_the_sexes_swap_nobody(records: Records) -> None:
    (mapping,) = re.findall(r"`(CASE sexo.*?END)`", README)
    month = await records.month(COURTS[0], LAST)
    view = re.sub(r"CASE sexo.*?END", mapping, the_readmes_view())
    own = "CREATE SCHEMA own; SET search_path = own, public;"
    await records.execute(own + OWN_LETTERS + view)

    assert "'H' THEN 'M' WHEN 'M' THEN 'F'" in view
    assert await records.month(COURTS[0], LAST, PGOPTIONS="-c search_path=own,public") == month


async def test_a_view_over_a_systems_own_table_and_codes_gives_the_same_month(
    records: Records,
) -> None:
    month = await records.month(COURTS[0], LAST)
    own = "CREATE SCHEMA own; SET search_path = own, public;"
    await records.execute(own + OWN_TABLE + the_readmes_view())

    assert await records.month(COURTS[0], LAST, PGOPTIONS="-c search_path=own,public") == month


async def test_the_connections_time_zone_changes_nothing(records: Records) -> None:
    for month in (Month(2022, 8), Month(2023, 8)):  # with and without daylight saving time
        documents = [
            await records.month(COURTS[0], month, PGTZ=zone)
            for zone in ("UTC", "America/Tijuana", "Asia/Tokyo")
        ]
        assert documents[0] == documents[1] == documents[2]


async def test_the_readmes_commands_check_the_month_after_those_that_were_sent(
    records: Records,
) -> None:
    (records.folder / "sent").mkdir()
    for month in (LAST + -2).through(LAST + -1):
        await records.month(COURTS[0], month)
        name = f"{month}.json"
        (records.folder / name).rename(records.folder / "sent" / name)
    query, check, send = commands_about(COURTS[0], LAST)

    told = await records.run(f"{query}\n{check}")

    print(told)
    assert str(LAST) in told
    assert send.startswith(f"cauce submit {LAST}.json")
