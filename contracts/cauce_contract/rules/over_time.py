"""Checks against the programme's earlier months."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from cauce_contract.formula import Cells, Formula, Term
from cauce_contract.model import Breakdown
from cauce_contract.month import Month
from cauce_contract.report import Report
from cauce_contract.rules.plausible import flows
from cauce_contract.rules.subject import Found, Subject, compared, pointer, total, totals


@dataclass(frozen=True, slots=True)
class Continuity:
    """figure = the month before's `previous`, unless the figure carries the status `unless`"""

    figure: Formula
    previous: Formula
    unless: str

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
            figures: dict[str, int | str] = {"expected": expected, "actual": actual}
            place = pointer(subject.contract, self.figure)
            yield Found(place, "differs", figures | {"period": period})


@dataclass(frozen=True, slots=True)
class Gap:
    """the month before was reported, from the programme's second month on"""

    def found(self, subject: Subject) -> Iterator[Found]:
        period = subject.report.period
        if subject.before is None and (subject.start is None or subject.start < period):
            yield Found("/period", "gap", {"period": str(period + -1)})


@dataclass(frozen=True, slots=True)
class Copy:
    """not every flow equals the month before's, where at least `from` of them are not 0"""

    from_: int

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        now, then = subject.report.numbers, subject.before.numbers
        positions = [measure.position for measure in flows(subject.report)]
        same = all(now[at] == then[at] for at in positions)
        active = sum(bool(now[at]) for at in positions)
        if same and active >= self.from_:
            figures: dict[str, int | str] = {"actual": active}
            yield Found("/measures", "copy", figures | {"period": str(subject.before.period)})


@dataclass(frozen=True, slots=True)
class ZeroAfterNonzero:
    """no flow is 0 that was above 0 in each of the `months` before; `never` are left out"""

    months: int
    never: Sequence[str]

    def found(self, subject: Subject) -> Iterator[Found]:
        earlier = subject.run()[:-1][-self.months :]
        if len(earlier) < self.months:
            return
        for measure in flows(subject.report):
            if measure.id in self.never or subject.report.numbers[measure.position] != 0:
                continue
            if all(report.numbers[measure.position] for report in earlier):
                figures: dict[str, int | str] = {"measure": measure.id, "months": self.months}
                yield Found(f"/measures/{measure.id}/value", "zero", figures)


@dataclass(frozen=True, slots=True)
class Outlier:
    """every flow lies within median ± max(4 MAD, 3√median, 5) of a full run of `months`

    never    flows that come in batches, and are left out
    instead  formulas that stand for flows of which a part comes in batches
    """

    months: int
    never: Sequence[str]
    instead: Sequence[Formula]

    def found(self, subject: Subject) -> Iterator[Found]:
        run = subject.run()
        if len(run) < self.months:
            return
        replaced = {formula.cells()[0][1].measure for formula in self.instead}
        plain = [
            Formula(measure.id, (Term(1, Cells(measure.id)),))
            for measure in flows(subject.report)
            if measure.id not in self.never and measure.id not in replaced
        ]
        for formula in [*plain, *self.instead]:
            series = [total(report, formula) for report in run]
            numbers = [number for number in series if number is not None]
            if len(numbers) == len(series):
                yield from self._judged(subject, formula, numbers)

    def _judged(
        self, subject: Subject, formula: Formula, numbers: list[int]
    ) -> Iterator[Found]:
        middle = median([Fraction(number) for number in numbers])
        distances: list[Fraction] = [abs(number - middle) for number in numbers]
        spread = median(distances)
        away = abs(numbers[-1] - middle)
        # The root is irrational: squares are compared, so that the bound is exact.
        if away <= max(4 * spread, 5) or away**2 <= 9 * middle:
            return
        reach = max(float(4 * spread), 3 * math.sqrt(middle), 5.0)
        figures: dict[str, int | str] = {
            "measure": formula.text,
            "actual": numbers[-1],
            "low": max(0, math.ceil(middle - Fraction(reach))),
            "high": math.floor(middle + Fraction(reach)),
        }
        yield Found(pointer(subject.contract, formula), "outlier", figures)


@dataclass(frozen=True, slots=True)
class RunAtMost:
    """over the last `months` of the run, figure ≤ at_most, once the run has `from` months"""

    figure: Formula
    at_most: Formula
    from_: int
    months: int

    def found(self, subject: Subject) -> Iterator[Found]:
        run = subject.run()
        if len(run) < self.from_:
            return
        span = run[-self.months :]
        actual, most = totals(span, self.figure), totals(span, self.at_most)
        if actual is None or most is None or actual <= most:
            return
        figures = compared(self.figure.text, actual, self.at_most.text, most)
        place = pointer(subject.contract, self.figure)
        yield Found(place, "run", figures | {"months": len(span)})


@dataclass(frozen=True, slots=True)
class MoreThanBefore:
    """figure ≤ the month before's `previous`"""

    figure: Formula
    previous: Formula

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        actual = total(subject.report, self.figure)
        most = total(subject.before, self.previous)
        if actual is None or most is None or actual <= most:
            return
        figures = compared(self.figure.text, actual, self.previous.text, most)
        period = {"period": str(subject.before.period)}
        place = pointer(subject.contract, self.figure)
        yield Found(place, "more_than_before", figures | period)


