"""Quotas that all processes share and none asks the database about at every call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.access.throttle import lease, seconds_until


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a quota once it was asked, as far as this process knows.

    wait  0 where the call is let in; else the seconds after which the next one is
    calls until then, and how many seconds until all of them are there again
    """

    wait: int
    calls: int
    seconds: int


@dataclass(slots=True)
class _Held:
    """What this process holds of somebody's quota; `elsewhere`: what it could still lease."""

    here: int = 0
    elsewhere: int = 0
    ends: datetime | None = None
    leasing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Quota:
    """So many calls within so many seconds, for each whose calls are counted.

    Taken from the shared count a lease at a time, so that a call costs no write. What a process
    has leased and does not use is lost to the others until the window ends: with n processes
    somebody gets (n - 1) leases less at worst.

    name     of what is counted, apart from other quotas
    holders  how many are remembered; of more, the one first seen is forgotten
    """

    def __init__(
        self,
        engine: AsyncEngine,
        name: str,
        limit: int,
        *,
        seconds: int = 60,
        lease: int = 100,
        holders: int = 10_000,
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self._engine = engine
        self._name = name
        self._lease = min(lease, limit)
        self._most = holders
        self._held: dict[str, _Held] = {}

    async def take(self, whose: str, now: datetime) -> Left:
        """Count a call, where there is one left; DatabaseUnavailable where none can be had."""
        held = self._held.get(whose) or self._new(whose)
        if not held.here or not self._is_running(held, now):
            async with held.leasing:
                await self._refill(held, whose, now)
        ends = held.ends or now
        if not held.here:
            wait = seconds_until(ends, now)
            return Left(wait, 0, wait)
        held.here -= 1
        return Left(0, held.here + held.elsewhere, seconds_until(ends, now))

    async def _refill(self, held: _Held, whose: str, now: datetime) -> None:
        if self._is_running(held, now) and (held.here or not held.elsewhere):
            return  # somebody else leased meanwhile, or nothing is left for anybody
        bucket = f"{self._name} {whose}"
        taken = await lease(self._engine, bucket, self.limit, self.seconds, now, self._lease)
        held.here, held.elsewhere, held.ends = taken.granted, taken.left, taken.ends

    def _is_running(self, held: _Held, now: datetime) -> bool:
        """Whether the window lasts; one that ends too late is of a clock that was set back."""
        return held.ends is not None and now < held.ends <= now + timedelta(
            seconds=self.seconds
        )

    def _new(self, whose: str) -> _Held:
        if len(self._held) >= self._most:
            del self._held[next(iter(self._held))]
        self._held[whose] = _Held()
        return self._held[whose]
