"""Clients and their keys as the interface gives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from cauce.access.client_keys import KeyRecord, Status
from cauce.access.deadlines import Deadline
from cauce.instants import written

WARNED = timedelta(days=30)  # before the end of a key


class Key(BaseModel):
    """A client's public key; it holds from `not_before` until `not_after`, its end excluded.

    kid       its RFC 7638 thumbprint
    added_by  a client's id, or that of the command line; null: from before that was kept
    """

    kid: str
    status: Status
    added_at: str
    added_by: str | None
    not_before: str | None
    not_after: str | None
    revoked_at: str | None


class Keys(BaseModel):
    items: list[Key]
    next: str | None


class Due(BaseModel):
    """A month that is still to be reported: when it is due, and when it closes."""

    programme: str
    period: str
    due: str
    closes: str


class Warning(BaseModel):  # noqa: A001  the interface's own word
    """A key that ends within 30 days, the end excluded."""

    kid: str
    not_after: str


class Me(BaseModel):
    """Who calls. `key` is the one by which the token was got; the nearest deadline is first."""

    client_id: str
    name: str
    state: str | None
    scopes: list[str]
    key: str
    keys: list[Key]
    warnings: list[Warning]
    deadlines: list[Due]


class Enrolled(BaseModel):
    """The client that an enrolment link made, and the issuer for its assertions."""

    issuer: str
    client_id: str
    name: str
    state: str | None
    scopes: list[str]
    kid: str


def key(found: KeyRecord, now: datetime) -> dict[str, Any]:
    return {
        "kid": found.kid,
        "status": found.status(now),
        "added_at": written(found.created_at),
        "added_by": found.added_by,
        "not_before": _written(found.not_before),
        "not_after": _written(found.not_after),
        "revoked_at": _written(found.revoked_at),
    }


def keys(found: Iterable[KeyRecord], now: datetime) -> dict[str, Any]:
    return {"items": [key(each, now) for each in found], "next": None}


def warnings(found: Iterable[KeyRecord], now: datetime) -> list[dict[str, str]]:
    """Of the keys that end soon."""
    return [
        {"kid": each.kid, "not_after": written(each.not_after)}
        for each in found
        if each.status(now) == "active"
        and each.not_after is not None
        and each.not_after < now + WARNED
    ]


def due(found: Deadline) -> dict[str, str]:
    return {
        "programme": found.programme,
        "period": str(found.period),
        "due": str(found.due),
        "closes": str(found.closes),
    }


def _written(instant: datetime | None) -> str | None:
    return written(instant) if instant else None
