"""What each answer becomes for a program, and when a request is sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cauce_client import (
    AlreadyReported,
    CauceError,
    ContractViolation,
    Misconfigured,
    NotAllowed,
    Overtaken,
    Refused,
    ServiceFault,
    Unavailable,
    Unrecognised,
)
from cauce_client.answers import Answer
from cauce_client.retry import ATTEMPTS, LONGEST_WAIT, pause

VIOLATION = {
    "type": "/problems/contract-violation",
    "title": "El reporte no cumple el contrato",
    "status": 422,
    "detail": "Se listan todos los hallazgos.",
    "trace_id": "4bf9",
    "error_count": 1,
    "errors": [
        {
            "rule": "H01_balance",
            "severity": "error",
            "pointer": "/measures/active_close/value",
            "message": "No cuadra.",
            "expected": 44,
            "actual": 43,
        }
    ],
}


def answer(status: int, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode())


def error(given: Answer) -> CauceError:
    with pytest.raises(CauceError) as caught:
        given.json()
    return caught.value


@pytest.mark.parametrize(
    ("status", "slug", "kind"),
    [
        (400, "not-json", Refused),
        (401, "unauthenticated", Unrecognised),
        (403, "not-your-state", NotAllowed),
        (404, "no-submission", Refused),
        (408, "body-too-slow", Unavailable),
        (409, "not-on-roster", Refused),
        (412, "precondition-failed", Overtaken),
        (422, "contract-violation", ContractViolation),
        (422, "bad-query", Refused),
        (428, "precondition-required", AlreadyReported),
        (429, "too-many", Unavailable),
        (500, "internal-error", ServiceFault),
        (502, "", Unavailable),
        (503, "unavailable", Unavailable),
        (504, "", Unavailable),
    ],
)
def test_an_error_is_sorted_by_what_to_do_next(
    status: int, slug: str, kind: type[CauceError]
) -> None:
    assert type(error(answer(status, {"type": f"/problems/{slug}"}))) is kind


def test_a_violation_lists_every_fault_with_its_place() -> None:
    refused = error(answer(422, VIOLATION))

    assert isinstance(refused, ContractViolation)
    (fault,) = refused.problem.faults
    assert (fault.rule, fault.place) == ("H01_balance", "/measures/active_close/value")
    assert refused.problem.json == VIOLATION
    assert str(refused) == (
        "El reporte no cumple el contrato: Se listan todos los hallazgos.\n"
        "  /measures/active_close/value: No cuadra."
    )


def test_a_query_s_fault_is_placed_at_its_parameter() -> None:
    faults = [{"rule": "not_a_month", "severity": "error", "parameter": "from", "message": "x"}]
    refused = error(answer(422, {"type": "/problems/bad-query", "errors": faults}))
    assert isinstance(refused, Refused)
    assert refused.problem.faults[0].place == "from"


def test_a_token_s_refusal_is_read_as_the_problem_that_it_is() -> None:
    refused = error(answer(401, {"error": "invalid_client", "error_description": "no"}))
    assert isinstance(refused, Unrecognised)
    assert refused.problem.slug == "invalid_client"


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[1]", b'{"errors": 7}', b"\xff", b"null"]
)
def test_what_a_proxy_says_is_an_error_too(content: bytes) -> None:
    refused = error(Answer(404, {}, content))
    assert isinstance(refused, Refused)
    assert str(refused) == "HTTP 404"


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"a": 1, "a": 2}'])
def test_a_success_that_is_no_object_is_the_service_s_fault(content: bytes) -> None:
    assert isinstance(error(Answer(200, {}, content)), ServiceFault)


def test_a_redirect_says_where_to_and_is_not_followed() -> None:
    elsewhere = "https://other.example/v1"
    found = error(answer(307, None, location=elsewhere))
    assert isinstance(found, Misconfigured)
    assert elsewhere in str(found)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [({"retry_after": "7"}, 7), ({}, None), ({"retry_after": "Fri, 31 Dec"}, None)],
)
def test_the_wait_that_the_service_asks_for_is_known(
    header: dict[str, Any], seconds: int | None
) -> None:
    found = error(answer(503, None, **header))
    assert isinstance(found, Unavailable)
    assert found.retry_after == seconds


def test_waits_double_and_are_spread_by_chance() -> None:
    assert [pause(attempt, None, 1) for attempt in (1, 2, 3)] == [0.5, 1, 2]
    assert [pause(attempt, None, 0) for attempt in (1, 2, 3)] == [0.25, 0.5, 1]


def test_after_a_few_attempts_it_gives_up() -> None:
    assert pause(ATTEMPTS, None, 0.5) is None
    assert pause(ATTEMPTS, 1, 0.5) is None


@pytest.mark.parametrize("chance", [0, 0.5, 1])
def test_it_never_comes_back_before_the_service_asked(chance: float) -> None:
    asked = 8
    wait = pause(1, asked, chance)
    assert wait is not None
    assert asked <= wait <= asked * 1.25


def test_nobody_is_kept_waiting_longer_than_bearable() -> None:
    assert pause(1, LONGEST_WAIT + 1, 0) is None
