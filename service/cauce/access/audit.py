"""The audit: who called, what for, and how it ended, kept in a queue until it is written.

Nobody waits for a row: what is read goes out, and its row is in the database a second later.
Where rows cannot be written, reads are refused before the queue would lose one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.errors import Refusal
from cauce.instants import written
from cauce.store import audit
from cauce.store.connect import AUDIT, DatabaseUnavailable, transaction

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds from an entry to the batch it is written with
PATIENCE = 10.0  # seconds that an entry may wait before reads are refused
CAPACITY = 10_000  # entries: a hundred a second wait for a minute and a half
RESERVED = 10_000  # entries more, for writes: the states' logs have those too
_IN_A_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody who said who they are asks for.

    client, key  a machine client, and the kid of the key that it came with, where it is known
    person       else: a person's id
    operation    the operation's id, or the page's name
    about        ids of the contract and of ours, and months: nothing else of what was sent
    network      where it came from, never the whole address
    """

    at: datetime
    operation: str
    client: str | None = None
    key: str | None = None
    person: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    network: str | None = None


class Audit:
    """The queue of one process, and what writes it.

    A call takes its place before it is carried out and leaves it with its outcome: so that
    what has begun can always be recorded.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        capacity: int = CAPACITY,
        reserved: int = RESERVED,
        patience: float = PATIENCE,
    ) -> None:
        self._engine = engine
        self._capacity = capacity
        self._reserved = reserved
        self._patience = patience
        self._begun = 0
        self._ended: list[tuple[Call, int]] = []
        self._waits_since = 0.0  # the event loop's time when the first of those ended
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    def begin(self, *, is_read: bool) -> None:
        """Take a place for a call, whose outcome must follow; Refusal where there is none."""
        size = self._begun + len(self._ended)
        most = self._capacity if is_read else self._capacity + self._reserved
        if size >= most or (is_read and self._is_late):
            raise Refusal("not-recorded", headers={"Retry-After": "5"})
        self._begun += 1

    def end(self, call: Call, status: int) -> None:
        """Record how a call ended that has a place."""
        loop = asyncio.get_running_loop()
        if not self._ended:
            self._waits_since = loop.time()
        self._begun -= 1
        self._ended.append((call, status))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write())

    @property
    def _is_late(self) -> bool:
        waits = asyncio.get_running_loop().time() - self._waits_since
        return bool(self._ended) and waits > self._patience

    async def flush(self) -> None:
        """Write what has ended, in batches; DatabaseUnavailable leaves it where it is."""
        async with self._writing:
            while batch := self._ended[:_IN_A_BATCH]:
                entries = [_text(call, status) for call, status in batch]
                async with transaction(self._engine, AUDIT, claim=audit.CHAIN) as tx:
                    await audit.append(tx, entries)
                del self._ended[: len(batch)]
                self._waits_since = asyncio.get_running_loop().time()

    async def close(self) -> None:
        """Write what is left; says how much could not be."""
        async with (
            self._writing
        ):  # never in the middle of a batch, which would be written again
            if self._writer:
                self._writer.cancel()
        try:
            await self.flush()
        except (DatabaseUnavailable, DBAPIError):
            log.error("%d entries of the audit were not written", len(self._ended))

    async def _write(self) -> None:
        while self._ended:
            await asyncio.sleep(EVERY)
            try:
                await self.flush()
            except (DatabaseUnavailable, DBAPIError) as fault:
                waiting = len(self._ended)
                log.warning("%d entries wait: %s", waiting, type(fault).__name__)


def _text(call: Call, status: int) -> str:
    said = {
        "at": written(call.at),
        "client": call.client,
        "key": call.key,
        "person": call.person,
        "operation": call.operation,
        "about": dict(call.about),
        "network": call.network,
        "status": status,
    }
    there = {name: value for name, value in said.items() if value is not None}
    # Canonical all the same: ids and whole numbers are written in one way only.
    return json.dumps(there, sort_keys=True, separators=(",", ":"))
