"""What the nation's log says of people: who may sign in as what. Never their address."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.instants import written
from cauce.store import log

if TYPE_CHECKING:
    from cauce.access.people import PersonRecord

PERSON, INVITATION, DISABLEMENT = "person", "person_invitation", "person_disablement"
KINDS = (PERSON, INVITATION, DISABLEMENT)


async def entered(tx: AsyncConnection, person: PersonRecord, by: str, now: datetime) -> None:
    await _add(tx, PERSON, person.id, by, now, role=person.role, of=person.state)


async def invited(tx: AsyncConnection, person: str, by: str, now: datetime) -> None:
    await _add(tx, INVITATION, person, by, now)


async def disabled(tx: AsyncConnection, person: str, by: str, now: datetime) -> None:
    await _add(tx, DISABLEMENT, person, by, now)


async def _add(
    tx: AsyncConnection, kind: str, person: str, by: str, now: datetime, **said: object
) -> None:
    """by: the command line's id, or who else administers."""
    said |= {"person": person, "at": written(now), "by": by}
    await log.add(tx, log.NATIONAL_LOG, kind, **said)
