"""The roster: which programmes there are, and in which months each is expected to report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, func, insert, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from cauce.store.calendar import Days
from cauce.store.tables import CalendarMonth, MonthStands, Programme, RosterInterval
from cauce_contract import Month

Kind = Literal["court", "consolidated"]
Owed = Literal["active", "follow_up"]  # a whole report, or what a closed programme still owes
KINDS: tuple[Kind, ...] = get_args(Kind)
OWED: tuple[Owed, ...] = get_args(Owed)

_ROSTER = 7206514333  # the advisory lock of who changes it


@dataclass(frozen=True, slots=True)
class Interval:
    """Consecutive months of one kind; `until` is the last of them, None while it goes on."""

    kind: Owed
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
    kind: Kind
    replaces: Sequence[str]
    intervals: Sequence[Interval]
    backfill_until: date | None = None

    @property
    def start(self) -> Month:
        return min(interval.since for interval in self.intervals)

    def owes(self, period: Month) -> Owed | None:
        """None: it is not on the roster for that month."""
        return next((each.kind for each in self.intervals if each.has(period)), None)

    def is_on_roster(self, period: Month) -> bool:
        return self.owes(period) is not None

    def is_active_after(self, period: Month) -> bool:
        return any(
            each.kind == "active" and (each.until is None or each.until > period)
            for each in self.intervals
        )

    @property
    def months(self) -> str:
        """The months that it is on the roster for, as people write them: 2024-01 – 2026-05."""
        return ", ".join(f"{each.since} – {each.until or '…'}" for each in self.intervals)

    def as_data(self) -> dict[str, object]:
        """As the interface shows it, and as the log keeps it."""
        return {
            "programme": self.id,
            "state": self.state,
            "name": self.name,
            "kind": self.kind,
            "replaces": list(self.replaces),
            "backfill_until": str(self.backfill_until) if self.backfill_until else None,
            "intervals": [
                {
                    "kind": interval.kind,
                    "since": str(interval.since),
                    "until": str(interval.until) if interval.until else None,
                }
                for interval in self.intervals
            ],
        }


class AlreadyOnRoster(Exception):
    """A programme of that id is on the roster already."""


async def add(
    tx: AsyncConnection,
    programme: str,
    state: str,
    name: str,
    kind: Kind,
    since: Month,
    until: Month | None,
    backfill_until: date | None = None,
) -> None:
    """Enter a programme, active from `since` through `until`; or AlreadyOnRoster.

    backfill_until  the last day on which it may bring its past, months closed to others
    """
    if await find(tx, programme):
        raise AlreadyOnRoster(programme)
    intervals = [Interval("active", since, until)]
    entry = Entry(programme, state, name, kind, [], intervals, backfill_until)
    await tx.execute(insert(Programme).values(id=entry.id, state=state, **_columns(entry)))
    await _add_intervals(tx, entry)


async def hold(tx: AsyncConnection) -> None:
    """Hold the roster until the transaction ends: entries are checked against each other."""
    await tx.execute(select(func.pg_advisory_xact_lock(_ROSTER)))


async def put(tx: AsyncConnection, entry: Entry) -> None:
    """Enter a programme, or put another entry in the place of its own, intervals and all."""
    values = _columns(entry)
    statement = upsert(Programme).values(id=entry.id, state=entry.state, **values)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[Programme.id], set_=values)
    )
    await tx.execute(delete(RosterInterval).where(RosterInterval.programme == entry.id))
    await _add_intervals(tx, entry)


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "replaces": list(entry.replaces),
        "backfill_until": entry.backfill_until,
    }


async def _add_intervals(tx: AsyncConnection, entry: Entry) -> None:
    rows = [
        {
            "programme": entry.id,
            "kind": interval.kind,
            "since": interval.since.first_day,
            "until": interval.until.first_day if interval.until else None,
        }
        for interval in entry.intervals
    ]
    await tx.execute(insert(RosterInterval), rows)


async def reported(tx: AsyncConnection, programme: str) -> list[Month]:
    """The months of which a report was accepted, in order."""
    statement = (
        select(MonthStands.period)
        .where(MonthStands.programme == programme, MonthStands.revision.is_not(None))
        .order_by(MonthStands.period)
    )
    return [Month.of(day) for day in (await tx.execute(statement)).scalars()]


async def find(tx: AsyncConnection, programme: str) -> Entry | None:
    return next(iter(await entries(tx, programme=programme)), None)


def _in_order(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(column, RosterInterval.since))


_ENTRIES: Select[Any] = (
    select(
        Programme.id.label("entry"),
        Programme.state.label("entry_state"),
        Programme.name,
        Programme.kind,
        Programme.replaces,
        Programme.backfill_until,
        _in_order(RosterInterval.kind).label("interval_kinds"),
        _in_order(RosterInterval.since).label("since"),
        _in_order(RosterInterval.until).label("until"),
    )
    .join(RosterInterval, RosterInterval.programme == Programme.id)
    .group_by(Programme.id)
    .order_by(Programme.id)
)
_ENTRY = _ENTRIES.where(Programme.id == bindparam("programme"))
# A programme's entry, and when its month of the parameter `day` may be reported.
AT_THE_DOOR = (
    _ENTRY.add_columns(
        CalendarMonth.opens.label("usual_opens"),
        CalendarMonth.due.label("usual_due"),
        CalendarMonth.closes.label("usual_closes"),
    )
    .outerjoin(CalendarMonth, CalendarMonth.period == bindparam("day"))
    .group_by(CalendarMonth.period)
    .order_by(None)
    .subquery("at_the_door")
)


async def entries(
    tx: AsyncConnection,
    *,
    programme: str | None = None,
    state: str | None = None,
    at: Month | None = None,
) -> list[Entry]:
    """The roster by id, or the part of it that is asked for; `at`: on it in that month."""
    statement, values = _ENTRIES, {}
    if programme:
        statement, values = _ENTRY, {"programme": programme}
    if state:
        statement = statement.where(Programme.state == state)
    found = map(entry_of, await tx.execute(statement, values))
    return [entry for entry in found if at is None or entry.is_on_roster(at)]


def entry_of(row: Row[Any]) -> Entry:
    return Entry(
        row.entry,
        row.entry_state,
        row.name,
        row.kind,
        row.replaces,
        [
            Interval(kind, Month.of(since), _month(until))
            for kind, since, until in zip(row.interval_kinds, row.since, row.until, strict=True)
        ],
        row.backfill_until,
    )


def usual_days_of(row: Row[Any], period: Month) -> Days:
    """The days that the calendar has for a month, or those of any."""
    if row.usual_opens is None:
        return Days.usual(period)
    return Days(row.usual_opens, row.usual_due, row.usual_closes)


def _month(day: date | None) -> Month | None:
    return Month.of(day) if day else None


async def states_expected(
    tx: AsyncConnection, first: Month, last: Month, owing: Sequence[Owed] = ("active",)
) -> list[str]:
    """The states with a programme that is expected in any of those months, in order.

    owing  the intervals in which it is
    """
    statement = (
        select(Programme.state)
        .join(RosterInterval, RosterInterval.programme == Programme.id)
        .where(
            RosterInterval.kind.in_(owing),
            RosterInterval.since <= last.first_day,
            or_(RosterInterval.until.is_(None), RosterInterval.until >= first.first_day),
        )
        .group_by(Programme.state)
        .order_by(Programme.state)
    )
    return list((await tx.execute(statement)).scalars())


async def count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(Programme))).scalar_one()
