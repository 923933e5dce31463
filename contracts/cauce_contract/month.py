"""A calendar month, the reference period of every report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

_WRITTEN = re.compile(r"((?:19|2[0-9])[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written 2026-03. Ordered; has no day and no time zone."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month that is written so, 1900 to 2999; ValueError for anything else."""
        written = _WRITTEN.fullmatch(text)
        if not written:
            raise ValueError("not a month, written as 2026-03")
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def last_over(cls, now: datetime, utc_offset_hours: int) -> Month:
        """The latest month that is over at an instant, by the clock of that offset from UTC."""
        local = now.astimezone(timezone(timedelta(hours=utc_offset_hours)))
        return cls(local.year, local.month) + -1

    def __add__(self, months: int) -> Month:
        years, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, index + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    def ends_at(self, utc_offset_hours: int) -> datetime:
        """The instant, in UTC, from which the month is over by that offset from UTC."""
        after = self + 1
        midnight = datetime(after.year, after.number, 1, tzinfo=UTC)
        return midnight - timedelta(hours=utc_offset_hours)

    def through(self, last: Month) -> list[Month]:
        """This month and those after it up to `last`, in order; none when that is earlier."""
        count = (last.year - self.year) * 12 + last.number - self.number + 1
        return [self + step for step in range(count)]
