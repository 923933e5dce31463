"""Every operation that takes a body has the same door as a report's."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from support.centre import Client, Databases
from support.door import Door, logged, says_nothing_of_canaries, standing
from support.hostile_bodies import CANARY, CURP, JSON, UNREADABLE, UNTAKEN
from support.serving import Answer, chunked, head, request

MONTH = "/v1/submissions/{programme}/{period}"
# Who may call it; None: anybody.
OPERATIONS: dict[str, str | None] = {
    f"PUT {MONTH}": "nle",
    f"POST {MONTH}/explanations": "nle",
    f"POST {MONTH}/extension-requests": "nle",
    f"POST {MONTH}/return": "nation",
    f"PUT {MONTH}/waiver": "nation",
    f"POST {MONTH}/waiver/withdrawal": "nation",
    f"POST {MONTH}/extensions": "nation",
    "PUT /v1/programmes/{programme}": "nation",
    "PUT /v1/calendar/{period}": "nation",
    "POST /v1/clients": "admin",
    "POST /v1/enrolment-links": "admin",
    "POST /v1/clients/{client_id}/keys": "nle",
    "POST /v1/enrolments": None,
    "POST /v1/validate": None,
}
GUARDED = [operation for operation, who in OPERATIONS.items() if who]

NO_OBJECTS = ("[]", "[{}]", "1", "1e999", '"x"', "null", "true", f'"{CANARY}"')
# Stand where a member's value should: JSON all of it, but for no member of any body of ours.
VALUES = {
    "1e999": "1e999",
    "2^63": str(2**63),
    "500 digits": "9" * 500,
    "a fraction": "0.5",
    "null": "null",
    "true": "true",
    "a list": "[]",
    "lists inside lists": "[" * 60 + "]" * 60,
    "an object": "{}",
    "a person's object": json.dumps({CURP: CANARY}),
    "a list of persons": json.dumps([CANARY] * 20),
    "an empty text": '""',
    "blanks": '" \\n\\t "',
    "a long text": json.dumps("x" * 5000),
    "a text that grows": json.dumps("ﷺ" * 100),
    "control characters": json.dumps(f"\x1b[2J{CANARY}"),
    "a person": json.dumps(CANARY),
    "SQL": json.dumps(f"'; DROP TABLE month; --{CURP}"),
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def door(databases: Databases) -> AsyncIterator[Door]:
    """One for the whole module: nothing that a test sends is stored."""
    async with standing(databases) as found:
        yield found


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture(autouse=True)
def _a_minute_later(door: Door) -> None:
    """Anybody may ask 60 times a minute; by then tokens are old."""
    door.centre.clock.now += timedelta(minutes=1)
    for client in (door.nle, door.chh, door.nation, door.admin):
        client.held.clear()


def _line(door: Door, operation: str) -> tuple[str, str]:
    """Method and address of an operation."""
    method, path = operation.split()
    named = {"programme": "MX-NLE-01", "period": "2026-09", "client_id": door.nle.id}
    return method, path.format(**named)


async def _who(door: Door, operation: str) -> dict[str, str]:
    who = OPERATIONS[operation]
    client: Client | None = getattr(door, who) if who else None
    return await client.headers() if client else {}


async def _send(
    door: Door, operation: str, body: bytes, headers: dict[str, str] = JSON
) -> Answer:
    named = await _who(door, operation) | headers
    return await door.served.ask(request(*_line(door, operation), named, body))


async def test_no_operation_with_a_body_is_forgotten(door: Door) -> None:
    described = (await door.centre.http.get("/openapi.json")).json()["paths"]
    having = {
        f"{method.upper()} {path}"
        for path, methods in described.items()
        for method, said in methods.items()
        if "application/json" in said.get("requestBody", {}).get("content", {})
    }

    assert having == OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_not_json_is_refused_and_forgotten(
    operation: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    for fault, body in UNREADABLE.items():
        answer = await _send(door, operation, body)

        expected = {(400, "not-json")}
        if len(body) > 10_000:  # more than some operations take
            expected.add((413, "body-too-large"))
        assert (answer.status, answer.problem) in expected, fault
        says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_no_such_body_is_refused_with_a_place_and_not_repeated(
    operation: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    method, path = operation.split()
    described = (await door.centre.http.get("/openapi.json")).json()["paths"][path]
    schema = described[method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    members = schema.get("properties", {"measures": {}})
    bodies = [text.encode() for text in (*NO_OBJECTS, "{}", json.dumps({CURP: CANARY}))]
    for text in VALUES.values():
        whole = ", ".join(f'"{member}": {text}' for member in members)
        bodies.append(f"{{{whole}}}".encode())

    for body in bodies:
        answer = await _send(door, operation, body)

        least = 400 if operation in GUARDED else 200  # anybody may have anything checked
        assert least <= answer.status < 500, body[:100]
        # A list of months is what has no errors: they are about a month's members.
        for error in answer.json().get("errors", []):
            assert error["message"]
            assert error["pointer"] == "" or error["pointer"].startswith("/")
        says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_only_plain_json_is_read(operation: str, door: Door) -> None:
    for fault, headers in UNTAKEN.items():
        answer = await _send(door, operation, b"{}", headers)

        assert (answer.status, answer.problem) == (415, "unsupported-media-type"), fault


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_body_that_is_too_large_is_not_read_to_its_end(
    operation: str, door: Door
) -> None:
    for spelled in (request, chunked):
        data = spelled(
            *_line(door, operation), await _who(door, operation) | JSON, b" " * 5_000_000
        )
        answer = await door.served.ask(data)

        assert (answer.status, answer.problem) == (413, "body-too-large")
        assert answer.headers["connection"] == "close"


async def test_a_body_that_does_not_come_is_given_up_wherever_it_is_sent(door: Door) -> None:
    announced = JSON | {"Content-Length": "90"}
    begun = [
        head(*_line(door, operation), await _who(door, operation) | announced) + b"{"
        for operation in OPERATIONS
    ]
    answers = await asyncio.gather(*map(door.served.ask, begun))

    assert {(answer.status, answer.problem) for answer in answers} == {(408, "body-too-slow")}


@pytest.mark.parametrize("operation", GUARDED)
async def test_who_may_not_send_is_told_before_the_body_is_read(
    operation: str, door: Door
) -> None:
    announced = JSON | {"Content-Length": "5000"}
    nobody = await door.served.ask(head(*_line(door, operation), announced))
    other = door.chh if OPERATIONS[operation] == "nle" else door.nle
    another = await door.served.ask(
        head(*_line(door, operation), announced | await other.headers())
    )

    assert (nobody.status, nobody.problem) == (401, "unauthenticated")
    assert another.status in (403, 404)
