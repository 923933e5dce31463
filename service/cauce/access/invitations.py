"""Invitations: a link by which a person sets a password, once, within three days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import people, person_acts
from cauce.access.one_time import digest, new_token
from cauce.access.people import SignedIn
from cauce.store.tables import Invitation, Person

LINK_LIFE = timedelta(hours=72)


async def invite(tx: AsyncConnection, person: str, by: str, now: datetime) -> str:
    """The token of a new link; password, second factor and sessions from before end with it."""
    await people.forget(tx, person)
    token = new_token()
    row = {"token_digest": digest(token), "person": person, "expires_at": now + LINK_LIFE}
    await tx.execute(insert(Invitation).values(row))
    await person_acts.invited(tx, person, by, now)
    return token


async def find(tx: AsyncConnection, token: str, now: datetime) -> SignedIn | None:
    """Whom a link invites, as they will be signed in; it stays as good as it was."""
    statement = select(Person.id, Person.email, Person.role, Person.state).where(
        Person.id == Invitation.person,
        Person.disabled_at.is_(None),
        Invitation.token_digest == digest(token),
        Invitation.expires_at > now,
    )
    found = (await tx.execute(statement)).first()
    return SignedIn(found.id, found.email, found.role, found.state) if found else None


async def use_up(tx: AsyncConnection, token: str) -> bool:
    """Whether the link was there until now: of two who use it at once, one does."""
    used = delete(Invitation).where(Invitation.token_digest == digest(token))
    return bool((await tx.execute(used.returning(Invitation.person))).first())
