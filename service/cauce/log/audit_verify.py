"""Whether the audit is as it was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import audit
from cauce.store.audit import START, Batch


@dataclass(slots=True)
class Checked:
    """What was looked at, and what does not fit; `last` is where the chain ends."""

    batches: int = 0
    entries: int = 0
    last: Batch = START
    faults: list[str] = field(default_factory=list)


async def check(tx: AsyncConnection, kept: Batch | None = None) -> Checked:
    """Follow the chain from its first batch, and name the batches that do not fit.

    kept  a batch that somebody noted earlier: by it alone it shows that later ones are gone, or
          that all of the chain was written anew
    """
    checked = Checked()
    is_kept_found = kept is None
    async for stored in audit.batches(tx):
        following = audit.following(checked.last, stored.entries)
        number = stored.batch.number
        if number != following.number:
            checked.faults.append(f"batch {following.number}: missing")
        elif len(stored.entries) != stored.size:
            there = len(stored.entries)
            checked.faults.append(f"batch {number}: {there} entries, of {stored.size} written")
        elif stored.batch.digest != following.digest:
            checked.faults.append(f"batch {number}: its entries are not those of its digest")
        if kept and number == kept.number:
            is_kept_found = stored.batch.digest == kept.digest
        checked.batches += 1
        checked.entries += len(stored.entries)
        checked.last = stored.batch  # so that each batch is judged by what stands before it
    if not is_kept_found and kept:
        checked.faults.append(f"batch {kept.number}: missing, or not the one that was kept")
    return checked
