"""What goes over the wire: tokens, what is sent again, pages; only the transport is ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from cauce_client import (
    AlreadyReported,
    Cauce,
    Misconfigured,
    PrivateKey,
    ServiceFault,
    Submission,
    Unavailable,
    Unrecognised,
)

URL = "https://cauce.example"
MONTH = {"contract": "1.0.0", "programme": "MX-NLE-01", "period": "2026-09", "measures": {}}
RESULT = {
    "programme": "MX-NLE-01",
    "state": "MX-NLE",
    "period": "2026-09",
    "contract": "1.0.0",
    "revision": 2,
    "changed": True,
    "status": "accepted",
    "received_at": "2026-10-04T16:20:11Z",
    "timeliness": "on_time",
    "content_digest": "sha-256:00",
    "warnings": [],
    "flags": [],
    "needs_correction": ["2026-10"],
    "receipt": "a.b.c",
    "a member of next year": 1,
}
NOTHING: dict[str, Any] = {"items": [], "next": None}

Reply = httpx.Response | Exception


@dataclass
class Wire:
    """A transport that gives out tokens, and scripted answers for everything else."""

    replies: list[Reply]
    issuer: str = URL
    life: int = 600  # seconds that a token lives
    asked: list[httpx.Request] = field(default_factory=list)
    tokens: list[httpx.Request] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)  # what each was authorised with

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"], "a request that may hang for ever"
        if request.url.path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json={"issuer": self.issuer})
        if request.url.path == "/oauth/token":
            self.tokens.append(request)
            token = f"token-{len(self.tokens)}"
            return httpx.Response(200, json={"access_token": token, "expires_in": self.life})
        self.asked.append(request)
        self.proofs.append(request.headers.get("authorization", "nothing"))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def ok(body: object = RESULT, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def busy(status: int = 503) -> httpx.Response:
    return httpx.Response(status, headers={"Retry-After": "0"})


@pytest.fixture
def connect() -> Callable[..., tuple[Cauce, Wire]]:
    def connected(*replies: Reply, **changes: Any) -> tuple[Cauce, Wire]:
        wire = Wire(list(replies), **changes)
        return Cauce(URL, "cl_1", PrivateKey.new(), httpx.MockTransport(wire)), wire

    return connected


Connect = Callable[..., tuple[Cauce, Wire]]


def test_one_token_serves_many_calls(connect: Connect) -> None:
    cauce, wire = connect(ok(), ok())

    cauce.submit(MONTH)
    cauce.submission("MX-NLE-01", "2026-09")

    assert wire.proofs == ["Bearer token-1", "Bearer token-1"]
    (form,) = [parse_qs(request.content.decode()) for request in wire.tokens]
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == [
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    ]
    assert form.keys() == {"grant_type", "client_assertion_type", "client_assertion"}


def test_a_token_is_renewed_before_it_ends(connect: Connect) -> None:
    cauce, wire = connect(ok(), ok(), life=29)

    cauce.submit(MONTH)
    cauce.submit(MONTH)

    assert wire.proofs == ["Bearer token-1", "Bearer token-2"]


def test_a_401_is_answered_with_a_new_token_once(connect: Connect) -> None:
    cauce, wire = connect(httpx.Response(401), ok())
    assert cauce.submit(MONTH).revision == 2
    assert wire.proofs == ["Bearer token-1", "Bearer token-2"]
    assert wire.asked[0].content == wire.asked[1].content

    cauce, wire = connect(httpx.Response(401), httpx.Response(401))
    with pytest.raises(Unrecognised):
        cauce.submit(MONTH)
    assert len(wire.asked) == 2


def test_no_assertion_is_made_for_a_service_that_names_another(connect: Connect) -> None:
    cauce, wire = connect(ok(), issuer="https://true.example")
    with pytest.raises(Misconfigured, match=r"https://true\.example"):
        cauce.submit(MONTH)
    assert not wire.tokens
    assert not wire.asked


def test_what_is_public_needs_no_token(connect: Connect) -> None:
    cauce, wire = connect(
        ok({"items": [{"programme": "MX-NLE-01"}], "next": None}), ok(NOTHING)
    )

    assert cauce.programmes(at="2026-09") == [{"programme": "MX-NLE-01"}]
    assert cauce.contracts() == []

    assert wire.proofs == ["nothing", "nothing"]
    assert not wire.tokens


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("nothing came"),
        httpx.RemoteProtocolError("hung up"),
        busy(503),
        busy(429),
        busy(502),
    ],
    ids=str,
)
def test_a_month_whose_answer_was_lost_is_sent_again(lost: Reply, connect: Connect) -> None:
    cauce, wire = connect(lost, ok())

    assert cauce.submit(MONTH).receipt == "a.b.c"

    first, second = wire.asked
    assert (first.method, first.url, first.content) == (
        second.method,
        second.url,
        second.content,
    )


def test_it_gives_up_after_a_few_attempts(connect: Connect) -> None:
    cauce, wire = connect(*[busy() for _ in range(9)])
    with pytest.raises(Unavailable):
        cauce.submit(MONTH)
    assert len(wire.asked) == 4


def test_a_long_wait_is_left_to_the_caller(connect: Connect) -> None:
    cauce, wire = connect(httpx.Response(429, headers={"Retry-After": "3600"}), ok())
    with pytest.raises(Unavailable) as caught:
        cauce.submit(MONTH)
    assert caught.value.retry_after == 3600
    assert len(wire.asked) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 415, 422, 428, 500, 501])
def test_a_decision_is_not_asked_for_twice(status: int, connect: Connect) -> None:
    cauce, wire = connect(httpx.Response(status), ok())
    with pytest.raises(Exception, match=str(status)):
        cauce.submit(MONTH)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("elsewhere", ["https://other.example/x", "/v1/elsewhere"])
def test_a_redirect_is_not_followed(elsewhere: str, connect: Connect) -> None:
    cauce, wire = connect(httpx.Response(307, headers={"Location": elsewhere}), ok())
    with pytest.raises(Misconfigured):
        cauce.submit(MONTH)
    assert [request.url.host for request in wire.asked] == ["cauce.example"]
    assert len(wire.asked) == 1


def test_a_first_report_claims_to_replace_nothing(connect: Connect) -> None:
    cauce, wire = connect(httpx.Response(428))
    with pytest.raises(AlreadyReported):
        cauce.submit(MONTH)
    (request,) = wire.asked
    assert "if-match" not in request.headers
    assert (request.method, request.url.path) == ("PUT", "/v1/submissions/MX-NLE-01/2026-09")
    assert json.loads(request.content) == MONTH


def test_a_replacement_names_what_it_replaces(connect: Connect) -> None:
    cauce, wire = connect(ok(ETag='"1-ab"'), ok(ETag='"2-cd"'), ok())

    assert cauce.submit(MONTH, replace=True).etag == '"2-cd"'
    cauce.submit(MONTH, replace='"2-cd"')

    assert [request.method for request in wire.asked] == ["GET", "PUT", "PUT"]
    assert wire.asked[1].headers["if-match"] == '"1-ab"'
    assert wire.asked[2].headers["if-match"] == '"2-cd"'


def test_a_result_is_read_and_keeps_what_is_new(connect: Connect) -> None:
    cauce, _ = connect(ok(status=201, ETag='"2-cd"'))

    accepted = cauce.submit(MONTH)

    assert isinstance(accepted, Submission)
    assert accepted.is_changed
    assert accepted.received_at.isoformat() == "2026-10-04T16:20:11+00:00"
    assert accepted.needs_correction == ("2026-10",)
    assert accepted.json == RESULT


def test_a_dry_run_asks_for_one(connect: Connect) -> None:
    difference = {"pointer": "/measures/declined/value", "before": None, "after": 2}
    told = {"content_digest": "sha-256:00", "warnings": [], "differences": [difference]}
    cauce, wire = connect(ok(told))

    answer = cauce.dry_run(MONTH)

    assert wire.asked[0].url.query == b"dry_run=true"
    assert (answer.differences[0].before, answer.differences[0].after) == (None, 2)


def test_a_document_without_an_address_is_not_sent(connect: Connect) -> None:
    cauce, wire = connect(ok())
    for document in ({}, {"programme": "MX-NLE-01"}, {"programme": 1, "period": "2026-09"}):
        for replace in (False, True):
            with pytest.raises(ValueError, match="programme and its period"):
                cauce.submit(document, replace=replace)
    assert not wire.asked


def figure(period: str, **more: Any) -> dict[str, Any]:
    coverage = {"expected": 3, "reporting": 2, "share": 0.666667, "missing": ["MX-CHH-01"]}
    parts = {"value": 0.571429, "numerator": 8, "denominator": 14, "status": "A"}
    return {"period": period, "area": "MX", **parts, "coverage": coverage, **more}


def page(*items: dict[str, Any], after: str | None = None, by: Any = ()) -> httpx.Response:
    return ok(
        {
            "indicator": {"id": "graduation_rate", "label": "Tasa", "unit": "ratio"},
            "query": {"by": list(by)},
            "known_at": "2026-11-23T09:00:00Z",
            "items": items,
            "next": after,
        }
    )


def test_all_pages_of_a_figure_are_read_as_one(connect: Connect) -> None:
    cauce, wire = connect(page(figure("2026-08"), after="c1"), page(figure("2026-09")))

    figures = cauce.indicator(
        "graduation_rate", from_="2026-08", to="2026-09", area=["MX", "MX-NLE"], window=None
    )

    assert [item.period for item in figures.items] == ["2026-08", "2026-09"]
    assert [len(figures.json["items"]), figures.json["next"]] == [2, None]
    asked = {"from": "2026-08", "to": "2026-09", "area": "MX,MX-NLE"}
    assert [dict(request.url.params) for request in wire.asked] == [
        asked,
        asked | {"cursor": "c1"},
    ]


def test_a_cursor_that_leads_back_ends_in_an_error(connect: Connect) -> None:
    cauce, _ = connect(*[page(after="c1") for _ in range(3)])
    with pytest.raises(ServiceFault):
        cauce.indicator("graduation_rate")


def test_a_figure_comes_with_whom_it_is_without(connect: Connect) -> None:
    cauce, _ = connect(page(figure("2026-09", sex="F", value=None), by=["sex", "area"]))

    (item,) = cauce.indicator("graduation_rate", by="sex,area").items

    assert item.value is None
    assert item.breakdown == {"sex": "F"}
    assert (item.coverage.reporting, item.coverage.expected) == (2, 3)
    assert item.coverage.missing == ("MX-CHH-01",)


CALLS: dict[str, Callable[[Cauce], object]] = {
    "submit": lambda cauce: cauce.submit(MONTH),
    "dry_run": lambda cauce: cauce.dry_run(MONTH),
    "completeness": lambda cauce: cauce.completeness(),
    "measure": lambda cauce: cauce.measure("admissions"),
    "programmes": lambda cauce: cauce.programmes(),
    "acts": lambda cauce: cauce.acts("MX-NLE-01", "2026-09"),
    "ask_for_extension": lambda cauce: cauce.ask_for_extension(
        "MX-NLE-01", "2026-09", "2026-10-20", "x"
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_without_what_was_promised_is_the_service_s_fault(
    call: str, connect: Connect
) -> None:
    cauce, _ = connect(ok({}))
    with pytest.raises(ServiceFault):
        CALLS[call](cauce)


def test_ids_cannot_leave_their_place_in_the_path(connect: Connect) -> None:
    cauce, wire = connect(ok())
    cauce.submission("../oauth?x=1#", "2026-09")
    assert wire.asked[0].url.raw_path == b"/v1/submissions/..%2Foauth%3Fx%3D1%23/2026-09"


@pytest.mark.parametrize(
    "url",
    ["", "cauce.example", "ftp://cauce.example", "https://", "https://u:p@x", "https://x?a"],
)
def test_an_address_that_cannot_be_asked_is_said_at_once(url: str) -> None:
    with pytest.raises(Misconfigured):
        Cauce(url, "cl_1", PrivateKey.new())
