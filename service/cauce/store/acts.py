"""What was decided or said about a programme's month, as its state's log has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import log
from cauce.store.tables import LogEntry
from cauce_contract import Month

Kind = Literal[
    "return", "explanation", "waiver", "waiver_withdrawal", "extension_request", "extension"
]

_ANSWERS = ("extension", "waiver", "revision")  # to a request for an extension

RETURN_CODES = ("inconsistent", "incomplete", "implausible", "other")


@dataclass(frozen=True, slots=True)
class Act:
    """An entry about a month; `said` is all that it says, `at` and `by` among it."""

    kind: str
    position: int
    said: Mapping[str, Any]


async def about(
    tx: AsyncConnection, programme: str, period: Month, *kinds: Kind
) -> Sequence[Act]:
    """The acts of these kinds about a month, oldest first."""
    statement = (
        select(LogEntry.kind, LogEntry.position, LogEntry.entry)
        .where(
            LogEntry.programme == programme,
            LogEntry.period == period.first_day,
            LogEntry.kind.in_(kinds),
        )
        .order_by(LogEntry.position)
    )
    rows = await tx.execute(statement)
    return [Act(row.kind, row.position, json.loads(row.entry)) for row in rows]


async def waiting(tx: AsyncConnection) -> Sequence[Act]:
    """The requests for an extension that nothing has answered, oldest first.

    An answer is an extension, whatever its day; or that the month came in, or was waived. Who
    asks once more, for another day or reason, asks that alone.
    """
    later = LogEntry.__table__.alias("later")
    is_answered = (
        select(later.c.position)
        .where(
            later.c.programme == LogEntry.programme,
            later.c.period == LogEntry.period,
            later.c.kind.in_(("extension_request", *_ANSWERS)),
            later.c.position > LogEntry.position,
        )
        .exists()
    )
    statement = (
        select(LogEntry.kind, LogEntry.position, LogEntry.entry)
        .where(LogEntry.kind == "extension_request", ~is_answered)
        .order_by(LogEntry.sequence)
    )
    rows = await tx.execute(statement)
    return [Act(row.kind, row.position, json.loads(row.entry)) for row in rows]


async def add(tx: AsyncConnection, state: str, kind: Kind, **said: object) -> Act:
    """Add an act to its state's log. The last statement of its transaction (see log.add)."""
    link = await log.add(tx, state, kind, **said)
    return Act(kind, link.position, json.loads(link.entry))
