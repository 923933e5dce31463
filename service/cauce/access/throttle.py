"""How often something may be done: counted in PostgreSQL, which all processes share."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, DateTime, bindparam, case, delete, or_, select, update
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


_COUNT = bindparam("count", type_=BigInteger())
_NOW = bindparam("at", type_=DateTime(timezone=True))
_ENDS = bindparam("until", type_=DateTime(timezone=True))
# A clock that was set back must not keep anybody waiting until it has caught up.
_IS_OVER = or_(Throttle.ends <= _NOW, Throttle.ends > _ENDS)
_TAKE = (
    upsert(Throttle)
    .values(bucket=bindparam("key"), taken=_COUNT, ends=_ENDS)
    .on_conflict_do_update(
        index_elements=[Throttle.bucket],
        set_={
            "taken": case((_IS_OVER, _COUNT), else_=Throttle.taken + _COUNT),
            "ends": case((_IS_OVER, _ENDS), else_=Throttle.ends),
        },
    )
    .returning(Throttle.taken, Throttle.ends)
)
_OLD = (
    select(Throttle.bucket)
    .where(Throttle.ends <= _NOW, Throttle.bucket != bindparam("key"))
    .limit(_SWEPT)
    .with_for_update(skip_locked=True)
)
_FORGET = delete(Throttle).where(Throttle.bucket.in_(_OLD))


async def take(
    engine: AsyncEngine, bucket: str, limit: int, seconds: int, now: datetime
) -> int:
    """0 where it may be done, and counts; else the seconds until it may be again.

    bucket  whose, and what for: an address or an account in it is kept as a hash alone
    limit   how often within `seconds`, which begin with the first time
    """
    taken = await lease(engine, bucket, limit, seconds, now)
    return 0 if taken.granted else seconds_until(taken.ends, now)


async def give_back(engine: AsyncEngine, bucket: str) -> None:
    """Count what was taken last as never done: where only failures are to count."""
    is_this = Throttle.bucket == hashlib.sha256(bucket.encode()).digest()
    async with transaction(engine, ACCESS) as tx:
        await tx.execute(delete(Throttle).where(is_this, Throttle.taken == 1))
        less = update(Throttle).where(is_this, Throttle.taken > 1)
        await tx.execute(less.values(taken=Throttle.taken - 1))


async def lease(
    engine: AsyncEngine, bucket: str, limit: int, seconds: int, now: datetime, count: int = 1
) -> Lease:
    """Take up to `count` of a bucket at once; fewer where fewer are left."""
    key = hashlib.sha256(bucket.encode()).digest()
    ends = now + timedelta(seconds=seconds)
    async with transaction(engine, ACCESS) as tx:
        asked = {"key": key, "count": count, "at": now, "until": ends}
        row = (await tx.execute(_TAKE, asked)).one()
        before = row.taken - count
        if before == 0:
            # After the bucket is held, so that two of them never wait for each other.
            await tx.execute(_FORGET, {"key": key, "at": now})
    left = max(0, limit - before)
    granted = min(count, left)
    return Lease(granted, left - granted, row.ends)


def seconds_until(instant: datetime, now: datetime) -> int:
    """Whole seconds to wait, 1 at least."""
    return max(1, math.ceil((instant - now).total_seconds()))
