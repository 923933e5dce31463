"""Where a body begins and ends is never guessed: not by its headers, nor by what is in it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from cauce.listening import BoundedHead
from support import months
from support.centre import Databases
from support.door import ADDRESS, Door, logged, says_nothing_of_canaries, standing
from support.hostile_bodies import CANARY, JSON, written
from support.serving import Answer, chunked, head, request, served

GOOD = written(months.month())
SIZE = str(len(GOOD))
IN_CHUNKS = chunked("", "", {}, GOOD).partition(b"\r\n\r\n")[2]

# Headers that say of a body that it ends somewhere else than it does, and what follows them.
MISFRAMED: dict[str, tuple[list[str], bytes]] = {
    "a negative length": (["Content-Length: -1"], GOOD),
    "a signed length": ([f"Content-Length: +{SIZE}"], GOOD),
    "a length in words": ([f"Content-Length: {CANARY}"], GOOD),
    "a length in tens": (["Content-Length: 1e3"], GOOD),
    "a hexadecimal length": (["Content-Length: 0x10"], GOOD),
    "two lengths": ([f"Content-Length: {SIZE}", "Content-Length: 2"], GOOD),
    "a length twice": ([f"Content-Length: {SIZE}"] * 2, GOOD),
    "a list of lengths": ([f"Content-Length: {SIZE}, {SIZE}"], GOOD),
    "a length and chunks": (["Content-Length: 4", "Transfer-Encoding: chunked"], IN_CHUNKS),
    "chunks and a length": (["Transfer-Encoding: chunked", "Content-Length: 4"], IN_CHUNKS),
    "a blank before the colon": ([f"Content-Length : {SIZE}"], GOOD),
    "a folded line": (["X: a", " b", f"Content-Length: {SIZE}"], GOOD),
    "a NUL in a header": (["X: a\0b", f"Content-Length: {SIZE}"], GOOD),
    "a coding that is no chunks": (["Transfer-Encoding: gzip"], GOOD),
    "chunks, then a coding": (["Transfer-Encoding: chunked, gzip"], IN_CHUNKS),
    "nearly chunks": (["Transfer-Encoding: xchunked"], IN_CHUNKS),
    "a chunk of no number": (["Transfer-Encoding: chunked"], b"zz\r\n" + GOOD),
    "a chunk beyond numbers": (["Transfer-Encoding: chunked"], b"F" * 40 + b"\r\n" + GOOD),
    "a chunk shorter than it says": (
        ["Transfer-Encoding: chunked"],
        b"2\r\n{}{}\r\n0\r\n\r\n",
    ),
    "words beside a chunk, without end": (
        ["Transfer-Encoding: chunked"],
        b"5;" + b"x" * 70_000 + b"\r\n" + GOOD,
    ),
}

# Before a body, more than anybody has to say.
LARGE_HEADS = {
    "a long header": b"X: " + b"x" * 40_000,
    "a long name": b"x" * 40_000 + b": x",
    "many headers": b"\r\n".join(b"X-%d: x" % number for number in range(6000)),
}

# Headers that leave it open what the body is, where it ends all right.
AMBIGUOUS: dict[str, tuple[list[str], bytes, int, str]] = {
    "two types": (
        ["Content-Type: text/csv", f"Content-Length: {SIZE}"],
        *(GOOD, 415, "unsupported-media-type"),
    ),
    "the type twice": (
        ["Content-Type: application/json", f"Content-Length: {SIZE}"],
        *(GOOD, 415, "unsupported-media-type"),
    ),
    "compressed on the way": (
        ["Transfer-Encoding: gzip, chunked"],
        *(IN_CHUNKS, 415, "unsupported-media-type"),
    ),
    "compressed on the way, in two lines": (
        ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
        *(IN_CHUNKS, 415, "unsupported-media-type"),
    ),
    "two callers": (
        ["Authorization: Bearer x.y.z", f"Content-Length: {SIZE}"],
        *(GOOD, 401, "unauthenticated"),
    ),
    "no body": ([], b"", 400, "not-json"),
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


async def _headers(door: Door, *more: str) -> bytes:
    """The head of a PUT with these lines beside those that any has."""
    named = head("PUT", ADDRESS, {**await door.nle.headers(), **JSON})[:-2]
    return named + "".join(f"{line}\r\n" for line in more).encode() + b"\r\n"


@pytest.mark.parametrize("fault", MISFRAMED)
async def test_a_body_whose_end_is_not_sure_is_refused_and_its_connection_ended(
    fault: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    lines, body = MISFRAMED[fault]
    async with door.served.connection() as neighbour, door.served.connection() as connection:
        before = await neighbour.ask(request("GET", "/livez", {}))
        answer = await connection.ask(await _headers(door, *lines) + body)
        after = await neighbour.ask(request("GET", "/livez", {}))

    assert answer.status == 400
    assert answer.headers["connection"] == "close"
    assert before.status == after.status == 200
    says_nothing_of_canaries(answer, logged(caplog))
    assert await door.rows() == 0


@pytest.mark.parametrize("fault", AMBIGUOUS)
async def test_a_body_that_others_may_read_as_another_is_refused(
    fault: str, door: Door
) -> None:
    lines, body, status, slug = AMBIGUOUS[fault]

    answer = await door.served.ask(await _headers(door, *lines) + body)

    assert (answer.status, answer.problem) == (status, slug)
    assert await door.rows() == 0


# What is refused before its body is read, and after: who, method, address, headers, status.
REFUSED: dict[str, tuple[bool, str, str, dict[str, str], int]] = {
    "nobody's": (False, "PUT", ADDRESS, JSON, 401),
    "of a wrong type": (True, "PUT", ADDRESS, {"Content-Type": "text/plain"}, 415),
    "compressed": (True, "PUT", ADDRESS, JSON | {"Content-Encoding": "gzip"}, 415),
    "to no address": (True, "PUT", "/v1/nowhere", JSON, 404),
    "to no month": (True, "PUT", "/v1/submissions/MX-NLE-01/x", JSON, 422),
    "with a wrong method": (True, "DELETE", ADDRESS, JSON, 405),
    "no JSON": (True, "PUT", ADDRESS, JSON, 400),
}


@pytest.mark.parametrize("spelled", [request, chunked])
@pytest.mark.parametrize("fault", REFUSED)
async def test_what_stands_in_a_refused_body_is_never_taken_for_a_request(
    fault: str, spelled: Callable[..., bytes], door: Door
) -> None:
    """The next request on the connection is the next one that was sent on it."""
    is_known, method, path, headers, status = REFUSED[fault]
    named = {**(await door.nle.headers() if is_known else {}), **headers}
    hidden = request("GET", "/v1/programmes", {}) * 200
    async with door.served.connection() as connection:
        refused = await connection.ask(spelled(method, path, named, hidden))
        following = await connection.ask(request("GET", "/livez", {}))

    assert refused.status == status
    assert _is_alive(following)


async def test_a_report_with_faults_leaves_its_connection_to_the_next(door: Door) -> None:
    headers = await door.nle.headers() | JSON
    async with door.served.connection() as connection:
        for body in (b"{", b"{}", b"[]", b'{"x": NaN}', b"{}" * 500_000):
            answer = await connection.ask(request("PUT", ADDRESS, headers, body))
            assert answer.status in (400, 422)
            assert _is_alive(await connection.ask(request("GET", "/livez", {})))


class _Brisk(BoundedHead):
    """That does not wait for long."""

    head_seconds = 0.5


@pytest.mark.parametrize("fault", LARGE_HEADS)
async def test_a_head_that_is_too_large_is_refused(fault: str, door: Door) -> None:
    line = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
    answer = await door.served.ask(line + LARGE_HEADS[fault] + b"\r\n\r\n")
    address = await door.served.ask(request("GET", "/" + "x" * 40_000, {}))

    for each in (answer, address):
        assert each.status == 431
        assert each.headers["connection"] == "close"


async def test_a_head_that_does_not_end_is_not_read_on(door: Door) -> None:
    async with door.served.connection() as connection:
        await connection.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000_000)
        with suppress(ConnectionError):
            while await connection.reader.read(4096):
                pass
    assert _is_alive(await door.served.ask(request("GET", "/livez", {})))


async def test_a_head_that_does_not_come_is_given_up(door: Door) -> None:
    async with (
        served(door.centre, _Brisk) as brisk,
        brisk.connection() as silent,
        brisk.connection() as begins,
        brisk.connection() as again,
    ):
        await begins.send(b"GET /livez HTTP/1.1\r\nHost: x\r\nX")
        assert _is_alive(await again.ask(request("GET", "/livez", {})))
        await again.send(b"GET /livez HTTP/1.1\r\n")

        for each in (begins, again):
            answer = await each.answer()
            assert (answer.status, answer.headers["connection"]) == (408, "close")
            assert await each.reader.read() == b""
        assert await silent.reader.read() == b""


async def test_what_trails_a_body_is_no_header(door: Door) -> None:
    token = (await door.nle.headers())["Authorization"]
    trailing = IN_CHUNKS[:-2] + f"Authorization: {token}\r\n\r\n".encode()
    named = JSON | {"Transfer-Encoding": "chunked"}

    answer = await door.served.ask(head("PUT", ADDRESS, named) + trailing)

    assert (answer.status, answer.problem) == (401, "unauthenticated")


async def test_who_asks_before_sending_too_much_is_told_at_once(door: Door) -> None:
    async with door.served.connection() as connection:
        asked = await _headers(door, "Content-Length: 20000000", "Expect: 100-continue")
        answer = await connection.ask(asked)

    assert (answer.status, answer.problem) == (413, "body-too-large")


def _is_alive(answer: Answer) -> bool:
    return answer.status == 200 and json.loads(answer.body) == {"status": "alive"}
