"""Roster and calendar as the entries of one log have them, against the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.log.chain import Stored
from cauce.log.faults import Fault
from cauce.store.log import NATIONAL_LOG
from cauce.store.tables import CalendarMonth, LogEntry, Programme, RosterInterval

ENTRY = ("programme", "state", "name", "kind", "replaces", "backfill_until", "intervals")
DAYS = ("opens", "due", "closes")


@dataclass(frozen=True, slots=True)
class Held:
    """What an entry at a position decided; None where that cannot be trusted."""

    position: int
    said: Mapping[str, object] | None


@dataclass(slots=True)
class Decided:
    """What holds by a log: in a state's its programmes, in the nation's the calendar."""

    state: str
    roster: dict[str, Held] = field(default_factory=dict)
    calendar: dict[date, Held] = field(default_factory=dict)

    def take(self, stored: Stored, said: Mapping[str, Any]) -> Iterator[Fault]:
        """Take in an entry that fits in the log and is about no programme's month."""
        match said["kind"]:
            case "roster" if stored.programme is not None and stored.period is None:
                given = said.get("entry")
                is_read = isinstance(given, dict) and given.keys() == {*ENTRY}
                entry = given if is_read else None
                self.roster[stored.programme] = Held(stored.position, entry)
            case "calendar" if stored.programme is None and stored.period is not None:
                is_read = said.keys() >= {*DAYS}
                days = {day: said[day] for day in DAYS} if is_read else None
                self.calendar[stored.period] = Held(stored.position, days)
            case _:
                self.distrust(stored)
                yield self._fault(stored, "this build does not know acts of this kind")
                return
        if not is_read:
            yield self._fault(stored, "the act cannot be read")

    def distrust(self, stored: Stored) -> None:
        """Note that an entry does not fit, if it is about no programme's month."""
        if stored.programme is not None and stored.period is None:
            self.roster[stored.programme] = Held(stored.position, None)
        elif stored.programme is None and stored.period is not None:
            self.calendar[stored.period] = Held(stored.position, None)

    async def compare(self, tx: AsyncConnection) -> list[Fault]:
        """How the tables are not what the entries say.

        Programmes without an entry are not looked at: they are from before there were logs.
        """
        programmes = await _programmes(tx, [*self.roster])
        faults = [
            Fault(self.state, held.position, what, programme)
            for programme, held in self.roster.items()
            for what in _unlike("the programme", held, programmes.get(programme, []))
        ]
        if self.state != NATIONAL_LOG:
            return faults
        calendar = await _calendar(tx)
        faults += [
            Fault(self.state, held.position, what, period=period)
            for period, held in self.calendar.items()
            for what in _unlike("the month", held, calendar.get(period, []))
        ]
        return faults + [
            Fault(self.state, None, "no entry sets the days of this month", period=period)
            for period in sorted(calendar.keys() - self.calendar.keys())
        ]

    def _fault(self, stored: Stored, what: str) -> Fault:
        return Fault(self.state, stored.position, what, stored.programme, stored.period)


def _unlike(subject: str, held: Held, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if held.said is None:
        return
    if len(rows) != 1:
        yield f"{subject} of this entry is {'there twice' if rows else 'not there'}"
        return
    for member, value in rows[0].items():
        if held.said[member] != value:
            yield f"{subject}'s {member} is not what this entry says"


async def _programmes(
    tx: AsyncConnection, ids: Sequence[str]
) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The rows of each of these programmes, as entries say them."""
    intervals: dict[str, list[dict[str, object]]] = {}
    statement = select(RosterInterval.__table__).where(RosterInterval.programme.in_(ids))
    for row in await tx.execute(statement.order_by(RosterInterval.since)):
        interval = {"kind": row.kind, "since": _month(row.since), "until": _month(row.until)}
        intervals.setdefault(row.programme, []).append(interval)
    found: dict[str, list[Mapping[str, object]]] = {}
    for row in await tx.execute(select(Programme.__table__).where(Programme.id.in_(ids))):
        found.setdefault(row.id, []).append(_entry(row, intervals.get(row.id, [])))
    return found


def _entry(row: Row[Any], intervals: Sequence[object]) -> Mapping[str, object]:
    until = row.backfill_until
    values = (row.id, row.state, row.name, row.kind, row.replaces, until and str(until))
    return dict(zip(ENTRY, (*values, intervals), strict=True))


def _month(day: date | None) -> str | None:
    """As entries write it; a day that begins no month as it is."""
    if day is None:
        return None
    return f"{day:%Y-%m}" if day.day == 1 else str(day)


async def _calendar(tx: AsyncConnection) -> Mapping[date, Sequence[Mapping[str, object]]]:
    """The rows of each month's days, as entries say them."""
    found: dict[date, list[Mapping[str, object]]] = {}
    for row in await tx.execute(select(CalendarMonth.__table__)):
        days = {day: str(getattr(row, day)) for day in DAYS}
        found.setdefault(row.period, []).append(days)
    return found


async def unattested(tx: AsyncConnection) -> Sequence[str]:
    """The programmes that no entry of a log put on the roster, in order."""
    is_entered = exists(
        select(LogEntry.position).where(
            LogEntry.kind == "roster", LogEntry.programme == Programme.id
        )
    )
    statement = select(Programme.id).where(~is_entered).order_by(Programme.id)
    return list((await tx.execute(statement)).scalars())
