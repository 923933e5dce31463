"""Filling a demo's database: every report through the real HTTP path, each on its own day."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cauce.access import clients, sign_in_links, tokens
from cauce.access.clients import ClientRecord
from cauce.access.ids import new_client_id
from cauce.access.scopes import Scope
from cauce.access.tokens import PublicKey, Signer, new_private_jwk
from cauce.app import create_app
from cauce.demo.coordinator import enter_coordinator
from cauce.demo.nation import Arrival, Programme, arrivals, programmes, schedule
from cauce.settings import Settings
from cauce.store import roster
from cauce.store.connect import ADMIN, NATION, connect, transaction
from cauce.store.tables import REVISION_IN_FORCE, Revision
from cauce_contract import Month, state_of

MONTHS = 24
SHOWN = "MX-NLE-01"  # the programme whose months are written as files, to be tried with
COORDINATOR = "coordinacion@demo.invalid"
STATE_SCOPES: tuple[Scope, ...] = ("submissions:write", "submissions:read", "indicators:read")
NATIONAL_SCOPES: tuple[Scope, ...] = ("indicators:read", "coordination")
NATIONAL = "national"


class FillingFailed(Exception):
    """The service refused a synthetic report; says which and with what status."""


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A demo's machine client, with the file of its private key."""

    id: str
    signer: Signer
    key_file: Path


@dataclass(slots=True)
class MovingClock:
    """The clock of the filling: it stands at the day on which a report arrives."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Demo:
    """A filled demo: the clients by state, the national one, and a link that signs in.

    months  the files of a programme's months, oldest first
    """

    clients: dict[str, DemoClient]
    sign_in: str
    months: Sequence[Path]


async def fill(
    settings: Settings,
    database_url: str,
    last: Month,
    now: datetime,
    progress: Callable[[Sequence[Arrival]], Iterable[Arrival]],
) -> Demo:
    """Fill what is missing of the 24 months through `last`, as far as it came in before `now`.

    progress  wraps the arrivals that are left, to show how far they are
    """
    engine = connect(database_url, pool_size=2)
    try:
        registered = await _prepare(engine, settings.data_dir, now)
        left = await _left(engine, last, now)
        if left:
            await _send(settings, database_url, registered, progress(left), left[0].at)
        async with transaction(engine, ADMIN) as tx:
            person = await enter_coordinator(tx, COORDINATOR)
            token = await sign_in_links.new_link(tx, person, now)
        months = await _written(engine, settings.data_dir / SHOWN)
    finally:
        await engine.dispose()
    return Demo(registered, f"{settings.issuer}/sign-in/{token}", months)


async def _written(engine: AsyncEngine, folder: Path) -> list[Path]:
    """The months in force of the programme that the folder is called after, as files in it.

    So that there is something to check and to send that agrees with the database.
    """
    columns = REVISION_IN_FORCE.c
    statement = select(columns.period, columns.document).where(columns.programme == folder.name)
    async with transaction(engine, NATION) as tx:
        rows = (await tx.execute(statement.order_by(columns.period))).all()
    return _files(folder, {f"{Month.of(row.period)}.json": row.document for row in rows})


def _files(folder: Path, documents: Mapping[str, str]) -> list[Path]:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(json.loads(document), indent=1), "utf-8")
    return [folder / name for name in documents]


async def _prepare(engine: AsyncEngine, data_dir: Path, now: datetime) -> dict[str, DemoClient]:
    """Roster and clients, entered where they are not yet."""
    nation = programmes()
    async with transaction(engine, ADMIN) as tx:
        known = {entry.id for entry in await roster.entries(tx)}
        for each in nation:
            if each.id not in known:
                await _enter(tx, each)
        registered = {client.name: client.id for client in await clients.listed(tx)}
        found = {}
        for state in [*dict.fromkeys(each.state for each in nation), NATIONAL]:
            found[state] = await _client(tx, data_dir / "clients", state, registered, now)
    return found


async def _enter(tx: AsyncConnection, each: Programme) -> None:
    await roster.add(tx, each.id, each.state, each.name, each.kind, each.since, each.until)


async def _client(
    tx: AsyncConnection, folder: Path, name: str, registered: dict[str, str], now: datetime
) -> DemoClient:
    """The client of a state, or the national one."""
    key_file = folder / f"{name}.jwk"
    signer = _signer(key_file)
    client_id = registered.get(name)
    if client_id is None:
        state, scopes = (None, NATIONAL_SCOPES) if name == NATIONAL else (name, STATE_SCOPES)
        public = PublicKey.read(dict(signer.public.jwk))
        new = ClientRecord(new_client_id(), name, state, scopes)
        await clients.write_untold(tx, new, public, None, now)
        client_id = new.id
    return DemoClient(client_id, signer, key_file)


def _signer(key_file: Path) -> Signer:
    """The key of a demo's client, which lies in the demo's directory."""
    key_file.parent.mkdir(mode=0o700, exist_ok=True)
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(json.dumps(new_private_jwk()))
    return Signer.read(json.loads(key_file.read_text()))


async def _left(engine: AsyncEngine, last: Month, now: datetime) -> list[Arrival]:
    """What came in before `now` and is not in the database, in the order of its coming."""
    async with transaction(engine, NATION) as tx:
        rows = await tx.execute(select(Revision.programme, Revision.period))
        there = {(row.programme, Month.of(row.period)) for row in rows}
    first = last + (1 - MONTHS)
    left = {
        (programme, period)
        for at, programme, period in schedule(first, last)
        if at <= now and (programme, period) not in there
    }
    if not left:
        return []
    return [each for each in arrivals(first, last) if (each.programme, each.period) in left]


async def _send(
    settings: Settings,
    database_url: str,
    registered: dict[str, DemoClient],
    left: Iterable[Arrival],
    start: datetime,
) -> None:
    """Serve on a loopback port with a clock of our own, and PUT the reports one by one."""
    clock = MovingClock(start)
    app = create_app(settings, database_url, clock=clock, is_demo=True)
    async with _listening(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:
        held: dict[str, tuple[str, datetime]] = {}
        for arrival in left:
            clock.now = arrival.at
            state = state_of(arrival.programme)
            token, until = held.get(state, ("", start))
            if until <= clock.now:
                token = await _token(http, registered[state], settings.issuer, clock.now)
                held[state] = token, clock.now + timedelta(minutes=9)
            await _put(http, arrival, token)


@asynccontextmanager
async def _listening(app: FastAPI) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def _token(
    http: httpx.AsyncClient, client: DemoClient, issuer: str, now: datetime
) -> str:
    issued = int(now.timestamp())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": issuer,
        "iat": issued,
        "exp": issued + 60,
        "jti": secrets.token_hex(16),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": client.signer.sign(tokens.ASSERTION[0], claims),
    }
    answer = await http.post("/oauth/token", data=form)
    if answer.status_code != 200:
        raise FillingFailed(f"no token for {client.key_file.stem}: {answer.status_code}")
    return str(answer.json()["access_token"])


async def _put(http: httpx.AsyncClient, arrival: Arrival, token: str) -> None:
    answer = await http.put(
        f"/v1/submissions/{arrival.programme}/{arrival.period}",
        json=arrival.document,
        headers={"Authorization": f"Bearer {token}"},
    )
    if answer.status_code not in (200, 201):
        raise FillingFailed(
            f"{arrival.programme} {arrival.period}: {answer.status_code} {answer.text[:500]}"
        )
