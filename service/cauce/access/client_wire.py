"""Clients as administration sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from cauce.access.clients import ClientRecord
from cauce.access.registrations import NewClient
from cauce.instants import written


class Client(BaseModel):
    """A machine that may call; a national one has no state. `revoked_at`: it may no more."""

    client_id: str
    name: str
    state: str | None
    scopes: list[str]
    revoked_at: str | None


class Registered(Client):
    """`kid` is the thumbprint of its first key."""

    kid: str


class Clients(BaseModel):
    """All that ever were, by name."""

    items: list[Client]
    next: str | None


class Invitation(BaseModel):
    """A link that makes this client once, until it expires; whoever has it can use it."""

    link: str
    name: str
    state: str | None
    scopes: list[str]
    expires_at: str


def client(found: ClientRecord) -> dict[str, Any]:
    revoked = found.revoked_at
    return {
        "client_id": found.id,
        "name": found.name,
        "state": found.state,
        "scopes": list(found.scopes),
        "revoked_at": written(revoked) if revoked else None,
    }


def clients(found: Iterable[ClientRecord]) -> dict[str, Any]:
    return {"items": [client(each) for each in found], "next": None}


def invitation(new: NewClient, link: str, expires_at: datetime) -> dict[str, Any]:
    return {
        "link": link,
        "name": new.name,
        "state": new.state,
        "scopes": list(new.scopes),
        "expires_at": written(expires_at),
    }
