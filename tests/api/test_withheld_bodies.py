"""Who is revoked while the body of a request is still to come does nothing with it any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlencode

import pytest
from sqlalchemy import delete, select

from cauce.store.connect import ACCESS, NATION, transaction
from cauce.store.tables import LogEntry, Session
from support.centre import STATE_SCOPE, Centre, Client
from support.interface import BODIES, REPORTED, Target, operations
from support.months import steady
from support.people import OURS, form_token, sign_in

UNAUTHENTICATED = "/problems/unauthenticated"
STATE = "MX-NLE"
PAGE = f"/months/{STATE}-01/{REPORTED}"


@pytest.fixture
async def centre_(centre: Centre) -> Centre:
    """With a month that stands."""
    await centre.programme(f"{STATE}-01")
    await (await centre.state(STATE)).accepted(steady(REPORTED, f"{STATE}-01"))
    return centre


async def test_no_operation_looks_at_what_a_client_sent_who_was_revoked_meanwhile(
    centre_: Centre,
) -> None:
    admin = await centre_.client("administration", "admin")
    document = (await centre_.http.get("/openapi.json")).json()
    asked = [each for each in operations(document) if each.media and each.scopes]
    assert {each.id for each in asked} == set(BODIES) - {"enrol", "validate"}

    for number, operation in enumerate(asked):
        of_a_state = bool(operation.scopes & set(STATE_SCOPE.split()))
        scopes = STATE_SCOPE if of_a_state else " ".join(operation.scopes)
        client = await centre_.client(f"n{number}", scopes, STATE if of_a_state else None)
        headers = await client.headers() | {"Content-Type": operation.media}
        request = operation.request(Target(STATE, client.id, client.key.kid))
        sent = json.dumps(request.pop("json")).encode()
        before = await everything(centre_)

        async def revoke(client: Client = client) -> None:
            gone = await centre_.http.delete(
                f"/v1/clients/{client.id}", headers=await admin.headers()
            )
            assert gone.status_code == 200, gone.text

        answer = await centre_.http.request(
            **request, content=_withheld(sent, revoke), headers=headers
        )

        assert (answer.status_code, answer.json()["type"]) == (401, UNAUTHENTICATED)
        assert await everything(centre_) == [*before, "client_revocation"]


async def test_no_form_is_taken_of_a_session_that_ended_meanwhile(centre_: Centre) -> None:
    await sign_in(centre_)
    form = {"token": form_token(await centre_.http.get(PAGE)), "code": "incomplete"}
    sent = urlencode(form | {"text": "Faltan las audiencias.", "revision": "1"}).encode()

    async def end_all() -> None:
        async with transaction(centre_.engine, ACCESS) as tx:
            await tx.execute(delete(Session))

    answer = await centre_.http.post(
        f"{PAGE}/return",
        content=_withheld(sent, end_all),
        headers=OURS | {"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 403
    assert await centre_.entries("return") == []


async def everything(centre: Centre) -> list[str]:
    """The kinds of all entries of all logs, in order."""
    statement = select(LogEntry.kind).order_by(LogEntry.sequence)
    async with transaction(centre.engine, NATION) as tx:
        return [str(kind) for kind in (await tx.execute(statement)).scalars()]


def _withheld(body: bytes, meanwhile: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
    async def parts() -> AsyncIterator[bytes]:
        yield body[:1]
        await meanwhile()
        yield body[1:]

    return parts()
