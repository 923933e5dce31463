"""Reading a query's parameters into a question, with every fault of them at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from cauce.aggregate.question import NATIONAL_AREA, Question, Subject, indicator, measure
from cauce.errors import QueryError, Refusal
from cauce_contract import Contract, Month
from cauce_contract.echo import nearest

MOST_MONTHS = 240
MOST_FAULTS = 20  # of one parameter: to look for what is nearest takes time


@dataclass(frozen=True, slots=True)
class Asked:
    """The query's parameters, as they came."""

    first: str | None
    last: str | None
    window: str
    area: str | None
    by: str | None
    contract: str | None
    format: str


def read(
    contract: Contract,
    kind: Literal["indicator", "measure"],
    subject_id: str,
    asked: Asked,
    *,
    last_over: Month,
    default_area: str,
    programmes: Collection[str],
) -> Question:
    """The question that is asked; a Refusal with every fault of it at once."""
    faults: list[QueryError] = []
    subject = _subject(contract, kind, subject_id, faults)
    first = read_month(asked.first, "from", last_over, faults)
    last = read_month(asked.last, "to", last_over, faults)
    require_span(first, last, last_over, faults)
    area = default_area if asked.area is None else asked.area
    areas = _areas(contract, area, programmes, faults)
    dimension, by_area = _by(subject, asked.by, faults)
    require_one_of("unknown_window", "window", asked.window, ["month"], faults)
    require_one_of("unknown_format", "format", asked.format, ["json"], faults)
    version = contract.version if asked.contract is None else asked.contract
    require_one_of("unknown_contract", "contract", version, [contract.version], faults)
    if faults or subject is None:
        raise Refusal("bad-query", errors=faults)
    return Question(subject, first, last, areas, dimension, by_area)


def _subject(
    contract: Contract,
    kind: Literal["indicator", "measure"],
    given: str,
    faults: list[QueryError],
) -> Subject | None:
    known = contract.indicators if kind == "indicator" else contract.measures
    if given in known:
        return indicator(contract, given) if kind == "indicator" else measure(contract, given)
    faults.append(QueryError(f"unknown_{kind}", kind, {"nearest": nearest(given, known)}))
    return None


def read_month(
    text: str | None, parameter: str, default: Month, faults: list[QueryError]
) -> Month:
    """The month that is written, or the default; a fault is added where it is none."""
    if text is None:
        return default
    try:
        return Month.parse(text)
    except ValueError:
        faults.append(QueryError("not_a_month", parameter))
        return default


def require_span(first: Month, last: Month, last_over: Month, faults: list[QueryError]) -> None:
    """Add a fault where the months run backwards, are too many, or are not over."""
    require_months(first, last, faults)
    if last > last_over:
        faults.append(QueryError("not_over", "to", {"expected": str(last_over)}))


def require_months(first: Month, last: Month, faults: list[QueryError]) -> None:
    """Add a fault where the months run backwards, or are too many."""
    if any(fault.rule == "not_a_month" for fault in faults):
        return
    if first > last:
        faults.append(QueryError("from_after_to", "from"))
    elif first + MOST_MONTHS <= last:
        faults.append(QueryError("too_many_months", "from", {"expected": MOST_MONTHS}))


def _areas(
    contract: Contract, text: str, programmes: Collection[str], faults: list[QueryError]
) -> list[str]:
    known = [NATIONAL_AREA, *contract.states, *programmes]
    asked = list(dict.fromkeys(text.split(",")))
    unknown = [area for area in asked if area not in known]
    faults += [
        QueryError("unknown_area", "area", {"nearest": nearest(area, known)})
        for area in unknown[:MOST_FAULTS]
    ]
    return asked


def _by(
    subject: Subject | None, text: str | None, faults: list[QueryError]
) -> tuple[str | None, bool]:
    asked = [] if text is None else text.split(",")
    dimensions = [name for name in asked if name != "area"]
    if len(dimensions) > 1:
        faults.append(QueryError("too_many_dimensions", "by"))
    if subject:
        has = ", ".join([*subject.dimensions, "area"])
        faults += [
            QueryError("unknown_dimension", "by", {"nearest": has})
            for name in dimensions[:MOST_FAULTS]
            if name not in subject.dimensions
        ]
    return (dimensions[0] if dimensions else None), "area" in asked


def require_one_of(
    rule: str, parameter: str, given: str, offered: Sequence[str], faults: list[QueryError]
) -> None:
    """Add a fault, under this rule, for what is not offered."""
    if given not in offered:
        faults.append(QueryError(rule, parameter, {"nearest": ", ".join(offered)}))
