"""Checks of what is possible but unlikely: shares, ratios, zeros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from cauce_contract.formula import Formula
from cauce_contract.model import Contract, Measure
from cauce_contract.rules.subject import (
    Check,
    CodeId,
    Found,
    Subject,
    compared,
    made_of,
    pointer,
    total,
)


@dataclass(frozen=True, slots=True)
class Ratio(Check):
    """figure / over is at most `most`, at least `least`, and not `never`, once over ≥ from

    A figure without a number: nothing is said.
    """

    figure: Formula
    over: Formula
    from_: int
    most: Fraction | None = None
    least: Fraction | None = None
    never: Fraction | None = None

    variants: ClassVar[tuple[str, ...]] = ("above", "below", "exactly")
    only_with: ClassVar[Mapping[str, str]] = {
        "above": "most",
        "below": "least",
        "exactly": "never",
    }

    def found(self, subject: Subject) -> Iterator[Found]:
        part, whole = total(subject.report, self.figure), total(subject.report, self.over)
        if part is None or whole is None or whole < max(self.from_, 1):
            return
        ratio = Fraction(part, whole)
        bounds = {
            "above": self.most if self.most is not None and ratio > self.most else None,
            "below": self.least if self.least is not None and ratio < self.least else None,
            "exactly": self.never if ratio == self.never else None,
        }
        for variant, bound in bounds.items():
            if bound is not None:
                figures = compared(self.figure.text, part, self.over.text, whole)
                figures |= made_of("left", [subject.report], self.figure)
                figures |= made_of("right", [subject.report], self.over)
                figures["bound"] = written(bound)
                yield Found(pointer(subject.contract, self.figure), variant, figures)


def written(bound: Fraction) -> str:
    """A bound as people write it: 0.6, 180."""
    return f"{float(bound):g}"


@dataclass(frozen=True, slots=True)
class UnknownShare(Check):
    """the code for unknown is at most `most` of every breakdown whose total is at least from

    A breakdown that is not kept, that could not be read or that has no such code: nothing is
    said.
    """

    variants: ClassVar[tuple[str, ...]] = ("share",)

    code: CodeId
    most: Fraction
    from_: int

    def found(self, subject: Subject) -> Iterator[Found]:
        numbers = subject.report.numbers
        for measure, breakdown in subject.breakdowns(is_multi_response=False):
            value = numbers[measure.position]
            at = breakdown.positions.get(self.code)
            unknown = numbers[at] if at is not None else None
            if value is None or at is None or unknown is None or value < self.from_:
                continue
            # Multiplied out, for a fraction takes far longer to compare.
            if unknown * self.most.denominator > self.most.numerator * value:
                figures: dict[str, int | str] = {
                    "measure": measure.id,
                    "dimension": breakdown.dimension,
                    "expected": value,
                    "actual": unknown,
                }
                yield Found(subject.contract.cells[at].pointer, "share", figures)


@dataclass(frozen=True, slots=True)
class ZeroWhile(Check):
    """figure is not 0 while other > above

    A figure without a number: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("zero_while",)

    figure: Formula
    other: Formula
    above: int

    def found(self, subject: Subject) -> Iterator[Found]:
        other = total(subject.report, self.other)
        if total(subject.report, self.figure) == 0 and other is not None and other > self.above:
            figures: dict[str, int | str] = {
                "left": self.figure.text,
                "right": self.other.text,
                "right_sum": other,
            }
            yield Found(pointer(subject.contract, self.figure), "zero_while", figures)


@dataclass(frozen=True, slots=True)
class EqualWhile(Check):
    """figure ≠ other, once other ≥ from

    A figure without a number: nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("equal_while",)

    figure: Formula
    other: Formula
    from_: int

    def found(self, subject: Subject) -> Iterator[Found]:
        other = total(subject.report, self.other)
        if other is None or other < self.from_ or total(subject.report, self.figure) != other:
            return
        figures: dict[str, int | str] = {
            "left": self.figure.text,
            "right": self.other.text,
            "right_sum": other,
        }
        yield Found(pointer(subject.contract, self.figure), "equal_while", figures)


def flows(contract: Contract) -> list[Measure]:
    """The measures that count what happened in the month, distinct persons among them.

    Follow-up is none: a cohort is due because of what happened months before.
    """
    return [m for m in contract.measures.values() if m.kind in ("flow", "flow_distinct")]


@dataclass(frozen=True, slots=True)
class AllZero(Check):
    """not every flow is 0 while other > 0

    A flow without a number does not count; where none has one, nothing is said.
    """

    variants: ClassVar[tuple[str, ...]] = ("all_zero",)

    other: Formula

    def found(self, subject: Subject) -> Iterator[Found]:
        other = total(subject.report, self.other)
        numbers = [subject.report.numbers[flow.position] for flow in flows(subject.contract)]
        reported = [number for number in numbers if number is not None]
        if other and reported and not any(reported):
            yield Found("/measures", "all_zero", {"actual": other})
