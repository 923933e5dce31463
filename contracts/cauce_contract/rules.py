"""The kinds of check that interpret the contract's rules; rules.toml says which figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass

from cauce_contract.finding import Finding
from cauce_contract.formula import Cells, Formula
from cauce_contract.model import NOT_SENT, Check, Contract, Measure, Rule
from cauce_contract.month import Month
from cauce_contract.report import Report


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at: the report, earlier months of the programme, unsound breakdowns."""

    report: Report
    history: Mapping[Month, Report]
    unsound: Set[tuple[str, str]]

    @property
    def contract(self) -> Contract:
        return self.report.contract


def total(report: Report, formula: Formula) -> int | None:
    """The formula's value in this report; None unless every figure in it is a number."""
    added = 0
    for sign, position in report.contract.positions(formula):
        number = report.numbers[position]
        if number is None:
            return None
        added += sign * number
    return added


def figure(report: Report, cells: Cells) -> int | None:
    """One figure of this report; None unless it is a number."""
    numbers = [report.numbers[at] for at in report.contract.measures[cells.measure].cell(cells)]
    return sum(n for n in numbers if n is not None) if None not in numbers else None


def written(cells: Cells) -> str:
    return cells.measure if cells.part == "value" else f"{cells.measure}.{cells.part}"


def _operands(check: Check) -> tuple[Cells, Formula]:
    if check.figure is None or check.bound is None:
        raise TypeError(f"a check of kind {check.kind} needs a figure and a bound")
    return check.figure, check.bound


def _equal(subject: Subject, rule: Rule, check: Check) -> Iterator[Finding]:
    cells, bound = _operands(check)
    actual, expected = figure(subject.report, cells), total(subject.report, bound)
    if actual is None or expected is None or actual == expected:
        return
    figures: dict[str, int | str] = {
        "left": bound.text,
        "left_sum": expected,
        "right": written(cells),
        "right_sum": actual,
        "expected": expected,
        "actual": actual,
    }
    yield Finding(rule.id, rule.severity, _pointer(cells), "identity", figures)


def _at_most(subject: Subject, rule: Rule, check: Check) -> Iterator[Finding]:
    cells, bound = _operands(check)
    actual, most = figure(subject.report, cells), total(subject.report, bound)
    if actual is None or most is None or actual <= most:
        return
    figures = _bounded(written(cells), actual, bound.text, most)
    yield Finding(rule.id, rule.severity, _pointer(cells), "at_most", figures)


def _at_most_by_code(subject: Subject, rule: Rule, check: Check) -> Iterator[Finding]:
    cells, bound = _operands(check)
    (_, above), *_rest = bound.cells()
    measures, numbers = subject.contract.measures, subject.report.numbers
    parts, wholes = measures[cells.measure].breakdowns, measures[above.measure].breakdowns
    for dimension in (shared for shared in parts if shared in wholes):
        if subject.unsound & {(cells.measure, dimension), (above.measure, dimension)}:
            continue
        for code, at in parts[dimension].positions.items():
            actual, most = numbers[at], numbers[wholes[dimension].positions[code]]
            if actual is None or most is None or actual <= most:
                continue
            figures = {
                **_bounded(cells.measure, actual, above.measure, most),
                "dimension": dimension,
                "code": code,
            }
            pointer = f"/measures/{cells.measure}/by/{dimension}/{code}"
            yield Finding(rule.id, rule.severity, pointer, "code_above", figures)


def _bounded(left: str, actual: int, right: str, most: int) -> dict[str, int | str]:
    return {
        "left": left,
        "left_sum": actual,
        "right": right,
        "right_sum": most,
        "expected": most,
        "actual": actual,
    }


