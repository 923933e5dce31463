"""What happened to programmes' months, as the states' logs have it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce import instants
from cauce.store.acts import Act, Kind
from cauce.store.submissions import Accepted
from cauce.store.tables import LogEntry
from cauce_contract import Month

Decision = Literal["return", "waiver", "extension"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Event:
    """A revision that came, or what was decided or said about a month.

    by        the client that sent or decided it, or the person who decided it
    revision  that came, or that it is about; None for what is about no revision
    code      of the reason; None where there is none
    text      what somebody wrote; None where nothing was written
    rule      the warning that an explanation is about
    until     the day that an extension is for, or one that was asked for
    moves_due whether an extension moved the due day, or only lets the month in
    """

    kind: Kind | Literal["revision"]
    programme: str
    period: Month
    at: datetime
    by: str
    revision: int | None = None
    code: str | None = None
    text: str | None = None
    rule: str | None = None
    until: date | None = None
    moves_due: bool = False


def of_act(act: Act) -> Event:
    return _of_entry(act.kind, act.said)


def of_revision(accepted: Accepted) -> Event:
    """A revision with its reason, which its entry in the log does not have."""
    reason = accepted.reason or {}
    return Event(
        kind="revision",
        programme=accepted.programme,
        period=accepted.period,
        at=accepted.received_at,
        by=accepted.client,
        revision=accepted.revision,
        code=reason.get("code"),
        text=reason.get("text"),
    )


async def latest(tx: AsyncConnection, count: int) -> Sequence[Event]:
    """The newest events of all months, newest first."""
    statement = (
        _ENTRIES.where(LogEntry.period.is_not(None), LogEntry.programme.is_not(None))
        .order_by(LogEntry.sequence.desc())
        .limit(count)
    )
    return await _events(tx, statement)


async def last_revision_before(
    tx: AsyncConnection, programme: str, period: Month, months: int
) -> Event | None:
    """The revision that came last of those of so many months before a month."""
    first, last = period + -months, period + -1
    statement = (
        _ENTRIES.where(
            LogEntry.programme == programme,
            LogEntry.period.between(first.first_day, last.first_day),
            LogEntry.kind == "revision",
        )
        .order_by(LogEntry.sequence.desc())
        .limit(1)
    )
    return next(iter(await _events(tx, statement)), None)


async def decided(
    tx: AsyncConnection, period: Month, programmes: Collection[str]
) -> Mapping[str, Mapping[Decision, Event]]:
    """The last decision of each kind about each of these programmes' month."""
    statement = _ENTRIES.where(
        LogEntry.programme.in_(programmes),
        LogEntry.period == period.first_day,
        LogEntry.kind.in_(DECISIONS),
    ).order_by(LogEntry.sequence)
    found: dict[str, dict[Decision, Event]] = {programme: {} for programme in programmes}
    for event in await _events(tx, statement):
        for kind in DECISIONS:
            if event.kind == kind:
                found[event.programme][kind] = event
    return found


_ENTRIES = select(LogEntry.kind, LogEntry.entry)


async def _events(tx: AsyncConnection, statement: Select[str, str]) -> list[Event]:
    return [_of_entry(row.kind, json.loads(row.entry)) for row in await tx.execute(statement)]


def _of_entry(kind: Any, said: Mapping[str, Any]) -> Event:
    return Event(
        kind=kind,
        programme=said["programme"],
        period=Month.parse(said["period"]),
        at=instants.read(said["received_at" if kind == "revision" else "at"]),
        by=said["client" if kind == "revision" else "by"],
        revision=said.get("revision"),
        code=said.get("code"),
        text=said.get("explanation", said.get("text")),
        rule=said.get("rule"),
        until=date.fromisoformat(said["until"]) if "until" in said else None,
        moves_due=said.get("moves_due", False),
    )
