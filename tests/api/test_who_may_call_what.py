"""Every operation × every caller × its own state and another answers as the interface declares.

The same with the application's own check gone: PostgreSQL refuses what it would have refused.
"""

from __future__ import annotations

import re
import urllib.parse
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import groupby, product

import httpx
import pytest
from fastapi import Request
from sqlalchemy.exc import DBAPIError

from cauce.access import clients
from cauce.access.caller import SCOPES_ASKED, Caller, authenticated
from cauce.access.scopes import OF_A_STATE, OF_THE_NATION
from cauce.running import RunningDep
from cauce.store.connect import ADMIN, transaction
from support import centre as under_test
from support.centre import ISSUER, STATE_SCOPE, Centre, Databases
from support.interface import BODIES, REPORTED, Operation, Target, operations
from support.months import steady
from support.people import session_of

STATES = ("MX-NLE", "MX-CHH")
# What no operation counts as its own: what calls leave behind by having been made.
ACCOUNTS = {"audit_batch", "audit_entry", "used_assertion", "throttle", "session", "checkpoint"}
# What PostgreSQL says of a row that row-level security keeps out, too.
INSUFFICIENT_PRIVILEGE = "42501"
# Of each state's report, figures and words that stand nowhere else.
SLOTS = {"MX-NLE": 71_000, "MX-CHH": 82_000}
NOTES = {"MX-NLE": "Nota de Nuevo León", "MX-CHH": "Nota de Chihuahua"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller; `client` and `scopes` are none's where nobody is known."""

    name: str
    headers: dict[str, str]
    client: str = ""
    state: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def sees_the_nation(self) -> bool:
        return self.state is None and bool(self.scopes & {"indicators:read", "coordination"})


@dataclass(frozen=True, slots=True)
class Stage:
    """Two states with a month and a client each, everybody who calls, and what can be called.

    marks  of each state: what only its report and its client have in them
    """

    centre: Centre
    kinds: list[Kind]
    targets: dict[str, Target]
    operations: list[Operation]
    marks: dict[str, frozenset[str]]

    async def ask(self, operation: Operation, kind: Kind, at: Target) -> httpx.Response:
        request = operation.request(at)
        return await self.centre.http.request(**request, headers=kind.headers)

    def calls(self) -> Iterator[tuple[Operation, Kind, Target]]:
        """Every operation × caller × state; what names no state is called once.

        A client's own keys are its own state's.
        """
        for operation, kind, state in product(self.operations, self.kinds, STATES):
            at = self.targets[state]
            if kind.client and kind.state == state and operation.is_of_a_client:
                yield operation, kind, Target(state, kind.client, at.kid)
            elif operation.names_a_state or state == others(kind.state):
                yield operation, kind, at


def others(state: str | None) -> str:
    """The other state; for who has none, one of them."""
    return STATES[0] if state != STATES[0] else STATES[1]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stage(databases: Databases) -> AsyncIterator[Stage]:
    async with under_test.centre(databases) as centre:
        targets, marks = {}, {}
        for state in STATES:
            targets[state], marks[state] = await _reported(centre, state)
        document = (await centre.http.get("/openapi.json")).json()
        yield Stage(centre, await _kinds(centre), targets, list(operations(document)), marks)


async def _reported(centre: Centre, state: str) -> tuple[Target, frozenset[str]]:
    await centre.programme(f"{state}-01")
    client = await centre.state(state)
    month = steady(REPORTED, f"{state}-01", capacity_slots=SLOTS[state])
    month["measures"]["active_close"]["note"] = NOTES[state]
    month["measures"]["active_close"]["status"] = "series_break"
    accepted = await client.accepted(month)
    marks = {NOTES[state], str(SLOTS[state]), client.id, client.key.kid}
    marks |= {str(sum(SLOTS.values())), accepted["content_digest"], accepted["receipt"]}
    return Target(state, client.id, client.key.kid), frozenset(marks)


async def _kinds(centre: Centre) -> list[Kind]:
    kinds = [
        Kind("nobody", {}),
        Kind("no token of ours", {"Authorization": "Bearer e30.e30.e30"}),
        await _revoked(centre),
        await _signed_in(centre),
    ]
    for state, scopes in ((None, OF_THE_NATION), *((state, OF_A_STATE) for state in STATES)):
        for scope in sorted(scopes):
            name = f"{state or 'nation'} {scope}"
            client = await centre.client(name, scope, state)
            kinds.append(
                Kind(name, await client.headers(), client.id, state, frozenset({scope}))
            )
    return kinds


async def _revoked(centre: Centre) -> Kind:
    client = await centre.client("revoked", STATE_SCOPE, STATES[0])
    headers = await client.headers()
    async with transaction(centre.engine, ADMIN) as tx:
        record = await clients.find(tx, client.id)
        assert record
        assert await clients.revoke(tx, record, "test", centre.clock.now)
    centre.app.state.running.revocations.forget()
    return Kind("a revoked client", headers)


async def _signed_in(centre: Centre) -> Kind:
    """A coordinator at the dashboard, whose cookie the interface does not look at."""
    cookie = {"Cookie": f"__Host-cauce={await session_of(centre)}"}
    page = await centre.http.get("/", headers=cookie)
    assert 'class="cards"' in page.text
    return Kind("signed in at the dashboard", cookie)


def refused_with(operation: Operation, kind: Kind, at: Target) -> set[int]:
    """The statuses that the declaration allows for a refusal; empty where it lets in."""
    if not operation.scopes:
        return set()
    if not kind.client:
        return {401}
    if not kind.scopes & operation.scopes:
        return {403}
    if operation.is_of_a_client and kind.client != at.client_id and "admin" not in kind.scopes:
        return {404}
    if kind.state not in (None, at.state) and operation.names_a_state:
        # Reading what has an address of its own is answered as if there were none.
        has_address = operation.method == "GET" and "programme}" in operation.path
        return {404} if has_address else {403}
    return set()


async def rows(stage: Stage, databases: Databases) -> dict[str, list[str]]:
    """Every row of every table, as its superuser reads it; but for what any call leaves."""
    name = urllib.parse.urlsplit(stage.centre.database_url).path.removeprefix("/")
    tables = (
        "SELECT relname FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    async with databases.connected(name) as connection:
        names = {row[0] for row in await connection.fetch(tables)} - ACCOUNTS
        return {
            name: sorted(
                row[0]
                for row in await connection.fetch(f"SELECT {name}::text FROM {name}")  # noqa: S608  ours
            )
            for name in names
        }


def leaks(answer: httpx.Response, marks: frozenset[str]) -> list[str]:
    """Those of the marks that stand in an answer, as words of their own."""
    said = f"{answer.text}\n{answer.headers}"
    return [mark for mark in marks if re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", said)]


async def test_every_operation_with_a_body_is_tried_with_one(stage: Stage) -> None:
    with_a_body = {each.id for each in stage.operations if each.media == "application/json"}

    assert with_a_body == BODIES.keys()


async def test_what_another_state_has_reads_byte_for_byte_as_what_it_has_not(
    stage: Stage,
) -> None:
    """MX-CHH has reported October and no August, which MX-NLE must not be able to tell."""
    there, absent = REPORTED, "2026-08"
    kinds = {each.name: each for each in stage.kinds}
    reading = [
        each
        for each in stage.operations
        if each.method == "GET" and "submissions/{programme}" in each.path
    ]
    assert len(reading) >= 5
    for operation, scope in product(reading, sorted(OF_A_STATE)):
        kind = kinds[f"MX-NLE {scope}"]
        request = operation.request(stage.targets["MX-CHH"])
        answers = []
        for period in (there, absent):
            url = request["url"].replace(there, period)
            answers.append(
                await stage.centre.http.request(**request | {"url": url}, headers=kind.headers)
            )
        assert told(answers[0]) == told(answers[1]), operation


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """An answer without the names of its request, its count and its language's header."""
    trace = answer.json()["trace_id"].encode()
    own = ("x-ratelimit", "ratelimit")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if not name.lower().startswith(own)
    }
    return answer.status_code, headers, answer.content.replace(trace, b"")


@dataclass(frozen=True, slots=True)
class Unchecked(Caller):
    """A caller whom the application lets do anything."""

    def require(self, *scopes: object) -> None:
        pass

    def speaks_for(self, state: str) -> None:
        pass


async def unchecked(request: Request, running: RunningDep) -> Caller:
    token = request.headers["authorization"].removeprefix("Bearer ")
    found = authenticated(token, running.keys, running.settings.issuer, running.clock())
    return Unchecked(found.client, found.state, found.scopes, found.key, found.token)


async def _asked_of_the_wall(
    stage: Stage, operation: Operation, kind: Kind, at: Target
) -> httpx.Response:
    """The answer; what the application does not expect, such as a refusal there, is raised."""
    whole = httpx.ASGITransport(stage.centre.app)
    async with httpx.AsyncClient(transport=whole, base_url=ISSUER) as http:
        return await http.request(**operation.request(at), headers=kind.headers)


@pytest.mark.heavy
async def test_with_the_applications_check_gone_the_database_refuses_the_same(
    stage: Stage, databases: Databases
) -> None:
    before = await rows(stage, databases)
    asked_for = [
        (operation, kind, at)
        for operation, kind, at in stage.calls()
        if kind.client and kind.state != at.state and refused_with(operation, kind, at)
    ]
    outcomes: Counter[str] = Counter()
    let_through: set[str] = set()
    stage.centre.app.dependency_overrides = dict.fromkeys(SCOPES_ASKED, unchecked)
    try:
        for of_one, calls in groupby(asked_for, key=lambda call: call[0]):
            for operation, kind, at in calls:
                try:
                    answer = await _asked_of_the_wall(stage, operation, kind, at)
                except DBAPIError as fault:
                    outcomes[f"SQLSTATE {getattr(fault.orig, 'sqlstate', '')}"] += 1
                    continue

                outcomes[f"{answer.status_code // 100}xx"] += 1
                assert answer.status_code < 500, (operation.path, kind.name, answer.text)
                if answer.is_success:
                    let_through.add(kind.name)
                if not kind.sees_the_nation:
                    call = (operation.path, kind.name, at.state, answer.text)
                    assert leaks(answer, stage.marks[at.state]) == [], call
            assert await rows(stage, databases) == before, of_one
    finally:
        stage.centre.app.dependency_overrides = {}
    assert let_through == {kind.name for _, kind, _ in asked_for}
    assert outcomes.keys() == {"2xx", "4xx", f"SQLSTATE {INSUFFICIENT_PRIVILEGE}"}
    print(
        f"without the application's check: {len(asked_for)} calls that it refuses,"
        f" {dict(outcomes)}, 0 rows of another state read or written"
    )


async def test_no_cache_gives_one_caller_what_another_was_answered(stage: Stage) -> None:
    guarded = {each.id for each in stage.operations if each.method == "GET" and each.scopes}
    told: set[str] = set()
    for operation, kind, at in stage.calls():
        if operation.id not in guarded - told or refused_with(operation, kind, at):
            continue
        answer = await stage.ask(operation, kind, at)
        if answer.status_code == 200:
            told.add(operation.id)
            assert answer.headers["Cache-Control"] == "private, no-cache", operation
            assert "Authorization" in answer.headers["Vary"].split(", "), operation

    assert told == guarded


@pytest.mark.heavy
async def test_every_operation_answers_every_caller_about_every_state_as_declared(
    stage: Stage, databases: Databases
) -> None:
    """The last test of the stage: what is let in changes it."""
    before = await rows(stage, databases)
    refused = [call for call in stage.calls() if refused_with(*call)]
    for operation, kind, at in refused:
        answer = await stage.ask(operation, kind, at)

        call = (operation.method, operation.path, kind.name, at.state, answer.text)
        assert answer.status_code in refused_with(operation, kind, at), call
        assert answer.headers["Content-Type"] == "application/problem+json"
        about = at.state if kind.state != at.state else others(at.state)
        assert leaks(answer, stage.marks[about]) == [], call
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        elif not kind.scopes & operation.scopes:
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert await rows(stage, databases) == before

    let_in = [call for call in stage.calls() if not refused_with(*call)]
    for operation, kind, at in let_in:
        answer = await stage.ask(operation, kind, at)

        call = (operation.method, operation.path, kind.name, at.state, answer.text)
        assert answer.status_code not in (401, 403), call
        assert answer.status_code < 500, call
        if kind.state:
            assert leaks(answer, stage.marks[others(kind.state)]) == [], call
    assert len(refused) + len(let_in) == len(list(stage.calls()))
    print(
        f"{len(stage.operations)} operations × {len(stage.kinds)} callers ×"
        f" {len(STATES)} states: {len(refused)} refused, {len(let_in)} let in, 0 leaks"
    )
