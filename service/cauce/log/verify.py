"""Whether a database's logs, and all that they are about, are as they were signed for.

Every entry follows from the one before; every revision is what its entry, its document and its
receipt say; every month stands where its entries lead; roster and calendar are what their
entries say; every checkpoint is over the logs as they were. What fits in itself may still be
short of its end: a cut tail shows by a receipt or a checkpoint that somebody else has kept.

Not proven is `sequence`, the order of entries over all states: it must grow within a log and
over each checkpoint, and be given once. Nor are instants below the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cauce.log import attested, decided, entries, people, registered
from cauce.log.attested import Kept
from cauce.log.faults import Fault
from cauce.log.one_log import Keys, OneLog, Verified
from cauce.store.connect import NATION, see, transaction
from cauce.store.tables import LogEntry
from cauce_contract import Contract


async def verify(
    engine: AsyncEngine,
    contracts: Mapping[str, Contract],
    keys: Keys,
    kept_checkpoints: Sequence[Kept] = (),
    kept_receipts: Sequence[Kept] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Look at one snapshot of the database, and change nothing in it.

    progress  is told how many entries are done, of how many
    """
    found = Verified()
    async with transaction(engine, NATION) as tx:
        await tx.execute(text("SET TRANSACTION READ ONLY"))
        total = await entries.count(tx)
        states = await entries.states(tx)
        for state in states:
            found.logs += 1
            async for done in OneLog(tx, state, contracts, keys, found).read():
                if progress:
                    progress(done, total)
        found.faults.add(await _sequences(tx))
        found.unattested = await decided.unattested(tx)
        found.unregistered = await registered.unregistered(tx, found.registered)
        found.unentered = await people.unentered(tx, found.entered)
        async for _, faults in attested.stored_checkpoints(tx, keys.checkpoints, states):
            found.checkpoints += 1
            found.faults.add(faults)
        for each in kept_checkpoints:
            found.faults.add(await attested.kept_checkpoint(tx, each, keys.checkpoints))
        for each in kept_receipts:
            found.faults.add(await attested.kept_receipt(tx, each, keys.receipts))
        found.kept = len(kept_checkpoints) + len(kept_receipts)
    return found


async def _sequences(tx: AsyncConnection) -> list[Fault]:
    """The entries whose sequence another one has, or that was never given."""
    await see(tx, NATION)
    twice = (
        select(LogEntry.sequence).group_by(LogEntry.sequence).having(func.count() > 1)
    ).scalar_subquery()
    given = func.coalesce(func.pg_sequence_last_value(text("'log_sequence'::regclass")), 0)
    statement = select(LogEntry.__table__).where(
        or_(LogEntry.sequence.in_(twice), LogEntry.sequence > given, LogEntry.sequence < 1)
    )
    what = "its sequence was never given, or is another entry's too"
    rows = await tx.execute(statement.order_by(LogEntry.sequence))
    return [Fault(row.state, row.position, what, row.programme, row.period) for row in rows]
