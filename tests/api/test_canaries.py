"""A distinct string in every place of a request is found in nothing that the service writes."""

from __future__ import annotations

import asyncio
import io
import itertools
import logging
import re
import urllib.parse
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import insert

from cauce import log_lines
from cauce.access.caller import SCOPES_ASKED
from cauce.access.scopes import OF_A_STATE, OF_THE_NATION
from cauce.running import RunningDep
from cauce.store.connect import COORDINATION, transaction
from cauce.store.tables import Programme
from support import centre as under_test
from support.centre import ASSERTION_TYPE, STATE_SCOPE, Centre, Client, Databases
from support.interface import REPORTED, Operation, Target, operations, pages
from support.months import steady
from support.people import COOKIE, OURS, form_token, session_of
from support.service import service
from support.serving import request, served

# Those that nothing is refused for, and those each of which it may be.
HEADERS = (
    "Accept",
    "Accept-Language",
    "Cookie",
    "Forwarded",
    "Origin",
    "Referer",
    "Traceparent",
    "User-Agent",
    "X-Forwarded-For",
    "X-Request-Id",
)
DECIDING = ("Content-Encoding", "If-Match", "If-None-Match")
# Where words are kept because they are part of a report or a decision or name a client, and
# ids of assertions, which are their clients' to choose.
KEPT = {"revision", "log_entry", "programme", "client", "enrolment", "used_assertion"}


_FAMILIES = iter("bcdfghjklmnpqrstvwxz")


@dataclass
class Canaries:
    """Distinct strings that are no id of anybody, and where each was planted.

    family  what they have in common, and no others': those of an earlier test may be stored
    """

    family: str = field(default_factory=lambda: f"canario-{next(_FAMILIES)}")
    planted: dict[str, str] = field(default_factory=dict)

    def new(self, place: str) -> str:
        letters = itertools.product("bcdfghjk", repeat=5)
        number = "".join(next(itertools.islice(letters, len(self.planted), None)))
        canary = f"{self.family}{number}"
        self.planted[canary] = place
        return canary

    def found(self, said: str) -> list[str]:
        """The places of those that stand in what was said."""
        seen = set(re.findall(rf"{self.family}[b-k]{{5}}", urllib.parse.unquote(said)))
        return sorted(self.planted[canary] for canary in seen)


@dataclass
class Stage:
    """A centre with a month; its clients may do all that a state, or the nation, may."""

    centre: Centre
    target: Target
    clients: list[Client]
    operations: list[Operation]

    async def may(self, operation: Operation) -> dict[str, str]:
        """The headers of a client that may call it; of nobody where anybody may."""
        of_state = bool(operation.scopes & OF_A_STATE) and operation.id != "acts"
        client = self.clients[0 if of_state else 1]
        return await client.headers() if operation.scopes else {}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def stage(databases: Databases) -> AsyncIterator[Stage]:
    async with under_test.centre(databases) as centre:
        await centre.programme("MX-NLE-01")
        nle = await centre.client("MX-NLE", " ".join(OF_A_STATE), "MX-NLE")
        nation = await centre.client("nation", " ".join(OF_THE_NATION))
        await nle.accepted(steady(REPORTED, "MX-NLE-01"))
        document = (await centre.http.get("/openapi.json")).json()
        target = Target("MX-NLE", nle.id, nle.key.kid)
        yield Stage(centre, target, [nle, nation], list(operations(document)))


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """What the service would write to standard error, at its loudest."""
    written = io.StringIO()
    handler = log_lines.handler()
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def planted(operation: Operation, at: Target, canaries: Canaries) -> Iterator[dict[str, Any]]:
    """Requests to an operation that are as they should be, but for one place each."""
    name = f"{operation.method} {operation.path}"

    def usual() -> dict[str, Any]:
        return operation.request(at)

    yield usual()
    for headers in (HEADERS, *((header,) for header in DECIDING)):
        values = {header: canaries.new(f"{header} of {name}") for header in headers}
        yield usual() | {"headers": values}
    for parameter in (*operation.parameters, canaries.new(f"a parameter of {name}")):
        value = canaries.new(f"{parameter} of {name}")
        if f"{{{parameter}}}" in operation.path:
            whole = usual()
            good = operation.request(at)["url"].split("/")
            index = operation.path.split("/").index(f"{{{parameter}}}")
            url = "/".join([*good[:index], value, *good[index + 1 :]])
            yield whole | {"url": url}
        else:
            yield usual() | {"params": usual()["params"] | {parameter: value}}
    body = usual().get("json")
    if isinstance(body, dict):
        for member in (*body, canaries.new(f"a member of {name}")):
            yield usual() | {"json": body | {member: canaries.new(f"{member} of {name}")}}
            yield usual() | {"json": body | {member: {canaries.new(f"in {member}, {name}"): 1}}}
        yield without_json(usual()) | {
            "content": canaries.new(f"the body of {name}"),
            "headers": {"Content-Type": "application/json"},
        }
        yield without_json(usual()) | {
            "content": "{}",
            "headers": {"Content-Type": canaries.new(f"Content-Type of {name}")},
        }


