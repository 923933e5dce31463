"""What is asked of the figures: which one, when, where, and broken down by what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from cauce.errors import QueryError, Refusal
from cauce_contract import Contract, Month
from cauce_contract.echo import nearest
from cauce_contract.formula import Cells, Formula, Programmes, Term

NATION = "MX"
MOST_MONTHS = 240
MOST_FAULTS = 20  # of one parameter: to look for what is nearest takes time


@dataclass(frozen=True, slots=True)
class Subject:
    """A figure that can be asked for: a ratio of two formulas, or a sum.

    dimensions  those that it can be broken down by
    """

    kind: Literal["indicator", "measure"]
    id: str
    unit: str
    text: str
    numerator: Formula
    denominator: Formula | None
    dimensions: Sequence[str]
    is_duration: bool = False

    @property
    def is_about_roster(self) -> bool:
        """Whether it counts programmes rather than what they reported."""
        terms = [*self.numerator.terms, *(self.denominator.terms if self.denominator else ())]
        return all(isinstance(term.operand, Programmes) for term in terms)

    def by_code(self, dimension: str, code: str) -> tuple[Formula, Formula | None]:
        """Its two formulas for one code of a dimension."""
        below = _at(self.denominator, dimension, code) if self.denominator else None
        return _at(self.numerator, dimension, code), below


@dataclass(frozen=True, slots=True)
class Question:
    """A subject over months and areas; `dimension` breaks it down, `by_area` into states."""

    subject: Subject
    first: Month
    last: Month
    areas: Sequence[str]
    dimension: str | None = None
    by_area: bool = False

    @property
    def months(self) -> list[Month]:
        return self.first.through(self.last)

    @property
    def by(self) -> list[str]:
        return [
            *([self.dimension] if self.dimension else []),
            *(["area"] if self.by_area else []),
        ]


def indicator(contract: Contract, indicator_id: str) -> Subject:
    """The subject of an indicator; KeyError for none of the contract."""
    found = contract.indicators[indicator_id]
    return Subject(
        kind="indicator",
        id=found.id,
        unit=found.unit,
        text=found.formula,
        numerator=found.numerator,
        denominator=found.denominator,
        dimensions=_shared_dimensions(contract, found.numerator, found.denominator),
    )


def measure(contract: Contract, measure_id: str) -> Subject:
    """The subject of a measure as it is reported; KeyError for none of the contract."""
    found = contract.measures[measure_id]
    is_duration = found.kind == "duration"
    whole = Cells(found.id, "sum" if is_duration else "value")
    return Subject(
        kind="measure",
        id=found.id,
        unit=found.unit,
        text=f"{found.id}.sum / {found.id}.n" if is_duration else found.id,
        numerator=Formula(found.id, (Term(1, whole),)),
        denominator=Formula(found.id, (Term(1, Cells(found.id, "n")),))
        if is_duration
        else None,
        dimensions=list(found.breakdowns),
        is_duration=is_duration,
    )


def _shared_dimensions(
    contract: Contract, numerator: Formula, denominator: Formula | None
) -> list[str]:
    """The dimensions by which every term of both formulas was counted."""
    terms = [*numerator.terms, *(denominator.terms if denominator else ())]
    plain = [
        contract.measures[term.operand.measure]
        for term in terms
        if isinstance(term.operand, Cells)
        and term.operand.dimension is None
        and term.operand.part == "value"
    ]
    if len(plain) < len(terms):
        return []
    return [
        dimension
        for dimension in plain[0].breakdowns
        if all(dimension in counted.breakdowns for counted in plain)
    ]


def _at(formula: Formula, dimension: str, code: str) -> Formula:
    terms = tuple(
        Term(term.sign, Cells(term.operand.measure, "value", dimension, (code,)))
        for term in formula.terms
        if isinstance(term.operand, Cells)
    )
    return Formula(f"{formula.text}[{dimension}: {code}]", terms)


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
    require_span(first, last, faults)
    area = default_area if asked.area is None else asked.area
    areas = _areas(contract, area, programmes, faults)
    dimension, by_area = _by(subject, asked.by, faults)
    _fixed("unknown_window", "window", asked.window, ["month"], faults)
    _fixed("unknown_format", "format", asked.format, ["json"], faults)
    version = contract.version if asked.contract is None else asked.contract
    _fixed("unknown_contract", "contract", version, [contract.version], faults)
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


def require_span(first: Month, last: Month, faults: list[QueryError]) -> None:
    """Add a fault where the months run backwards or are too many."""
    if any(fault.rule == "not_a_month" for fault in faults):
        return
    if first > last:
        faults.append(QueryError("from_after_to", "from"))
    elif first + MOST_MONTHS <= last:
        faults.append(QueryError("too_many_months", "from", {"expected": MOST_MONTHS}))


def _areas(
    contract: Contract, text: str, programmes: Collection[str], faults: list[QueryError]
) -> list[str]:
    known = [NATION, *contract.states, *programmes]
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


def _fixed(
    rule: str, parameter: str, given: str, offered: Sequence[str], faults: list[QueryError]
) -> None:
    if given not in offered:
        faults.append(QueryError(rule, parameter, {"nearest": ", ".join(offered)}))
