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

from bench.check import MOST_CHECK_MS, MOST_LOAD_MS, Checked
from bench.comparison import Comparison, Round, Spread
from bench.demo import MOST_MIB
from bench.indicator import Plan
from bench.logins import A_SECOND, Slowed
from bench.memory import MOST_GROWTH, STEP, Looks
from bench.processes import BenchFailed
from bench.put import LEAST_RATE, MOST_CPU_MS
from bench.stage import Stage
from bench.token import MOST_MS as MOST_TOKEN_MS

FIGURES: dict[str, tuple[Callable[[Round], float], str]] = {
    "requests/s": (lambda each: each.rate, ",.1f"),
    "ms each": (lambda each: each.ms, ",.1f"),
    "CPU ms each": (lambda each: each.cpu_ms, ".2f"),
}


@dataclass(frozen=True, slots=True)
class Served:
    """server_mib: after the load; demo_mib: the service alone, after a demo."""

    postgresql: str
    put: Comparison
    indicator: Comparison
    plan: Plan
    server_mib: float
    demo_mib: float

    @property
    def holds(self) -> bool:
        return self.demo_mib < MOST_MIB


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured; None for a part that was not asked for.

    Only memory can fail: what is too slow here may be fast enough on another machine.
    """

    checked: Checked | None
    served: Served | None
    slowed: Slowed | None
    looks: Looks | None
    token: Comparison | None

    @property
    def holds(self) -> bool:
        return all(part.holds for part in (self.served, self.looks) if part)


def machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


async def postgresql(stage: Stage) -> str:
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
        f"PostgreSQL {version.major}.{version.minor}; fsync and synchronous_commit on, on"
        " both sides"
    )


def show(results: Results, console: Console) -> None:
    if results.checked:
        _show_checked(results.checked, console)
    if results.token:
        _show_token(results.token, console)
    if results.served:
        _show_served(results.served, console)
    if results.slowed:
        _show_slowed(results.slowed, console)
    if results.looks:
        _show_looks(results.looks, console)


def _show_checked(checked: Checked, console: Console) -> None:
    table = Table()
    table.add_column("one process, no server", no_wrap=True)
    for name in ("ms each", "the check to it", "ms at most"):
        table.add_column(name, justify="right", no_wrap=True)
    first = checked.comparisons[0]
    table.add_row(first.name, *_took([each.ms for each in first.ours], MOST_CHECK_MS))
    for compared in checked.comparisons:
        ms, ratio = [each.ms for each in compared.theirs], compared.ratio(lambda each: each.ms)
        table.add_row(compared.against, _spread(Spread.of(ms)), _written(ratio))
    table.add_section()
    for version, loads in checked.loads.items():
        table.add_row(f"loading {version} in a new process", *_took(loads, MOST_LOAD_MS))
    console.print(table)
    console.print(
        f"Medians (least–most) over {len(first.ours)} rounds on {machine()}.\n", highlight=False
    )


def _took(ms: Sequence[float], most: float) -> tuple[str, str, str]:
    """The cells of what has a bound: what it takes, no ratio, what it may take."""
    took = Spread.of(ms)
    # By the least: what else the machine does adds to the rest, and never takes away.
    verdict = " [bold red]— too slow[/]" if took.least > most else ""
    return _spread(took), "", f"{most:g}{verdict}"


def _show_served(served: Served, console: Console) -> None:
    table = Table()
    table.add_column("one server process", no_wrap=True)
    for name in FIGURES:
        table.add_column(name, justify="right", no_wrap=True)
    for compared in (served.put, served.indicator):
        table.add_row(compared.name, *_medians(compared.ours))
        table.add_row(compared.against, *_medians(compared.theirs))
        ratios = [_written(compared.ratio(figure)) for figure, _ in FIGURES.values()]
        table.add_row("[bold]ratio (least–most)[/]", *ratios, end_section=True)
    plan = served.plan
    verdict = "" if served.holds else " [bold red]— too much[/]"
    console.print(table)
    console.print(
        f"Medians over {len(served.put.ours)} rounds on {machine()},"
        f" {served.postgresql}.\n"
        f"{_put_against_its_bounds(served.put)}\n"
        f"The SQL: {plan.rows} rows; planning {plan.planning_ms:.1f} ms, execution"
        f" {plan.execution_ms:.1f} ms (JIT {plan.jit_ms:.1f}), {plan.buffers} buffers;\n"
        f" {', '.join(plan.scans)}.\n"
        f"Memory: {served.server_mib:.0f} MiB after this load; {served.demo_mib:.0f} MiB"
        f" after `cauce-service demo`, which may have {MOST_MIB}{verdict}.",
        highlight=False,
    )


def _put_against_its_bounds(put: Comparison) -> str:
    """What a whole PUT may take, beside what it takes here."""
    cpu = Spread.of([each.cpu_ms for each in put.ours])
    rate = put.ratio(lambda each: each.rate)
    # CPU by the least, as in _took; a rate is of two sides, and can err either way.
    slow = " [bold red]— too slow[/]" if cpu.least > MOST_CPU_MS else ""
    few = " [bold red]— too few[/]" if rate.middle < LEAST_RATE else ""
    return (
        f"A PUT: {_spread(cpu)} ms of CPU, which may be {MOST_CPU_MS:g}{slow};"
        f" {rate.middle:.2f} of the rate, which is to be {LEAST_RATE:g}{few}."
    )


def _show_looks(looks: Looks, console: Console) -> None:
    verdict = "" if looks.holds else " [bold red]— it grows[/]"
    first, last = looks.after[0], looks.after[-1]
    console.print(
        f"Memory over PUTs: {looks.before:.0f} MiB before, {first:.1f} after {STEP:,},"
        f" {last:.1f} after {STEP * len(looks.after):,}: ×{looks.growth:.3f}, which may be"
        f" {MOST_GROWTH}{verdict}.",
        highlight=False,
    )


def _show_slowed(slowed: Slowed, console: Console) -> None:
    console.print(
        f"p99 of a PUT: {_spread(Spread.of(slowed.alone))} ms alone,"
        f" {_spread(Spread.of(slowed.beside))} ms beside {A_SECOND} logins a second:"
        f" ×{_written(slowed.ratio)}. Of the logins,"
        f" {slowed.logins[303] / slowed.seconds:.0f} a second were let in;"
        f" by status: {dict(sorted(slowed.logins.items()))}.",
        highlight=False,
    )


def _medians(rounds: Sequence[Round]) -> list[str]:
    return [format(median(map(figure, rounds)), how) for figure, how in FIGURES.values()]


def _spread(of: Spread) -> str:
    return f"{of.middle:.3g} ({of.least:.3g}–{of.most:.3g})"


def _written(ratio: Spread) -> str:
    return f"[bold]{ratio.middle:.2f}[/] ({ratio.least:.2f}–{ratio.most:.2f})"


def _show_token(compared: Comparison, console: Console) -> None:
    table = Table()
    table.add_column("CPU", no_wrap=True)
    for name in ("ms each", "the check to it", "ms at most"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(compared.name, *_took([each.cpu_ms for each in compared.ours], MOST_TOKEN_MS))
    ms, ratio = (
        [each.cpu_ms for each in compared.theirs],
        compared.ratio(lambda each: each.cpu_ms),
    )
    table.add_row(compared.against, _spread(Spread.of(ms)), _written(ratio))
    console.print(table)


def as_json(results: Results) -> dict[str, Any]:
    return {
        "machine": machine(),
        **(_checked_as_json(results.checked) if results.checked else {}),
        **({"token": _comparison(results.token)} if results.token else {}),
        **(_served_as_json(results.served) if results.served else {}),
        **(_slowed_as_json(results.slowed) if results.slowed else {}),
        **(_looks_as_json(results.looks) if results.looks else {}),
    }


def _checked_as_json(checked: Checked) -> dict[str, Any]:
    return {
        "check": {
            "at_most_ms": MOST_CHECK_MS,
            "comparisons": [_comparison(compared) for compared in checked.comparisons],
        },
        "load": {"at_most_ms": MOST_LOAD_MS, "ms": checked.loads},
    }


def _served_as_json(served: Served) -> dict[str, Any]:
    return {
        "postgresql": served.postgresql,
        "comparisons": [_comparison(served.put), _comparison(served.indicator)],
        "put": {"cpu_ms_at_most": MOST_CPU_MS, "rate_at_least": LEAST_RATE},
        "plan": asdict(served.plan),
        "memory_mib": {
            "server": served.server_mib,
            "demo": served.demo_mib,
            "demo_at_most": MOST_MIB,
        },
    }


def _slowed_as_json(slowed: Slowed) -> dict[str, Any]:
    return {"p99_beside_logins": {**asdict(slowed), "ratio": asdict(slowed.ratio)}}


def _looks_as_json(looks: Looks) -> dict[str, Any]:
    return {
        "memory_over_puts": {
            "every": STEP,
            "before_mib": looks.before,
            "mib": looks.after,
            "growth": looks.growth,
            "growth_at_most": MOST_GROWTH,
        }
    }


def _comparison(compared: Comparison) -> dict[str, Any]:
    """Every round of both sides, and the ratios of all figures."""
    ratios = {name: asdict(compared.ratio(f)) for name, (f, _) in FIGURES.items()}
    return {**asdict(compared), "ratios": ratios}
