"""The audit in the database: entries in batches, each chained to all before it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, func, insert, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import AuditBatch, AuditEntry
from cauce_contract import proof

CHAIN = "audit"  # what is claimed to add a batch: one at a time, in the order of their numbers
_AT_ONCE = 20  # batches that are in memory, of up to some thousand entries each


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's number, from 1, and the digest over its entries and all batches before it."""

    number: int
    digest: bytes


START = Batch(0, proof.START)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry in its place, from 1; `text` is canonical JSON, as it was hashed."""

    batch: int
    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What an auditor looks for; None asks for no particular one.

    first, last  instants, inclusive, as entries have them: RFC 3339 in UTC, to the second
    """

    first: str | None = None
    last: str | None = None
    client: str | None = None
    person: str | None = None
    operation: str | None = None


def following(before: Batch, entries: Sequence[str]) -> Batch:
    """The batch of these entries that comes after another."""
    number, content = before.number + 1, hashlib.sha256()
    for text in entries:
        content.update(hashlib.sha256(text.encode()).digest())
    return Batch(number, proof.head(before.digest, number, content.digest()))


_ENTRIES = (
    func.unnest(bindparam("audit_entries", type_=ARRAY(Text)))
    .table_valued("entry", with_ordinality="place")
    .render_derived()
)
_ADD_BATCH = insert(AuditBatch).values(
    number=bindparam("audit_batch"),
    size=bindparam("audit_size"),
    digest=bindparam("audit_digest"),
)
_APPEND = (
    insert(AuditEntry)
    .from_select(
        ["batch", "place", "entry"],
        select(bindparam("audit_batch"), _ENTRIES.c.place, _ENTRIES.c.entry),
    )
    .add_cte(_ADD_BATCH.cte("added"))
)
_LAST = select(AuditBatch.number, AuditBatch.digest).order_by(AuditBatch.number.desc()).limit(1)


async def append(tx: AsyncConnection, entries: Sequence[str]) -> Batch:
    """Add a batch, in a transaction that claims CHAIN: whoever else adds one waits for it."""
    batch = following(await last(tx), entries)
    row = {"audit_batch": batch.number, "audit_size": len(entries)}
    await tx.execute(_APPEND, {**row, "audit_digest": batch.digest, "audit_entries": entries})
    return batch


async def last(tx: AsyncConnection) -> Batch:
    """The last batch; START where there is none."""
    row = (await tx.execute(_LAST)).first()
    return Batch(row.number, row.digest) if row else START


async def found(
    tx: AsyncConnection, asked: Asked, until: int, before: tuple[int, int] | None, limit: int
) -> list[Entry]:
    """Entries up to the batch `until`, newest first; `before`: those before that place."""
    statement = select(AuditEntry.batch, AuditEntry.place, AuditEntry.entry).where(
        AuditEntry.batch <= until
    )
    if before:
        place = tuple_(literal(before[0]), literal(before[1]))
        statement = statement.where(tuple_(AuditEntry.batch, AuditEntry.place) < place)
    if asked.first:
        statement = statement.where(AuditEntry.at >= asked.first)
    if asked.last:
        statement = statement.where(AuditEntry.at <= asked.last)
    for column, value in (
        (AuditEntry.client, asked.client),
        (AuditEntry.person, asked.person),
        (AuditEntry.operation, asked.operation),
    ):
        if value:
            statement = statement.where(column == value)
    newest = statement.order_by(AuditEntry.batch.desc(), AuditEntry.place.desc()).limit(limit)
    return [Entry(*row) for row in await tx.execute(newest)]


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch as it is stored, with the entries that there are of it."""

    batch: Batch
    size: int
    entries: Sequence[str]


async def batches(tx: AsyncConnection) -> AsyncIterator[Stored]:
    """Every batch in the order of their numbers."""
    in_place = aggregate_order_by(AuditEntry.entry, AuditEntry.place)
    there = AuditEntry.entry.is_not(None)
    statement = (
        select(
            AuditBatch.number,
            AuditBatch.digest,
            AuditBatch.size,
            func.array_agg(in_place, type_=ARRAY(Text)).filter(there).label("entries"),
        )
        .outerjoin(AuditEntry, AuditEntry.batch == AuditBatch.number)
        .group_by(AuditBatch.number)
        .order_by(AuditBatch.number)
        .execution_options(yield_per=_AT_ONCE)
    )
    async for row in await tx.stream(statement):
        yield Stored(Batch(row.number, row.digest), row.size, row.entries or [])
