"""Each state's log: what was accepted or decided, chained so that no change goes unseen."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, bindparam, func, insert, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import LogEntry, StateLog
from cauce_contract import canonical, proof

Durability = Literal["sync", "local"]

NATIONAL_LOG = "MX"  # whose log has the acts that are about no state


@dataclass(frozen=True, slots=True)
class End:
    """The last entry of a state's log: its position, 0 where there is none, and its head.

    durability  whether what is committed waits for a standby's disk too, or for this one alone
    """

    state: str
    position: int
    head: bytes
    durability: Durability


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its place; `entry` is canonical JSON, the text that is hashed."""

    state: str
    position: int
    entry: str
    salt: bytes
    head: bytes

    @property
    def row(self) -> dict[str, object]:
        """The parameters of MOVE_END and ADD_ENTRY."""
        return {
            "log_state": self.state,
            "log_at": self.position,
            "log_entry": self.entry,
            "log_salt": self.salt,
            "log_head": self.head,
        }


_COMMIT_WAITS = func.current_setting("synchronous_commit")
_TAKE_END = (
    upsert(StateLog)
    .values(state=bindparam("log_state"), position=1, head=proof.START)
    .on_conflict_do_update(
        index_elements=[StateLog.state], set_={"position": StateLog.position + 1}
    )
    .returning(
        StateLog.position,
        StateLog.head,
        and_(
            func.current_setting("synchronous_standby_names") != "",
            # Not in_, whose list SQLAlchemy would write anew at every call.
            or_(_COMMIT_WAITS == "on", _COMMIT_WAITS == "remote_apply"),
        ).label("is_replicated"),
    )
)
MOVE_END = (
    update(StateLog)
    .where(StateLog.state == bindparam("log_state"))
    .values(head=bindparam("log_head"))
)
# The entry comes last: from here until the commit, no other is added (see `sequence`).
ADD_ENTRY = insert(LogEntry).values(
    state=bindparam("log_state"),
    position=bindparam("log_at"),
    entry=bindparam("log_entry"),
    salt=bindparam("log_salt"),
    head=bindparam("log_head"),
)
_APPEND = ADD_ENTRY.add_cte(MOVE_END.cte("moved"))


async def take_end(tx: AsyncConnection, state: str) -> End:
    """The end of a state's log, which nobody else takes until the transaction ends."""
    row = (await tx.execute(_TAKE_END, {"log_state": state})).one()
    durability: Durability = "sync" if row.is_replicated else "local"
    return End(state, row.position - 1, row.head, durability)


def link(end: End, entry: str) -> Link:
    """The entry that follows the end, with a salt of its own."""
    salt, position = secrets.token_bytes(proof.SALT_BYTES), end.position + 1
    head = proof.head(end.head, position, proof.leaf(entry, salt))
    return Link(end.state, position, entry, salt, head)


async def add(tx: AsyncConnection, state: str, kind: str, **said: object) -> Link:
    """Add an act to a state's log: what kind, and what it says as JSON values.

    The last statement of its transaction: other writers wait from here on.
    """
    entry = canonical({"kind": kind, **said}).decode()
    added = link(await take_end(tx, state), entry)
    await tx.execute(_APPEND, added.row)
    return added