def _zero_without_n(subject: Subject, rule: Rule, _: Check) -> Iterator[Finding]:
    numbers = subject.report.numbers
    for measure in subject.contract.measures.values():
        if measure.kind != "duration" or numbers[measure.position + 1] != 0:
            continue
        if days := numbers[measure.position]:
            pointer = f"/measures/{measure.id}/sum"
            figures: dict[str, int | str] = {
                "measure": measure.id,
                "expected": 0,
                "actual": days,
            }
            yield Finding(rule.id, rule.severity, pointer, "sum_without_n", figures)


def _continuity(subject: Subject, rule: Rule, check: Check) -> Iterator[Finding]:
    cells, bound = _operands(check)
    before = subject.history.get(subject.report.period + -1)
    if before is None:
        return
    actual, expected = figure(subject.report, cells), total(before, bound)
    if actual is None or expected is None or actual == expected:
        return
    at = subject.contract.measures[cells.measure].position
    if subject.contract.status_by_number[subject.report.statuses[at]].id == check.unless:
        return
    figures: dict[str, int | str] = {
        "expected": expected,
        "actual": actual,
        "period": str(before.period),
    }
    yield Finding(rule.id, rule.severity, _pointer(cells), "differs", figures)


def _breakdown_sum(subject: Subject, rule: Rule, _: Check) -> Iterator[Finding]:
    numbers = subject.report.numbers
    for measure, dimension, positions in _breakdowns(subject, is_multi_response=False):
        value = numbers[measure.position]
        counts = [numbers[at] for at in positions.values()]
        if value is None or None in counts:
            continue
        actual = sum(n for n in counts if n is not None)
        if actual != value:
            figures: dict[str, int | str] = {
                "measure": measure.id,
                "dimension": dimension,
                "expected": value,
                "actual": actual,
            }
            pointer = f"/measures/{measure.id}/by/{dimension}"
            yield Finding(rule.id, rule.severity, pointer, "sum", figures)


def _multi_response(subject: Subject, rule: Rule, _: Check) -> Iterator[Finding]:
    numbers = subject.report.numbers
    for measure, dimension, positions in _breakdowns(subject, is_multi_response=True):
        value = numbers[measure.position]
        for code, at in positions.items():
            actual = numbers[at]
            figures: dict[str, int | str] = {
                "measure": measure.id,
                "dimension": dimension,
                "code": code,
            }
            pointer = f"/measures/{measure.id}/by/{dimension}/{code}"
            if actual is None:
                if subject.contract.status_by_number[subject.report.statuses[at]].holds_number:
                    yield Finding(rule.id, rule.severity, pointer, "code_missing", figures)
            elif value is not None and actual > value:
                figures |= {"expected": value, "actual": actual}
                yield Finding(rule.id, rule.severity, pointer, "above_total", figures)


def _breakdowns(
    subject: Subject, *, is_multi_response: bool
) -> Iterator[tuple[Measure, str, Mapping[str, int]]]:
    """The breakdowns of one kind that the document has and that could be read."""
    for measure in subject.contract.measures.values():
        for breakdown in measure.breakdowns.values():
            first = next(iter(breakdown.positions.values()))
            if (
                breakdown.is_multi_response == is_multi_response
                and subject.report.statuses[first] != NOT_SENT
                and (measure.id, breakdown.dimension) not in subject.unsound
            ):
                yield measure, breakdown.dimension, breakdown.positions


def _document(_subject: Subject, _rule: Rule, _check: Check) -> Iterator[Finding]:
    """Found while the document was read; nothing is left to look at."""
    return iter(())


def _pointer(cells: Cells) -> str:
    return f"/measures/{cells.measure}/{cells.part}"


KINDS: Mapping[str, Callable[[Subject, Rule, Check], Iterator[Finding]]] = {
    "equal": _equal,
    "at_most": _at_most,
    "at_most_by_code": _at_most_by_code,
    "zero_without_n": _zero_without_n,
    "continuity": _continuity,
    "breakdown_sum": _breakdown_sum,
    "multi_response": _multi_response,
    "document": _document,
}
