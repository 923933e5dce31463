"""The centre under test: the real application on a real, freshly migrated database."""

from __future__ import annotations

import asyncio
import copy
import json
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.access import clients
from cauce.access.clients import ClientRecord
from cauce.access.ids import new_client_id
from cauce.access.scopes import read_scopes
from cauce.access.tokens import PublicKey
from cauce.app import create_app
from cauce.settings import Settings
from cauce.store import embedded, migrate, roster
from cauce.store.connect import ADMIN, NATION, connect, transaction
from cauce.store.embedded import Cluster
from cauce.store.tables import LogEntry
from cauce_contract import Month, load_all, state_of
from support import used_again
from support.keys import ClientKey

ISSUER = "https://cauce.example"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
STATE_SCOPE = "submissions:write submissions:read indicators:read"


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Client:
    """A registered client with its key; `token` asks for an access token when it needs one."""

    id: str
    key: ClientKey
    centre: Centre
    held: dict[str, str] = field(default_factory=dict)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.centre.clock.now.timestamp())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(16),
        }
        return {name: value for name, value in (claims | changes).items() if value is not ...}

    def assertion(self, **changes: Any) -> str:
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "client-authentication+jwt"}
        return self.key.sign(header, self.claims(**changes))

    async def token(self) -> str:
        if "token" not in self.held:
            answer = await self.centre.ask_for_token(self.assertion())
            assert answer.status_code == 200, answer.text
            self.held["token"] = answer.json()["access_token"]
        return self.held["token"]

    async def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.token()}"}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.centre.http.get(path, headers=await self.headers() | named)

    async def put(
        self, document: dict[str, Any], query: str = "", **headers: str
    ) -> httpx.Response:
        """PUT a document at its own address; If_Match="…" becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"/v1/submissions/{document['programme']}/{document['period']}{query}"
        headers = await self.headers() | named
        return await self.centre.http.put(path, json=document, headers=headers)

    async def accepted(self, document: dict[str, Any], **headers: str) -> dict[str, Any]:
        """The result of a month that must be accepted."""
        answer = await self.put(document, **headers)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    async def replaced(
        self, document: dict[str, Any], code: str = "error", text: str = "Faltaban varias."
    ) -> dict[str, Any]:
        """The result of replacing what stands, whatever it is, for a reason."""
        path = f"/v1/submissions/{document['programme']}/{document['period']}"
        tag = (await self.get(path)).headers["ETag"]
        reason = {"revision_reason": {"code": code, "text": text}}
        return await self.accepted(document | reason, If_Match=tag)

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.centre.http.post(
            path, json=body, headers=await self.headers() | named
        )


@dataclass
class Centre:
    """The application with its clock, database and a client without a network in between."""

    app: FastAPI
    http: httpx.AsyncClient
    clock: Clock
    engine: AsyncEngine
    settings: Settings
    database_url: str
    owner_url: str

    async def programme(
        self,
        programme: str,
        since: str = "2024-01",
        until: str | None = None,
        backfill_until: date | None = date(2030, 1, 1),
    ) -> None:
        """Enter a programme, which may bring its past unless the test says otherwise."""
        last = Month.parse(until) if until else None
        first = Month.parse(since)
        async with transaction(self.engine, ADMIN) as tx:
            state = state_of(programme)
            name = f"Programa {programme}"
            await roster.add(tx, programme, state, name, "court", first, last, backfill_until)

    async def client(self, name: str, scope: str, state: str | None = None) -> Client:
        key = ClientKey()
        scopes = read_scopes(scope, state)
        public = PublicKey.read(key.jwk)
        async with transaction(self.engine, ADMIN) as tx:
            new = ClientRecord(new_client_id(), name, state, scopes)
            await clients.write_untold(tx, new, public, None, self.clock.now)
        return Client(new.id, key, self)

    async def state(self, state: str) -> Client:
        return await self.client(state, STATE_SCOPE, state)

    async def coordinator(self) -> Client:
        return await self.client("coordination", "indicators:read coordination")

    async def entries(self, kind: str) -> list[dict[str, Any]]:
        """What the logs of all states have of this kind, oldest first."""
        statement = select(LogEntry.entry).where(LogEntry.kind == kind)
        async with transaction(self.engine, NATION) as tx:
            rows = await tx.execute(statement.order_by(LogEntry.sequence))
            return [json.loads(entry) for entry in rows.scalars()]

    async def until_somebody_waits(self) -> None:
        """Until a transaction waits for a lock that another one holds."""
        waits = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(30):
            while True:
                async with self.engine.connect() as connection:
                    if (await connection.execute(waits)).scalar_one():
                        return
                await asyncio.sleep(0.01)

    async def ask_for_token(self, assertion: str, **fields: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return await self.http.post("/oauth/token", data=form | fields)


@dataclass
class Databases:
    """A running PostgreSQL from which each test takes a database of its own.

    schema  of the migrated one that they are copies of
    spare   copies that a test is done with, emptied
    """

    cluster: Cluster
    schema: str = ""
    spare: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def fresh(self, *, migrated: bool = True, of: str = "cauce") -> AsyncIterator[str]:
        """The name of a database of one's own meanwhile; `of`: what it is a copy of."""
        is_usual = migrated and of == "cauce"
        if is_usual and self.spare:
            name = self.spare.pop()
        else:
            name = f"t_{secrets.token_hex(6)}"
            template = of if migrated else "template0"
            await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER cauce_owner")
        try:
            yield name
        finally:
            if is_usual and await self._is_empty_again(name):
                self.spare.append(name)
            else:
                await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def execute(self, statement: str, database: str = "postgres") -> None:
        async with self.connected(database) as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def connected(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the superuser."""
        host = str(self.cluster.socket_dir)
        connection = await asyncpg.connect(host=host, user="postgres", database=database)
        try:
            yield connection
        finally:
            await connection.close()

    async def _is_empty_again(self, name: str) -> bool:
        try:
            async with self.connected(name) as connection:
                return await used_again.emptied(connection, self.schema)
        except asyncpg.InvalidCatalogNameError:
            return False


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that other users can pass through: PostgreSQL may have to run as one."""
    path = Path(tempfile.mkdtemp(prefix="cauce-test-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def databases() -> Iterator[Databases]:
    """PostgreSQL for a whole session of tests, with a migrated database to copy from."""
    with scratch() as path, embedded.running(path / "data") as cluster:
        asyncio.run(_migrate(cluster))
        found = Databases(cluster)
        found.schema = asyncio.run(_schema(found))
        yield found


async def _schema(databases: Databases) -> str:
    async with databases.connected("cauce") as connection:
        return await used_again.schema(connection)


async def _migrate(cluster: Cluster) -> None:
    owner, app = (
        connect(cluster.url("cauce_owner"), role=None),
        connect(cluster.url("cauce_app")),
    )
    try:
        await migrate.upgrade(owner)
        await migrate.settle(app, load_all(), "national")
    finally:
        await owner.dispose()
        await app.dispose()


@asynccontextmanager
async def centre(databases: Databases, **changes: Any) -> AsyncIterator[Centre]:
    """A centre on a database of its own; `changes` are settings."""
    with scratch() as path:
        async with databases.fresh() as name:
            settings = Settings(path, None, ISSUER, "127.0.0.1", 8000, **changes)
            clock = Clock()
            url = databases.cluster.url("cauce_app", name)
            owner_url = databases.cluster.url("cauce_owner", name)
            app = create_app(settings, url, clock=clock)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            engine = app.state.running.engine
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
                yield Centre(app, http, clock, engine, settings, url, owner_url)
            await app.state.running.close()


def moved(document: dict[str, Any], programme: str, period: str = "2026-09") -> dict[str, Any]:
    """The same figures of another programme and month."""
    return copy.deepcopy(document) | {"programme": programme, "period": period}


def later(clock: Clock, **step: float) -> None:
    clock.now += timedelta(**step)
