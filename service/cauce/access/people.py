"""People on the dashboard: signed in by a one-time link, known by a session."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import Person, Session, SignInLink

LINK_LIFE = timedelta(hours=12)
SESSION_LIFE = timedelta(hours=8)
IDLE_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in to the dashboard; coordinators read every state's exact figures."""

    id: str
    email: str
    role: str
    state: str | None

    @property
    def is_coordinator(self) -> bool:
        return self.role == "coordinator"


async def coordinator(tx: AsyncConnection, email: str) -> str:
    """The id of the coordinator of that address, entered if need be."""
    new = {"id": f"pe_{secrets.token_hex(8)}", "email": email, "role": "coordinator"}
    await tx.execute(upsert(Person).values(new).on_conflict_do_nothing())
    return (await tx.execute(select(Person.id).where(Person.email == email))).scalar_one()


async def new_link(tx: AsyncConnection, person: str, now: datetime) -> str:
    """A token that signs the person in once within twelve hours; kept only as its SHA-256."""
    token = secrets.token_urlsafe(32)
    link = {"token_digest": _digest(token), "person": person, "expires_at": now + LINK_LIFE}
    await tx.execute(insert(SignInLink).values(link))
    return token


async def redeem(tx: AsyncConnection, token: str, now: datetime) -> str | None:
    """Use a link up; the token of a new session, or None where the link is no good."""
    used = (
        delete(SignInLink)
        .where(SignInLink.token_digest == _digest(token))
        .returning(SignInLink.person, SignInLink.expires_at)
    )
    link = (await tx.execute(used)).first()
    if link is None or link.expires_at <= now:
        return None
    session = secrets.token_urlsafe(32)
    await tx.execute(delete(Session).where(Session.expires_at <= now))
    await tx.execute(
        insert(Session).values(
            token_digest=_digest(session),
            person=link.person,
            expires_at=now + SESSION_LIFE,
            idle_expires_at=now + IDLE_LIFE,
        )
    )
    return session


async def signed_in(tx: AsyncConnection, session: str, now: datetime) -> SignedIn | None:
    """The person of a session that lives; being asked for keeps it from idling away."""
    living = (
        update(Session)
        .where(
            Session.token_digest == _digest(session),
            Session.expires_at > now,
            Session.idle_expires_at > now,
        )
        .values(idle_expires_at=now + IDLE_LIFE)
        .returning(Session.person)
    )
    person = (await tx.execute(living)).scalar_one_or_none()
    if person is None:
        return None
    who = select(Person.id, Person.email, Person.role, Person.state).where(Person.id == person)
    return SignedIn(*(await tx.execute(who)).one())


async def sign_out(tx: AsyncConnection, session: str) -> None:
    await tx.execute(delete(Session).where(Session.token_digest == _digest(session)))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
