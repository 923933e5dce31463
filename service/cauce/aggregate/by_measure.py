"""Completeness by measure: how many of those who owe it reported it, and how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, Boolean, Integer, Select, cast, column, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.completeness import IN_FORCE, cells_of, owed, total_of
from cauce.store import roster
from cauce.store.tables import REVISION_IN_FORCE
from cauce_contract import Contract, Month


@dataclass(frozen=True, slots=True)
class Reported:
    """What a programme's month has of a measure.

    is_total  whether its total is a number, for a duration both of its parts
    cells     how many of its required cells hold a number
    """

    is_total: bool
    cells: int


@dataclass(frozen=True, slots=True)
class OfMeasure:
    """What came of a required measure in a month.

    programmes_*  those that owe it, and those whose total is a number
    cells_*       of its total and its required breakdowns, over the programmes that owe it
    """

    programmes_expected: int
    programmes_reported: int
    cells_expected: int
    cells_reported: int


async def by_measure(
    tx: AsyncConnection,
    contracts: Mapping[str, Contract],
    contract: Contract,
    first: Month,
    last: Month,
    state: str | None,
) -> dict[tuple[Month, str], OfMeasure]:
    """By month, then measure, in the order of the contract; for one state or all to be seen.

    A month that was sent owes what its own version requires, any other what `contract` does.
    """
    months = first.through(last)
    entries = await roster.entries(tx, state=state)
    sent: dict[tuple[str, Month], tuple[Contract, dict[str, Reported]]] = {}
    for version in contracts.values():
        found = await _reported(tx, version, first, last, state)
        sent |= {place: (version, of) for place, of in found.items()}
    expected, reported, cells, filled = (Counter[tuple[Month, str]]() for _ in range(4))
    for month in months:
        for entry in entries:
            kind = entry.owes(month)
            version, of = sent.get((entry.id, month), (contract, {}))
            for measure in owed(version, kind) if kind else ():
                key, had = (month, measure.id), of.get(measure.id)
                expected[key] += 1
                cells[key] += len(cells_of(measure))
                reported[key] += bool(had and had.is_total)
                filled[key] += had.cells if had else 0
    order = {measure: place for place, measure in enumerate(_all_measures(contracts))}
    return {
        key: OfMeasure(expected[key], reported[key], cells[key], filled[key])
        for key in sorted(expected, key=lambda key: (key[0], order[key[1]]))
    }


def _all_measures(contracts: Mapping[str, Contract]) -> list[str]:
    ids = (measure for contract in contracts.values() for measure in contract.measures)
    return list(dict.fromkeys(ids))


async def _reported(
    tx: AsyncConnection, contract: Contract, first: Month, last: Month, state: str | None
) -> dict[tuple[str, Month], dict[str, Reported]]:
    """Of the months under one version, by programme and month, what each has of measures."""
    measures = owed(contract, "active")
    statement = _statement(contract).where(
        IN_FORCE.period.between(first.first_day, last.first_day),
        IN_FORCE.contract == contract.version,
    )
    if state:
        statement = statement.where(IN_FORCE.state == state)
    found: dict[tuple[str, Month], dict[str, Reported]] = {}
    for row in await tx.execute(statement):
        of = found.setdefault((row.programme, Month.of(row.period)), {})
        of[measures[row.measure].id] = Reported(row.is_total, row.cells)
    return found


def _statement(contract: Contract) -> Select[tuple[str, object, int, bool, int]]:
    """A row a programme's month and measure. The arrays are taken apart once each."""
    wanted = [
        (at + 1, number, at in total_of(measure))
        for number, measure in enumerate(owed(contract, "active"))
        for at in cells_of(measure)
    ]
    positions, numbers, totals = zip(*wanted, strict=True)
    cell = (
        func.unnest(IN_FORCE.numbers)
        .table_valued(column("number", Integer), with_ordinality="at")
        .render_derived("cell")
    )
    of = (
        func.unnest(
            cast(list(positions), ARRAY(Integer)),
            cast(list(numbers), ARRAY(Integer)),
            cast(list(totals), ARRAY(Boolean)),
        )
        .table_valued(
            column("at", Integer), column("measure", Integer), column("is_total", Boolean)
        )
        .render_derived("wanted")
    )
    has_number = cell.c.number.is_not(None)
    return (
        select(
            IN_FORCE.programme,
            IN_FORCE.period,
            of.c.measure,
            func.bool_and(has_number).filter(of.c.is_total).label("is_total"),
            func.count().filter(has_number).label("cells"),
        )
        .select_from(REVISION_IN_FORCE)
        .join(cell, literal(True))
        .join(of, of.c.at == cell.c.at)
        .group_by(IN_FORCE.programme, IN_FORCE.period, of.c.measure)
    )
