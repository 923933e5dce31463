"""kill -9 at each point of a transaction: what was acknowledged is there once, and whole."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg
import httpx
import pytest

from cauce.store import embedded
from cauce.store.embedded import Cluster
from cauce_client import Cauce, PrivateKey, Unavailable
from cauce_contract import Month
from support import centre as under_test
from support.census import Census
from support.centre import Centre, Databases
from support.keys import b64
from support.months import Document, steady
from support.proxy import Point, Proxy, Stop, proxy
from support.service import Sender, Service, service

PATIENCE = (
    120.0  # seconds for a recovery, or until all is acknowledged: far above what it takes
)
PAUSE = 0.05  # seconds until a sender without an answer sends again

Kind = Literal["first revision", "replacement", "return"]
Killed = Literal["service", "backend", "postmaster"]

KINDS: Sequence[Kind] = ("first revision", "replacement", "return")
KILLED: Sequence[Killed] = ("service", "backend", "postmaster")
ROUNDS = 9  # in which every point before, at and after the commit meets each kind
STATES = ("MX-NLE", "MX-CHH", "MX-JAL")
START = Month(2015, 1)

# Other transactions come and go meanwhile: those of quotas and of the audit.
_CLAIM = "pg_advisory_xact_lock"
_ROWS = "INSERT INTO log_entry"
BEFORE_THE_COMMIT = (
    Point("before the claim on the programme", _CLAIM, given="MX-"),
    Point("with the claim on the programme", _CLAIM, given="MX-", is_answered=True),
    Point("with its history read", " AS at_the_door ", is_answered=True),
    Point("before the end of the log is taken", "INSERT INTO state_log"),
)
UNTIL_THE_COMMIT = (
    Point("before the rows are written", _ROWS),
    Point("before COMMIT", "COMMIT", after=_ROWS),
    Point("while COMMIT is done", "COMMIT", after=_ROWS, passes=True),
)
AFTER_THE_COMMIT = (
    Point("committed, before the service knows", "COMMIT", after=_ROWS, is_answered=True),
    Point(
        "committed, before the sender knows",
        "COMMIT",
        after=_ROWS,
        is_answered=True,
        passes=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Crash:
    """One kill, and what it interrupts: for each state what is sent, and where it stands.

    A transaction that has written its rows keeps all others from writing theirs, so that only
    the last of a crash may stand there.
    """

    number: int
    killed: Killed
    interrupted: Sequence[tuple[Kind, Point]]


def crashes() -> Iterator[Crash]:
    phases = (AFTER_THE_COMMIT, BEFORE_THE_COMMIT, UNTIL_THE_COMMIT)
    for round_ in range(ROUNDS):
        shift = round_ + round_ // len(KINDS)
        kinds = [KINDS[(shift + phase) % len(KINDS)] for phase in range(len(phases))]
        points = [points[round_ % len(points)] for points in phases]
        for killed in KILLED:
            number = round_ * len(KILLED) + KILLED.index(killed)
            yield Crash(number, killed, list(zip(kinds, points, strict=True)))


@dataclass(frozen=True, slots=True)
class Sending:
    """Something that is sent until it is acknowledged.

    once  sends it and gives the answer's body; Unanswered, where there is none that says so
    """

    kind: Kind
    programme: str
    period: str
    once: Callable[[], Awaitable[Mapping[str, Any]]]

    async def until_acknowledged(self) -> Mapping[str, Any]:
        while True:
            with suppress(Unanswered):
                return await self.once()
            await asyncio.sleep(PAUSE)

    def is_there(self, census: Census) -> bool:
        """Whether it was stored: all of it, if nothing is there by halves."""
        if self.kind == "return":
            return census.acts("return")[self.programme, self.period] > 0
        month = census.month(self.programme, self.period)
        numbers = {"first revision": 1, "replacement": 2}
        return month is not None and month["revision"] == numbers[self.kind]


class Unanswered(Exception):
    """No answer came, or one that says that nobody knows."""


@dataclass
class Stage:
    """A service with its senders, a PostgreSQL, and a proxy between the two.

    tokens        the headers that senders have theirs in, by state; a coordinator's as MX
    acknowledged  the results that senders have, of revisions
    returned      programme and period of the returns that were acknowledged
    stored        of what was interrupted, how much was stored before it was sent again
    """

    cluster: Cluster
    database: str
    service: Service
    proxy: Proxy
    http: httpx.AsyncClient
    senders: Mapping[str, Sender]
    clients: Mapping[str, Cauce]
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict)
    acknowledged: list[Mapping[str, Any]] = field(default_factory=list)
    returned: list[tuple[str, str]] = field(default_factory=list)
    kills: Counter[Killed] = field(default_factory=Counter)
    stored: Counter[bool] = field(default_factory=Counter)

    async def start(self) -> None:
        await asyncio.to_thread(self.service.start)
        for name, sender in self.senders.items():
            self.tokens[name] = await asyncio.to_thread(self.service.headers, sender)

    async def suffer(self, crash: Crash) -> None:
        """Interrupt, kill, see what stands; then let it be sent until it is acknowledged."""
        everything = [
            await self._prepared(crash, state, kind)
            for state, (kind, _) in zip(STATES, crash.interrupted, strict=True)
        ]
        sending, stops = [], []
        for each, (_, point) in zip(everything, crash.interrupted, strict=True):
            stops.append(self.proxy.stop_at(point))
            sending.append(asyncio.create_task(each.until_acknowledged()))
            await self._stands(stops[-1], sending[-1])
        self.proxy.lose_all(lambda: self._kill(crash.killed, stops[-1].backend))
        self.kills[crash.killed] += 1
        await self._recovered()
        self._judge(await self.census(), everything, crash)
        self.proxy.let_in()
        if crash.killed == "service":
            await self.start()
        async with _patience("all that was interrupted to be acknowledged"):
            results = await asyncio.gather(*sending)
        self._note(everything, results)

    async def _prepared(self, crash: Crash, state: str, kind: Kind) -> Sending:
        """What is to be sent to a month of the crash's own, with what must be there before."""
        programme, period = f"{state}-01", START + 3 * crash.number
        sent = steady(str(period), programme, relapses=crash.number % 5)
        path = f"/v1/submissions/{programme}/{period}"
        headers = self.tokens[state]
        if kind != "first revision":
            first = await self._put(path, sent, headers)
        if kind == "replacement":
            # The month after joins this one, and no longer does once this one is replaced.
            after = steady(str(period + 1), programme, relapses=5 + crash.number % 5)
            await self._put(f"/v1/submissions/{programme}/{period + 1}", after, headers)
            sent = steady(str(period), programme, closes=44, relapses=6)
            sent |= {"revision_reason": {"code": "error", "text": "Faltaba una persona."}}
            headers = {**headers, "If-Match": first.headers["ETag"]}
        if kind == "return":
            reason = {"code": "incomplete", "text": "Faltan las audiencias."}
            once = self._asking("POST", f"{path}/return", reason, self.tokens["MX"])
        elif crash.killed == "service":
            client = self.clients[state]
            await asyncio.to_thread(client.completeness, period, period)  # with a fresh token
            once = _submitting(client, sent, headers.get("If-Match", False))
        else:
            once = self._asking("PUT", path, sent, headers)
        return Sending(kind, programme, str(period), once)

    async def _put(
        self, path: str, document: Document, headers: Mapping[str, str]
    ) -> httpx.Response:
        """The answer that acknowledges it; connections may have ended with the last kill."""
        while True:
            with suppress(Unanswered):
                answer = await self._answer("PUT", path, document, headers)
                self.acknowledged.append(answer.json())
                return answer

    def _asking(
        self, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> Callable[[], Awaitable[Mapping[str, Any]]]:
        async def once() -> Mapping[str, Any]:
            return dict((await self._answer(method, path, body, headers)).json())

        return once

    async def _answer(
        self, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> httpx.Response:
        try:
            answer = await self.http.request(method, path, json=body, headers=headers)
        except httpx.TransportError as fault:
            raise Unanswered from fault
        if answer.status_code == 503:
            raise Unanswered
        assert answer.status_code in (200, 201), answer.text
        return answer

    async def _stands(self, stop: Stop, sending: asyncio.Task[Any]) -> None:
        """Until the transaction of what is sent stands at its point."""
        waiting = asyncio.create_task(stop.reached.wait())
        async with _patience(f"a transaction {stop.point.name}"):
            await asyncio.wait((waiting, sending), return_when=asyncio.FIRST_COMPLETED)
        if not stop.reached.is_set():
            waiting.cancel()
            came = "\n".join(self.proxy.latest)
            raise AssertionError(f"none came to {stop.point}; the statements were:\n{came}")

    def _kill(self, killed: Killed, backend: int) -> None:
        if killed == "service":
            self.service.kill()
        elif killed == "backend":
            assert backend
            os.kill(backend, signal.SIGKILL)
        else:
            postmaster = embedded._postmaster(self.cluster.socket_dir)
            assert postmaster
            os.kill(postmaster, signal.SIGKILL)

    async def _recovered(self) -> None:
        """Until PostgreSQL answers, and no transaction of the service's is left in it."""
        left = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'cauce_app'"
        )
        async with _patience("PostgreSQL to recover"):
            while True:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    async with self._sql() as sql:
                        if await sql.fetchval(left) == 0:
                            return
                await asyncio.sleep(PAUSE)

    async def census(self) -> Census:
        async with self._sql() as sql:
            return await Census.of(sql)

    @asynccontextmanager
    async def _sql(self) -> AsyncIterator[asyncpg.Connection]:
        """Past the proxy, as one who sees everything."""
        host = str(self.cluster.socket_dir)
        sql = await asyncpg.connect(host=host, user="postgres", database=self.database)
        try:
            yield sql
        finally:
            await sql.close()

    def _judge(self, census: Census, everything: Sequence[Sending], crash: Crash) -> None:
        """What was interrupted before its commit is not there; after it, it is; none by halves.

        Of what was interrupted in its commit nobody knows which.
        """
        assert census.halves == []
        for each, (_, point) in zip(everything, crash.interrupted, strict=True):
            is_there = each.is_there(census)
            self.stored[is_there] += 1
            if point in AFTER_THE_COMMIT:
                assert is_there, f"{each.kind} lost {point.name}"
            elif not point.passes:
                assert not is_there, f"{each.kind} stored {point.name}"
            if each.kind == "replacement":
                after = census.month(each.programme, str(Month.parse(each.period) + 1))
                assert after
                assert after["needs_correction"] is is_there

    def _note(
        self, everything: Sequence[Sending], results: Sequence[Mapping[str, Any]]
    ) -> None:
        for each, result in zip(everything, results, strict=True):
            assert (result["programme"], result["period"]) == (each.programme, each.period)
            if each.kind == "return":
                assert result["status"] == "returned"
                self.returned.append((each.programme, each.period))
            else:
                self.acknowledged.append(result)

    def verified(self) -> str:
        """What `cauce-service log verify` says, with every receipt that senders have."""
        files = []
        for number, result in enumerate(self.acknowledged):
            files.append(self.service.folder / f"{number}.jws")
            files[-1].write_text(result["receipt"])
        done = self.service.run("log", "verify", "--receipt", *map(str, files))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


def _submitting(
    client: Cauce, document: Document, replace: bool | str
) -> Callable[[], Awaitable[Mapping[str, Any]]]:
    """By the states' own client, which sends again by itself, and some time gives up."""

    async def once() -> Mapping[str, Any]:
        try:
            sent = await asyncio.to_thread(client.submit, document, replace=replace)
        except Unavailable as fault:
            raise Unanswered from fault
        return sent.json

    return once


@asynccontextmanager
async def _patience(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE:.0f} s for {what}") from None


@contextmanager
def _naming(crash: Crash) -> Iterator[None]:
    try:
        yield
    except BaseException as fault:
        interrupted = [f"{kind} {point.name}" for kind, point in crash.interrupted]
        fault.add_note(f"crash {crash.number}, {crash.killed} killed: {interrupted}")
        raise


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def mortal() -> Iterator[Databases]:
    """A PostgreSQL of its own, since it will be killed."""
    with under_test.databases() as found:
        yield found


@pytest.fixture(scope="module")
async def stage(mortal: Databases) -> AsyncIterator[Stage]:
    async with under_test.centre(mortal) as centre:
        with service() as running:
            senders = await _furnished(centre, running.url)
            running.more["CAUCE_DATA_DIR"] = str(centre.settings.data_dir)
            directory = running.folder / "proxy"
            directory.mkdir()
            database = centre.database_url.partition("@/")[2].partition("?")[0]
            url = Cluster(directory).url("cauce_app", database)
            running.more["CAUCE_DATABASE_URL"] = url
            async with (
                proxy(directory, mortal.cluster.socket_dir) as between,
                httpx.AsyncClient(base_url=running.url, timeout=PATIENCE) as http,
            ):
                with ExitStack() as open_:
                    own = {name: open_.enter_context(_client(senders[name])) for name in STATES}
                    found = Stage(
                        mortal.cluster, database, running, between, http, senders, own
                    )
                    await found.start()
                    yield found
                await asyncio.to_thread(running.stop)


async def _furnished(centre: Centre, url: str) -> Mapping[str, Sender]:
    """Programmes and clients, entered before anything is killed."""
    for state in STATES:
        await centre.programme(f"{state}-01", str(START))
    clients = {state: await centre.state(state) for state in STATES}
    clients["MX"] = await centre.coordinator()
    await centre.app.state.running.close()
    return {name: Sender(client.id, client.key, url) for name, client in clients.items()}


def _client(sender: Sender) -> Cauce:
    secret = sender.key.private.private_numbers().private_value.to_bytes(32)
    jwk = {**sender.key.jwk, "d": b64(secret)}
    return Cauce(sender.issuer, sender.id, PrivateKey.read(jwk))


@pytest.mark.heavy
async def test_whatever_is_killed_wherever_all_that_was_acknowledged_is_there_once(
    stage: Stage,
) -> None:
    for crash in crashes():
        with _naming(crash):
            await stage.suffer(crash)

    census = await stage.census()
    sent = Counter(_identity(result) for result in stage.acknowledged)
    lost = [each for each in sent if each not in census.accepted]
    doubled = list((census.accepted - Counter(dict.fromkeys(sent, 1))).elements())
    print(
        f"\nkills {stage.kills.total()} {dict(stage.kills)}, interrupted"
        f" {stage.stored.total()} (of which stored {stage.stored[True]}),"
        f" acknowledged {len(sent)} revisions and {len(stage.returned)} returns,"
        f" lost {len(lost)}, doubled {len(doubled)}, half {len(census.halves)}"
    )
    assert stage.kills.total() >= 26
    assert census.halves == []
    assert lost == []
    assert doubled == []
    assert census.acts("return") == Counter(stage.returned)
    print(await asyncio.to_thread(stage.verified))


def _identity(result: Mapping[str, Any]) -> tuple[tuple[str, str, int], str, str]:
    """Whose month and which revision it is, its content and its receipt."""
    key = (result["programme"], result["period"], result["revision"])
    return key, result["content_digest"], result["receipt"]