def without_json(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "json"}


async def rows(stage: Stage, databases: Databases, of: Collection[str] = ()) -> str:
    """Every row of these tables; if none is named, of all but those that words are kept in."""
    await stage.centre.app.state.running.audit.flush()
    name = urllib.parse.urlsplit(stage.centre.database_url).path.removeprefix("/")
    every = (
        "SELECT relname FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    async with databases.connected(name) as connection:
        names = of or {row[0] for row in await connection.fetch(every)} - KEPT
        found = [
            row[0]
            for name in names
            for row in await connection.fetch(f"SELECT {name}::text FROM {name}")  # noqa: S608  ours
        ]
    return "\n".join(found)


@pytest.mark.heavy
async def test_nothing_of_a_request_is_logged_or_comes_back_in_an_error(
    stage: Stage, databases: Databases
) -> None:
    canaries, statuses = Canaries(), set()
    with heard() as log:
        for operation in stage.operations:
            headers = await stage.may(operation)
            for each in planted(operation, stage.target, canaries):
                given = headers | each.pop("headers", {})
                answer = await stage.centre.http.request(**each, headers=given)

                statuses.add(answer.status_code)
                says_nothing_of(canaries, answer)
            token = canaries.new(f"Authorization of {operation.path}")
            nobody = {"Authorization": f"Bearer {token}"}
            asked = operation.request(stage.target)
            says_nothing_of(canaries, await stage.centre.http.request(**asked, headers=nobody))
    assert {200, 201, 400, 404, 415, 422} <= statuses
    assert "GET /v1/indicators/{indicator} 200" in log.getvalue()
    assert canaries.found(log.getvalue()) == []
    assert canaries.found(await rows(stage, databases)) == []
    # Some got as far as to be what coordination decided, so that they were not all turned away.
    assert canaries.found(await rows(stage, databases, KEPT)) != []
    print(f"{len(canaries.planted)} canaries in {len(stage.operations)} operations, 0 found")


def says_nothing_of(canaries: Canaries, answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert canaries.found(str(answer.headers)) == []
    if answer.status_code >= 400:
        assert canaries.found(answer.text) == []


CLAIMS = ("iss", "sub", "aud", "jti", "iat", "exp", "nbf", "scope")
FIELDS = ("grant_type", "client_assertion_type", "client_assertion", "client_id", "scope")


async def test_nothing_of_a_form_or_an_assertion_is_logged_or_kept(
    stage: Stage, databases: Databases
) -> None:
    canaries, centre = Canaries(), stage.centre
    nle = await centre.client("another of MX-NLE", STATE_SCOPE, "MX-NLE")
    header = {"alg": "ES256", "kid": nle.key.kid, "typ": "JWT"}
    assertions = [nle.assertion(**{claim: canaries.new(claim)}) for claim in CLAIMS]
    assertions += [
        nle.key.sign(header | {member: canaries.new(f"header {member}")}, nle.claims())
        for member in ("alg", "kid", "typ", "jku", "x5c", "crit")
    ]
    spent: list[str] = []

    def good() -> dict[str, str]:
        spent.append(nle.assertion())
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": spent[-1],
        }

    with heard() as log:
        for path, more in (("/oauth/token", {}), ("/oauth/revoke", {"token": "x"})):
            issued = await centre.http.post(path, data=good() | more)
            assert issued.status_code == 200
            spent.append(issued.text and issued.json()["access_token"])
            forms = [good() | more | {"client_assertion": each} for each in assertions]
            fields = (*FIELDS, *more, "token_type_hint", canaries.new(f"a field of {path}"))
            forms += [
                good() | more | {name: canaries.new(f"{name} of {path}")} for name in fields
            ]
            for form in forms:
                says_nothing_of(canaries, await centre.http.post(path, data=form))
    said = log.getvalue() + await rows(stage, databases)
    assert "POST /oauth/token 401" in said
    assert canaries.found(said) == []
    assert canaries.found(await rows(stage, databases, {"used_assertion"})) == ["jti"]
    for token in filter(None, (*spent, *assertions)):
        assert not any(part in said for part in token.split(".")[1:])


# What any form of the pages may have in it.
OF_FORMS = ("token", "email", "password", "again", "current", "code", "text", "reason")


async def test_nothing_of_what_a_reader_of_pages_sends_is_logged_or_kept(
    stage: Stage, databases: Databases
) -> None:
    canaries, centre = Canaries(), stage.centre
    walked = list(pages(centre.app))
    assert ("POST", "/sign-out", []) in [(method, path, []) for method, path, _ in walked]
    with heard() as log:
        for method, path, names in walked:
            url = re.sub(r"\{\w+\}", lambda _: canaries.new(f"the path of {path}"), path)  # noqa: B023
            cookie = {"Cookie": f"__Host-cauce={canaries.new(f'the cookie of {path}')}"}
            form = {name: canaries.new(f"{name} of {path}") for name in OF_FORMS}
            data = form if method == "POST" else None
            says_nothing_of(
                canaries,
                await centre.http.request(method, url, headers=OURS | cookie, data=data),
            )
            for name in (*names, canaries.new(f"a parameter of {path}")):
                query = {name: canaries.new(f"{name} of {path}")}
                answer = await centre.http.request(
                    method, url, params=query, headers=OURS, data=data
                )
                says_nothing_of(canaries, answer)
    assert canaries.found(log.getvalue()) == []
    assert canaries.found(await rows(stage, databases)) == []


async def test_nothing_of_what_a_signed_in_reader_sends_is_logged_or_kept(
    stage: Stage, databases: Databases
) -> None:
    canaries, centre = Canaries(), stage.centre
    with heard() as log:
        for method, path, names in pages(centre.app):
            session = {"Cookie": f"{COOKIE}={await session_of(centre)}"}
            token = form_token(await centre.http.get("/account", headers=session))
            url = re.sub(r"\{\w+\}", lambda _: canaries.new(f"the path of {path}"), path)  # noqa: B023
            form = {name: canaries.new(f"{name} of {path}") for name in OF_FORMS}
            query = {name: canaries.new(f"{name} of {path}") for name in names}
            for params in ({}, query):
                data = form | {"token": token} if method == "POST" else None
                answer = await centre.http.request(
                    method, url, params=params, headers=OURS | session, data=data
                )
                says_nothing_of(canaries, answer)
                assert token not in log.getvalue()
            assert session["Cookie"].partition("=")[2] not in log.getvalue()
    assert canaries.found(log.getvalue()) == []
    assert canaries.found(await rows(stage, databases)) == []


async def test_a_fault_is_logged_where_it_happened_and_without_what_it_says(
    stage: Stage,
) -> None:
    """A broken constraint has PostgreSQL name the whole row, and a bug in a parser its text."""
    canaries = Canaries()
    refused, unread = canaries.new("a row that is refused"), canaries.new("a text")

    async def breaks(running: RunningDep, request: Request) -> None:
        if request.query_params["from"] == "1":
            int(unread)
        async with transaction(running.engine, COORDINATION) as tx:
            row = {"id": "MX-NLE-99", "state": "MX-NLE", "kind": "court", "name": refused}
            await tx.execute(insert(Programme).values({**row, "kind": refused}))

    async with served(stage.centre) as listening:
        with heard() as log:
            stage.centre.app.dependency_overrides = dict.fromkeys(SCOPES_ASKED, breaks)
            try:
                answers = [
                    await listening.ask(request("GET", f"/v1/completeness?from={n}", {}))
                    for n in (1, 2)
                ]
            finally:
                stage.centre.app.dependency_overrides = {}

    said = log.getvalue()
    assert [answer.status for answer in answers] == [500, 500]
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in answers)
    assert canaries.found(said + "".join(answer.text for answer in answers)) == []
    for answer in answers:
        assert f"failed with trace {answer.json()['trace_id']}" in said
    assert "builtins.ValueError" in said
    assert "23514 programme_kind_check" in said
    assert "in breaks" in said


@pytest.mark.heavy
async def test_the_process_that_serves_writes_none_of_them(stage: Stage) -> None:
    """`cauce-service serve`, on the same database: all that it writes, started to stopped."""
    canaries = Canaries()
    with service() as running:
        running.more = {"CAUCE_DATABASE_URL": stage.centre.database_url}
        await asyncio.to_thread(running.start)
        async with httpx.AsyncClient(base_url=running.url, timeout=60) as http:
            for operation in stage.operations:
                token = canaries.new(f"Authorization of {operation.path}")
                known = {"Authorization": f"Bearer {token}"}
                # The application is the same as above: this is about what is around it.
                some = itertools.islice(planted(operation, stage.target, canaries), 0, None, 4)
                for each in some:
                    headers = known | each.pop("headers", {})
                    answer = await http.request(**each, headers=headers)
                    says_nothing_of(canaries, answer)
        assert await asyncio.to_thread(running.stop) == 0
        assert "GET /v1/contracts/{version} 200" in running.log
        assert canaries.found(running.log) == []
