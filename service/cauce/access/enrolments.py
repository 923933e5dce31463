"""Enrolment: a link, used once, by which a state registers its client and key itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_keys, clients, registrations
from cauce.access.clients import ClientRecord, NameTaken
from cauce.access.ids import new_client_id
from cauce.access.one_time import digest, new_token
from cauce.access.registrations import NewClient
from cauce.access.tokens import PublicKey
from cauce.store.connect import Reach
from cauce.store.tables import Enrolment

LINK_LIFE = timedelta(hours=72)


class NoEnrolment(Exception):
    """The link was never made, has been used, or is too old; which of them is not said."""


def reach(token: str) -> Reach:
    """The reach of who holds the link: that one enrolment."""
    return Reach("enrolment", digest(token).hex())


def link(issuer: str, token: str) -> str:
    """What a state is handed over: behind `#`, where no log of addresses has it."""
    return f"{issuer}/#enrol={token}"


async def invite(tx: AsyncConnection, new: NewClient, now: datetime) -> str:
    """The token of a new link, in the place of one of that name not used; or NameTaken."""
    if await clients.named(tx, new.name):
        raise NameTaken
    unused = delete(Enrolment).where(Enrolment.name == new.name, Enrolment.client.is_(None))
    await tx.execute(unused)
    token = new_token()
    row = {"token_digest": digest(token), "name": new.name, "state": new.state}
    made = insert(Enrolment).values(**row, scopes=list(new.scopes), expires_at=now + LINK_LIFE)
    await tx.execute(made)
    return token


async def enrol(
    tx: AsyncConnection, token: str, key: PublicKey, now: datetime
) -> tuple[ClientRecord, bool]:
    """The client that a link makes with its first key, and whether it was made just now.

    The same link with the same key again answers the same client: an answer can be lost.
    Raises NoEnrolment, or Taken. The link must be claimed by the transaction.
    """
    is_this = Enrolment.token_digest == digest(token)
    found = (await tx.execute(select(Enrolment.__table__).where(is_this))).first()
    if found is None or found.expires_at <= now:
        raise NoEnrolment
    if found.client is not None:
        return await _same_again(tx, found.client, key), False
    client = ClientRecord(new_client_id(), found.name, found.state, found.scopes)
    # First, because the database lets nobody be made whom no link names.
    await tx.execute(update(Enrolment).where(is_this).values(client=client.id))
    await registrations.enter(tx, client, key, client.id, now)
    return client, True


async def _same_again(tx: AsyncConnection, client: str, key: PublicKey) -> ClientRecord:
    record = await clients.find(tx, client)
    keys = await client_keys.of(tx, client)
    if record is None or key.kid not in [each.kid for each in keys]:
        raise NoEnrolment
    return record
