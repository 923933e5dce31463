"""What the logs say of machine clients: who they are, and with which keys they may speak."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.instants import written
from cauce.store import log

if TYPE_CHECKING:
    from cauce.access.client_keys import KeyRecord
    from cauce.access.clients import ClientRecord

CLIENT, CLIENT_REVOCATION = "client", "client_revocation"
KEY, KEY_REVOCATION = "client_key", "client_key_revocation"
KINDS = (CLIENT, CLIENT_REVOCATION, KEY, KEY_REVOCATION)


async def client_registered(
    tx: AsyncConnection, client: ClientRecord, by: str, now: datetime
) -> None:
    await _add(tx, client, CLIENT, by, now, name=client.name, scopes=list(client.scopes))


async def client_revoked(
    tx: AsyncConnection, client: ClientRecord, by: str, now: datetime
) -> None:
    await _add(tx, client, CLIENT_REVOCATION, by, now)


async def key_added(
    tx: AsyncConnection, client: ClientRecord, key: KeyRecord, by: str, now: datetime
) -> None:
    begins, ends = (instant and written(instant) for instant in (key.not_before, key.not_after))
    await _add(tx, client, KEY, by, now, kid=key.kid, not_before=begins, not_after=ends)


async def key_revoked(
    tx: AsyncConnection, client: ClientRecord, kid: str, by: str, now: datetime
) -> None:
    await _add(tx, client, KEY_REVOCATION, by, now, kid=kid)


async def _add(
    tx: AsyncConnection,
    client: ClientRecord,
    kind: str,
    by: str,
    now: datetime,
    **said: object,
) -> None:
    """Into the log of the client's state; by: a client's id, or that of the command line."""
    whose = client.state or log.NATIONAL_LOG
    said |= {"client": client.id, "at": written(now), "by": by}
    await log.add(tx, whose, kind, **said)
