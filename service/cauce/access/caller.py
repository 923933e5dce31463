"""Who calls: the bearer of an access token, and what a route asks of them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Literal

from starlette.requests import Request

from cauce.access import audited, calls, tokens
from cauce.access.assertions import Authenticated
from cauce.access.scopes import Scope
from cauce.access.signing_keys import Held, SigningKeys
from cauce.access.tokens import TOKEN_LIFE, TokenRefused
from cauce.errors import Refusal
from cauce.running import Running, RunningDep
from cauce.store.connect import ADMIN, AUDIT, COORDINATION, NATION, PUBLIC, Reach

# Which scopes each dependency made by `needs` asks for: the test that no route forgot to say
# reads it.
SCOPES_ASKED: dict[Callable[..., Any], tuple[Scope, ...]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client. `state` confines it; a national one has none.

    key    the kid of the key by which it got its token
    token  the `jti` of that token
    """

    client: str
    state: str | None
    scopes: frozenset[str]
    key: str
    token: str

    @property
    def reach(self) -> Reach:
        """To read by, and to say what a state says: by the token alone, whatever is asked."""
        if self.state:
            return Reach("state", self.state)
        return NATION if self.scopes & {"indicators:read", "coordination"} else PUBLIC

    def reach_of(self, scope: Literal["coordination", "audit:read", "admin"]) -> Reach:
        """What a scope opens, to who has it; so the database refuses where a route does not."""
        opens = {"coordination": COORDINATION, "audit:read": AUDIT, "admin": ADMIN}
        return opens[scope] if scope in self.scopes else self.reach

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
    known: Authenticated, scopes: list[str], keys: SigningKeys, issuer: str, now: datetime
) -> tuple[str, int]:
    """An access token (RFC 9068) and the seconds that it lives, never longer than its key.

    `kid` among its claims is the key that the client got it with: one that is revoked takes
    its tokens along.
    """
    client = known.client
    ends = min(now + TOKEN_LIFE, known.key_ends or now + TOKEN_LIFE)
    begins, over = int(now.timestamp()), int(ends.timestamp())
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": client.id,
        "client_id": client.id,
        "iat": begins,
        "exp": over,
        "jti": secrets.token_hex(16),
        "scope": " ".join(scopes),
        "kid": known.kid,
        **({"state": client.state} if client.state else {}),
    }
    return keys.access.sign(tokens.ACCESS, claims), over - begins


def authenticated(token: str, keys: SigningKeys, issuer: str, now: datetime) -> Caller:
    """The caller that an access token was issued to; TokenRefused for any fault of it."""
    claims = opened(token, keys, issuer, now)
    return Caller(
        claims["client_id"],
        claims.get("state"),
        frozenset(claims["scope"].split()),
        claims.get("kid", ""),
        claims["jti"],
    )


def opened(token: str, keys: SigningKeys, issuer: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an access token of this service that lives; TokenRefused for another."""
    claims, until = _signed(token, keys.of_access_tokens)
    if until is not None and until <= now:
        raise TokenRefused("key")
    if claims["iss"] != issuer or claims["aud"] != issuer:
        raise TokenRefused("issuer")
    if datetime.fromtimestamp(claims["exp"], UTC) <= now:
        raise TokenRefused("expired")
    return claims


@lru_cache(maxsize=1024)  # a state sends many months with one token; what fails is not kept
def _signed(token: str, keys: Held) -> tuple[Mapping[str, Any], datetime | None]:
    """The claims of an access token, and until when its key is believed; or TokenRefused."""
    parts = tokens.take_apart(token)
    signer = keys.find(parts.kid)
    return tokens.verify(parts, signer.key, tokens.ACCESS), signer.until


def needs(*scopes: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, who has at least one of these scopes."""

    async def caller(request: Request, running: RunningDep) -> Caller:
        found = await _bearer(request, running)
        await calls.take(request, running, found.client)
        audited.begin(request, running, client=found.client, key=found.key or None)
        found.require(*scopes)
        request.state.still_let_in = partial(_let_in, running, found)  # see read_bytes
        return found

    SCOPES_ASKED[caller] = scopes
    return caller


async def _bearer(request: Request, running: Running) -> Caller:
    # Two lines are one list, which no token is: who looks at the other one sees another caller.
    scheme, _, token = ", ".join(request.headers.getlist("authorization")).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    try:
        found = authenticated(
            token.strip(), running.keys, running.settings.issuer, running.clock()
        )
    except TokenRefused:
        raise _refused() from None
    await _let_in(running, found)
    return found


async def _let_in(running: Running, caller: Caller) -> None:
    """Refuse a caller whose client, key or token was revoked."""
    if await running.revocations.has(caller.client, caller.key, caller.token):
        raise _refused()


def _refused() -> Refusal:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Refusal("unauthenticated", headers=challenge)
