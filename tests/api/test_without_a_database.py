"""While PostgreSQL is away every operation and page says to come back, and none fails."""

from __future__ import annotations

import urllib.parse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cauce.access.scopes import OF_A_STATE, OF_THE_NATION
from support import centre as under_test
from support.centre import Centre, Databases
from support.interface import Target, operations
from support.people import COOKIE, OURS

# What is answered out of memory, or before anything is looked up.
WITHOUT = {
    "contracts",
    "contract",
    "contracts_diff",
    "contract_schema",
    "contract_page",
    "jwks",
    "livez",
    "oauth_metadata",
    "problem",
    "validate",
}


@asynccontextmanager
async def away(centre: Centre, databases: Databases) -> AsyncIterator[None]:
    """The database is gone meanwhile; an empty one is there afterwards."""
    name = urllib.parse.urlsplit(centre.database_url).path.removeprefix("/")
    await databases.execute(f"DROP DATABASE {name} WITH (FORCE)")
    try:
        yield
    finally:
        await databases.execute(f"CREATE DATABASE {name} TEMPLATE cauce OWNER cauce_owner")


async def test_every_operation_says_when_to_come_back(databases: Databases) -> None:
    async with under_test.centre(databases) as centre:
        await centre.programme("MX-NLE-01")
        nle = await centre.client("MX-NLE", " ".join(OF_A_STATE), "MX-NLE")
        nation = await centre.client("nation", " ".join(OF_THE_NATION))
        at = Target("MX-NLE", nle.id, nle.key.kid)
        of_state, of_nation = await nle.headers(), await nation.headers()
        document = (await centre.http.get("/openapi.json")).json()
        answered = set()
        async with away(centre, databases):
            for operation in operations(document):
                known = of_state if operation.scopes & OF_A_STATE else of_nation
                if operation.media == "application/x-www-form-urlencoded":
                    continue
                answer = await centre.http.request(**operation.request(at), headers=known)

                if answer.status_code < 500:
                    answered.add(operation.id)
                    continue
                assert answer.status_code == 503, (operation, answer.text)
                assert int(answer.headers["Retry-After"]) > 0, operation
                if operation.id != "readyz":
                    assert answer.headers["Content-Type"] == "application/problem+json"
                    assert answer.json()["type"] == "/problems/unavailable"
            for path, more in (("token", {}), ("revoke", {"token": nle.held["token"]})):
                form = {"client_assertion_type": under_test.ASSERTION_TYPE} | more
                form |= {"grant_type": "client_credentials"}
                form["client_assertion"] = nle.assertion()
                answer = await centre.http.post(f"/oauth/{path}", data=form)
                assert (answer.status_code, answer.json()["type"]) == (
                    503,
                    "/problems/unavailable",
                )
                assert int(answer.headers["Retry-After"]) > 0
        assert answered == WITHOUT
        assert (await centre.http.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/sign-in/code"), ("GET", "/account"), ("POST", "/sign-out")],
)
async def test_a_page_says_when_to_come_back(
    method: str, path: str, databases: Databases
) -> None:
    async with under_test.centre(databases) as centre, away(centre, databases):
        cookie = {"Cookie": f"{COOKIE}=a-session-of-somebody"}
        answer = await centre.http.request(method, path, headers=OURS | cookie)

        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await centre.http.get("/sign-in")).status_code == 200  # asks for nothing yet
