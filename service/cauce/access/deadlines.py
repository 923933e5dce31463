"""What a state still has to report, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import calendar, roster
from cauce.store.calendar import local_day
from cauce.store.tables import MonthStands
from cauce_contract import Month

_BACK = 11  # months before the last one that is over: a due day is rarely moved that far


@dataclass(frozen=True, slots=True)
class Deadline:
    """A programme's month that is not reported, whose due day is not over."""

    due: date
    programme: str
    period: Month
    closes: date


async def ahead(
    tx: AsyncConnection, state: str, now: datetime, utc_offset_hours: int
) -> Sequence[Deadline]:
    """A state's next deadlines, the nearest first, through that of the month that runs now."""
    running = Month.last_over(now, utc_offset_hours) + 1
    months = list((running + (-1 - _BACK)).through(running))
    days = await calendar.of_months(tx, months)
    statement = select(MonthStands.programme, MonthStands.period, MonthStands.due).where(
        MonthStands.state == state, MonthStands.period >= months[0].first_day
    )
    settled = statement.where(or_(MonthStands.revision.is_not(None), MonthStands.waived))
    done = {(row.programme, row.period) for row in await tx.execute(settled)}
    moved = {(row.programme, row.period): row.due for row in await tx.execute(statement)}
    today = local_day(now)
    found = []
    for entry in await roster.entries(tx, state=state):
        for month in months:
            at = (entry.id, month.first_day)
            held = days[month].moved_to(moved.get(at))
            if entry.is_on_roster(month) and at not in done and held.due >= today:
                found.append((held.due, entry.id, month, held.closes))
    return [Deadline(*each) for each in sorted(found)]
