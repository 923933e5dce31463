"""What is asked of the figures: which one, when, where, and broken down by what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cauce.store.roster import OWED, Owed
from cauce_contract import Contract, Month
from cauce_contract.formula import Cells, Formula, Latest, Programmes, Term

NATIONAL_AREA = "MX"


@dataclass(frozen=True, slots=True)
class Subject:
    """A figure that can be asked for: a ratio of two formulas, or a sum.

    dimensions  those that it can be broken down by
    owed_by     the intervals of the roster in which a programme is expected to report it
    """

    kind: Literal["indicator", "measure"]
    id: str
    unit: str
    text: str
    numerator: Formula
    denominator: Formula | None
    dimensions: Sequence[str]
    owed_by: Sequence[Owed]
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
        owed_by=_owed_by(contract, found.numerator, found.denominator),
    )


def measure(contract: Contract, measure_id: str) -> Subject:
    """The subject of a measure as it is reported; KeyError for none of the contract."""
    found = contract.measures[measure_id]
    is_duration = found.kind == "duration"
    whole = Cells(found.id, "sum" if is_duration else "value")
    numerator = Formula(found.id, (Term(1, whole),))
    counted = Formula(found.id, (Term(1, Cells(found.id, "n")),))
    return Subject(
        kind="measure",
        id=found.id,
        unit=found.unit,
        text=f"{found.id}.sum / {found.id}.n" if is_duration else found.id,
        numerator=numerator,
        denominator=counted if is_duration else None,
        dimensions=list(found.breakdowns),
        owed_by=_owed_by(contract, numerator, None),
        is_duration=is_duration,
    )


def _owed_by(
    contract: Contract, numerator: Formula, denominator: Formula | None
) -> Sequence[Owed]:
    """A closed programme owes a figure that is wholly of measures that it still reports."""
    terms = [*numerator.terms, *(denominator.terms if denominator else ())]
    is_owed_after_closing = all(
        isinstance(term.operand, Cells | Latest)
        and contract.measures[term.operand.measure].is_owed_after_closing
        for term in terms
    )
    return OWED if is_owed_after_closing else ("active",)


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
