"""Signing in: a password, then a code where there is a second factor; failures are counted."""

from __future__ import annotations

from dataclasses import dataclass

from cauce.access import credentials, people, sessions
from cauce.access.passwords import TooOften
from cauce.access.people import BadEmail, PersonRecord
from cauce.access.sessions import Living
from cauce.access.throttle import give_back, take
from cauce.limits import subscriber
from cauce.running import Running
from cauce.store.connect import ACCESS, transaction

MOST_OF_ACCOUNT, MOST_OF_ADDRESS = 10, 60  # failures within WINDOW
WINDOW = 15 * 60  # seconds


@dataclass(frozen=True, slots=True)
class From:
    """Where an attempt comes from.

    address  of the network
    session  the token of the session that the browser has, which a new one takes the place of
    """

    address: str
    session: str | None


class Wrong(Exception):
    """What was said is not right; which part of it is not said.

    person  the id of whom it was said to be, None where there is no such account
    """

    def __init__(self, person: str | None) -> None:
        super().__init__()
        self.person = person


class NotSetUp(Exception):
    """The password is right, and no second factor was set up where there must be one."""

    def __init__(self, person: str) -> None:
        super().__init__()
        self.person = person


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that began: its token, whose it is, and how far it is."""

    session: str
    person: str
    stage: sessions.Stage


async def with_password(running: Running, email: str, password: str, where: From) -> Begun:
    """Begin a session; raises Wrong, NotSetUp, TooOften.

    An unknown account, a disabled one, one without a password and a wrong password are one
    answer, and take as long.
    """
    async with running.passwords.turn():
        return await _with_password(running, _as_kept(email), password, where)


async def _with_password(running: Running, account: str, password: str, where: From) -> Begun:
    await count(running, account, where.address)
    person = kept = None
    async with transaction(running.engine, ACCESS) as tx:
        person = await people.find(tx, account)
        if person:
            kept = await credentials.find(tx, person.id)
    is_right = await running.passwords.is_right(password, kept.password if kept else None)
    if person is None or kept is None or not is_right:
        raise Wrong(person.id if person else None)
    await forgive(running, account, where.address)
    stage = _stage(person, kept)
    async with transaction(running.engine, ACCESS) as tx:
        # While the password was looked at, the account may have got another, or none.
        if await credentials.find(tx, person.id, hold=True) != kept:
            raise Wrong(person.id)
        begun = await sessions.begin(
            tx, person.id, running.clock(), stage=stage, instead_of=where.session
        )
    return Begun(begun, person.id, stage)


async def with_code(running: Running, living: Living, code: str, where: From) -> str:
    """The token of a signed-in session, for one that awaits a code; Wrong, TooOften, Ended."""
    person = living.person
    await count(running, person.email, where.address)
    now = running.clock()
    async with transaction(running.engine, ACCESS) as tx:
        await sessions.hold(tx, living)
        if not await credentials.use_code(tx, person.id, running.seal, code, now):
            raise Wrong(person.id)
        begun = await sessions.begin(tx, person.id, now, instead_of=where.session)
    await forgive(running, person.email, where.address)
    return begun


async def count(running: Running, account: str, address: str) -> None:
    """Count an attempt before it is looked at, so that many at once are as many; TooOften."""
    for bucket, limit in _buckets(account, address):
        wait = await take(running.engine, bucket, limit, WINDOW, running.clock())
        if wait:
            raise TooOften(wait)


async def forgive(running: Running, account: str, address: str) -> None:
    """Count it no more: it was no failure."""
    for bucket, _ in _buckets(account, address):
        await give_back(running.engine, bucket)


def _buckets(account: str, address: str) -> tuple[tuple[str, int], ...]:
    return (
        (f"failed sign-ins from {subscriber(address)}", MOST_OF_ADDRESS),
        (f"failed sign-ins of {account}", MOST_OF_ACCOUNT),
    )


def _stage(person: PersonRecord, kept: credentials.Kept) -> sessions.Stage:
    if kept.sealed is not None:
        return "code"
    if person.role in people.NEED_SECOND_FACTOR:
        raise NotSetUp(person.id)
    return "signed_in"


def _as_kept(email: str) -> str:
    try:
        return people.read_email(email)
    except BadEmail:
        return ""  # nobody's
