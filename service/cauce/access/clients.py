"""Machine clients: whose they are and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_acts
from cauce.access.tokens import PublicKey
from cauce.store.tables import Client, ClientKey


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A registered client; a national one has no state."""

    id: str
    name: str
    state: str | None
    scopes: Sequence[str]
    revoked_at: datetime | None = None


class Taken(Exception):
    """What must be one client's alone belongs to another; `slug` names the problem."""

    slug = ""


class NameTaken(Taken):
    """A client of that name is registered already."""

    slug = "name-taken"


class KeyTaken(Taken):
    """That key belongs to a registered client already."""

    slug = "key-taken"


async def write_untold(
    tx: AsyncConnection, client: ClientRecord, key: PublicKey, by: str | None, now: datetime
) -> None:
    """Write a new client and its first key, of which no log tells yet; or Taken.

    `registrations` is how a client comes to be: it tells its log.
    """
    row = {"id": client.id, "name": client.name, "state": client.state}
    new = insert(Client).values(**row, scopes=list(client.scopes), created_at=now)
    if (await tx.execute(new.on_conflict_do_nothing().returning(Client.id))).first() is None:
        raise NameTaken
    of_key = {"client": client.id, "kid": key.kid, "jwk": dict(key.jwk)}
    first = insert(ClientKey).values(**of_key, created_at=now, added_by=by)
    if (
        await tx.execute(first.on_conflict_do_nothing().returning(ClientKey.kid))
    ).first() is None:
        raise KeyTaken


async def listed(tx: AsyncConnection) -> list[ClientRecord]:
    return [ClientRecord(*row) for row in await tx.execute(_CLIENTS.order_by(Client.name))]


async def find(tx: AsyncConnection, client: str) -> ClientRecord | None:
    """The client of that id, as far as the transaction's reach lets it be seen."""
    row = (await tx.execute(_CLIENTS.where(Client.id == client))).first()
    return ClientRecord(*row) if row else None


async def named(tx: AsyncConnection, name: str) -> ClientRecord | None:
    row = (await tx.execute(_CLIENTS.where(Client.name == name))).first()
    return ClientRecord(*row) if row else None


_CLIENTS: Select[str, str, str | None, list[str], datetime | None] = select(
    Client.id, Client.name, Client.state, Client.scopes, Client.revoked_at
)


async def revoke(tx: AsyncConnection, client: ClientRecord, by: str, now: datetime) -> bool:
    """End a client with all its keys and tokens, for ever; False where it had ended before."""
    ended = (
        update(Client)
        .where(Client.id == client.id, Client.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Client.id)
    )
    if (await tx.execute(ended)).first() is None:
        return False
    await client_acts.client_revoked(tx, client, by, now)
    return True
