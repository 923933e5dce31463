"""Answers to questions: figures with their coverage, in a fixed order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.figures import Contributions, Coverage, Figure, status
from cauce.aggregate.question import NATIONAL_AREA, Question
from cauce.aggregate.statement import statement
from cauce.store import roster
from cauce_contract import Contract, Month


async def answer(tx: AsyncConnection, contract: Contract, question: Question) -> list[Figure]:
    """A figure a month, area and code: by month, then area as asked, then code as declared.

    Asked by area, the nation is told by the states that were expected in any of the months.
    """
    if question.by_area and NATIONAL_AREA in question.areas:
        owed_by = question.subject.owed_by
        states = await roster.states_expected(tx, question.first, question.last, owed_by)
        others = [area for area in question.areas if area != NATIONAL_AREA]
        question = replace(question, areas=list(dict.fromkeys([*others, *states])))
    rows = (await tx.execute(statement(contract, question))).all()
    is_about_roster = question.subject.is_about_roster
    found = [_figure(contract, question, row, is_about_roster=is_about_roster) for row in rows]
    order = {area: place for place, area in enumerate(question.areas)}
    codes = _code_order(contract, question)
    return sorted(found, key=lambda f: (f.period, order[f.area], codes.get(f.code or "", 0)))


def _code_order(contract: Contract, question: Question) -> dict[str, int]:
    if question.dimension is None:
        return {}
    codes = contract.dimensions[question.dimension].codes
    return {code.id: place for place, code in enumerate(codes)}


def _figure(
    contract: Contract, question: Question, row: Row[Any], *, is_about_roster: bool
) -> Figure:
    missing, waived = tuple(row.missing or ()), tuple(row.waived or ())
    coverage = Coverage(row.expected, row.reporting, missing, waived)
    given = Contributions(
        numerator=None if row.numerator is None else int(row.numerator),
        denominator=None if row.denominator is None else int(row.denominator),
        is_ratio=question.subject.denominator is not None,
        is_about_roster=is_about_roster,
        worst=row.worst,
        reason=row.reason,
        silent=row.silent,
    )
    return Figure(
        period=Month.of(row.period),
        area=row.area,
        code=row.code,
        numerator=given.numerator,
        denominator=given.denominator,
        is_ratio=given.is_ratio,
        status=status(given, coverage, contract.status_by_number),
        coverage=coverage,
    )
