"""Who has reported what and when: one row a programme and month on the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ARRAY, Integer, ScalarSelect, cast, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import calendar, roster
from cauce.store.roster import Entry
from cauce.store.tables import REVISION_IN_FORCE, Revision
from cauce_contract import NOT_SENT, Contract, Month, Report
from cauce_contract.check import broken_continuity, continuity_cells

IN_FORCE = REVISION_IN_FORCE.c

Status = Literal["on_time", "late", "missing", "not_expected"]


@dataclass(frozen=True, slots=True)
class Completeness:
    """What came of one programme's month.

    days_late       days begun after the due day; 0 when it came in time, None while missing
    cells_expected  cells of the contract's required measures and breakdowns
    cells_reported  those of them that hold a number
    flags           needs_correction: it does not go on from the month before any more
    """

    programme: str
    state: str
    period: Month
    status: Status
    flags: Sequence[str]
    revision: int | None
    received_at: datetime | None
    days_late: int | None
    cells_expected: int
    cells_reported: int


@dataclass(frozen=True, slots=True)
class _Month:
    """What is needed of a reported month; `cells` are those that continuity looks at."""

    revision: int
    first_received_at: datetime
    contract: Contract
    reported: int
    cells: Mapping[int, tuple[int | None, int]]

    def report(self, programme: str, period: Month) -> Report:
        """A report with those cells alone."""
        numbers: list[int | None] = [None] * len(self.contract.cells)
        statuses = [NOT_SENT] * len(self.contract.cells)
        for position, (number, status) in self.cells.items():
            numbers[position], statuses[position] = number, status
        return Report(self.contract, programme, period, tuple(numbers), tuple(statuses))


async def completeness(
    tx: AsyncConnection,
    contracts: Mapping[str, Contract],
    contract: Contract,
    first: Month,
    last: Month,
    state: str | None,
) -> list[Completeness]:
    """By month, then programme; for one state or all that the transaction may see."""
    entries = await roster.entries(tx, state=state)
    sent: dict[tuple[str, Month], _Month] = {}
    for version in contracts.values():
        sent |= await _sent(tx, version, first + -1, last, state)
    required = len(required_cells(contract))
    return [
        _row(entry, period, sent, required)
        for period in first.through(last)
        for entry in entries
    ]


def required_cells(contract: Contract) -> list[int]:
    """The positions of what every report must have."""
    positions: list[int] = []
    for measure in contract.measures.values():
        if measure.is_required:
            positions += range(measure.position, measure.position + _parts(measure.kind))
            for breakdown in measure.breakdowns.values():
                positions += breakdown.positions.values() if breakdown.is_required else ()
    return positions


def _parts(kind: str) -> int:
    return 2 if kind == "duration" else 1


async def _sent(
    tx: AsyncConnection, contract: Contract, first: Month, last: Month, state: str | None
) -> dict[tuple[str, Month], _Month]:
    """The months reported under one version of the contract, as they are in force.

    The arrays stay in the database: what is counted or compared is picked out there.
    """
    joints = continuity_cells(contract)
    statement = select(
        IN_FORCE.programme,
        IN_FORCE.period,
        IN_FORCE.revision,
        _first_received_at().label("first_received_at"),
        _count(required_cells(contract)).label("reported"),
        array([IN_FORCE.numbers[position + 1] for position in joints]).label("numbers"),
        array([IN_FORCE.statuses[position + 1] for position in joints]).label("statuses"),
    ).where(
        IN_FORCE.period.between(first.first_day, last.first_day),
        IN_FORCE.contract == contract.version,
    )
    if state:
        statement = statement.where(IN_FORCE.state == state)
    return {
        (row.programme, Month.of(row.period)): _Month(
            row.revision,
            row.first_received_at,
            contract,
            row.reported,
            dict(zip(joints, zip(row.numbers, row.statuses, strict=True), strict=True)),
        )
        for row in await tx.execute(statement)
    }


def _first_received_at() -> ScalarSelect[datetime]:
    """When the month's first revision came: what timeliness goes by."""
    return (
        select(Revision.received_at)
        .where(
            Revision.programme == IN_FORCE.programme,
            Revision.period == IN_FORCE.period,
            Revision.revision == 1,
        )
        .correlate(REVISION_IN_FORCE)
        .scalar_subquery()
    )


def _count(positions: Sequence[int]) -> ScalarSelect[int]:
    """How many of these cells hold a number."""
    places = func.unnest(cast([p + 1 for p in positions], ARRAY(Integer)))
    place = places.table_valued("at").render_derived("place")
    return (
        select(func.count())
        .select_from(place)
        .where(IN_FORCE.numbers[place.c.at].is_not(None))
        .correlate(REVISION_IN_FORCE)
        .scalar_subquery()
    )


def _row(
    entry: Entry, period: Month, sent: Mapping[tuple[str, Month], _Month], required: int
) -> Completeness:
    month = sent.get((entry.id, period))
    before = sent.get((entry.id, period + -1))
    is_expected = entry.is_expected(period)
    broken = (
        month
        and before
        and broken_continuity(
            month.report(entry.id, period), before.report(entry.id, period + -1)
        )
    )
    return Completeness(
        programme=entry.id,
        state=entry.state,
        period=period,
        status=_status(period, month, is_expected=is_expected),
        flags=["needs_correction"] if broken else [],
        revision=month.revision if month else None,
        received_at=month.first_received_at if month else None,
        days_late=calendar.days_late(period, month.first_received_at) if month else None,
        cells_expected=required if is_expected else 0,
        cells_reported=month.reported if month and is_expected else 0,
    )


def _status(period: Month, month: _Month | None, *, is_expected: bool) -> Status:
    if not is_expected:
        return "not_expected"
    return calendar.timeliness(period, month.first_received_at) if month else "missing"
