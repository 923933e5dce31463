"""A coordinator's acts, on whatever day the clock stands at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select

from cauce.store.connect import NATION, transaction
from cauce.store.tables import LogEntry
from support.centre import Centre, Client

MEXICO_CITY = ZoneInfo("America/Mexico_City")
Entry = dict[str, Any]


async def send(client: Client, method: str, path: str, body: object = None) -> httpx.Response:
    """A request with a token of this moment."""
    client.held.clear()
    headers = await client.headers()
    return await client.centre.http.request(method, path, headers=headers, json=body)


async def done(client: Client, method: str, path: str, body: object = None) -> Any:
    """The answer to a request that must be done."""
    answer = await send(client, method, path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def entry(*intervals: tuple[str, str, str | None], **changes: Any) -> Entry:
    """A roster entry with these intervals: kind, since, until."""
    return {
        "name": "Tribunal de tratamiento",
        "kind": "court",
        "replaces": [],
        "backfill_until": None,
        "intervals": [
            {"kind": kind, "since": since, "until": until} for kind, since, until in intervals
        ],
        **changes,
    }


async def enter(client: Client, programme: str, entered: Entry) -> Any:
    return await done(client, "PUT", f"/v1/programmes/{programme}", entered)


def local(text: str) -> datetime:
    """The instant, in UTC, at which the clock of national coordination shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO_CITY).astimezone(UTC)


async def logged(centre: Centre, *kinds: str, state: str = "MX-NLE") -> list[str]:
    """The entries of these kinds in a state's log, oldest first, as they stand there."""
    statement = (
        select(LogEntry.entry)
        .where(LogEntry.state == state, LogEntry.kind.in_(kinds))
        .order_by(LogEntry.position)
    )
    async with transaction(centre.engine, NATION) as tx:
        return list((await tx.execute(statement)).scalars())
