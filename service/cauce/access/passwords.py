"""Passwords: which are taken, and how they are kept (argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import os
import sys
import unicodedata
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SHORTEST, LONGEST = 12, 128  # characters, after NFKC
AT_ONCE = 2
MOST_WAITING = 40  # some two seconds of work; who comes then is asked to come again
_A_MOMENT = 5  # seconds
_NICER = 10  # than the requests of others, where a thread can be

Fault = Literal["too_short", "too_long", "is_email", "common"]


class TooOften(Exception):
    """Too many failures, or too many at once; may be tried again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


def normal(password: str) -> str:
    """As it is counted, compared and hashed: one way to write what looks the same."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, email: str) -> Fault | None:
    """Why a password is not taken; None where it is."""
    text = normal(password)
    if len(text) < SHORTEST:
        return "too_short"
    if len(text) > LONGEST:
        return "too_long"
    if text.casefold() == email.casefold():
        return "is_email"
    if text.casefold() in _common():
        return "common"
    return None


class Passwords:
    """Hashes two at a time, in threads of their own, so that sign-ins cannot starve reports.

    Whoever needs one takes a turn for all that goes with it.
    """

    def __init__(self) -> None:
        # OWASP's first choice for argon2id: 46 MiB, one pass, one lane.
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords", _step_back)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        return str(await self._run(self._hasher.hash, normal(password)))

    async def is_right(self, password: str, hashed: str | None) -> bool:
        """Whether it is the one that was hashed; takes as long where there is none."""
        if hashed is None:
            self._nobodys = self._nobodys or await self.hash("nobody has this one")
            await self._run(self._verify, self._nobodys, "and nobody says it")
            return False
        text = normal(password)
        # A longer one was never taken, and costs whoever counts it.
        return bool(await self._run(self._verify, hashed, text[: LONGEST + 1]))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one of the turns in which passwords are hashed, or TooOften.

        Held from the first statement to the last: who waits holds no connection to the
        database that a report could have.
        """
        if self._waiting >= MOST_WAITING:
            raise TooOften(_A_MOMENT)
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _run(self, work: object, *given: str) -> object:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *given)  # type: ignore[arg-type]

    def _verify(self, hashed: str, text: str) -> bool:
        try:
            return self._hasher.verify(hashed, text)
        except VerifyMismatchError:
            return False

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.nice(_NICER)


@cache
def _common() -> frozenset[str]:
    text = (files("cauce") / "access" / "common_passwords.txt").read_text("utf-8")
    return frozenset(text.split())
