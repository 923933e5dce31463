"""Revisions that were accepted, in force or not: one, a month's, and all as they once stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from cauce.store.submissions import Accepted, accepted_of
from cauce.store.tables import LogEntry, MonthStands, Revision
from cauce_contract import Month

Status = Literal["accepted", "returned"]
STATUSES: tuple[Status, ...] = ("accepted", "returned")

# For lists: the document, the longest of a revision's columns, is left out as {}.
_WITHOUT_DOCUMENT = [
    literal("{}").label(column.key) if column.key == "document" else column
    for column in Revision.__table__.columns
]


async def last_number(tx: AsyncConnection, programme: str, period: Month) -> int | None:
    """The number of the revision in force; None where nothing was reported."""
    statement = select(MonthStands.revision).where(
        MonthStands.programme == programme, MonthStands.period == period.first_day
    )
    return (await tx.execute(statement)).scalar_one_or_none()


async def find(
    tx: AsyncConnection, programme: str, period: Month, *numbers: int
) -> dict[int, Accepted]:
    """Those of these revisions that there are, by number."""
    statement = select(Revision.__table__).where(
        Revision.programme == programme,
        Revision.period == period.first_day,
        Revision.revision.in_(numbers),
    )
    found = [accepted_of(row) for row in await tx.execute(statement)]
    return {accepted.revision: accepted for accepted in found}


async def of_month(
    tx: AsyncConnection, programme: str, period: Month, before: int | None, limit: int
) -> list[Accepted]:
    """A month's revisions, newest first, without their documents.

    before  only those of a lower number
    """
    statement = (
        select(*_WITHOUT_DOCUMENT)
        .where(Revision.programme == programme, Revision.period == period.first_day)
        .order_by(Revision.revision.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Revision.revision < before)
    return [accepted_of(row) for row in await tx.execute(statement)]


async def with_content(
    tx: AsyncConnection, programme: str, period: Month, content_digest: str
) -> list[Accepted]:
    """A month's revisions that say exactly this, oldest first, without their documents."""
    statement = (
        select(*_WITHOUT_DOCUMENT)
        .where(
            Revision.programme == programme,
            Revision.period == period.first_day,
            Revision.content_digest == content_digest,
        )
        .order_by(Revision.revision)
    )
    return [accepted_of(row) for row in await tx.execute(statement)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which months are asked for; None: any.

    status  what had become of the month: `returned` where it was sent back since its revision
    since   only those whose revision was received then or later
    """

    state: str | None = None
    programme: str | None = None
    period: Month | None = None
    status: Status | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """The last revision of a month at a moment, without its document.

    sequence  of its entry in the log
    """

    accepted: Accepted
    status: Status
    sequence: int


async def newest(tx: AsyncConnection) -> int:
    """The sequence of the newest entry that the transaction may see; 0 where there is none.

    Whoever has seen it will meet every entry up to it, and no other will ever come in between.
    """
    statement = select(func.coalesce(func.max(LogEntry.sequence), 0))
    return int((await tx.execute(statement)).scalar_one())


async def as_stood(
    tx: AsyncConnection, asked: Asked, at: int, before: int | None, limit: int
) -> Sequence[Stood]:
    """Each month's last revision when the log's newest entry was `at`; newest first.

    before  only those whose entry is older than that of this sequence
    """
    rows = await tx.execute(_as_stood(asked, at, before, limit))
    return [
        Stood(accepted_of(row), "returned" if row.was_returned else "accepted", row.sequence)
        for row in rows
    ]


def _as_stood(asked: Asked, at: int, before: int | None, limit: int) -> Select[Any]:
    """The page is found among the log's entries; revisions are read for those on it alone."""
    entry, later = aliased(LogEntry), aliased(LogEntry)

    def is_followed_by(kind: str) -> ColumnElement[bool]:
        return exists(
            select(later.sequence).where(
                later.programme == entry.programme,
                later.period == entry.period,
                later.kind == kind,
                later.sequence > entry.sequence,
                later.sequence <= at,
            )
        )

    was_returned = is_followed_by("return")
    last = entry.sequence <= at if before is None else entry.sequence < before
    page = (
        select(entry.state, entry.position, entry.sequence, was_returned.label("was_returned"))
        .where(entry.kind == "revision", last, ~is_followed_by("revision"))
        .order_by(entry.sequence.desc())
        .limit(limit)
    )
    if asked.state is not None:
        page = page.where(entry.state == asked.state)
    if asked.programme is not None:
        page = page.where(entry.programme == asked.programme)
    if asked.period is not None:
        page = page.where(entry.period == asked.period.first_day)
    if asked.status is not None:
        page = page.where(was_returned if asked.status == "returned" else ~was_returned)
    if asked.since is not None:
        page = page.join(Revision, _is_of(entry)).where(Revision.received_at >= asked.since)
    found = page.subquery("page")
    return (
        select(*_WITHOUT_DOCUMENT, found.c.sequence, found.c.was_returned)
        .join(found, _is_of(found.c))
        .order_by(found.c.sequence.desc())
    )


def _is_of(entry: Any) -> ColumnElement[bool]:
    return and_(Revision.state == entry.state, Revision.log_position == entry.position)
