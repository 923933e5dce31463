"""When a month's report is due, by the clock of the nation's coordinators."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cauce_contract import Month

ZONE = ZoneInfo("America/Mexico_City")
DUE_DAY = 10  # of the month after, until midnight

Timeliness = Literal["on_time", "late"]


def due_at(period: Month) -> datetime:
    """The instant, in UTC, from which a report of that month is late."""
    after = period + 1
    midnight = datetime(after.year, after.number, DUE_DAY, tzinfo=ZONE) + timedelta(days=1)
    return midnight.astimezone(UTC)


def timeliness(period: Month, received_at: datetime) -> Timeliness:
    return "on_time" if received_at < due_at(period) else "late"


def days_late(period: Month, received_at: datetime) -> int:
    """Days begun after the due day, 0 when it was kept."""
    late = _local_day(received_at) - _local_day(due_at(period)) + timedelta(days=1)
    return max(0, late.days)


def _local_day(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()
