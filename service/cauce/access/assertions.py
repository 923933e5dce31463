"""Client assertions (RFC 7523): how a machine client proves who it is, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cauce.access import client_keys, tokens
from cauce.access.clients import ClientRecord
from cauce.access.tokens import PublicKey, TokenRefused
from cauce.store.connect import ACCESS, transaction
from cauce.store.tables import Client, ClientKey, UsedAssertion

LONGEST_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that has proved who it is, the key by which, and when that key ends."""

    client: ClientRecord
    kid: str
    key_ends: datetime | None


async def authenticate(
    engine: AsyncEngine, assertion: str, issuer: str, now: datetime
) -> Authenticated:
    """The client that signed this assertion, which is used up by it (RFC 7523, section 3).

    Raises TokenRefused for every fault alike. A forged assertion uses no `jti` up.
    """
    parts = tokens.take_apart(assertion)
    client_id = parts.claims.get("iss")
    if not isinstance(client_id, str) or len(client_id) > 40 or not client_id.isprintable():
        raise TokenRefused("iss")
    async with transaction(engine, ACCESS) as tx:
        found, key = await _key(tx, client_id, parts.kid, now)
        claims = tokens.verify(parts, key, *tokens.ASSERTION)
        expires_at = _require_claims(claims, client_id, issuer, now)
        await _use_up(tx, client_id, claims["jti"], expires_at, now)
    return found


async def _key(
    tx: AsyncConnection, client_id: str, kid: str, now: datetime
) -> tuple[Authenticated, PublicKey]:
    """A client and its key of that kid, while both hold."""
    statement = (
        select(
            Client.id,
            Client.name,
            Client.state,
            Client.scopes,
            ClientKey.jwk,
            ClientKey.not_after,
        )
        .join(ClientKey, ClientKey.client == Client.id)
        .where(
            Client.id == client_id,
            ClientKey.kid == kid,
            Client.revoked_at.is_(None),
            client_keys.holds(now),
        )
    )
    row = (await tx.execute(statement)).first()
    if row is None:
        raise TokenRefused("client or key")
    client = ClientRecord(row.id, row.name, row.state, row.scopes)
    return Authenticated(client, kid, row.not_after), PublicKey.read(row.jwk)


def _require_claims(
    claims: Mapping[str, Any], client_id: str, issuer: str, now: datetime
) -> datetime:
    """When the assertion expires, once every claim is right."""
    jti = claims.get("jti")
    if claims.get("sub") != client_id or claims.get("aud") != issuer:
        raise TokenRefused("sub or aud")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 128 or not jti.isprintable():
        raise TokenRefused("jti")
    issued_at, expires_at = _instant(claims.get("iat")), _instant(claims.get("exp"))
    if not now - LONGEST_LIFE - LEEWAY <= issued_at <= now + LEEWAY:
        raise TokenRefused("iat")
    if "nbf" in claims and _instant(claims["nbf"]) > now + LEEWAY:
        raise TokenRefused("nbf")
    if not issued_at < expires_at <= issued_at + LONGEST_LIFE or expires_at <= now:
        raise TokenRefused("exp")
    return expires_at


def _instant(claim: object) -> datetime:
    if isinstance(claim, bool) or not isinstance(claim, int) or not 0 < claim < 2**40:
        raise TokenRefused("not an instant")
    try:
        return datetime.fromtimestamp(claim, UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenRefused("not an instant") from None


async def _use_up(
    tx: AsyncConnection, client_id: str, jti: str, expires_at: datetime, now: datetime
) -> None:
    """Note the assertion as used; TokenRefused where it was before."""
    old = delete(UsedAssertion).where(
        UsedAssertion.client == client_id, UsedAssertion.expires_at < now - LEEWAY
    )
    await tx.execute(old)
    used = (
        upsert(UsedAssertion)
        .values(client=client_id, jti=jti, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    if (await tx.execute(used)).first() is None:
        raise TokenRefused("replayed")
