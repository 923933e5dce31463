"""Who calls: the bearer of an access token, and what a route asks of them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from starlette.requests import Request

from cauce.access import audited, calls, tokens
from cauce.access.clients import ClientRecord
from cauce.access.scopes import Scope
from cauce.access.signing_keys import SigningKeys
from cauce.access.tokens import PublicKey, TokenRefused
from cauce.errors import Refusal
from cauce.running import Running, RunningDep
from cauce.store.connect import NATION, Reach

TOKEN_LIFE = timedelta(minutes=10)

# Which scopes each dependency made by `needs` asks for: the test that no route forgot to say
# reads it.
SCOPES_ASKED: dict[object, tuple[Scope, ...]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client. `state` confines it; a national one has none."""

    client: str
    state: str | None
    scopes: frozenset[str]

    @property
    def reach(self) -> Reach:
        return Reach("state", self.state) if self.state else NATION

    def require(self, *scopes: Scope) -> None:
        """Refuse a caller who has none of these scopes."""
        if not self.scopes & set(scopes):
            asked = " ".join(scopes)
            challenge = f'Bearer error="insufficient_scope", scope="{asked}"'
            headers = {"WWW-Authenticate": challenge}
            raise Refusal("insufficient-scope", scopes=asked, headers=headers)

    def speaks_for(self, state: str) -> None:
        """Refuse a state's client that asks about another state."""
        if self.state is not None and self.state != state:
            raise Refusal("not-your-state", state=self.state)


def issue(
    client: ClientRecord, scopes: list[str], keys: SigningKeys, issuer: str, now: datetime
) -> str:
    """An access token (RFC 9068) for ten minutes."""
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": client.id,
        "client_id": client.id,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
        "jti": secrets.token_hex(16),
        "scope": " ".join(scopes),
        **({"state": client.state} if client.state else {}),
    }
    return keys.access.sign(tokens.ACCESS, claims)


def authenticated(token: str, keys: SigningKeys, issuer: str, now: datetime) -> Caller:
    """The caller that an access token was issued to; TokenRefused for any fault of it."""
    claims = _signed(token, keys.access.public)
    if claims["iss"] != issuer or claims["aud"] != issuer:
        raise TokenRefused("issuer")
    if datetime.fromtimestamp(claims["exp"], UTC) <= now:
        raise TokenRefused("expired")
    return Caller(claims["client_id"], claims.get("state"), frozenset(claims["scope"].split()))


@lru_cache(maxsize=1024)  # a state sends many months with one token; what fails is not kept
def _signed(token: str, key: PublicKey) -> Mapping[str, Any]:
    """The claims of an access token signed by this key; TokenRefused for any other."""
    return tokens.verify(tokens.take_apart(token), key, tokens.ACCESS)


def needs(*scopes: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, who has at least one of these scopes."""

    async def caller(request: Request, running: RunningDep) -> Caller:
        found = _bearer(request, running)
        await calls.take(request, running, found.client)
        audited.begin(request, running, client=found.client)
        found.require(*scopes)
        return found

    SCOPES_ASKED[caller] = scopes
    return caller


def _bearer(request: Request, running: Running) -> Caller:
    # Two lines are one list, which no token is: who looks at the other one sees another caller.
    scheme, _, token = ", ".join(request.headers.getlist("authorization")).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    try:
        return authenticated(
            token.strip(), running.keys, running.settings.issuer, running.clock()
        )
    except TokenRefused:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refusal("unauthenticated", headers=challenge) from None
