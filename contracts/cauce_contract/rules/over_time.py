"""Checks against the programme's earlier months.

None looks past a break: a figure with the status of a broken series is compared with nothing
before it, except by `continuity`, which says itself what a break does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from cauce_contract.formula import Formula
from cauce_contract.model import Breakdown
from cauce_contract.month import Month
from cauce_contract.report import Report
from cauce_contract.rules.plausible import flows
from cauce_contract.rules.subject import (
    Check,
    DimensionId,
    Found,
    MeasureId,
    MonthsByCode,
    StatusId,
    Subject,
    compared,
    made_of,
    pointer,
    total,
    totals,
)

Figures = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Continuity(Check):
    """figure = the month before's `previous`, unless the figure carries the status `unless`

    The month before not reported, or a figure without a number: nothing is said.
    """

    figure: Formula
    previous: Formula
    unless: StatusId

    variants: ClassVar[tuple[str, ...]] = ("differs",)
    like_units: ClassVar[tuple[str, ...]] = ("figure", "previous")

    def months_back(self) -> Sequence[int]:
        return (1,)

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        actual = total(subject.report, self.figure)
        expected = total(subject.before, self.previous)
        if actual is None or expected is None or actual == expected:
            return
        ((_, at),) = subject.contract.positions(self.figure)
        status = subject.contract.status_by_number[subject.report.statuses[at]]
        if status.id != self.unless:
            period = str(subject.before.period)
            figures: Figures = {"expected": expected, "actual": actual, "period": period}
            yield Found(pointer(subject.contract, self.figure), "differs", figures)


@dataclass(frozen=True, slots=True)
class Gap(Check):
    """the month before was reported, from the programme's second month on

    The programme's first month not known: it is taken to be an earlier one.
    """

    variants: ClassVar[tuple[str, ...]] = ("gap",)

    def found(self, subject: Subject) -> Iterator[Found]:
        period, start = subject.report.period, subject.start
        is_later = subject.is_placed and (start is None or start < period)
        if is_later and subject.before is None:
            yield Found("/period", "gap", {"period": str(period + -1)})


@dataclass(frozen=True, slots=True)
class Copy(Check):
    """not every flow equals the month before's, where at least `from` of them are not 0

    The month before not reported: nothing is said. A flow without a number equals only one
    without a number.
    """

    from_: int

    variants: ClassVar[tuple[str, ...]] = ("copy",)

    def months_back(self) -> Sequence[int]:
        return (1,)

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        now, then = subject.report.numbers, subject.before.numbers
        positions = [flow.position for flow in flows(subject.contract)]
        active = sum(bool(now[at]) for at in positions)
        if active >= self.from_ and all(now[at] == then[at] for at in positions):
            figures: Figures = {"actual": active, "period": str(subject.before.period)}
            yield Found("/measures", "copy", figures)


@dataclass(frozen=True, slots=True)
class ZeroAfterNonzero(Check):
    """no flow is 0 that was above 0 in each of the `months` before, `least` or more in all

    A flow of fewer is 0 now and then by chance. `never` are left out. One of those months not
    reported, or without a number: nothing is said.
    """

    months: int
    least: int
    never: Sequence[MeasureId]

    variants: ClassVar[tuple[str, ...]] = ("zero",)

    def months_back(self) -> Sequence[int]:
        return range(1, self.months + 1)

    def found(self, subject: Subject) -> Iterator[Found]:
        for flow in flows(subject.contract):
            at = flow.position
            if flow.id in self.never or subject.report.numbers[at] != 0:
                continue
            earlier = subject.comparable(at)[:-1][-self.months :]
            series = [report.numbers[at] or 0 for report in earlier]
            if len(series) == self.months and all(series) and sum(series) >= self.least:
                figures: Figures = {"measure": flow.id, "months": self.months}
                yield Found(f"/measures/{flow.id}/value", "zero", figures)


@dataclass(frozen=True, slots=True)
class Outlier(Check):
    """every flow lies within median ± max(4 MAD, 3√median, 5) of a full run of `months`

    never    flows that come in batches, and are left out
    instead  formulas that stand for flows of which a part comes in batches

    A month not reported, or without a number: nothing is said.
    """

    months: int
    never: Sequence[MeasureId]
    instead: Sequence[Formula]

    variants: ClassVar[tuple[str, ...]] = ("outlier",)

    def months_back(self) -> Sequence[int]:
        return range(1, self.months)

    def found(self, subject: Subject) -> Iterator[Found]:
        if len(subject.run) < self.months:
            return
        replaced = {formula.cells()[0][1].measure for formula in self.instead}
        for flow in flows(subject.contract):
            if flow.id not in self.never and flow.id not in replaced:
                run = subject.comparable(flow.position)
                series = [report.numbers[flow.position] for report in run]
                place = f"/measures/{flow.id}/value"
                yield from self._judged(flow.id, place, series)
        for formula in self.instead:
            series = [total(report, formula) for report in subject.compared_by(formula)]
            yield from self._judged(formula.text, pointer(subject.contract, formula), series)

    def _judged(self, text: str, place: str, series: Sequence[int | None]) -> Iterator[Found]:
        numbers = [number for number in series if number is not None]
        if len(numbers) < max(self.months, len(series)):
            return
        # All of it doubled, and roots squared: whole numbers, so that the bound is exact.
        twice_median = _twice_median(numbers)
        twice_away = abs(2 * numbers[-1] - twice_median)
        if twice_away <= 10 or twice_away**2 <= 18 * twice_median:
            return
        # Nearly all are within that: the MAD takes time, and comes last.
        four_mad = _twice_median([abs(2 * number - twice_median) for number in numbers])
        if twice_away <= 2 * four_mad:
            return
        reach = max(four_mad, 3 * math.sqrt(twice_median / 2), 5)
        figures: Figures = {
            "measure": text,
            "actual": numbers[-1],
            "low": max(0, math.ceil(twice_median / 2 - reach)),
            "high": math.floor(twice_median / 2 + reach),
        }
        yield Found(place, "outlier", figures)


def _twice_median(numbers: Sequence[int]) -> int:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] + ordered[~middle]


@dataclass(frozen=True, slots=True)
class RunAtMost(Check):
    """over the last `months` of the run, figure ≤ at_most, once the run has `from` months

    A figure without a number in one of those months: nothing is said.
    """

    figure: Formula
    at_most: Formula
    from_: int
    months: int

    variants: ClassVar[tuple[str, ...]] = ("run",)
    adds_up_months: ClassVar[bool] = True

    def months_back(self) -> Sequence[int]:
        return range(1, self.from_)

    def found(self, subject: Subject) -> Iterator[Found]:
        run = subject.compared_by(self.figure, self.at_most)
        if len(run) < self.from_:
            return
        span = run[-self.months :]
        actual, most = totals(span, self.figure), totals(span, self.at_most)
        if actual is None or most is None or actual <= most:
            return
        figures = compared(self.figure.text, actual, self.at_most.text, most)
        figures |= made_of("left", span, self.figure)
        figures |= made_of("right", span, self.at_most)
        place = pointer(subject.contract, self.figure)
        yield Found(place, "run", figures | {"months": len(span)})


@dataclass(frozen=True, slots=True)
class MoreThanBefore(Check):
    """figure ≤ the month before's `previous`

    The month before not reported, or a figure without a number: nothing is said.
    """

    figure: Formula
    previous: Formula

    variants: ClassVar[tuple[str, ...]] = ("more_than_before",)

    def months_back(self) -> Sequence[int]:
        return (1,)

    def found(self, subject: Subject) -> Iterator[Found]:
        span = subject.compared_by(self.figure, self.previous)[-2:]
        if len(span) < 2:
            return
        before, now = span
        actual, most = total(now, self.figure), total(before, self.previous)
        if actual is None or most is None or actual <= most:
            return
        figures = compared(self.figure.text, actual, self.previous.text, most)
        place = pointer(subject.contract, self.figure)
        yield Found(place, "more_than_before", figures | {"period": str(before.period)})


@dataclass(frozen=True, slots=True)
class Lag(Check):
    """figure > 0 is followed by follower > 0 within `months`, its own month counted

    One of those months not reported, or without a number: nothing is said.
    """

    figure: Formula
    follower: Formula
    months: int

    variants: ClassVar[tuple[str, ...]] = ("lag",)

    def months_back(self) -> Sequence[int]:
        return range(1, self.months)

    def found(self, subject: Subject) -> Iterator[Found]:
        span = subject.compared_by(self.figure, self.follower)[-self.months :]
        if len(span) < self.months:
            return
        cause, effect = total(span[0], self.figure), totals(span, self.follower)
        if cause and effect == 0:
            figures = compared(self.figure.text, cause, self.follower.text, effect)
            place = pointer(subject.contract, self.follower)
            yield Found(place, "lag", figures | {"months": self.months})


@dataclass(frozen=True, slots=True)
class CohortOrigin(Check):
    """each window's cohort ≤ origin of the month that many months before

    That month not reported, or a figure without a number: nothing is said.
    """

    measure: MeasureId
    dimension: DimensionId
    origin: Formula
    months: MonthsByCode

    variants: ClassVar[tuple[str, ...]] = ("origin",)
    adds_up_months: ClassVar[bool] = True

    def months_back(self) -> Sequence[int]:
        return tuple(self.months.values())

    def found(self, subject: Subject) -> Iterator[Found]:
        positions = subject.contract.measures[self.measure].breakdowns[self.dimension].positions
        for code, back in self.months.items():
            at = positions[code]
            then = subject.history.get(subject.report.period + -back)
            if then is None or subject.is_broken(at):
                continue
            due, most = subject.report.numbers[at], total(then, self.origin)
            if due is None or most is None or due <= most:
                continue
            left = f"{self.measure}[{self.dimension}: {code}]"
            figures = compared(left, due, self.origin.text, most)
            place = subject.contract.cells[at].pointer
            yield Found(place, "origin", figures | {"period": str(then.period)})


@dataclass(frozen=True, slots=True)
class Carryover(Check):
    """figure > 0 has cause > 0 in this month or the one before

    The month before not reported, or a figure without a number: nothing is said.
    """

    figure: Formula
    cause: Formula

    variants: ClassVar[tuple[str, ...]] = ("carryover",)

    def months_back(self) -> Sequence[int]:
        return (1,)

    def found(self, subject: Subject) -> Iterator[Found]:
        span = subject.compared_by(self.figure, self.cause)[-2:]
        if len(span) < 2:
            return
        actual, causes = total(subject.report, self.figure), totals(span, self.cause)
        if actual and causes == 0:
            figures = compared(self.figure.text, actual, self.cause.text, causes)
            yield Found(pointer(subject.contract, self.figure), "carryover", figures)


@dataclass(frozen=True, slots=True)
class Stale(Check):
    """a revision is of a month at most `months` old

    No reason of a revision: it is none, and nothing is said.
    """

    months: int

    variants: ClassVar[tuple[str, ...]] = ("stale",)

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.report.revision_reason is None or not subject.is_placed:
            return
        last_over = Month.last_over(subject.now, subject.contract.utc_offset_hours)
        age = len(subject.report.period.through(last_over))  # from its month to the present one
        if age > self.months:
            yield Found("/period", "stale", {"months": age})


@dataclass(frozen=True, slots=True)
class HalfShare(Check):
    """over `months`, part's share of whole is at least half that of other_part in other_whole

    Only where other_part is at least from. A month not reported, or without a number: nothing
    is said.
    """

    part: Formula
    whole: Formula
    other_part: Formula
    other_whole: Formula
    months: int
    from_: int

    variants: ClassVar[tuple[str, ...]] = ("share",)

    def months_back(self) -> Sequence[int]:
        return range(1, self.months)

    def found(self, subject: Subject) -> Iterator[Found]:
        formulas = (self.part, self.whole, self.other_part, self.other_whole)
        span = subject.compared_by(*formulas)[-self.months :]
        if len(span) < self.months:
            return
        sums = [added for formula in formulas if (added := totals(span, formula)) is not None]
        if len(sums) < len(formulas):
            return
        part, whole, other_part, other_whole = sums
        if not whole or not other_whole or other_part < self.from_:
            return
        if 2 * part * other_whole < other_part * whole:
            left, right = 100 * part // whole, 100 * other_part // other_whole
            figures = compared(self.part.text, left, self.other_part.text, right)
            yield Found(pointer(subject.contract, self.part), "share", figures)


@dataclass(frozen=True, slots=True)
class MixShift(Check):
    """a stock's breakdowns stay within a total-variation distance of the month before's

    Only where the measure is at least from in both months. The month before not reported, or a
    breakdown that one of them does not have: nothing is said.
    """

    measure: MeasureId
    most: Fraction
    from_: int

    variants: ClassVar[tuple[str, ...]] = ("shift",)

    def months_back(self) -> Sequence[int]:
        return (1,)

    def found(self, subject: Subject) -> Iterator[Found]:
        measure = subject.contract.measures[self.measure]
        span = subject.comparable(measure.position)[-2:]
        sizes = [report.numbers[measure.position] for report in span]
        if len(span) < 2 or any(size is None or size < self.from_ for size in sizes):
            return
        before, now = span
        for breakdown in measure.breakdowns.values():
            unread = (measure.id, breakdown.dimension) in subject.unsound
            if breakdown.is_multi_response or unread:
                continue
            distance = _distance(before, now, breakdown)
            if distance is not None and distance > self.most:
                figures: Figures = {
                    "measure": measure.id,
                    "dimension": breakdown.dimension,
                    "actual": math.ceil(100 * distance),
                    "expected": math.floor(100 * self.most),
                }
                place = f"/measures/{measure.id}/by/{breakdown.dimension}"
                yield Found(place, "shift", figures)


def _distance(then: Report, now: Report, breakdown: Breakdown) -> Fraction | None:
    """Half the sum of the shares' differences, 0 to 1; None where a count is missing."""
    positions = breakdown.positions.values()
    before = [number for at in positions if (number := then.numbers[at]) is not None]
    after = [number for at in positions if (number := now.numbers[at]) is not None]
    whole_before, whole_after = sum(before), sum(after)
    if min(len(before), len(after)) < len(positions) or not whole_before or not whole_after:
        return None
    # Over the common denominator: whole numbers until the end.
    pairs = zip(before, after, strict=True)
    apart = sum(abs(was * whole_after - is_now * whole_before) for was, is_now in pairs)
    return Fraction(apart, 2 * whole_before * whole_after)
