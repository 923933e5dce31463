"""Checkpoints: signed statements that every state's log ended then with that head.

Only the root of a Merkle tree over the heads is stated, so that anybody may keep a checkpoint:
it tells nothing of any state but to those who know its head, and how many logs there are. A
state is shown the way from its own head to the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import tokens
from cauce.access.tokens import Signer
from cauce.instants import written
from cauce.store.tables import Checkpoint, StateLog
from cauce_contract import proof

LEAST_AGE = timedelta(minutes=1)
_ONE_AT_A_TIME = 7206514332  # the advisory lock of those who make one

Head = tuple[str, int, str]  # state, position, head in hex


@dataclass(frozen=True, slots=True)
class Made:
    """A checkpoint as it is stored; `heads` by state."""

    number: int
    made_at: datetime
    heads: Sequence[Head]
    statement: str

    @property
    def leaves(self) -> list[bytes]:
        """Of the tree, by state."""
        return [
            proof.state_leaf(state, position, bytes.fromhex(head))
            for state, position, head in self.heads
        ]

    @property
    def root(self) -> bytes:
        return proof.root(self.leaves)

    def claims(self, issuer: str) -> dict[str, Any]:
        """What its statement says; `size` is the number of logs."""
        return {
            "iss": issuer,
            "number": self.number,
            "at": written(self.made_at),
            "root": self.root.hex(),
            "size": len(self.heads),
        }


async def current(
    tx: AsyncConnection,
    signer: Signer,
    issuer: str,
    now: datetime,
    least_age: timedelta = LEAST_AGE,
) -> Made:
    """The latest checkpoint: a new one where a log has grown since the last one.

    Nothing makes checkpoints by itself: they are made for those who ask, and for all who ask
    at once the same one. Until the last one has its least age it is the answer, whatever was
    added since; so there are never more than one a minute, nor than there are entries. The
    first one can be over no log at all. Needs the reach LOG.
    """
    last = await newest(tx)
    if last and not await _is_overtaken(tx, last, now, least_age):
        return last
    await tx.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    last = await newest(tx)
    if last and not await _is_overtaken(tx, last, now, least_age):
        return last
    return await _make(tx, last.number + 1 if last else 1, signer, issuer, now)


async def newest(tx: AsyncConnection) -> Made | None:
    statement = select(Checkpoint.__table__).order_by(Checkpoint.number.desc()).limit(1)
    row = (await tx.execute(statement)).one_or_none()
    return made(row) if row else None


async def find(tx: AsyncConnection, number: int) -> Made | None:
    statement = select(Checkpoint.__table__).where(Checkpoint.number == number)
    row = (await tx.execute(statement)).first()
    return made(row) if row else None


def made(row: Row[Any]) -> Made:
    """The checkpoint in a row of its table."""
    heads = [(state, position, head) for state, position, head in row.heads]
    return Made(row.number, row.made_at, heads, row.statement)


async def _is_overtaken(
    tx: AsyncConnection, last: Made, now: datetime, least_age: timedelta
) -> bool:
    return now - last.made_at >= least_age and await _heads(tx) != last.heads


async def _heads(tx: AsyncConnection) -> list[Head]:
    """Where every log ends, by state: one statement, so that it is one instant."""
    rows = await tx.execute(select(StateLog.state, StateLog.position, StateLog.head))
    return sorted((row.state, row.position, row.head.hex()) for row in rows)


async def _make(
    tx: AsyncConnection, number: int, signer: Signer, issuer: str, now: datetime
) -> Made:
    unsigned = Made(number, now, await _heads(tx), "")
    statement = signer.sign(tokens.CHECKPOINT, unsigned.claims(issuer))
    row: Mapping[str, object] = {
        "number": number,
        "made_at": now,
        "heads": [list(head) for head in unsigned.heads],
        "statement": statement,
    }
    await tx.execute(insert(Checkpoint).values(row))
    return Made(number, now, unsigned.heads, statement)
