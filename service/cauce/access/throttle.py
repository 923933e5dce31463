"""How often something may be done: counted in PostgreSQL, which all processes share."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, case, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.store.connect import ACCESS, transaction
from cauce.store.tables import Throttle

_SWEPT = 100  # old buckets that are forgotten when a new one is begun


@dataclass(frozen=True, slots=True)
class Lease:
    """What was taken of a bucket.

    granted  how many of those asked for: 0 where none is left
    left     how many others may still take
    ends     when the bucket is full again
    """

    granted: int
    left: int
    ends: datetime


async def take(
    engine: AsyncEngine, bucket: str, limit: int, seconds: int, now: datetime
) -> int:
    """0 where it may be done, and counts; else the seconds until it may be again.

    bucket  whose, and what for: an address or an account in it is kept as a hash alone
    limit   how often within `seconds`, which begin with the first time
    """
    taken = await lease(engine, bucket, limit, seconds, now)
    return 0 if taken.granted else seconds_until(taken.ends, now)


async def lease(
    engine: AsyncEngine, bucket: str, limit: int, seconds: int, now: datetime, count: int = 1
) -> Lease:
    """Take up to `count` of a bucket at once; fewer where fewer are left."""
    ends = now + timedelta(seconds=seconds)
    key = hashlib.sha256(bucket.encode()).digest()
    # A clock that was set back must not keep anybody waiting until it has caught up.
    is_over = or_(Throttle.ends <= now, Throttle.ends > ends)
    statement = (
        upsert(Throttle)
        .values(bucket=key, taken=count, ends=ends)
        .on_conflict_do_update(
            index_elements=[Throttle.bucket],
            set_={
                "taken": case((is_over, count), else_=Throttle.taken + count),
                "ends": case((is_over, ends), else_=Throttle.ends),
            },
        )
        .returning(Throttle.taken, Throttle.ends)
    )
    async with transaction(engine, ACCESS) as tx:
        row = (await tx.execute(statement)).one()
        before = row.taken - count
        if before == 0:
            # After the bucket is held, so that two of them never wait for each other.
            await tx.execute(_forget(now, key))
    left = max(0, limit - before)
    granted = min(count, left)
    return Lease(granted, left - granted, row.ends)


def _forget(now: datetime, but: bytes) -> Delete:
    old = (
        select(Throttle.bucket)
        .where(Throttle.ends <= now, Throttle.bucket != but)
        .limit(_SWEPT)
        .with_for_update(skip_locked=True)
    )
    return delete(Throttle).where(Throttle.bucket.in_(old))


def seconds_until(instant: datetime, now: datetime) -> int:
    """Whole seconds to wait, 1 at least."""
    return max(1, math.ceil((instant - now).total_seconds()))
