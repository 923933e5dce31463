"""The contract's check against validators that see its JSON Schema alone; loading a version."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from subprocess import check_output

import jsonschema
import jsonschema_rs

from bench.comparison import Comparison, Round, fitting
from bench.processes import BenchFailed, say
from cauce_contract import Report, check, load_all
from support.months import EXAMPLES, NOW, month, read

ROUNDS = 15
IN_A_ROUND = {"check": 100, "jsonschema": 12, "jsonschema-rs": 3000}  # a tenth of a second
WARM_UP = 20
HISTORY = 24  # months, as far back as any rule looks
SCHEMA = EXAMPLES.parent / "schema.json"

MOST_CHECK_MS, MOST_LOAD_MS = 1.5, 150.0  # on two cores of a small server

Judgement = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Checked:
    """The check against each validator; the ms of each load in a new process, by version."""

    comparisons: Sequence[Comparison]
    loads: Mapping[str, Sequence[float]]


def compare() -> Checked:
    """A full month with two years of history; the same document alone for the validators."""
    sides = _sides()
    many = {
        name: fitting(_round(name, judge, WARM_UP), IN_A_ROUND[name])
        for name, judge in sides.items()
    }
    rounds: dict[str, list[Round]] = {name: [] for name in sides}
    loads: dict[str, list[float]] = {version: [] for version in load_all()}
    for number in range(1, ROUNDS + 1):
        for name, judge in sides.items():
            rounds[name].append(_round(name, judge, many[name]))
        for version, ms in _loads(list(loads)).items():
            loads[version].append(ms)
        told = [f"{name} {turns[-1].ms:.3f} ms" for name, turns in rounds.items()]
        say(f"  round {number} of {ROUNDS}: {', '.join(told)}")
    name, ours = f"the check, {HISTORY} months of history", rounds.pop("check")
    compared = [
        Comparison(name, f"{validator}, the schema alone", ours, theirs)
        for validator, theirs in rounds.items()
    ]
    return Checked(compared, loads)


def _sides() -> Mapping[str, Judgement]:
    """What takes turns, by name: everything is built and read before the clock runs."""
    contracts, document = load_all(), month()
    history = list(_months_before(read(document)))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    python = jsonschema.Draft202012Validator(schema)
    rust = jsonschema_rs.Draft202012Validator(schema)
    return {
        "check": lambda: not check(contracts, document, now=NOW, history=history).findings,
        "jsonschema": lambda: bool(python.is_valid(document)),
        "jsonschema-rs": lambda: rust.is_valid(document),
    }


def _months_before(report: Report) -> Iterator[Report]:
    """Months of which the report is the next, without anything to find: no rule stops early.

    Figures go up and down by one, as no two months are the same; the caseload goes on, and
    there are graduates enough for those whose follow-up is due.
    """
    at = {measure.id: measure.position for measure in report.contract.measures.values()}
    for back in range(1, HISTORY + 1):
        numbers = [
            number if number is None else max(0, number + (place % 3 - 1) * (back % 3 - 1))
            for place, number in enumerate(report.numbers)
        ]
        numbers[at["active_close"]] = report.numbers[at["active_open"]]
        numbers[at["graduations"]] = report.numbers[at["followup_due"]]
        yield replace(report, period=report.period + -back, numbers=tuple(numbers))


def _round(name: str, judge: Judgement, count: int) -> Round:
    """So many judgements; BenchFailed where one is not that the month is without fault."""
    cpu, started = time.process_time(), time.perf_counter()
    sound = sum(judge() for _ in range(count))
    seconds = time.perf_counter() - started
    if sound < count:
        raise BenchFailed(f"{name} finds fault with the example")
    return Round(count, 1, seconds, time.process_time() - cpu)


def _loads(versions: Sequence[str]) -> Mapping[str, float]:
    """The ms that each version takes in a process that has loaded nothing."""
    took: dict[str, float] = json.loads(
        check_output([sys.executable, "-m", "bench.loads", *versions])
    )
    return took
