"""Connections, transactions, and whose rows a transaction may see."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

log = logging.getLogger(__name__)

# A server that dies under a query can surface as any of these.
_FAULTS = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


class DatabaseUnavailable(Exception):
    """The database did not answer, or lost the connection before it answered to COMMIT.

    What was asked may have happened or not: asking again is safe, since every write is
    idempotent on its natural key.
    """


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose rows a transaction may see; row-level security in PostgreSQL holds it to that.

    state   one state's rows, to read and to add to
    nation  every state's rows, to read
    access  clients, people and their sessions, to find out who calls
    admin   the roster and the clients, to change them
    none    only what is public
    """

    kind: Literal["state", "nation", "access", "admin", "none"]
    state: str = ""


NATION = Reach("nation")
ACCESS = Reach("access")
ADMIN = Reach("admin")
PUBLIC = Reach("none")


def connect(url: str, *, role: str | None = "cauce_app", pool_size: int = 10) -> AsyncEngine:
    """An engine whose every connection acts as `role`, or as the one that the URL signs in."""
    settings = {"application_name": "cauce"} | ({"role": role} if role else {})
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,  # figures and names stay out of logs
        connect_args={"server_settings": settings},
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine, reach: Reach) -> AsyncIterator[AsyncConnection]:
    """One transaction within a reach; committed at the end, or rolled back by an exception.

    Raises DatabaseUnavailable for every fault between the first statement and the answer to
    COMMIT: asyncpg can raise more than connection errors when its server dies.
    """
    try:
        async with engine.begin() as tx:
            await tx.execute(
                select(
                    func.set_config("cauce.reach", reach.kind, True),
                    func.set_config("cauce.state", reach.state, True),
                )
            )
            yield tx
    except _FAULTS as fault:
        log.exception("the database did not answer")
        raise DatabaseUnavailable from fault
