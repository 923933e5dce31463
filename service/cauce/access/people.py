"""People who sign in to the dashboard: who there is, and as what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import person_acts
from cauce.access.ids import new_person_id
from cauce.store.connect import ACCESS, ADMIN, see
from cauce.store.tables import Credential, Invitation, Person, RecoveryCode, Session, SignInLink

Role = Literal["coordinator", "publisher", "state_staff", "partner", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
NEED_SECOND_FACTOR = frozenset({"coordinator", "publisher", "auditor", "admin"})

LONGEST_EMAIL = 254  # bytes: RFC 5321's longest path without its brackets
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+")


class BadEmail(Exception):
    """Not an e-mail address."""


class EmailTaken(Exception):
    """Somebody who is not disabled has this address."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in to the dashboard; `state` is that of state staff."""

    id: str
    email: str
    role: Role
    state: str | None

    @property
    def needs_second_factor(self) -> bool:
        return self.role in NEED_SECOND_FACTOR


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as administration sees one; `state` is that of state staff."""

    id: str
    email: str
    role: str
    state: str | None
    disabled_at: datetime | None


def read_email(text: str) -> str:
    """An address as it is kept: NFKC, in small letters; BadEmail for what is none."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if not email.isprintable() or not _EMAIL.fullmatch(email):
        raise BadEmail
    # In bytes: what is longer fits into no QR code of a second factor.
    if len(email.encode()) > LONGEST_EMAIL:
        raise BadEmail
    return email


async def add(
    tx: AsyncConnection, email: str, role: Role, state: str | None, by: str, now: datetime
) -> PersonRecord:
    """Enter a person; EmailTaken. The log has the act, and not the address."""
    person = PersonRecord(new_person_id(), email, role, state, None)
    row = {"id": person.id, "email": email, "role": role, "state": state}
    entered = insert(Person).values(row).on_conflict_do_nothing().returning(Person.id)
    if (await tx.execute(entered)).first() is None:
        raise EmailTaken
    await person_acts.entered(tx, person, by, now)
    return person


async def find(tx: AsyncConnection, email: str) -> PersonRecord | None:
    """The person of that address who is not disabled."""
    is_this = (Person.email == email, Person.disabled_at.is_(None))
    found = (await tx.execute(_ALL.where(*is_this))).first()
    return PersonRecord(*found) if found else None


async def listed(tx: AsyncConnection) -> Sequence[PersonRecord]:
    """All people, disabled ones too, by address."""
    rows = await tx.execute(_ALL.order_by(Person.email, Person.disabled_at))
    return [PersonRecord(*row) for row in rows]


async def disable(tx: AsyncConnection, person: str, by: str, now: datetime) -> None:
    """End a person's sessions and all that could begin another, for ever."""
    gone = update(Person).where(Person.id == person).values(disabled_at=now)
    await tx.execute(gone)
    await forget(tx, person)
    await person_acts.disabled(tx, person, by, now)


async def forget(tx: AsyncConnection, person: str) -> None:
    """Remove what a person signs in with, and the sessions that were begun with it."""
    await see(tx, ACCESS)
    # Who is signing in holds one of the first three, and what they begin with it is there then.
    for table in (Invitation, Credential, RecoveryCode, SignInLink, Session):
        await tx.execute(delete(table).where(table.person == person))
    await see(tx, ADMIN)


_ALL = select(Person.id, Person.email, Person.role, Person.state, Person.disabled_at)
