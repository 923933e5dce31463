"""Whatever is sent, the answer says what is wrong with it, and nothing of it stays."""

from __future__ import annotations

import asyncio
import copy
import http.client
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest

from cauce_contract.strict_json import loads
from support import centre as under_test
from support import months
from support.centre import Databases
from support.door import ADDRESS, Door, logged, says_nothing_of_canaries, standing
from support.hostile_bodies import (
    CANARY,
    CURP,
    JSON,
    UNREADABLE,
    UNTAKEN,
    WRONG,
    with_value,
    written,
)
from support.serving import chunked, head, request


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


@pytest.mark.parametrize("fault", UNREADABLE)
async def test_what_is_not_json_is_refused_and_forgotten(
    fault: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await door.put(UNREADABLE[fault])

    assert (answer.status, answer.problem) == (400, "not-json")
    says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


@pytest.mark.parametrize("fault", WRONG)
async def test_what_is_no_report_is_refused_with_every_place_named(
    fault: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    body, rule, pointer = WRONG[fault]

    answer = await door.put(body)

    assert (answer.status, answer.problem) == (422, "contract-violation"), answer.text
    errors = answer.json()["errors"]
    assert (rule, pointer) in [(error["rule"], error["pointer"]) for error in errors]
    assert len(errors) == min(answer.json()["error_count"], 1000)
    document = loads(body)
    for error in errors:
        assert error["message"]
        assert error["severity"] == "error"
        assert _resolves(document, error["pointer"]), error
    says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


def _resolves(document: Any, pointer: str) -> bool:
    """Whether the JSON Pointer leads somewhere in the document."""
    assert not pointer or pointer.startswith("/")
    for step in pointer.split("/")[1:]:
        key: str | int = int(step) if isinstance(document, list) else step
        if isinstance(document, dict) and key not in document:
            return False
        document = document[key]
    return True


@pytest.mark.parametrize("fault", UNTAKEN)
async def test_only_plain_json_is_read(
    fault: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await door.put(written(months.month()), UNTAKEN[fault])

    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


async def test_zero_is_zero_however_it_is_written(door: Door) -> None:
    plain, *others = [
        await door.served.ask(
            request("PUT", f"{ADDRESS}?dry_run=true", await door.nle.headers() | JSON, body)
        )
        for body in map(with_value, ("0", "-0", "0.0", "-0.0", "0e9"))
    ]

    assert plain.status == 200
    assert {answer.json()["content_digest"] for answer in others} == {
        plain.json()["content_digest"]
    }


@pytest.mark.parametrize("spelled", [request, chunked])
@pytest.mark.parametrize("size", [1024 * 1024 + 1, 20_000_000])
async def test_a_body_of_more_than_a_mebibyte_is_not_read_to_its_end(
    door: Door, spelled: Callable[..., bytes], size: int
) -> None:
    body = b'{"x": "' + b"x" * size + b'"}'

    answer = await door.served.ask(
        spelled("PUT", ADDRESS, await door.nle.headers() | JSON, body)
    )

    assert (answer.status, answer.problem) == (413, "body-too-large")
    assert answer.headers["connection"] == "close"
    assert await door.rows() == 0


async def test_a_body_of_a_mebibyte_is_read(door: Door) -> None:
    whole = await door.put(b"[]".ljust(1024 * 1024))
    too_large = await door.put(b"[]".ljust(1024 * 1024 + 1))

    assert (whole.status, too_large.status) == (422, 413)


async def test_ordinary_clients_get_to_read_that_it_was_too_large(door: Door) -> None:
    """They send the whole body first, and look for the answer when that fails."""
    headers = await door.nle.headers() | JSON

    def send() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", door.served.port, timeout=20)
        with suppress(ConnectionError):
            connection.request("PUT", ADDRESS, b" " * 20_000_000, headers)
        return connection.getresponse().status

    assert await asyncio.to_thread(send) == 413


async def test_a_body_that_does_not_come_is_given_up(door: Door) -> None:
    body = written(months.month())
    headers = await door.nle.headers() | JSON | {"Content-Length": str(len(body))}
    in_chunks = await door.nle.headers() | JSON | {"Transfer-Encoding": "chunked"}
    async with (
        door.served.connection() as half,
        door.served.connection() as drops,
        door.served.connection() as chunks,
    ):
        await half.send(head("PUT", ADDRESS, headers) + body[: len(body) // 2])
        await drops.send(head("PUT", ADDRESS, headers))
        await chunks.send(head("PUT", ADDRESS, in_chunks))
        every = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        dripping = [
            asyncio.create_task(_drip(drops.send, body)),
            asyncio.create_task(_drip(chunks.send, every)),
        ]
        answers = [await half.answer(), await drops.answer(), await chunks.answer()]
        for each in dripping:
            each.cancel()

        for answer in answers:
            assert (answer.status, answer.problem) == (408, "body-too-slow")
            assert answer.headers["connection"] == "close"
        assert await half.reader.read() == b""
    assert await door.rows() == 0


async def _drip(send: Callable[[bytes], Any], body: bytes) -> None:
    """A few bytes at a time: each comes soon enough, all of them never do."""
    for at in range(0, len(body), 16):
        await send(body[at : at + 16])
        await asyncio.sleep(0.05)


async def test_a_form_that_does_not_come_is_given_up_too(door: Door) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "99"}
    answer = await door.served.ask(head("POST", "/oauth/token", headers) + b"grant_type=")

    assert (answer.status, answer.problem) == (408, "body-too-slow")


async def test_bodies_that_are_still_coming_keep_no_connection_to_the_database(
    databases: Databases,
) -> None:
    async with standing(databases, body_seconds=30) as door, AsyncExitStack() as open_:
        headers = await door.nle.headers() | JSON
        for _ in range(40):  # four times what connections there are
            slow = await open_.enter_async_context(door.served.connection())
            await slow.send(head("PUT", ADDRESS, headers | {"Content-Length": "100"}) + b"{")

        assert (await door.put(written(months.month()))).status == 201


async def test_a_client_that_hangs_up_midway_leaves_nothing_behind(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    body = written(months.month())
    headers = await door.nle.headers() | JSON
    for whole in (
        request("PUT", ADDRESS, headers, body),
        chunked("PUT", ADDRESS, headers, body),
    ):
        async with door.served.connection() as connection:
            await connection.send(whole[: len(whole) - 100])
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)

    assert await door.rows() == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (await door.served.ask(request("GET", "/livez", {}))).status == 200


@asynccontextmanager
async def neighbour(door: Door) -> AsyncIterator[list[str]]:
    """Somebody who asks the whole time on one connection; what was answered so far."""
    answered: list[str] = []
    async with door.served.connection() as connection:

        async def keep_asking() -> None:
            for path in itertools.cycle(("/livez", "/v1/programmes")):
                answer = await connection.ask(request("GET", path, {}))
                assert answer.status == 200
                answered.append(path)
                await asyncio.sleep(0.01)

        asking = asyncio.create_task(keep_asking())
        try:
            yield answered
        finally:
            answered_before = len(answered)
            while len(answered) == answered_before and not asking.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            asking.cancel()
            if asking.done() and not asking.cancelled():
                asking.result()


async def test_bad_bodies_neither_hang_up_on_a_neighbour_nor_hold_one_up(door: Door) -> None:
    headers = await door.nle.headers() | JSON
    huge = b" " * 20_000_000
    bad = [
        request("PUT", ADDRESS, headers, WRONG["30,000 unknown measures"][0]),
        request("PUT", ADDRESS, headers, WRONG["100,000 acknowledgements"][0]),
        request("PUT", ADDRESS, headers, huge),
        chunked("PUT", ADDRESS, headers, huge),
        request("PUT", ADDRESS, headers, UNREADABLE["lists that never end"]),
        head("PUT", ADDRESS, headers | {"Content-Length": "100"}) + b"{",
        request("PUT", ADDRESS, headers | {"Content-Encoding": "gzip"}, huge[:9000]),
        b"NONSENSE\r\n\r\n",
    ]
    async with neighbour(door) as answered:
        answers = await asyncio.gather(*(door.served.ask(each) for each in bad))

    assert [a.status for a in answers] == [422, 422, 413, 413, 400, 408, 415, 400]
    assert len(answered) >= 3  # the neighbour was answered again and again meanwhile
    assert await door.rows() == 0


# Who sends what where, and what they hear before a byte of the body has come.
EARLY: dict[str, tuple[str | None, str, dict[str, str], int, str]] = {
    "nobody": (None, ADDRESS, JSON, 401, "unauthenticated"),
    "nobody, elsewhere": (None, "/v1/submissions/x/y", JSON, 401, "unauthenticated"),
    "nobody, with a wrong type": (None, ADDRESS, {}, 401, "unauthenticated"),
    "a stranger": (
        None,
        ADDRESS,
        JSON | {"Authorization": "Bearer x.y.z"},
        401,
        "unauthenticated",
    ),
    "without the scope": ("nation", ADDRESS, JSON, 403, "insufficient-scope"),
    "another state": ("chh", ADDRESS, JSON, 403, "not-your-state"),
    "another state, no such programme": (
        "chh",
        "/v1/submissions/MX-NLE-99/2026-09",
        JSON,
        403,
        "not-your-state",
    ),
    "another state, no such month": (
        "chh",
        "/v1/submissions/MX-NLE-01/2026-99",
        JSON,
        403,
        "not-your-state",
    ),
    "no state's programme": (
        "nle",
        "/v1/submissions/x/2026-09",
        JSON,
        404,
        "unknown-programme",
    ),
    "no month": ("nle", "/v1/submissions/MX-NLE-01/2026-13", JSON, 422, "bad-query"),
    "a parameter too many": ("nle", f"{ADDRESS}?force=true", JSON, 400, "unknown-parameter"),
    "not true, not false": ("nle", f"{ADDRESS}?dry_run=yes", JSON, 422, "bad-query"),
    "a wrong type": ("nle", ADDRESS, {}, 415, "unsupported-media-type"),
    "too large": ("nle", ADDRESS, JSON | {"Content-Length": "1048577"}, 413, "body-too-large"),
    "vast": ("nle", ADDRESS, JSON | {"Content-Length": "9" * 18}, 413, "body-too-large"),
}


@pytest.mark.parametrize("case", EARLY)
async def test_who_may_not_send_is_told_before_the_body_is_read(case: str, door: Door) -> None:
    who, path, headers, status, slug = EARLY[case]
    authorized = await getattr(door, who).headers() if who else {}
    announced = {"Content-Length": "50000"} | authorized | headers

    answer = await door.served.ask(head("PUT", path, announced))

    assert (answer.status, answer.problem) == (status, slug)
    if status in (401, 403) and slug != "not-your-state":
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_missing_scope_is_named(door: Door) -> None:
    body = written(months.month())
    answer = await door.served.ask(
        request("PUT", ADDRESS, await door.nation.headers() | JSON, body)
    )

    assert (answer.status, answer.problem) == (403, "insufficient-scope")
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="submissions:write"' in challenge


IDS = [
    "MX-NLE-1",
    "MX-NLE-001",
    "mx-nle-01",
    "MX-XXX-01",
    "MX-NLE",
    "MX",
    "-",
    "MX-NLE-01%00",
    "%00",
    "MX-NLE-%D9%A0%D9%A1",  # digits, but Arabic ones
    "MX-NLE-01%0A",
    "%20MX-NLE-01",
    "MX-NLE-0%ED%A0%80",
    "%FF%FE",
    "..",
    "%2e%2e",
    "'%20OR%20'1'='1",
    "%25s",
    "{programme}",
    CURP,
    "X" * 8000,
]
PERIODS = [
    "2026-13",
    "2026-00",
    "abc",
    "2026-9",
    "2026-09-01",
    "26-09",
    "0000-01",
    "1899-12",
    "3000-01",
    "99999-01",
    "-2026-09",
    "2026-09%00",
    "2026-09%0A",
    "%00",
    "%EF%BC%92026-09",  # a full-width 2
    "2026%2D0%39x",
    "2026%2F09",
    "2026-09;x",
    "'%20OR%20'1'='1",
    "%ED%A0%80",
    "9" * 8000,
]
PATHS = [f"/v1/submissions/{programme}/2026-09" for programme in IDS]
PATHS += [f"/v1/submissions/MX-NLE-01/{period}" for period in PERIODS]
PATHS += [
    "/v1/submissions/MX-NLE-01/",
    "/v1/submissions//2026-09",
    "/v1/submissions/MX-NLE-01/2026-09/",
    "/v1/submissions/MX-NLE-01/2026-09%2F",
    "/v1/submissions/MX-NLE-01/2026-10/x",
    "/v1/submissions/MX-NLE-01/2026-09/../../../../etc/passwd",
]


@pytest.mark.parametrize("method", ["PUT", "GET"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:60])
async def test_an_address_that_is_none_is_the_askers_fault(
    method: str, path: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    body = written(months.month()) if method == "PUT" else b""

    for who in (door.nle, door.nation) if method == "GET" else (door.nle,):
        answer = await door.served.ask(request(method, path, await who.headers() | JSON, body))

        assert answer.status in (404, 422), answer
        assert answer.problem
        assert CURP not in answer.text
        assert CURP not in logged(caplog)
    assert await door.rows() == 0


async def test_bytes_that_are_no_address_do_not_stop_the_server(door: Door) -> None:
    for raw in (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 100, b"\r\n" * 50 + b"X"):
        async with door.served.connection() as connection:
            await connection.send(raw)
            await asyncio.sleep(0.02)

    assert (await door.served.ask(request("GET", "/livez", {}))).status == 200


async def test_canaries_in_every_header_and_parameter_are_neither_told_nor_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    names = [CURP, "User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Accept-Language"]
    names += ["If-Match", "If-None-Match", "X-Request-Id", "Traceparent", "Origin"]
    planted = dict.fromkeys(names, CANARY)
    body = written(months.month())
    quoted = CANARY.replace(" ", "%20")
    for path in (
        ADDRESS,
        f"{ADDRESS}?{CURP}={quoted}",
        f"{ADDRESS}?dry_run={quoted}",
        f"/{CURP}",
    ):
        for method in ("PUT", "GET", "POST", "DELETE"):
            headers = await door.nle.headers() | JSON | planted
            says_nothing_of_canaries(
                await door.served.ask(request(method, path, headers, body)), logged(caplog)
            )
    headers = planted | JSON | {"Authorization": f"Bearer {CANARY}"}
    says_nothing_of_canaries(
        await door.served.ask(request("GET", ADDRESS, headers)), logged(caplog)
    )
    assert await door.rows() == 0


async def test_another_states_month_reads_as_absent(databases: Databases) -> None:
    async with standing(databases) as door:
        assert (await door.nle.put(months.month())).status_code == 201

        own, anothers = await door.nle.get(ADDRESS), await door.chh.get(ADDRESS)
        absent = await door.chh.get("/v1/submissions/MX-NLE-01/2026-08")
        assert (own.status_code, anothers.status_code, absent.status_code) == (200, 404, 404)
        same = [{**each.json(), "instance": "", "trace_id": ""} for each in (anothers, absent)]
        assert same[0] == same[1]
        assert (await door.nation.get(ADDRESS)).json()["document"] == own.json()["document"]


def _moved(programme: str, period: str) -> dict[str, Any]:
    return under_test.moved(months.month(), programme, period)


async def test_a_programme_that_is_not_on_the_roster_is_unknown(door: Door) -> None:
    answer = await door.nle.put(_moved("MX-NLE-77", "2026-09"))

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-programme"


async def test_a_month_that_is_not_over_is_refused_with_the_day_it_will_be(door: Door) -> None:
    for period, day in (("2026-11", "2026-12-01"), ("2027-01", "2027-02-01")):
        answer = await door.nle.put(_moved("MX-NLE-01", period))

        assert answer.status_code == 422
        (error,) = [e for e in answer.json()["errors"] if e["rule"] == "H18_period"]
        assert error["pointer"] == "/period"
        assert day in error["message"]


async def test_a_month_before_the_start_is_refused_with_the_first_there_is(door: Door) -> None:
    first = {"2026-02": "2026-03", "1900-01": "2013-01"}  # the programme's, the contract's
    for period, start in first.items():
        answer = await door.nle.put(_moved("MX-NLE-01", period))

        assert answer.status_code == 422
        (error,) = [e for e in answer.json()["errors"] if e["rule"] == "H18_period"]
        assert error["pointer"] == "/period"
        assert start in error["message"]


async def test_a_month_after_the_programmes_end_is_a_conflict(door: Door) -> None:
    answer = await door.nle.put(_moved("MX-NLE-02", "2026-09"))
    dry = await door.nle.put(_moved("MX-NLE-02", "2026-09"), "?dry_run=true")

    for each in (answer, dry):
        assert each.status_code == 409
        assert each.json()["type"] == "/problems/not-on-roster"
        assert "2026-09" in each.json()["detail"]
    assert await door.rows() == 0


async def test_a_body_about_another_month_than_its_address_names_both_faults(
    door: Door,
) -> None:
    document = written(_moved("MX-NLE-02", "2026-08"))
    answer = await door.put(document)

    assert answer.status == 422
    key = [e for e in answer.json()["errors"] if e["rule"] == "H21_key"]
    assert [error["pointer"] for error in key] == ["/programme", "/period"]
    assert "MX-NLE-01" in key[0]["message"]
    assert "2026-09" in key[1]["message"]


async def test_a_refused_month_can_be_sent_right_afterwards(databases: Databases) -> None:
    async with standing(databases) as door:
        for body in (UNREADABLE["NaN"], WRONG["2^63"][0], UNREADABLE["NUL in a note"]):
            assert (await door.put(body)).status in (400, 422)
        good = copy.deepcopy(months.month())

        assert (await door.put(written(good))).status == 201
        assert await door.rows() == 2  # the revision and its entry
