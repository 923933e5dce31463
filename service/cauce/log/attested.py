"""What was attested of the logs: checkpoints that are stored, and what others have kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import tokens
from cauce.access.tokens import PublicKey, TokenRefused
from cauce.log import checkpoint, entries
from cauce.log.chain import said_by
from cauce.log.checkpoint import Made
from cauce.log.faults import CHECKPOINTS, Fault
from cauce.log.revisions import unlike
from cauce.store.connect import LOG, NATION, see
from cauce.store.tables import Checkpoint, LogEntry
from cauce_contract import Month

AT_ONCE = 50  # checkpoints, each with a head a state

Spot = tuple[str, int]  # a state, and a position in its log


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed statement that somebody kept, and what they call it."""

    name: str
    token: str


async def stored_checkpoints(
    tx: AsyncConnection, keys: Mapping[str, PublicKey], states: Sequence[str]
) -> AsyncIterator[tuple[int, list[Fault]]]:
    """The number of each stored checkpoint, and how it fits neither its signature nor the logs.

    states  those that have a log
    """
    expected = 1
    while rows := await _after(tx, expected - 1):
        read = [(row, *_read(row, keys)) for row in rows]
        spots = {spot for _, made, _ in read if made for spot in _around(made, states)}
        there = await _entries(tx, spots)
        for row, made, faults in read:
            if row.number != expected:
                faults.append(_about(expected, "it is not there"))
            if made:
                faults += _against_logs(made, there, states)
            expected = row.number + 1
            yield row.number, faults


async def _after(tx: AsyncConnection, number: int) -> Sequence[Row[Any]]:
    await see(tx, LOG)
    statement = (
        select(Checkpoint.__table__)
        .where(Checkpoint.number > number)
        .order_by(Checkpoint.number)
        .limit(AT_ONCE)
    )
    return (await tx.execute(statement)).all()


def _read(row: Row[Any], keys: Mapping[str, PublicKey]) -> tuple[Made | None, list[Fault]]:
    """The checkpoint, None where it cannot be read, and how it is not what was signed."""
    try:
        made = checkpoint.made(row)
        claims = made.claims("")
    except (TypeError, ValueError):
        return None, [_about(row.number, "its heads cannot be read")]
    states = [state for state, _, _ in made.heads]
    faults = []
    if states != sorted(set(states)):
        faults.append(_about(row.number, "its heads are not in order"))
    try:
        said = tokens.opened(made.statement, keys, tokens.CHECKPOINT)
    except TokenRefused as fault:
        what = f"the statement is not as it was signed ({fault})"
        return made, [*faults, _about(row.number, what)]
    members = ("number", "at", "root", "size")
    wrong = [member for member in members if said.get(member) != claims[member]]
    return made, faults + [_about(row.number, f"its {each} is not signed so") for each in wrong]


def _around(made: Made, states: Sequence[str]) -> Iterator[Spot]:
    """The last entry of each log under a checkpoint, and the first one after it."""
    ends = dict.fromkeys(states, 0) | {state: position for state, position, _ in made.heads}
    for state, position in ends.items():
        yield state, position
        yield state, position + 1


async def _entries(tx: AsyncConnection, spots: set[Spot]) -> Mapping[Spot, Row[Any]]:
    await see(tx, NATION)
    statement = select(
        LogEntry.state, LogEntry.position, LogEntry.sequence, LogEntry.head
    ).where(tuple_(LogEntry.state, LogEntry.position).in_(sorted(spots)))
    rows: Iterable[Row[Any]] = await tx.execute(statement)
    return {(row.state, row.position): row for row in rows}


def _against_logs(
    made: Made, there: Mapping[Spot, Row[Any]], states: Sequence[str]
) -> Iterator[Fault]:
    for state, position, head in made.heads:
        entry = there.get((state, position))
        if entry is None:
            what = f"checkpoint {made.number} is over this entry, which is not there"
            yield Fault(state, position, what)
        elif entry.head.hex() != head:
            what = f"checkpoint {made.number} is over another head at this position"
            yield Fault(state, position, what)
    # What was committed before a checkpoint comes before all that was committed after it.
    under = {(state, position) for state, position, _ in made.heads}
    last = max((there[spot].sequence for spot in under & there.keys()), default=0)
    for spot in sorted(set(_around(made, states)) - under):
        if spot in there and there[spot].sequence <= last:
            what = f"its sequence is not after those under checkpoint {made.number}"
            yield Fault(*spot, what)


def _about(number: int, what: str) -> Fault:
    return Fault(CHECKPOINTS, number, what)


async def kept_checkpoint(
    tx: AsyncConnection, kept: Kept, keys: Mapping[str, PublicKey]
) -> list[Fault]:
    """How a checkpoint that somebody kept is not the one that is stored under its number."""
    try:
        said = tokens.opened(kept.token, keys, tokens.CHECKPOINT)
        number, root_kept = said["number"], said["root"]
    except (TokenRefused, KeyError) as fault:
        return [Fault(CHECKPOINTS, None, f"{kept.name}: no checkpoint signed here ({fault})")]
    await see(tx, LOG)
    try:
        made = await checkpoint.find(tx, number)
        root = made.root.hex() if made else None
    except (TypeError, ValueError):
        root = ""
    if root is None:
        return [_about(number, f"{kept.name}: it is not there any more")]
    if root != root_kept:
        return [_about(number, f"{kept.name}: it has another root than was kept")]
    return []


async def kept_receipt(
    tx: AsyncConnection, kept: Kept, keys: Mapping[str, PublicKey]
) -> list[Fault]:
    """How a receipt that somebody kept is not about the entry that is stored at its place."""
    try:
        claims = tokens.opened(kept.token, keys, tokens.RECEIPT)
        state, position = claims["log"]["state"], claims["log"]["position"]
        period = Month.parse(claims["period"]).first_day
        about = (claims["programme"], period, claims["revision"])
    except (TokenRefused, KeyError) as fault:
        return [Fault("-", None, f"{kept.name}: no receipt signed here ({fault})")]
    await see(tx, NATION)
    stored = await entries.at(tx, state, position)
    said, faults = said_by(state, stored) if stored else (None, [])
    if stored is None or said is None:
        what = f"{kept.name}: its entry is not there"
        return [*faults, Fault(state, position, what, *about)]
    found = unlike(claims, state, stored, said)
    return [Fault(state, position, f"{kept.name}: {what}", *about) for what in found]
