"""What a state has left to do: its programmes' months, newest first, of that state alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.completeness import Completeness, completeness
from cauce.dashboard import events
from cauce.dashboard.events import Event
from cauce.running import Running
from cauce.store import calendar, roster
from cauce_contract import Month

MONTHS_ONE_BY_ONE = 12  # of those that have not come; earlier ones are counted


@dataclass(frozen=True, slots=True)
class Gap:
    """Months of a programme that nobody reported."""

    programme: str
    count: int
    first: Month
    last: Month


@dataclass(frozen=True, slots=True)
class OwnState:
    """What the staff of a state sees first.

    last_over  the last month that is over, and `latest` how each programme stands in it
    left       reports that have something left to do, or could come in and have not
    earlier    such as have not, from before the last twelve months
    closed     months that come in no more
    returned   of the returned ones among them, the last return
    usual_due  each month's due day without an extension
    names      every programme's of the state, by its id
    """

    last_over: Month
    latest: Sequence[Completeness]
    left: Sequence[Completeness]
    earlier: Sequence[Gap]
    closed: Sequence[Gap]
    returned: Mapping[tuple[str, Month], Event]
    usual_due: Mapping[Month, date]
    names: Mapping[str, str]


async def own_state(tx: AsyncConnection, running: Running, state: str) -> OwnState:
    """As of now, from the state's first month on."""
    now, contract = running.clock(), running.contract
    last_over = Month.last_over(now, contract.utc_offset_hours)
    entries = await roster.entries(tx, state=state)
    begins = min([last_over, *(entry.start for entry in entries)])
    first = max(begins, contract.accepts_from)
    rows = await completeness(tx, running.contracts, contract, first, last_over, state)
    days = await calendar.of_months(tx, first.through(last_over))
    today = calendar.local_day(now)
    recent = last_over + (1 - MONTHS_ONE_BY_ONE)
    missing = [row for row in rows if row.status == "missing"]
    left = [
        row for row in rows if row.flags or (row.period >= recent and _is_awaited(row, today))
    ]
    return OwnState(
        last_over=last_over,
        latest=[row for row in rows if row.period == last_over],
        left=sorted(left, key=lambda row: row.period, reverse=True),
        earlier=_gaps(
            row for row in missing if row.period < recent and _is_awaited(row, today)
        ),
        closed=_gaps(row for row in missing if not _is_awaited(row, today)),
        returned=await _returned(tx, [row for row in left if "returned" in row.flags]),
        usual_due={month: days[month].due for month in days},
        names={entry.id: entry.name for entry in entries},
    )


def _is_awaited(row: Completeness, today: date) -> bool:
    return row.status == "missing" and today <= row.open_through


def _gaps(missing: Iterable[Completeness]) -> list[Gap]:
    found: dict[str, list[Month]] = {}
    for row in missing:
        found.setdefault(row.programme, []).append(row.period)
    return [
        Gap(programme, len(months), months[0], months[-1])
        for programme, months in sorted(found.items())
    ]


async def _returned(
    tx: AsyncConnection, rows: Sequence[Completeness]
) -> dict[tuple[str, Month], Event]:
    found: dict[tuple[str, Month], Event] = {}
    for period in {row.period for row in rows}:
        programmes = [row.programme for row in rows if row.period == period]
        decided = await events.decided(tx, period, programmes)
        found |= {(programme, period): of["return"] for programme, of in decided.items()}
    return found
