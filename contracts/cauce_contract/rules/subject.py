"""What a rule looks at, and how it reads figures there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from cauce_contract.formula import Cells, Formula
from cauce_contract.model import NOT_SENT, Breakdown, Contract, Measure
from cauce_contract.month import Month
from cauce_contract.report import Report

LONGEST_RUN = 12  # months
# What an operand names; the linter looks it up by what its field is declared as.
MeasureId = str
DimensionId = str
CodeId = str
StatusId = str
MonthsByCode = Mapping[CodeId, int]  # of the check's own dimension

_BREAK = "B"  # of SDMX's CL_OBS_STATUS: the figure cannot be compared with those before it


@dataclass(frozen=True)
class Subject:
    """The report under check, with what it is compared to.

    history    earlier months of the programme
    unsound    measure and dimension of the breakdowns that could not be read
    now        the instant of the check
    start      the programme's first month, where the roster is known
    is_placed  whether the document says which programme's month it is
    """

    report: Report
    history: Mapping[Month, Report]
    unsound: Set[tuple[str, str]]
    now: datetime
    start: Month | None = None
    is_placed: bool = True

    @property
    def contract(self) -> Contract:
        return self.report.contract

    @cached_property
    def before(self) -> Report | None:
        """The month before, where it was reported."""
        return self.history.get(self.report.period + -1)

    @cached_property
    def run(self) -> Sequence[Report]:
        """The unbroken run of reported months that ends here, at most twelve, oldest first."""
        found = [self.report]
        while len(found) < LONGEST_RUN:
            earlier = self.history.get(found[-1].period + -1)
            if earlier is None:
                break
            found.append(earlier)
        return found[::-1]

    def is_broken(self, position: int) -> bool:
        """Whether this cell's series breaks in the month under check."""
        return self.report.statuses[position] in self._breaks

    def comparable(self, *positions: int) -> Sequence[Report]:
        """The run from the latest month on in which one of these cells breaks its series."""
        if not self._has_breaks:
            return self.run
        for back in range(1, len(self.run) + 1):
            if any(self.run[-back].statuses[at] in self._breaks for at in positions):
                return self.run[-back:]
        return self.run

    def compared_by(self, *formulas: Formula) -> Sequence[Report]:
        """The run as far back as the figures of these formulas can be compared."""
        if not self._has_breaks:
            return self.run
        found = [at for formula in formulas for _, at in self.contract.positions(formula)]
        return self.comparable(*found)

    @cached_property
    def _has_breaks(self) -> bool:
        """Whether any series breaks within the run; hardly ever one does."""
        return not all(self._breaks.isdisjoint(month.statuses) for month in self.run)

    @cached_property
    def _breaks(self) -> Set[int]:
        """The status numbers that break a series."""
        statuses = self.contract.statuses.values()
        return {status.number for status in statuses if status.sdmx == _BREAK}

    def breakdowns(self, *, is_multi_response: bool) -> Sequence[tuple[Measure, Breakdown]]:
        """The breakdowns of one kind that the document has and that could be read."""
        return self._breakdowns[is_multi_response]

    @cached_property
    def _breakdowns(self) -> Mapping[bool, Sequence[tuple[Measure, Breakdown]]]:
        """Those of both kinds, by whether they are multi-response."""
        found: dict[bool, list[tuple[Measure, Breakdown]]] = {True: [], False: []}
        for measure in self.contract.measures.values():
            for breakdown in measure.breakdowns.values():
                first = next(iter(breakdown.positions.values()))
                if (
                    self.report.statuses[first] != NOT_SENT
                    and (measure.id, breakdown.dimension) not in self.unsound
                ):
                    found[breakdown.is_multi_response].append((measure, breakdown))
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """One way in which a check fails: where, which message, and the fields of it."""

    pointer: str
    variant: str
    figures: Mapping[str, int | str]


class Check(ABC):
    """One condition of a rule; its fields are its operands in rules.toml.

    variants              the messages that it may give; those of `document` the reader gives
    only_with             by variant, the operand without which it is never given
    like_units            two operands that must count the same thing, where there are such
    adds_up_months        whether it sums over months, so that an earlier month can unsettle it
    wants_zero_without_n  whether a JSON Schema can say it: without n, a duration's sum is 0
    """

    __slots__ = ()
    variants: ClassVar[tuple[str, ...]]
    only_with: ClassVar[Mapping[str, str]] = {}
    like_units: ClassVar[tuple[str, ...]] = ()
    adds_up_months: ClassVar[bool] = False
    wants_zero_without_n: ClassVar[bool] = False

    @abstractmethod
    def found(self, subject: Subject) -> Iterator[Found]:
        """Every way in which the condition does not hold."""

    def months_back(self) -> Sequence[int]:
        """How many months before its own it needs reports of; none where it can do without."""
        return ()


def total(report: Report, formula: Formula) -> int | None:
    """The formula's value in this report; None unless every figure in it is a number."""
    added = 0
    for sign, position in report.contract.positions(formula):
        number = report.numbers[position]
        if number is None:
            return None
        added += sign * number
    return added


def totals(reports: Sequence[Report], formula: Formula) -> int | None:
    """The formula added over months; None unless every figure in every month is a number."""
    found = [total(report, formula) for report in reports]
    return None if None in found else sum(number for number in found if number is not None)


def pointer(contract: Contract, formula: Formula) -> str:
    """Where the formula's first figure stands in a document."""
    return contract.cells[contract.positions(formula)[0][1]].pointer


def compared(left: str, left_sum: int, right: str, right_sum: int) -> dict[str, int | str]:
    """The fields of a message that sets two figures against each other."""
    return {"left": left, "left_sum": left_sum, "right": right, "right_sum": right_sum}


def made_of(
    side: str, reports: Sequence[Report], formula: Formula, *, times: int = 1
) -> dict[str, int | str]:
    """What a side, `left` or `right`, is added up from; nothing where it is one figure.

    Gives <side>_parts, the integers with their signs in the formula's order, each over all the
    months, and <side>_of, the ids that a formula's name stands for.
    """
    contract = reports[-1].contract
    if len(formula.terms) < 2:
        return {}
    numbers = "".join(
        f" {'+' if sign == 1 else '−'} {_added(reports, cells)}"
        for sign, cells in formula.cells()
    ).removeprefix(" + ")
    found: dict[str, int | str] = {f"{side}_parts": _multiplied(numbers.strip(), times)}
    if named := contract.indicators.get(formula.text):
        found[f"{side}_of"] = _multiplied(named.numerator.text, times)
    return found


def _added(reports: Sequence[Report], cells: Cells) -> int:
    positions = reports[-1].contract.measures[cells.measure].cell(cells)
    return sum(report.numbers[at] or 0 for report in reports for at in positions)


def _multiplied(written: str, times: int) -> str:
    return written if times == 1 else f"({written}) × {times}"
