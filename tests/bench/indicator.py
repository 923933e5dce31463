"""An indicator's answer over HTTP against its bare SQL through asyncpg."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from bench.comparison import Comparison, Round, fitting
from bench.connection import connected, cpu_seconds, request
from bench.processes import BenchFailed, say
from bench.stage import READ, Stage
from cauce.aggregate.question import Question, indicator
from cauce.aggregate.statement import statement

ROUNDS = 5
IN_A_ROUND = 200  # requests of a side, at most
WARM_UP = 10
INDICATOR = "graduation_rate"
REACH = "SELECT set_config('cauce.reach', $1, true), set_config('cauce.state', $2, true)"


@dataclass(frozen=True, slots=True)
class Plan:
    """How PostgreSQL answered once: rows, milliseconds, 8 KiB buffers, and by which ways."""

    rows: int
    planning_ms: float
    execution_ms: float
    buffers: int
    jit_ms: float
    scans: Sequence[str]


async def compare(stage: Stage, port: int) -> tuple[Comparison, Plan]:
    """By state over three years, one request after the other."""
    path = f"/v1/indicators/{INDICATOR}?from={READ[0]}&to={READ[-1]}&by=area"
    asked = request("GET", path, stage.coordinator)
    host = str(stage.cluster.socket_dir)
    await _settled(host)
    postgres = await asyncpg.connect(host=host, user="cauce_app", database="cauce")
    rounds = []
    try:
        sql = await _BareSql.prepared(postgres, stage)
        async with connected(port) as connection:
            _require_same(await connection.ask(asked, 200), await sql.rows())
        many = fitting(await _http_round(port, asked, WARM_UP), IN_A_ROUND)
        bare_many = fitting(await sql.round(WARM_UP), IN_A_ROUND)
        for number in range(1, ROUNDS + 1):
            ours = await _http_round(port, asked, many)
            bare = await sql.round(bare_many)
            rounds.append((ours, bare))
            say(f"  round {number} of {ROUNDS}: {ours.ms:.1f} ms and {bare.ms:.1f} ms")
        plan = await sql.plan()
    finally:
        await postgres.close()
    name = f"GET {INDICATOR}, {len(stage.contract.states)} states × {len(READ)} months"
    return Comparison(name, "its bare SQL through asyncpg", *zip(*rounds, strict=True)), plan


async def _settled(host: str) -> None:
    """Statistics and visibility as they are in a database that is not brand new."""
    postgres = await asyncpg.connect(host=host, user="postgres", database="cauce")
    try:
        await postgres.execute("VACUUM (ANALYZE)")
    finally:
        await postgres.close()


async def _http_round(port: int, asked: bytes, count: int) -> Round:
    async with connected(port) as connection:
        cpu, started = await cpu_seconds(port), time.perf_counter()
        for _ in range(count):
            await connection.ask(asked, 200)
        seconds = time.perf_counter() - started
        return Round(count, 1, seconds, await cpu_seconds(port) - cpu)


def _require_same(answer: bytes, rows: Sequence[Mapping[str, Any]]) -> None:
    """The bare SQL gives the very figures of the answer, or nothing is compared."""

    def told(area: str, period: str, figures: Mapping[str, Any]) -> tuple[str, str, int, int]:
        return area, period, int(figures["numerator"]), int(figures["denominator"])

    items = json.loads(answer)["items"]
    answered = {told(item["area"], item["period"], item) for item in items}
    given = {told(row["area"], f"{row['period']:%Y-%m}", row) for row in rows}
    if answered != given or not given:
        raise BenchFailed(f"the answer has {len(items)} figures, its SQL {len(rows)} others")


@dataclass(frozen=True, slots=True)
class _BareSql:
    """The statement as the service runs it, prepared once, in a transaction with its reach."""

    postgres: asyncpg.Connection
    text: str
    parameters: Sequence[Any]
    reach: asyncpg.prepared_stmt.PreparedStatement
    figures: asyncpg.prepared_stmt.PreparedStatement

    @classmethod
    async def prepared(cls, postgres: asyncpg.Connection, stage: Stage) -> _BareSql:
        subject, states = indicator(stage.contract, INDICATOR), sorted(stage.contract.states)
        question = Question(subject, READ[0], READ[-1], states, by_area=True)
        compiled = statement(stage.contract, question).compile(
            dialect=dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's
            compile_kwargs={"render_postcompile": True},
        )
        assert isinstance(compiled, SQLCompiler)
        values = compiled.construct_params()
        return cls(
            postgres,
            compiled.string,
            [values[name] for name in compiled.positiontup or ()],
            await postgres.prepare(REACH),
            await postgres.prepare(compiled.string),
        )

    async def rows(self) -> list[Mapping[str, Any]]:
        async with self.postgres.transaction():
            await self.reach.fetch("nation", "")
            found: list[Mapping[str, Any]] = await self.figures.fetch(*self.parameters)
        return found

    async def round(self, count: int) -> Round:
        """CPU is that of this process, which is the one that asks."""
        cpu, started = time.process_time(), time.perf_counter()
        for _ in range(count):
            await self.rows()
        seconds = time.perf_counter() - started
        return Round(count, 1, seconds, time.process_time() - cpu)

    async def plan(self) -> Plan:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {self.text}"
        async with self.postgres.transaction():
            await self.reach.fetch("nation", "")
            told = json.loads(await self.postgres.fetchval(explain, *self.parameters))[0]
        top = told["Plan"]
        return Plan(
            rows=round(top["Actual Rows"]),
            planning_ms=told["Planning Time"],
            execution_ms=told["Execution Time"],
            buffers=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
            jit_ms=told.get("JIT", {}).get("Timing", {}).get("Total", 0.0),
            scans=list(_scans(top)),
        )


def _scans(node: Mapping[str, Any]) -> Iterator[str]:
    """Each table that the plan reads: by which index, if by one, and how often."""
    if "Relation Name" in node or "Index Name" in node:
        where = node.get("Relation Name", "")
        way = f"{node['Node Type']} of {where} {node.get('Index Name', '')}".rstrip()
        yield f"{way} ×{node['Actual Loops']}"
    for below in node.get("Plans", ()):
        yield from _scans(below)
