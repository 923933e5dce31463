"""What a client may be allowed to do."""

from __future__ import annotations

from typing import Literal, get_args

Scope = Literal[
    "submissions:write",
    "submissions:read",
    "indicators:read",
    "coordination",
    "releases:read",
    "releases:write",
    "releases:approve",
    "admin",
    "audit:read",
]

SCOPES: tuple[Scope, ...] = get_args(Scope)
OF_A_STATE: frozenset[Scope] = frozenset(
    ("submissions:write", "submissions:read", "indicators:read", "releases:read")
)
OF_THE_NATION: frozenset[Scope] = frozenset(SCOPES) - {"submissions:write", "submissions:read"}


class BadScope(ValueError):
    """Scopes that a client cannot have; the message says which can."""


def open_to(state: str | None) -> list[Scope]:
    """The scopes that a state's client may have, or a national one."""
    allowed = OF_A_STATE if state else OF_THE_NATION
    return [scope for scope in SCOPES if scope in allowed]


def read_scopes(text: str, state: str | None) -> list[Scope]:
    """The scopes of a space-separated list, for a state's client or a national one."""
    allowed, asked = open_to(state), text.split()
    if not asked or not set(asked) <= set(allowed):
        whose = f"a client of {state}" if state else "a national client (one without --state)"
        raise BadScope(f"{whose} may have: {' '.join(allowed)}")
    return [scope for scope in SCOPES if scope in asked]
