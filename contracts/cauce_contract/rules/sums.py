"""Checks of one month in itself: sums, parts and wholes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from cauce_contract.formula import Formula
from cauce_contract.rules.subject import (
    Check,
    Found,
    MeasureId,
    Subject,
    compared,
    made_of,
    pointer,
    total,
)


@dataclass(frozen=True, slots=True)
class Equal(Check):
    """figure = equals

    A figure without a number: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("identity",)
    like_units: ClassVar[tuple[str, ...]] = ("figure", "equals")

    figure: Formula
    equals: Formula

    def found(self, subject: Subject) -> Iterator[Found]:
        actual, expected = (
            total(subject.report, self.figure),
            total(subject.report, self.equals),
        )
        if actual is None or expected is None or actual == expected:
            return
        figures = compared(self.equals.text, expected, self.figure.text, actual)
        figures |= made_of("left", [subject.report], self.equals)
        figures |= made_of("right", [subject.report], self.figure)
        bounds = {"expected": expected, "actual": actual}
        yield Found(pointer(subject.contract, self.figure), "identity", figures | bounds)


@dataclass(frozen=True, slots=True)
class AtMost(Check):
    """figure ≤ at_most, or ≤ at_most × the days of the month where `per_day` is set

    A figure without a number: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("at_most",)

    figure: Formula
    at_most: Formula
    per_day: bool = False

    def found(self, subject: Subject) -> Iterator[Found]:
        actual, most = total(subject.report, self.figure), total(subject.report, self.at_most)
        if actual is None or most is None:
            return
        text, days = self.at_most.text, 1
        if self.per_day:
            days = monthrange(subject.report.period.year, subject.report.period.number)[1]
            most, text = most * days, f"{text} × {days}"
        if actual > most:
            figures = compared(self.figure.text, actual, text, most)
            figures |= made_of("left", [subject.report], self.figure)
            figures |= made_of("right", [subject.report], self.at_most, times=days)
            bounds = {"expected": most, "actual": actual}
            yield Found(pointer(subject.contract, self.figure), "at_most", figures | bounds)


@dataclass(frozen=True, slots=True)
class AtMostByCode(Check):
    """each code of each breakdown of the measure ≤ the same of at_most, where both have it

    A breakdown that only one of them sends, or that could not be read: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("code_above",)

    measure: MeasureId
    at_most: MeasureId

    def found(self, subject: Subject) -> Iterator[Found]:
        measures, numbers = subject.contract.measures, subject.report.numbers
        parts, wholes = measures[self.measure].breakdowns, measures[self.at_most].breakdowns
        for dimension in (dimension for dimension in parts if dimension in wholes):
            if subject.unsound & {(self.measure, dimension), (self.at_most, dimension)}:
                continue
            for code, at in parts[dimension].positions.items():
                actual, most = numbers[at], numbers[wholes[dimension].positions[code]]
                if actual is None or most is None or actual <= most:
                    continue
                figures = compared(self.measure, actual, self.at_most, most) | {
                    "dimension": dimension,
                    "code": code,
                    "expected": most,
                    "actual": actual,
                }
                yield Found(subject.contract.cells[at].pointer, "code_above", figures)


@dataclass(frozen=True, slots=True)
class ZeroWithoutN(Check):
    """the sum of every duration is 0 when its n is 0

    A duration without numbers: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("sum_without_n",)
    wants_zero_without_n: ClassVar[bool] = True

    def found(self, subject: Subject) -> Iterator[Found]:
        numbers = subject.report.numbers
        for measure in subject.contract.measures.values():
            if measure.kind != "duration" or numbers[measure.position + 1] != 0:
                continue
            if days := numbers[measure.position]:
                figures: dict[str, int | str] = {
                    "measure": measure.id,
                    "expected": 0,
                    "actual": days,
                }
                yield Found(f"/measures/{measure.id}/sum", "sum_without_n", figures)


@dataclass(frozen=True, slots=True)
class BreakdownSum(Check):
    """every single-response breakdown adds up to the measure's value

    A breakdown that is not kept, or could not be read: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("sum",)

    def found(self, subject: Subject) -> Iterator[Found]:
        numbers = subject.report.numbers
        for measure, breakdown in subject.breakdowns(is_multi_response=False):
            value, positions = numbers[measure.position], breakdown.positions.values()
            counts = [count for at in positions if (count := numbers[at]) is not None]
            if value is None or len(counts) < len(positions):
                continue
            actual = sum(counts)
            if actual != value:
                figures: dict[str, int | str] = {
                    "measure": measure.id,
                    "dimension": breakdown.dimension,
                    "expected": value,
                    "actual": actual,
                }
                yield Found(f"/measures/{measure.id}/by/{breakdown.dimension}", "sum", figures)


@dataclass(frozen=True, slots=True)
class MultiResponse(Check):
    """each code of every multi-response breakdown is sent, and is at most the measure's value

    A breakdown that is not kept, or could not be read: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("code_missing", "above_total")

    def found(self, subject: Subject) -> Iterator[Found]:
        numbers, statuses = subject.report.numbers, subject.report.statuses
        for measure, breakdown in subject.breakdowns(is_multi_response=True):
            value = numbers[measure.position]
            for code, at in breakdown.positions.items():
                actual = numbers[at]
                figures: dict[str, int | str] = {
                    "measure": measure.id,
                    "dimension": breakdown.dimension,
                    "code": code,
                }
                place = subject.contract.cells[at].pointer
                if actual is None:
                    if subject.contract.status_by_number[statuses[at]].holds_number:
                        yield Found(place, "code_missing", figures)
                elif value is not None and actual > value:
                    bounds = {"expected": value, "actual": actual}
                    yield Found(place, "above_total", figures | bounds)


@dataclass(frozen=True, slots=True)
class Document(Check):
    """the document keeps to the version: its form, ids, numbers, statuses, months and texts"""

    variants: ClassVar[tuple[str, ...]] = ()

    def found(self, subject: Subject) -> Iterator[Found]:  # noqa: ARG002  every check's signature
        return iter(())
