"""Whether people who sign in slow down the states that send: PUTs with and without them."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

import httpx
from sqlalchemy import insert

from bench.comparison import Spread
from bench.connection import Connection, connected, request
from bench.processes import say
from bench.stage import HISTORY, SENT_PROGRAMMES, Stage
from cauce.access import credentials
from cauce.access.passwords import Passwords
from cauce.store.connect import ACCESS, ADMIN, connect, see, transaction
from cauce.store.tables import Person
from support.centre import ISSUER

ROUNDS = 5
IN_A_ROUND = 25  # PUTs a connection, of eight
WARM_UP = 20
A_SECOND = 50  # people who sign in: each once a second
PASSWORD = secrets.token_hex(12)


@dataclass(frozen=True, slots=True)
class Slowed:
    """p99 of a PUT in ms, round by round; and what became of those who signed in, by status."""

    alone: Sequence[float]
    beside: Sequence[float]
    seconds: float
    logins: Counter[int]

    @property
    def ratio(self) -> Spread:
        pairs = zip(self.beside, self.alone, strict=True)
        return Spread.of([beside / alone for beside, alone in pairs])


async def compare(stage: Stage, port: int) -> Slowed:
    """First revisions from eight states at once, in turns alone and beside the logins."""
    documents = {
        state: stage.documents(state, SENT_PROGRAMMES, after=HISTORY) for state in stage.senders
    }

    def following(count: int) -> list[list[bytes]]:
        return [
            [
                request("PUT", path, token, body)
                for path, body in islice(documents[state], count)
            ]
            for state, token in stage.senders.items()
        ]

    requests = await _logins(stage, port)
    await _p99(port, following(WARM_UP))
    alone, beside, seconds = list[float](), list[float](), 0.0
    logins: Counter[int] = Counter()
    for number in range(1, ROUNDS + 1):
        alone.append(await _p99(port, following(IN_A_ROUND)))
        async with asyncio.TaskGroup() as people:
            began = time.perf_counter()
            every = [
                people.create_task(_keeps_signing_in(port, login, place / A_SECOND, logins))
                for place, login in enumerate(requests)
            ]
            await asyncio.sleep(1)  # until all of them have come
            beside.append(await _p99(port, following(IN_A_ROUND)))
            seconds += time.perf_counter() - began
            for each in every:
                each.cancel()
        say(f"  round {number} of {ROUNDS}: p99 {alone[-1]:.0f} ms and {beside[-1]:.0f} ms")
    return Slowed(alone, beside, seconds, logins)


async def _logins(stage: Stage, port: int) -> list[bytes]:
    """The request by which each of so many people signs in, with what the form needs."""
    engine, passwords = connect(stage.database_url), Passwords()
    rows = [
        {"id": f"pe_{n:016x}", "email": f"{n}@cauce.example", "role": "partner", "state": None}
        for n in range(A_SECOND)
    ]
    try:
        hashed = await passwords.hash(PASSWORD)
        async with transaction(engine, ADMIN) as tx:
            await tx.execute(insert(Person), rows)
            await see(tx, ACCESS)
            for row in rows:
                await credentials.set_password(tx, str(row["id"]), hashed)
    finally:
        passwords.close()
        await engine.dispose()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
        form = await browser.get("/sign-in")
    cookie = form.headers["set-cookie"].partition(";")[0]
    token = re.search(r'name="token" value="(\w+)"', form.text)
    assert token, form.text
    return [_login(cookie, token[1], str(row["email"])) for row in rows]


def _login(cookie: str, token: str, email: str) -> bytes:
    said = urlencode({"token": token, "email": email, "password": PASSWORD}).encode()
    head = (
        "POST /sign-in HTTP/1.1\r\n"
        "host: cauce.example\r\n"
        f"cookie: {cookie}\r\n"
        f"origin: {ISSUER}\r\n"
        "sec-fetch-site: same-origin\r\n"
        "content-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(said)}\r\n\r\n"
    )
    return head.encode() + said


async def _keeps_signing_in(port: int, login: bytes, first: float, ended: Counter[int]) -> None:
    """Once a second, or as often as it is answered, until cancelled."""
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(first)
        async with connected(port) as connection:
            while True:
                began = time.perf_counter()
                status, _ = await connection.answer(login)
                ended[status] += 1
                await asyncio.sleep(max(0, 1 - (time.perf_counter() - began)))


async def _p99(port: int, requests: Sequence[Sequence[bytes]]) -> float:
    """Of all that eight connections ask, one after the other on each; in ms."""
    took: list[float] = []

    async def send(connection: Connection, sent: Sequence[bytes]) -> None:
        for each in sent:
            began = time.perf_counter()
            await connection.ask(each, 201)
            took.append(1000 * (time.perf_counter() - began))

    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(port)) for _ in requests]
        await asyncio.gather(*map(send, connections, requests))
    return sorted(took)[int(0.99 * len(took))]
