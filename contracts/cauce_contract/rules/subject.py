"""What a rule looks at, and how it reads figures there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cauce_contract.formula import Formula
from cauce_contract.model import NOT_SENT, Breakdown, Contract, Measure
from cauce_contract.month import Month
from cauce_contract.report import Report

LONGEST_RUN = 12  # months


@dataclass(frozen=True, slots=True)
class Subject:
    """The report under check, with what it is compared to.

    history  earlier months of the programme
    unsound  measure and dimension of the breakdowns that could not be read
    now      the instant of the check
    start    the programme's first month, where the roster is known
    """

    report: Report
    history: Mapping[Month, Report]
    unsound: Set[tuple[str, str]]
    now: datetime
    start: Month | None = None

    @property
    def contract(self) -> Contract:
        return self.report.contract

    @property
    def before(self) -> Report | None:
        """The month before, where it was reported."""
        return self.history.get(self.report.period + -1)

    def run(self) -> list[Report]:
        """The unbroken run of reported months that ends here, at most twelve, oldest first."""
        found = [self.report]
        while len(found) < LONGEST_RUN:
            earlier = self.history.get(found[-1].period + -1)
            if earlier is None:
                break
            found.append(earlier)
        return found[::-1]

    def breakdowns(self, *, is_multi_response: bool) -> Iterator[tuple[Measure, Breakdown]]:
        """The breakdowns of one kind that the document has and that could be read."""
        for measure in self.contract.measures.values():
            for breakdown in measure.breakdowns.values():
                first = next(iter(breakdown.positions.values()))
                if (
                    breakdown.is_multi_response == is_multi_response
                    and self.report.statuses[first] != NOT_SENT
                    and (measure.id, breakdown.dimension) not in self.unsound
                ):
                    yield measure, breakdown


@dataclass(frozen=True, slots=True)
class Found:
    """One way in which a check fails: where, which message, and the fields of it."""

    pointer: str
    variant: str
    figures: Mapping[str, int | str]


class Check(Protocol):
    """One condition of a rule; its fields are its operands in rules.toml."""

    def found(self, subject: Subject) -> Iterator[Found]: ...


def total(report: Report, formula: Formula) -> int | None:
    """The formula's value in this report; None unless every figure in it is a number."""
    added = 0
    for sign, position in report.contract.positions(formula):
        number = report.numbers[position]
        if number is None:
            return None
        added += sign * number
    return added


def totals(reports: list[Report], formula: Formula) -> int | None:
    """The formula added over months; None unless every figure in every month is a number."""
    found = [total(report, formula) for report in reports]
    return None if None in found else sum(number for number in found if number is not None)


def pointer(contract: Contract, formula: Formula) -> str:
    """Where the formula's first figure stands in a document."""
    return contract.cells[contract.positions(formula)[0][1]].pointer


def compared(left: str, left_sum: int, right: str, right_sum: int) -> dict[str, int | str]:
    """The fields of a message that sets two figures against each other."""
    return {"left": left, "left_sum": left_sum, "right": right, "right_sum": right_sum}
