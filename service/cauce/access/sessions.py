"""Sessions: opaque, kept by the server, and as far as their stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import credentials
from cauce.access.one_time import digest, new_token
from cauce.access.people import SignedIn
from cauce.store.tables import Person, Session

Stage = Literal["code", "set_up", "signed_in"]
# How long one lives at most, and how long without being asked for.
LIFE: dict[Stage, tuple[timedelta, timedelta]] = {
    "code": (timedelta(minutes=10), timedelta(minutes=10)),
    "set_up": (timedelta(minutes=30), timedelta(minutes=30)),
    "signed_in": (timedelta(hours=8), timedelta(minutes=30)),
}


class Ended(Exception):
    """A session ended while what its reader sent was looked at: nothing of that is done."""


@dataclass(frozen=True, slots=True)
class Living:
    """A session that lives, of a person who is not disabled; see tables.Session."""

    person: SignedIn
    stage: Stage
    offered_secret: bytes | None
    token: str = field(repr=False)


async def begin(
    tx: AsyncConnection,
    person: str,
    now: datetime,
    *,
    stage: Stage = "signed_in",
    instead_of: str | None = None,
) -> str:
    """The token of a new session; whatever the browser had before ends.

    instead_of  the token of the session that the browser had
    """
    if instead_of:
        await end(tx, instead_of)
    await tx.execute(delete(Session).where(Session.expires_at <= now))
    token = new_token()
    life, idle = LIFE[stage]
    row = {"token_digest": digest(token), "person": person, "stage": stage}
    new = insert(Session).values(**row, expires_at=now + life, idle_expires_at=now + idle)
    await tx.execute(new)
    return token


async def living(tx: AsyncConnection, token: str, now: datetime) -> Living | None:
    """The session of that token, if it lives; being asked for keeps it from idling away."""
    _, idle = LIFE["signed_in"]
    asked_for = (
        update(Session)
        .where(
            Session.token_digest == digest(token),
            Session.expires_at > now,
            Session.idle_expires_at > now,
            Session.person == Person.id,
            Person.disabled_at.is_(None),
        )
        .values(idle_expires_at=now + idle)
        .returning(
            Person.id,
            Person.email,
            Person.role,
            Person.state,
            Session.stage,
            Session.offered_secret,
        )
    )
    found = (await tx.execute(asked_for)).first()
    if found is None:
        return None
    person = SignedIn(found.id, found.email, found.role, found.state)
    return Living(person, found.stage, found.offered_secret, token)


async def hold(tx: AsyncConnection, session: Living) -> credentials.Kept:
    """What its person proves to be by, for nobody else to change until the end; or Ended.

    First in every transaction that begins a session, or makes codes, on the word of another
    one: whatever takes an account back ends that one, maybe after it was last looked at.
    """
    kept = await credentials.find(tx, session.person.id, hold=True)
    is_there = select(Session.person).where(Session.token_digest == digest(session.token))
    if kept is None or (await tx.execute(is_there)).first() is None:
        raise Ended
    return kept


async def offer(tx: AsyncConnection, token: str, sealed: bytes) -> None:
    """Keep with a session the secret of a second factor that is being set up."""
    is_this = Session.token_digest == digest(token)
    await tx.execute(update(Session).where(is_this).values(offered_secret=sealed))


async def end(tx: AsyncConnection, token: str) -> None:
    await tx.execute(delete(Session).where(Session.token_digest == digest(token)))


async def end_all(tx: AsyncConnection, person: str) -> None:
    """End every session that a person has anywhere."""
    # Who begins one on the word of another holds this: what they begin is there then.
    await credentials.find(tx, person, hold=True)
    await tx.execute(delete(Session).where(Session.person == person))
