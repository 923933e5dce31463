"""Who has reported what and when: one row a programme and month on the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import calendar, roster
from cauce.store.roster import Entry
from cauce.store.tables import Revision
from cauce_contract import Contract, Month, Report
from cauce_contract.check import broken_continuity

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
    revision: int
    first_received_at: datetime
    report: Report


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
    sent = await _sent(tx, contracts, first + -1, last, state)
    required = required_cells(contract)
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
    tx: AsyncConnection,
    contracts: Mapping[str, Contract],
    first: Month,
    last: Month,
    state: str | None,
) -> dict[tuple[str, Month], _Month]:
    """The months that were reported, each with its latest revision."""
    statement = (
        select(
            Revision.programme,
            Revision.period,
            Revision.revision,
            Revision.received_at,
            Revision.contract,
            Revision.numbers,
            Revision.statuses,
        )
        .where(Revision.period.between(first.first_day, last.first_day))
        .order_by(Revision.programme, Revision.period, Revision.revision)
    )
    if state:
        statement = statement.where(Revision.state == state)
    sent: dict[tuple[str, Month], _Month] = {}
    for row in await tx.execute(statement):
        key = (row.programme, Month.of(row.period))
        report = Report(contracts[row.contract], *key, tuple(row.numbers), tuple(row.statuses))
        came = sent[key].first_received_at if key in sent else row.received_at
        sent[key] = _Month(row.revision, came, report)
    return sent


def _row(
    entry: Entry,
    period: Month,
    sent: Mapping[tuple[str, Month], _Month],
    required: Sequence[int],
) -> Completeness:
    month = sent.get((entry.id, period))
    before = sent.get((entry.id, period + -1))
    is_expected = entry.is_expected(period)
    broken = month and before and broken_continuity(month.report, before.report)
    return Completeness(
        programme=entry.id,
        state=entry.state,
        period=period,
        status=_status(period, month, is_expected=is_expected),
        flags=["needs_correction"] if broken else [],
        revision=month.revision if month else None,
        received_at=month.first_received_at if month else None,
        days_late=calendar.days_late(period, month.first_received_at) if month else None,
        cells_expected=len(required) if is_expected else 0,
        cells_reported=_reported(month, required) if is_expected else 0,
    )


def _status(period: Month, month: _Month | None, *, is_expected: bool) -> Status:
    if not is_expected:
        return "not_expected"
    return calendar.timeliness(period, month.first_received_at) if month else "missing"


def _reported(month: _Month | None, required: Sequence[int]) -> int:
    if month is None:
        return 0
    return sum(month.report.numbers[position] is not None for position in required)
