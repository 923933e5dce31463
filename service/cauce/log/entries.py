"""The entries of a log as they are stored, each beside the revision that stands in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, exists, func, literal, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.log.chain import Stored
from cauce.store.log import NATIONAL_LOG
from cauce.store.tables import CalendarMonth, LogEntry, MonthStands, Revision, StateLog

AT_ONCE = 100  # rows, documents among them, that are in memory

_ENTRY = [
    LogEntry.__table__.columns[name].label(f"entry_{name}")
    for name in ("position", "sequence", "entry", "salt", "head", "kind", "programme", "period")
]


async def states(tx: AsyncConnection) -> Sequence[str]:
    """Those that have anything in a log, or that should have."""
    tables = (LogEntry.state, StateLog.state, Revision.state, MonthStands.state)
    of_calendar = select(literal(NATIONAL_LOG)).where(exists(select(CalendarMonth.period)))
    rows = await tx.execute(union(*(select(state) for state in tables), of_calendar))
    return sorted(rows.scalars())


async def count(tx: AsyncConnection) -> int:
    return int((await tx.execute(select(func.count()).select_from(LogEntry))).scalar_one())


async def of_log(
    tx: AsyncConnection, state: str
) -> AsyncIterator[tuple[Stored | None, Row[Any] | None]]:
    """A state's entries by position, each with the revision that names it, if one does.

    Revisions that name a position without an entry come where it would be.
    """
    entries = select(*_ENTRY).where(LogEntry.state == state).subquery()
    revisions = select(Revision.__table__).where(Revision.state == state).subquery()
    position = func.coalesce(entries.c.entry_position, revisions.c.log_position)
    statement = (
        select(entries, revisions)
        .select_from(
            entries.outerjoin(
                revisions, entries.c.entry_position == revisions.c.log_position, full=True
            )
        )
        .order_by(position, revisions.c.programme, revisions.c.period)
        .execution_options(yield_per=AT_ONCE)
    )
    async for row in await tx.stream(statement):
        stored = None if row.entry_position is None else _stored(row)
        yield stored, None if row.programme is None else row


async def at(tx: AsyncConnection, state: str, position: int) -> Stored | None:
    statement = select(*_ENTRY).where(LogEntry.state == state, LogEntry.position == position)
    row = (await tx.execute(statement)).first()
    return _stored(row) if row else None


def _stored(row: Row[Any]) -> Stored:
    return Stored(
        position=row.entry_position,
        sequence=row.entry_sequence,
        text=row.entry_entry,
        salt=row.entry_salt,
        head=row.entry_head,
        kind=row.entry_kind,
        programme=row.entry_programme,
        period=row.entry_period,
    )
