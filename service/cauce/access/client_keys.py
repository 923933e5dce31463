"""The keys of machine clients: several at once, each from when until when it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_acts
from cauce.access.clients import ClientRecord, KeyTaken
from cauce.access.tokens import PublicKey
from cauce.store.tables import ClientKey

MOST = 10  # keys of a client that hold: a rotation needs two
AHEAD = timedelta(days=90)  # the latest that a key may begin

Status = Literal["active", "coming", "ended", "revoked"]


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A client's public key; it holds from not_before until not_after, its end excluded."""

    kid: str
    created_at: datetime
    added_by: str | None
    not_before: datetime | None
    not_after: datetime | None
    revoked_at: datetime | None

    def status(self, now: datetime) -> Status:
        if self.revoked_at is not None:
            return "revoked"
        if self.not_after is not None and self.not_after <= now:
            return "ended"
        return "coming" if self.not_before is not None and self.not_before > now else "active"


class LastKey(Exception):
    """A client would be left without a key by which to say who it is."""


class TooManyKeys(Exception):
    """A client has as many keys as it may have."""


def holds(now: datetime) -> ColumnElement[bool]:
    """Whether a row of ClientKey may be spoken with at this instant."""
    return and_(
        ClientKey.revoked_at.is_(None),
        or_(ClientKey.not_before.is_(None), ClientKey.not_before <= now),
        or_(ClientKey.not_after.is_(None), ClientKey.not_after > now),
    )


async def of(tx: AsyncConnection, client: str) -> Sequence[KeyRecord]:
    """All keys that a client ever had, oldest first."""
    statement = (
        select(
            ClientKey.kid,
            ClientKey.created_at,
            ClientKey.added_by,
            ClientKey.not_before,
            ClientKey.not_after,
            ClientKey.revoked_at,
        )
        .where(ClientKey.client == client)
        .order_by(ClientKey.created_at, ClientKey.kid)
    )
    return [KeyRecord(*row) for row in await tx.execute(statement)]


async def add(
    tx: AsyncConnection,
    client: ClientRecord,
    key: PublicKey,
    by: str,
    now: datetime,
    *,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> tuple[KeyRecord, bool]:
    """A client's key, and whether it is new; one that it has already stays as it is.

    The client must be claimed by the transaction. Raises KeyTaken where another client has the
    key, or this one had it and it was revoked; TooManyKeys.
    """
    known = await of(tx, client.id)
    found = next((each for each in known if each.kid == key.kid), None)
    if found is not None:
        if found.revoked_at is not None:
            raise KeyTaken
        return found, False
    record = KeyRecord(key.kid, now, by, not_before, not_after, None)
    if not _has_place(record, known, now):
        raise TooManyKeys
    new = insert(ClientKey).values(
        client=client.id,
        kid=key.kid,
        jwk=dict(key.jwk),
        created_at=now,
        added_by=by,
        not_before=not_before,
        not_after=not_after,
    )
    if (
        await tx.execute(new.on_conflict_do_nothing().returning(ClientKey.kid))
    ).first() is None:
        raise KeyTaken
    await client_acts.key_added(tx, client, record, by, now)
    return record, True


def _has_place(new: KeyRecord, known: Sequence[KeyRecord], now: datetime) -> bool:
    """Whether a client with these keys may have the new one, too.

    Those to come never take the place of one that begins now: whoever stole a key could else
    fill them all ahead, and its owner could not change it.
    """
    held = Counter(each.status(now) for each in known)
    if new.status(now) == "coming":
        return held["active"] + held["coming"] < MOST - 1
    return held["active"] < MOST


async def revoke(
    tx: AsyncConnection, client: ClientRecord, kid: str, by: str, now: datetime
) -> KeyRecord | None:
    """A client's key, from now on worth nothing; None where it has no such key.

    The client must be claimed by the transaction. Raises LastKey where a client would take the
    last key from itself that holds: it could not come back to add one.
    """
    known = await of(tx, client.id)
    found = next((each for each in known if each.kid == kid), None)
    if found is None or found.revoked_at is not None:
        return found
    others = [each for each in known if each.kid != kid and each.status(now) == "active"]
    if by == client.id and not others:
        raise LastKey
    statement = update(ClientKey).where(ClientKey.client == client.id, ClientKey.kid == kid)
    await tx.execute(statement.values(revoked_at=now))
    await client_acts.key_revoked(tx, client, kid, by, now)
    return KeyRecord(
        kid, found.created_at, found.added_by, found.not_before, found.not_after, now
    )
