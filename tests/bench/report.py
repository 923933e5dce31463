"""What was measured, as a table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.comparison import Comparison, Round, Spread
from bench.demo import MOST_MIB
from bench.indicator import Plan
from bench.processes import BenchFailed
from bench.stage import Stage

FIGURES: dict[str, tuple[Callable[[Round], float], str]] = {
    "requests/s": (lambda each: each.rate, ",.1f"),
    "ms each": (lambda each: each.ms, ",.1f"),
    "CPU ms each": (lambda each: each.cpu_ms, ".2f"),
}


@dataclass(frozen=True, slots=True)
class Results:
    """server_mib: after the load; demo_mib: the service alone, after a demo."""

    machine: str
    comparisons: Sequence[Comparison]
    plan: Plan
    server_mib: float
    demo_mib: float

    @property
    def holds(self) -> bool:
        return self.demo_mib < MOST_MIB


async def machine(stage: Stage) -> str:
    """What it ran on; BenchFailed where a commit would not be on disk."""
    host = str(stage.cluster.socket_dir)
    postgres = await asyncpg.connect(host=host, user="cauce_app", database="cauce")
    try:
        version = postgres.get_server_version()
        durable = [
            await postgres.fetchval(f"SHOW {n}") for n in ("fsync", "synchronous_commit")
        ]
    finally:
        await postgres.close()
    if durable != ["on", "on"]:
        raise BenchFailed(f"fsync and synchronous_commit are {durable}")
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL"
        f" {version.major}.{version.minor}; fsync and synchronous_commit on, on both sides"
    )


def show(results: Results, console: Console) -> None:
    table = Table()
    table.add_column("one server process", no_wrap=True)
    for name in FIGURES:
        table.add_column(name, justify="right", no_wrap=True)
    for compared in results.comparisons:
        table.add_row(compared.name, *_medians(compared.ours))
        table.add_row(compared.against, *_medians(compared.theirs))
        ratios = [_written(compared.ratio(figure)) for figure, _ in FIGURES.values()]
        table.add_row("[bold]ratio (least–most)[/]", *ratios, end_section=True)
    plan = results.plan
    verdict = "" if results.holds else " [bold red]— too much[/]"
    console.print(table)
    console.print(
        f"Medians over {len(results.comparisons[0].ours)} rounds on {results.machine}.\n"
        f"The SQL: {plan.rows} rows; planning {plan.planning_ms:.1f} ms, execution"
        f" {plan.execution_ms:.1f} ms (JIT {plan.jit_ms:.1f}), {plan.buffers} buffers;\n"
        f" {', '.join(plan.scans)}.\n"
        f"Memory: {results.server_mib:.0f} MiB after this load; {results.demo_mib:.0f} MiB"
        f" after `cauce-service demo`, which may have {MOST_MIB}{verdict}.",
        highlight=False,
    )


def _medians(rounds: Sequence[Round]) -> list[str]:
    return [format(median(map(figure, rounds)), how) for figure, how in FIGURES.values()]


def _written(ratio: Spread) -> str:
    return f"[bold]{ratio.middle:.2f}[/] ({ratio.least:.2f}–{ratio.most:.2f})"


def as_json(results: Results) -> dict[str, Any]:
    return {
        "machine": results.machine,
        "comparisons": [
            {
                **asdict(compared),
                "ratios": {name: asdict(compared.ratio(f)) for name, (f, _) in FIGURES.items()},
            }
            for compared in results.comparisons
        ],
        "plan": asdict(results.plan),
        "memory_mib": {
            "server": results.server_mib,
            "demo": results.demo_mib,
            "demo_at_most": MOST_MIB,
        },
    }
