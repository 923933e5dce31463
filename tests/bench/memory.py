"""The memory of the service over ten thousand PUTs: whether it grows with what it has done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice

from bench.connection import connected, request
from bench.processes import resident_mib, say
from bench.put import send
from bench.stage import SENDERS, SHORTEST, Stage, enter

STEP = 1000  # PUTs between two looks
STEPS = 10
MOST_GROWTH = 1.05  # from the first look to the last: 600 bytes a PUT

# Enough of each state's to have a month for every PUT.
PROGRAMMES = range(21, 22 + STEP * STEPS // SENDERS // SHORTEST)


@dataclass(frozen=True, slots=True)
class Looks:
    """Resident memory in MiB: before the first PUT, and after every thousand."""

    before: float
    after: Sequence[float]

    @property
    def growth(self) -> float:
        """After all of them, to after the first thousand."""
        return self.after[-1] / self.after[0]

    @property
    def holds(self) -> bool:
        return self.growth < MOST_GROWTH


async def watch(stage: Stage, port: int, pid: int) -> Looks:
    """First revisions from eight states at once, written before the first of them is sent."""
    await enter(stage.cluster, list(stage.senders), PROGRAMMES)
    share = STEP // SENDERS
    waiting = [
        [
            request("PUT", path, token, body)
            for path, body in islice(stage.documents(state, PROGRAMMES), share * STEPS)
        ]
        for state, token in stage.senders.items()
    ]
    before, after = resident_mib(pid), list[float]()
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(port)) for _ in waiting]
        for step in range(STEPS):
            following = [each[step * share : (step + 1) * share] for each in waiting]
            await asyncio.gather(*map(send, connections, following))
            after.append(resident_mib(pid))
            say(f"  {(step + 1) * STEP} PUTs: {after[-1]:.1f} MiB")
    return Looks(before, after)
