"""The whole path of a PUT against a minimal endpoint that commits one insert."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import islice

from bench.comparison import Comparison, Round, fitting
from bench.connection import Connection, connected, cpu_seconds, request
from bench.processes import say
from bench.stage import HISTORY, SENT_PROGRAMMES, Stage

ROUNDS = 5
IN_A_ROUND = 40  # requests a connection, at most: 320 of all eight
WARM_UP = 20  # requests a connection

MOST_CPU_MS = 8.0  # of a whole PUT, in the service
LEAST_RATE = 0.25  # of the minimal endpoint's

Requests = Sequence[bytes]


async def compare(stage: Stage, port: int) -> Comparison:
    """First revisions from eight states at once; the same documents to the minimal endpoint.

    Each month is checked with the two years that stand before it.
    """
    documents = {
        state: stage.documents(state, SENT_PROGRAMMES, after=HISTORY) for state in stage.senders
    }

    async def both(count: int) -> tuple[Round, Round]:
        sent: list[Requests] = []
        kept: list[Requests] = []
        for state, token in stage.senders.items():
            following = list(islice(documents[state], count))
            assert len(following) == count, "the stage has too few months to send"
            sent.append([request("PUT", path, token, body) for path, body in following])
            kept.append([request("PUT", "/minimal", token, body) for _, body in following])
        return await _round(port, sent), await _round(port, kept)

    warm_up, _ = await both(WARM_UP)
    many, rounds = fitting(warm_up, IN_A_ROUND), []
    for number in range(1, ROUNDS + 1):
        rounds.append(await both(many))
        whole, least = rounds[-1]
        say(f"  round {number} of {ROUNDS}: {whole.rate:.0f}/s and {least.rate:.0f}/s")
    return Comparison("PUT, the whole path", "a minimal endpoint", *zip(*rounds, strict=True))


async def _round(port: int, requests: Sequence[Requests]) -> Round:
    async with AsyncExitStack() as stack:
        # Opened anew: uvicorn closes those that were idle while the other side had its turn.
        connections = [await stack.enter_async_context(connected(port)) for _ in requests]
        cpu, started = await cpu_seconds(port), time.perf_counter()
        await asyncio.gather(*map(send, connections, requests))
        seconds = time.perf_counter() - started
        spent = await cpu_seconds(port) - cpu
    return Round(sum(map(len, requests)), len(connections), seconds, spent)


async def send(connection: Connection, requests: Requests) -> None:
    """One after the other; each must be a first revision."""
    for each in requests:
        await connection.ask(each, 201)
