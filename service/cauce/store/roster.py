"""The roster: which programmes there are, and in which months each is expected to report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import Programme, RosterInterval
from cauce_contract import Month


@dataclass(frozen=True, slots=True)
class Interval:
    """Consecutive months of one kind; `until` is the last of them, None while it goes on."""

    kind: str
    since: Month
    until: Month | None

    def has(self, period: Month) -> bool:
        return self.since <= period and (self.until is None or period <= self.until)


@dataclass(frozen=True, slots=True)
class Entry:
    """A programme on the roster, with its intervals in order."""

    id: str
    state: str
    name: str
    kind: str
    replaces: Sequence[str]
    intervals: Sequence[Interval]
    backfill_until: date | None = None

    @property
    def start(self) -> Month:
        return min(interval.since for interval in self.intervals)

    def owes(self, period: Month) -> Literal["active", "follow_up"] | None:
        """A whole report, or what a closed programme still reports; None: nothing."""
        kinds = {interval.kind for interval in self.intervals if interval.has(period)}
        if "active" in kinds:
            return "active"
        return "follow_up" if kinds else None

    def is_on_roster(self, period: Month) -> bool:
        return any(interval.has(period) for interval in self.intervals)


class AlreadyOnRoster(Exception):
    """A programme of that id is on the roster already."""


async def add(
    tx: AsyncConnection,
    programme: str,
    state: str,
    name: str,
    kind: Literal["court", "consolidated"],
    since: Month,
    until: Month | None,
    backfill_until: date | None = None,
) -> None:
    """Enter a programme, active from `since` through `until`; or AlreadyOnRoster.

    backfill_until  the last day on which it may bring its past, months closed to others
    """
    if await find(tx, programme):
        raise AlreadyOnRoster(programme)
    row: dict[str, object] = {
        "id": programme,
        "state": state,
        "name": name,
        "kind": kind,
        "replaces": [],
        "backfill_until": backfill_until,
    }
    await tx.execute(insert(Programme).values(row))
    interval = {
        "programme": programme,
        "since": since.first_day,
        "until": until.first_day if until else None,
        "kind": "active",
    }
    await tx.execute(insert(RosterInterval).values(interval))


async def find(tx: AsyncConnection, programme: str) -> Entry | None:
    return next(iter(await entries(tx, programme=programme)), None)


async def entries(
    tx: AsyncConnection,
    *,
    programme: str | None = None,
    state: str | None = None,
    at: Month | None = None,
) -> list[Entry]:
    """The roster by id, or the part of it that is asked for; `at`: on it in that month."""
    statement = (
        select(Programme, RosterInterval)
        .join(RosterInterval, RosterInterval.programme == Programme.id)
        .order_by(Programme.id, RosterInterval.since)
    )
    if programme:
        statement = statement.where(Programme.id == programme)
    if state:
        statement = statement.where(Programme.state == state)
    intervals: dict[str, list[Interval]] = {}
    rows = (await tx.execute(statement)).all()
    for row in rows:
        interval = Interval(row.kind_1, Month.of(row.since), _month(row.until))
        intervals.setdefault(row.id, []).append(interval)
    programmes = {row.id: row for row in rows}
    found = [
        Entry(
            row.id,
            row.state,
            row.name,
            row.kind,
            row.replaces,
            intervals[row.id],
            row.backfill_until,
        )
        for row in programmes.values()
    ]
    return [entry for entry in found if at is None or entry.is_on_roster(at)]


def _month(day: date | None) -> Month | None:
    return Month.of(day) if day else None


async def states_expected(tx: AsyncConnection, first: Month, last: Month) -> list[str]:
    """The states with a programme that is expected in any of those months, in order."""
    statement = (
        select(Programme.state)
        .join(RosterInterval, RosterInterval.programme == Programme.id)
        .where(
            RosterInterval.kind == "active",
            RosterInterval.since <= last.first_day,
            or_(RosterInterval.until.is_(None), RosterInterval.until >= first.first_day),
        )
        .group_by(Programme.state)
        .order_by(Programme.state)
    )
    return list((await tx.execute(statement)).scalars())


async def count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(Programme))).scalar_one()