@dataclass(frozen=True, slots=True)
class Lag:
    """figure > 0 is followed by follower > 0 within `months`, its own month counted"""

    figure: Formula
    follower: Formula
    months: int

    def found(self, subject: Subject) -> Iterator[Found]:
        span = subject.run()[-self.months :]
        if len(span) < self.months:
            return
        cause, effect = total(span[0], self.figure), totals(span, self.follower)
        if cause and effect == 0:
            figures: dict[str, int | str] = {
                "left": self.figure.text,
                "left_sum": cause,
                "months": self.months,
            }
            yield Found(pointer(subject.contract, self.follower), "lag", figures)


@dataclass(frozen=True, slots=True)
class CohortOrigin:
    """each window's cohort ≤ origin of the month that many months before, where reported"""

    measure: str
    dimension: str
    origin: Formula
    months: dict[str, int]  # by code of the dimension

    def found(self, subject: Subject) -> Iterator[Found]:
        breakdown = subject.contract.measures[self.measure].breakdowns[self.dimension]
        for code, back in self.months.items():
            at = breakdown.positions[code]
            month = subject.report.period + -back
            then = subject.history.get(month)
            due = subject.report.numbers[at]
            most = total(then, self.origin) if then else None
            if due is None or most is None or due <= most:
                continue
            left = f"{self.measure}[{self.dimension}: {code}]"
            figures = compared(left, due, self.origin.text, most) | {"period": str(month)}
            yield Found(subject.contract.cells[at].pointer, "origin", figures)


@dataclass(frozen=True, slots=True)
class Carryover:
    """figure > 0 has cause > 0 in this month or the one before"""

    figure: Formula
    cause: Formula

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        actual = total(subject.report, self.figure)
        if actual and totals([subject.before, subject.report], self.cause) == 0:
            figures: dict[str, int | str] = {
                "left": self.figure.text,
                "left_sum": actual,
                "right": self.cause.text,
            }
            yield Found(pointer(subject.contract, self.figure), "carryover", figures)


@dataclass(frozen=True, slots=True)
class Stale:
    """a revision is of a month at most `months` old"""

    months: int

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.report.revision_reason is None:
            return
        offset = subject.contract.utc_offset_hours
        present = Month.last_over(subject.now, offset) + 1
        if subject.report.period + self.months < present:
            yield Found("/period", "stale", {"months": self.months})


@dataclass(frozen=True, slots=True)
class HalfShare:
    """over `months`, part's share of whole is at least half that of other_part in other_whole

    Only where other_part is at least from.
    """

    part: Formula
    whole: Formula
    other_part: Formula
    other_whole: Formula
    months: int
    from_: int

    def found(self, subject: Subject) -> Iterator[Found]:
        run = subject.run()
        if len(run) < self.months:
            return
        formulas = (self.part, self.whole, self.other_part, self.other_whole)
        found = [totals(run[-self.months :], formula) for formula in formulas]
        part, whole, other_part, other_whole = (number or 0 for number in found)
        if None in found or not whole or not other_whole or other_part < self.from_:
            return
        if 2 * part * other_whole < other_part * whole:
            figures = compared(
                self.part.text,
                100 * part // whole,
                self.other_part.text,
                100 * other_part // other_whole,
            )
            yield Found(pointer(subject.contract, self.part), "share", figures)


@dataclass(frozen=True, slots=True)
class MixShift:
    """a stock's breakdowns stay within a total-variation distance of the month before's

    Only where the measure is at least from in both months.
    """

    measure: str
    most: Fraction
    from_: int

    def found(self, subject: Subject) -> Iterator[Found]:
        if subject.before is None:
            return
        measure = subject.contract.measures[self.measure]
        sizes = [r.numbers[measure.position] for r in (subject.before, subject.report)]
        if any(size is None or size < self.from_ for size in sizes):
            return
        for breakdown in measure.breakdowns.values():
            if breakdown.is_multi_response:
                continue
            distance = _distance(subject.before, subject.report, breakdown)
            if distance is not None and distance > self.most:
                figures: dict[str, int | str] = {
                    "measure": measure.id,
                    "dimension": breakdown.dimension,
                    "actual": math.ceil(100 * distance),
                    "expected": math.floor(100 * self.most),
                }
                place = f"/measures/{measure.id}/by/{breakdown.dimension}"
                yield Found(place, "shift", figures)


def _distance(then: Report, now: Report, breakdown: Breakdown) -> Fraction | None:
    """Half the sum of the shares' differences, 0 to 1; None where a count is missing."""
    pairs = [(then.numbers[at], now.numbers[at]) for at in breakdown.positions.values()]
    if any(a is None or b is None for a, b in pairs):
        return None
    before, after = (sum(pair[side] or 0 for pair in pairs) for side in (0, 1))
    if not before or not after:
        return None
    return (
        sum(
            (abs(Fraction(a or 0, before) - Fraction(b or 0, after)) for a, b in pairs),
            Fraction(0),
        )
        / 2
    )
