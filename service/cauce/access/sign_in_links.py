"""Links that sign a person in once: how a demo lets its reader in, and nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import sessions
from cauce.access.one_time import digest, new_token
from cauce.store.tables import SignInLink

LINK_LIFE = timedelta(hours=12)


async def new_link(tx: AsyncConnection, person: str, now: datetime) -> str:
    """A token that signs the person in once within twelve hours; kept only as its SHA-256."""
    token = new_token()
    link = {"token_digest": digest(token), "person": person, "expires_at": now + LINK_LIFE}
    await tx.execute(insert(SignInLink).values(link))
    return token


async def redeem(
    tx: AsyncConnection, token: str, now: datetime, *, instead_of: str | None = None
) -> str | None:
    """Use a link up; the token of a new session, or None where the link is no good.

    instead_of  the token of the session that the browser had
    """
    used = (
        delete(SignInLink)
        .where(SignInLink.token_digest == digest(token))
        .returning(SignInLink.person, SignInLink.expires_at)
    )
    link = (await tx.execute(used)).first()
    if link is None or link.expires_at <= now:
        return None
    return await sessions.begin(tx, link.person, now, instead_of=instead_of)
