"""Who has reported what and when: one row a programme and month on the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import ARRAY, Integer, ScalarSelect, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import calendar, roster
from cauce.store.calendar import Days
from cauce.store.roster import OWED, Entry, Owed
from cauce.store.submissions import Stands, stands_of
from cauce.store.tables import REVISION_IN_FORCE, MonthStands
from cauce_contract import Contract, Measure, Month

IN_FORCE = REVISION_IN_FORCE.c

Status = Literal["on_time", "late", "missing", "waived", "not_expected"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Completeness:
    """What came of one programme's month.

    due             the last day on which it is in time, with the extension that it has
    open_through    the last day on which it comes in
    days_late       days begun after the due day; 0 when it came in time, None while missing
    cells_expected  cells of the contract's required measures and breakdowns that it owes
    cells_reported  those of them that hold a number
    flags           needs_correction: it does not fit with the months before it any more;
                    returned: national coordination sent it back; explanation_due
    """

    programme: str
    state: str
    period: Month
    status: Status
    flags: Sequence[str]
    revision: int | None
    received_at: datetime | None
    due: date
    open_through: date
    days_late: int | None
    cells_expected: int
    cells_reported: int


async def completeness(
    tx: AsyncConnection,
    contracts: Mapping[str, Contract],
    contract: Contract,
    first: Month,
    last: Month,
    state: str | None,
) -> list[Completeness]:
    """By month, then programme; for one state or all that the transaction may see."""
    months = first.through(last)
    entries = await roster.entries(tx, state=state)
    days = await calendar.of_months(tx, months)
    stands = await _stands(tx, first, last, state)
    counts: dict[tuple[str, Month], dict[Owed, tuple[int, int]]] = {}
    for version in contracts.values():
        counts |= await _counts(tx, version, first, last, state)
    required: dict[Owed, int] = {kind: len(required_cells(contract, kind)) for kind in OWED}
    return [
        _row(
            entry,
            period,
            days[period],
            stands.get((entry.id, period), Stands()),
            counts.get((entry.id, period)),
            required,
        )
        for period in months
        for entry in entries
    ]


def required_cells(contract: Contract, kind: Owed) -> list[int]:
    """The positions of what every report must have, or what a closed programme's still must."""
    return [cell for measure in owed(contract, kind) for cell in cells_of(measure)]


def owed(contract: Contract, kind: Owed) -> list[Measure]:
    """The measures that a report must have, in order."""
    return [
        measure
        for measure in contract.measures.values()
        if measure.is_required and (kind == "active" or measure.is_owed_after_closing)
    ]


def cells_of(measure: Measure) -> list[int]:
    """The positions of a measure's total and of the breakdowns that it must have."""
    required = [each for each in measure.breakdowns.values() if each.is_required]
    return [*total_of(measure), *(at for each in required for at in each.positions.values())]


def total_of(measure: Measure) -> list[int]:
    return [measure.position + part for part in range(2 if measure.kind == "duration" else 1)]


async def _stands(
    tx: AsyncConnection, first: Month, last: Month, state: str | None
) -> dict[tuple[str, Month], Stands]:
    statement = select(MonthStands.__table__).where(
        MonthStands.period.between(first.first_day, last.first_day)
    )
    if state:
        statement = statement.where(MonthStands.state == state)
    rows = await tx.execute(statement)
    return {(row.programme, Month.of(row.period)): stands_of(row) for row in rows}


async def _counts(
    tx: AsyncConnection, contract: Contract, first: Month, last: Month, state: str | None
) -> dict[tuple[str, Month], dict[Owed, tuple[int, int]]]:
    """Cells required and reported of the months under one version, by what is owed.

    The arrays stay in the database: what is counted is picked out there.
    """
    cells: dict[Owed, list[int]] = {kind: required_cells(contract, kind) for kind in OWED}
    statement = select(
        IN_FORCE.programme,
        IN_FORCE.period,
        *(_count(positions).label(kind) for kind, positions in cells.items()),
    ).where(
        IN_FORCE.period.between(first.first_day, last.first_day),
        IN_FORCE.contract == contract.version,
    )
    if state:
        statement = statement.where(IN_FORCE.state == state)
    return {
        (row.programme, Month.of(row.period)): {
            kind: (len(positions), getattr(row, kind)) for kind, positions in cells.items()
        }
        for row in await tx.execute(statement)
    }


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
    entry: Entry,
    period: Month,
    days: Days,
    stands: Stands,
    counts: Mapping[Owed, tuple[int, int]] | None,
    required: Mapping[Owed, int],
) -> Completeness:
    kind = entry.owes(period)
    days = days.moved_to(stands.due)
    came = stands.first_received_at
    expected, reported = 0, 0
    if kind:
        expected, reported = counts[kind] if counts else (required[kind], 0)
    return Completeness(
        programme=entry.id,
        state=entry.state,
        period=period,
        status=_status(days, stands, is_owed=kind is not None),
        flags=stands.flags,
        revision=stands.revision,
        received_at=came,
        due=days.due,
        open_through=days.open_through(stands.open_until, entry.backfill_until),
        days_late=days.days_late(came) if came else None,
        cells_expected=expected,
        cells_reported=reported,
    )


def _status(days: Days, stands: Stands, *, is_owed: bool) -> Status:
    if not is_owed:
        return "not_expected"
    if stands.first_received_at:
        return days.timeliness(stands.first_received_at)
    return "waived" if stands.waived else "missing"
