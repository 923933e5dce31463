"""When a month may be reported and when it is late, by the clock of national coordination."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Date, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import CalendarMonth
from cauce_contract import Month

ZONE = ZoneInfo("America/Mexico_City")
DUE_DAY = 10  # of the month after

_WRITTEN = re.compile(r"(?:19|2\d)\d\d-\d\d-\d\d", re.ASCII)

Timeliness = Literal["on_time", "late"]


@dataclass(frozen=True, slots=True)
class Days:
    """The local days of one month's reports: from when, until when in time, until when at all.

    Each counts whole: a report is in time until midnight at the end of the due day.
    """

    opens: date
    due: date
    closes: date

    @classmethod
    def usual(cls, period: Month) -> Days:
        """Opens on the 1st, due on the 10th of the month after, closes a year after that."""
        after = period + 1
        due = after.first_day.replace(day=DUE_DAY)
        return cls(after.first_day, due, due.replace(year=due.year + 1))

    def moved_to(self, due: date | None) -> Days:
        """With the due day that an extension moved it to, unless the calendar's is later."""
        if due is None or due <= self.due:
            return self
        return Days(self.opens, due, max(due, self.closes))

    def open_through(self, *granted: date | None) -> date:
        """The last day on which the month comes in, with the days that were granted besides."""
        return max([self.closes, *(day for day in granted if day)])

    @property
    def due_at(self) -> datetime:
        """The instant, in UTC, from which a report is late."""
        midnight = datetime.combine(self.due + timedelta(days=1), datetime.min.time(), ZONE)
        return midnight.astimezone(UTC)

    def timeliness(self, received_at: datetime) -> Timeliness:
        return "on_time" if received_at < self.due_at else "late"

    def days_late(self, received_at: datetime) -> int:
        """Days begun after the due day, 0 when it was kept."""
        return max(0, (local_day(received_at) - self.due).days)


def local_day(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


def day_of(text: str) -> date:
    """The day that is written YYYY-MM-DD; ValueError for anything else."""
    if not _WRITTEN.fullmatch(text):
        raise ValueError("not a day, written as 2026-10-10")
    return date.fromisoformat(text)


_SET = select(CalendarMonth.__table__).where(
    CalendarMonth.period == func.any(bindparam("months", type_=ARRAY(Date)))
)


async def of_months(tx: AsyncConnection, months: Iterable[Month]) -> Mapping[Month, Days]:
    """The days of each of these months: those that were set, or the usual ones."""
    asked = list(months)
    rows = await tx.execute(_SET, {"months": [month.first_day for month in asked]})
    given = {Month.of(row.period): Days(row.opens, row.due, row.closes) for row in rows}
    return {month: given.get(month) or Days.usual(month) for month in asked}


async def put(tx: AsyncConnection, period: Month, days: Days) -> None:
    """Set the days of a month's reports."""
    values = {"opens": days.opens, "due": days.due, "closes": days.closes}
    statement = upsert(CalendarMonth).values(period=period.first_day, **values)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[CalendarMonth.period], set_=values)
    )
