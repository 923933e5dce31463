"""A question as one SQL statement over the roster and the revisions in force."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    SmallInteger,
    Subquery,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    values,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from cauce.aggregate.question import NATIONAL_AREA, Question
from cauce.store.roster import Owed
from cauce.store.tables import REVISION_IN_FORCE, MonthStands, Programme, RosterInterval
from cauce_contract import NOT_SENT, Contract
from cauce_contract.formula import Cells, Formula, Latest, Operand, Programmes

IN_FORCE = REVISION_IN_FORCE.c


def _expected(owed_by: Sequence[Owed]) -> Subquery:
    """The programmes with the months of their intervals of these kinds."""
    return (
        select(Programme.id, Programme.state, RosterInterval.since, RosterInterval.until)
        .join(RosterInterval, RosterInterval.programme == Programme.id)
        .where(or_(*(RosterInterval.kind == kind for kind in owed_by)))
        .subquery("expected")
    )


def statement(contract: Contract, question: Question) -> Select[Any]:
    """A row an area, month and code, over the programmes that the roster expects there.

    Columns: area, period, code, expected, reporting, missing and waived (ids), numerator,
    denominator, worst, reason, silent: see figures.Contributions. A programme that reported
    all parts of the figure adds to it; with a formula over the roster every expected one does,
    and the denominator is NULL where one of them has none.
    """
    expected = _expected(question.subject.owed_by)
    areas = cast(list(question.areas), ARRAY(Text))
    area = func.unnest(areas).table_valued("area").render_derived("area")
    days = cast([month.first_day for month in question.months], ARRAY(Date))
    month = func.unnest(days).table_valued("period").render_derived("month")
    given = values(
        column("code", Text),
        column("numerator", BigInteger),
        column("denominator", BigInteger),
        column("status", SmallInteger),
        column("reason", SmallInteger),
        name="given",
    ).data(list(_Month(contract, month.c.period, expected.c.id).parts(question)))
    # OFFSET 0 keeps PostgreSQL from reading the arrays again for each aggregate below.
    part = select(given).offset(0).lateral("part")
    at_area = or_(
        area.c.area == NATIONAL_AREA,
        area.c.area == expected.c.state,
        area.c.area == expected.c.id,
    )
    at_month = and_(
        expected.c.since <= month.c.period,
        func.coalesce(expected.c.until, month.c.period) >= month.c.period,
    )
    in_force = and_(
        IN_FORCE.programme == expected.c.id,
        IN_FORCE.period == month.c.period,
        IN_FORCE.contract == contract.version,
    )
    stands = MonthStands.__table__.alias("stands")
    waived = and_(
        stands.c.programme == expected.c.id,
        stands.c.period == month.c.period,
        stands.c.waived,
    )
    source = (
        area.join(month, literal(True))
        .outerjoin(expected, and_(at_area, at_month))
        .outerjoin(REVISION_IN_FORCE, in_force)
        .join(part, literal(True))
        .outerjoin(stands, waived)
    )
    is_expected, is_sent = expected.c.id.is_not(None), IN_FORCE.revision.is_not(None)
    is_given: ColumnElement[bool] = part.c.numerator.is_not(None)
    is_ratio = question.subject.denominator is not None
    needs_all = _needs_roster(question)
    if is_ratio and not needs_all:
        is_given = and_(is_given, part.c.denominator.is_not(None))
    counts = and_(is_sent, is_given)
    added = is_expected if needs_all else counts
    lacking = func.bool_or(and_(is_expected, part.c.denominator.is_(None)))
    below = func.sum(part.c.denominator).filter(added)
    ids = func.array_agg(aggregate_order_by(expected.c.id, expected.c.id))
    return (
        select(
            area.c.area,
            month.c.period,
            part.c.code,
            func.count(expected.c.id).label("expected"),
            func.count().filter(counts).label("reporting"),
            ids.filter(and_(is_expected, ~counts)).label("missing"),
            ids.filter(and_(stands.c.waived, ~counts)).label("waived"),
            func.sum(part.c.numerator).filter(added).label("numerator"),
            (case((lacking, null()), else_=below) if needs_all else below).label("denominator"),
            func.max(part.c.status).filter(counts).label("worst"),
            func.max(part.c.reason).filter(and_(is_sent, ~is_given)).label("reason"),
            func.count().filter(and_(is_expected, ~is_sent)).label("silent"),
        )
        .select_from(source)
        .group_by(area.c.area, month.c.period, part.c.code)
    )


def _needs_roster(question: Question) -> bool:
    subject = question.subject
    below = subject.denominator
    return subject.numerator.needs_roster or (below is not None and below.needs_roster)


@dataclass(frozen=True, slots=True)
class _Month:
    """One programme's month in SQL: formulas over its arrays of numbers and statuses."""

    contract: Contract
    period: ColumnElement[Any]
    programme: ColumnElement[str]

    def parts(self, question: Question) -> Iterator[tuple[Any, ...]]:
        """A row a code: its id, and the figure's numerator, denominator and status."""
        subject, dimension = question.subject, question.dimension
        if dimension is None:
            yield self._part(None, subject.numerator, subject.denominator)
            return
        for code in self.contract.dimensions[dimension].codes:
            yield self._part(code.id, *subject.by_code(dimension, code.id))

    def _part(
        self, code: str | None, numerator: Formula, denominator: Formula | None
    ) -> tuple[Any, ...]:
        formulas = [formula for formula in (numerator, denominator) if formula]
        positions = {at for formula in formulas for _, at in self.contract.positions(formula)}
        statuses = [IN_FORCE.statuses[position + 1] for position in sorted(positions)]
        worst = func.greatest(*statuses) if statuses else cast(null(), SmallInteger)
        reasons = [self._reason(position) for position in sorted(positions)]
        reason = func.greatest(*reasons) if reasons else cast(null(), SmallInteger)
        below = self._sum(denominator) if denominator else cast(null(), BigInteger)
        return cast(literal(code), Text), self._sum(numerator), below, worst, reason

    def _reason(self, position: int) -> ColumnElement[Any]:
        """Why a cell has no number; one that was not sent is missing. NULL where it has one."""
        missing = self.contract.statuses["missing"].number
        status = func.nullif(IN_FORCE.statuses[position + 1], NOT_SENT)
        why = func.coalesce(status, cast(missing, SmallInteger))
        return case((IN_FORCE.numbers[position + 1].is_(None), why))

    def _sum(self, formula: Formula) -> ColumnElement[Any]:
        """NULL where any term has no number."""
        terms = [
            cells if term.sign > 0 else -cells
            for term in formula.terms
            for cells in self._operand(term.operand)
        ]
        return reduce(operator.add, terms)

    def _operand(self, operand: Operand) -> list[ColumnElement[Any]]:
        match operand:
            case Cells():
                positions = self.contract.measures[operand.measure].cell(operand)
                return [_number(IN_FORCE.numbers, position) for position in positions]
            case Programmes(which="expected"):
                return [literal(1, BigInteger)]
            case Programmes():
                return [case((IN_FORCE.revision.is_not(None), literal(1, BigInteger)), else_=0)]
            case Latest():
                return [self._latest(operand)]

    def _latest(self, operand: Latest) -> ColumnElement[Any]:
        """The month's own number, else that of the latest of the months before that has one."""
        position = self.contract.measures[operand.measure].position
        before = REVISION_IN_FORCE.alias("before")
        number = _number(before.c.numbers, position)
        earliest = cast(self.period - func.make_interval(0, operand.months), Date)
        carried = (
            select(number)
            .where(
                before.c.programme == self.programme,
                before.c.contract == self.contract.version,
                before.c.period.between(earliest, self.period),
                number.is_not(None),
            )
            .order_by(before.c.period.desc())
            .limit(1)
            .correlate(self.programme.table, self.period.table)
            .scalar_subquery()
        )
        return func.coalesce(_number(IN_FORCE.numbers, position), carried)


def _number(numbers: ColumnElement[Any], position: int) -> ColumnElement[Any]:
    # PostgreSQL counts from 1; sums of large integers need more than 32 bits.
    return cast(numbers[position + 1], BigInteger)
