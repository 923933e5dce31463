"""The roster: programmes entered, replaced by others, and closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.coordinate.actor import Actor
from cauce.coordinate.entry import EntryBody
from cauce.errors import DocumentError, Refusal
from cauce.store import log, roster
from cauce.store.roster import Entry, Interval
from cauce_contract import Month

FOLLOW_UP_MONTHS = 24  # that a closed programme still reports: the longest window of a cohort
MOST_SHOWN = 12  # months that a fault names


@dataclass(frozen=True, slots=True)
class Entered:
    """A programme's entry; `is_new`: it was not on the roster before."""

    entry: Entry
    is_new: bool


async def enter(tx: AsyncConnection, actor: Actor, programme: str, body: object) -> Entered:
    """Put a programme's whole entry on the roster, or Refusal. The same again is no act.

    The programme must be claimed by the transaction: its months are looked at.
    """
    entry = EntryBody(actor.contract, programme, body).entry()
    await roster.hold(tx)
    others = await roster.entries(tx, state=entry.state)
    before = next((each for each in others if each.id == entry.id), None)
    if before == entry:
        return Entered(entry, is_new=False)
    faults = [
        *_faults_of_replaced(entry, {each.id: each for each in others}),
        *_faults_of_replacing(entry, others),
        *_faults_of_months(entry, await roster.reported(tx, entry.id)),
    ]
    if faults:
        raise Refusal("bad-act", errors=faults)
    await roster.put(tx, entry)
    said = {"programme": entry.id, "entry": entry.as_data()}
    await log.add(tx, entry.state, "roster", **said, **actor.signature)
    return Entered(entry, is_new=before is None)


def _faults_of_replaced(entry: Entry, others: dict[str, Entry]) -> Iterator[DocumentError]:
    """Those that it replaces are there, began before it, and end when it begins."""
    for at, programme in enumerate(entry.replaces):
        pointer = f"/replaces/{at}"
        if programme not in others:
            yield DocumentError("not_on_the_roster", pointer)
        elif others[programme].start >= entry.start:
            began = {"expected": str(others[programme].start)}
            yield DocumentError("replaced_is_younger", pointer, began)
        elif others[programme].is_active_after(entry.start):
            yield DocumentError("replaced_goes_on", pointer, {"expected": str(entry.start)})


def _faults_of_replacing(entry: Entry, others: Sequence[Entry]) -> Iterator[DocumentError]:
    """It ends when those begin that replace it."""
    for other in others:
        if entry.id not in other.replaces:
            continue
        figures = {"programme": other.id, "expected": str(other.start)}
        if entry.start >= other.start or entry.is_active_after(other.start):
            yield DocumentError("replaced_by_another", "/intervals", figures)


def _faults_of_months(entry: Entry, reported: Sequence[Month]) -> Iterator[DocumentError]:
    """Every month that was accepted stays on the roster."""
    off = [str(month) for month in reported if not entry.is_on_roster(month)]
    if off:
        shown = ", ".join(off[:MOST_SHOWN]) + (", …" if len(off) > MOST_SHOWN else "")
        yield DocumentError("months_off_roster", "/intervals", {"months": shown})


def closed(entry: Entry, last: Month, follow_up: int) -> Entry | None:
    """The entry of a programme whose last active month is `last`; None: it is not active then.

    follow_up  the months after it that it owes what a closed programme does
    """
    current = next((each for each in entry.intervals if each.has(last)), None)
    if current is None or current.kind != "active":
        return None
    before = [each for each in entry.intervals if each.since < current.since]
    intervals = [*before, replace(current, until=last)]
    if follow_up:
        intervals.append(Interval("follow_up", last + 1, last + follow_up))
    return replace(entry, intervals=intervals)
