"""Connections, transactions, and whose rows a transaction may see."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

import asyncpg
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

log = logging.getLogger(__name__)

Found = TypeVar("Found")

_ATTEMPTS = 5
# serialization_failure and deadlock_detected: one of two transactions has to give way.
_GIVES_WAY = frozenset(("40001", "40P01"))

# A server that dies under a query can surface as any of these. What it refuses while it lives
# (a broken constraint, a missing privilege) is a fault of ours, and stays one.
_FAULTS = (
    DisconnectionError,
    InterfaceError,
    InternalError,
    OperationalError,
    PoolTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    OSError,
)


class DatabaseUnavailable(Exception):
    """The database did not answer, or lost the connection before it answered to COMMIT.

    What was asked may have happened or not: asking again is safe, since every write is
    idempotent on its natural key.
    """


class Overtaken(DatabaseUnavailable):
    """The transaction gave way to another: nothing of it happened, it can be done again."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose rows a transaction may see; row-level security in PostgreSQL holds it to that.

    `state` says whose, where there are several: a state, a client's id, a link's digest.

    state         one state's rows, to read and to add to
    nation        every state's rows, to read
    coordination  the same, to decide about: returns, waivers, extensions, roster, calendar
    log           the ends of all logs and the checkpoints over them, to read and to add to
    access        clients, people and their sessions, to find out who calls
    client        one client's keys, to read and to change
    enrolment     one enrolment link, and the client that comes of it
    admin         the roster and the clients, to change them
    audit         who read or wrote what, to read and to add to
    none          only what is public
    """

    kind: Literal[
        "state",
        "nation",
        "coordination",
        "log",
        "access",
        "client",
        "enrolment",
        "admin",
        "audit",
        "none",
    ]
    state: str = ""


NATION = Reach("nation")
COORDINATION = Reach("coordination")
LOG = Reach("log")
ACCESS = Reach("access")
ADMIN = Reach("admin")
AUDIT = Reach("audit")
PUBLIC = Reach("none")


_OPEN = select(
    func.set_config("cauce.reach", bindparam("reach"), True),
    func.set_config("cauce.state", bindparam("state"), True),
)
_OPEN_WITH_CLAIM = _OPEN.add_columns(
    func.pg_advisory_xact_lock(func.hashtextextended(bindparam("claim"), 0))
)


def connect(url: str, *, role: str | None = "cauce_app", pool_size: int = 10) -> AsyncEngine:
    """An engine whose every connection acts as `role`, or as the one that the URL signs in."""
    settings = {"application_name": "cauce"} | ({"role": role} if role else {})
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # figures and names stay out of logs
        connect_args={"server_settings": settings},
    )


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, reach: Reach, *, claim: str = ""
) -> AsyncIterator[AsyncConnection]:
    """One transaction within a reach; committed at the end, or rolled back by an exception.

    claim  what to hold until the transaction ends, so that who claims the same waits: a
           programme, whose revisions then get no gap and no twin, and none of whose months is
           checked against a neighbour that is being replaced; or a client's id or name, a
           link's digest, the audit's chain

    Raises DatabaseUnavailable where no connection is to be had, or the server was lost between
    the first statement and the answer to COMMIT: asyncpg can raise more than connection errors
    when it dies. Overtaken where it had to give way to another.
    """
    connection = await _connected(engine)
    try:
        if not await _is_open(connection, reach, claim):
            # It lay in the pool while the server ended; with it all others were dropped.
            await connection.close()
            connection = await _connected(engine)
            await _open(connection, reach, claim)
        yield connection
        await connection.commit()
    except _FAULTS as fault:
        log.warning("the database did not answer: %s", type(fault).__name__)
        raise DatabaseUnavailable from fault
    except DBAPIError as fault:
        if _sqlstate(fault) in _GIVES_WAY:
            log.warning("a transaction gave way to another")
            raise Overtaken from fault
        if not (fault.connection_invalidated or _is_ending(fault)):
            raise
        log.warning("the database lost the connection")
        raise DatabaseUnavailable from fault
    finally:
        await connection.close()


async def until_not_overtaken(work: Callable[[], Awaitable[Found]]) -> Found:
    """Do a piece of work, in a transaction of its own, up to five times if it is overtaken."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(Overtaken):
            return await work()
    return await work()


async def _is_open(connection: AsyncConnection, reach: Reach, claim: str) -> bool:
    """Opens the transaction; False where the connection turns out to be dead."""
    try:
        await _open(connection, reach, claim)
    except DBAPIError as fault:
        if not fault.connection_invalidated:
            raise
        return False
    return True


async def _open(connection: AsyncConnection, reach: Reach, claim: str) -> None:
    if reach.kind == "nation":  # it only reads, often several figures that must agree
        await connection.execution_options(isolation_level="REPEATABLE READ")
    parameters = {"reach": reach.kind, "state": reach.state}
    if claim:
        await connection.execute(_OPEN_WITH_CLAIM, parameters | {"claim": claim})
    else:
        await connection.execute(_OPEN, parameters)


async def see(tx: AsyncConnection, reach: Reach) -> None:
    """Let a transaction see the rows of this reach, and of no other, from here on."""
    await tx.execute(_OPEN, {"reach": reach.kind, "state": reach.state})


async def _connected(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (*_FAULTS, DBAPIError, asyncpg.PostgresError) as fault:
        log.warning("no connection to the database: %s", type(fault).__name__)
        raise DatabaseUnavailable from fault


def _is_ending(fault: DBAPIError) -> bool:
    """Whether PostgreSQL is starting, stopping or out of room (classes 08, 53, 57)."""
    return _sqlstate(fault)[:2] in ("08", "53", "57")


def _sqlstate(fault: DBAPIError) -> str:
    return str(getattr(fault.orig, "sqlstate", "") or "")
