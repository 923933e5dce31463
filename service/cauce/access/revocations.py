"""What is worth nothing any more, which every process knows within a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.access.tokens import TOKEN_LIFE
from cauce.store.connect import ACCESS, transaction
from cauce.store.tables import Client, ClientKey, RevokedToken

AGE = 0.5  # seconds for which what was read is believed


class Revocations:
    """The clients, keys and tokens that were revoked while a token of theirs can still live.

    Read anew by whoever asks when it is too old, one at a time. Where it cannot be read nobody
    is let in: DatabaseUnavailable.

    clock    what time it is, as tokens have it
    elapsed  seconds from anywhere, which no correction of the clock moves
    """

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Callable[[], datetime],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._elapsed = elapsed
        self._revoked: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def has(self, *ids: str) -> bool:
        """Whether any of a client's id, a key's thumbprint and a token's `jti` is revoked."""
        if self._is_old:
            async with self._reading:
                if self._is_old:  # else somebody else has read it meanwhile
                    await self._read()
        return not self._revoked.isdisjoint(ids)

    def forget(self) -> None:
        """Read anew at the next call: this process has just revoked something."""
        self._read_at = float("-inf")

    async def revoke_token(self, jti: str, expires_at: datetime) -> None:
        """Refuse an access token from now on; the same again changes nothing."""
        over = delete(RevokedToken).where(RevokedToken.expires_at < self._since)
        new = insert(RevokedToken).values(jti=jti, expires_at=expires_at)
        async with transaction(self._engine, ACCESS) as tx:
            await tx.execute(over)
            await tx.execute(new.on_conflict_do_nothing())
        self.forget()

    @property
    def _is_old(self) -> bool:
        return self._elapsed() - self._read_at >= AGE

    @property
    def _since(self) -> datetime:
        """What was revoked, or ended, before has no token left, if clocks differ by minutes."""
        return self._clock() - 2 * TOKEN_LIFE

    async def _read(self) -> None:
        began = self._elapsed()
        since = self._since
        statement = union_all(
            select(Client.id).where(Client.revoked_at > since),
            select(ClientKey.kid).where(ClientKey.revoked_at > since),
            select(RevokedToken.jti).where(RevokedToken.expires_at > since),
        )
        async with transaction(self._engine, ACCESS) as tx:
            self._revoked = frozenset((await tx.execute(statement)).scalars())
        self._read_at = began
