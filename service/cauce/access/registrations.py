"""A client comes to be: with its first key, and an entry in the log for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_acts, client_keys, clients
from cauce.access.client_keys import KeyRecord
from cauce.access.clients import ClientRecord, NameTaken
from cauce.access.ids import new_client_id
from cauce.access.scopes import Scope
from cauce.access.tokens import PublicKey


@dataclass(frozen=True, slots=True)
class NewClient:
    """What a client is to be; a national one has no state."""

    name: str
    state: str | None
    scopes: Sequence[Scope]


async def register(
    tx: AsyncConnection, new: NewClient, key: PublicKey, by: str, now: datetime
) -> tuple[ClientRecord, bool]:
    """The client with this first key, and whether it was made just now; or Taken.

    The very same again is answered the same: an answer can be lost. The name must be claimed by
    the transaction.
    """
    found = await clients.named(tx, new.name)
    if found is None:
        made = ClientRecord(new_client_id(), new.name, new.state, list(new.scopes))
        await enter(tx, made, key, by, now)
        return made, True
    is_same = (found.state, found.scopes) == (new.state, list(new.scopes))
    keys = await client_keys.of(tx, found.id)
    holds = [each.kid for each in keys if each.revoked_at is None]
    if not is_same or found.revoked_at is not None or key.kid not in holds:
        raise NameTaken
    return found, False


async def enter(
    tx: AsyncConnection, client: ClientRecord, key: PublicKey, by: str, now: datetime
) -> None:
    """Write a new client and its first key, and tell of both in its log; or Taken."""
    await clients.write_untold(tx, client, key, by, now)
    await client_acts.client_registered(tx, client, by, now)
    first = KeyRecord(key.kid, now, by, None, None, None)
    await client_acts.key_added(tx, client, first, by, now)
