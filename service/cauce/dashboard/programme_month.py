"""A programme's month as its page shows it: where it stands, what is left, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate.completeness import Completeness, completeness
from cauce.dashboard import events
from cauce.dashboard.events import Event
from cauce.ingest import wire
from cauce.ingest.differences import differences
from cauce.running import Running
from cauce.store import acts, revisions, submissions
from cauce.store.acts import Act
from cauce.store.roster import Entry
from cauce.store.submissions import MONTHS_OF_HISTORY, Accepted, Near
from cauce_contract import Contract, Finding, Month
from cauce_contract.check import misfits
from cauce_contract.labels import Labels

MOST_REVISIONS = 20  # that are listed; more are at the interface


@dataclass(frozen=True, slots=True)
class Told:
    """A warning of the revision in force, and how its state explained it; None: not yet."""

    finding: Finding
    explanation: str | None


@dataclass(frozen=True, slots=True)
class ProgrammeMonth:
    """A programme's month.

    row          where it stands, as completeness has it
    usual_due    the due day without an extension
    accepted     the revision in force, None where nothing was reported
    warnings     what was told of it
    misfits      how it no longer fits with the months before it
    changed_by   the revision that came last of the months before it, where it does not fit
    changes      cell by cell from the revision before the one in force
    events       newest first
    """

    entry: Entry
    row: Completeness
    usual_due: date
    accepted: Accepted | None
    warnings: Sequence[Told]
    misfits: Sequence[Finding]
    changed_by: Event | None
    changes: Sequence[Mapping[str, Any]]
    events: Sequence[Event]

    @property
    def period(self) -> Month:
        return self.row.period

    @property
    def unexplained(self) -> list[Told]:
        return [told for told in self.warnings if told.explanation is None]

    def last(self, kind: str) -> Event | None:
        """The newest event of a kind."""
        return next((event for event in self.events if event.kind == kind), None)


async def programme_month(
    tx: AsyncConnection, running: Running, programme: str, period: Month
) -> ProgrammeMonth | None:
    """The month as it stands; None where there is no such programme on the roster."""
    near = await submissions.around(tx, running.contracts, programme, period)
    if near is None:
        return None
    entry = near.entry
    rows = await completeness(
        tx, running.contracts, running.contract, period, period, entry.state
    )
    row = next(row for row in rows if row.programme == programme)
    said = await acts.about(tx, programme, period, *get_args(acts.Kind))
    sent = await revisions.of_month(tx, programme, period, None, MOST_REVISIONS)
    found = _misfits(near, running.contracts, entry)
    happened = [(act.position, events.of_act(act)) for act in said]
    happened += [(each.log_position, events.of_revision(each)) for each in sent]
    return ProgrammeMonth(
        entry=entry,
        row=row,
        usual_due=near.usual.due,
        accepted=near.current,
        warnings=_warnings(near.current, said),
        misfits=found,
        changed_by=(
            await events.last_revision_before(tx, programme, period, MONTHS_OF_HISTORY)
            if found
            else None
        ),
        changes=await _changes(tx, running.contracts, near.current),
        events=[event for _, event in sorted(happened, key=lambda each: -each[0])],
    )


def cell_label(labels: Labels, pointer: str) -> str:
    """What a cell counts, in a reader's words; its pointer where these words lack it."""
    _, _, measure, *where = pointer.split("/")
    try:
        match where:
            case ["by", dimension, code]:
                of = f"{labels.dimension(dimension)}: {labels.code(dimension, code)}"
                return f"{labels.measure(measure)} · {of}"
            case ["value"]:
                return labels.measure(measure)
            case _:
                return f"{labels.measure(measure)} · {'/'.join(where)}"
    except KeyError:
        return pointer


def _warnings(accepted: Accepted | None, said: Sequence[Act]) -> list[Told]:
    if accepted is None:
        return []
    explained = wire.explanations(accepted, said)
    return [
        Told(finding, explained.get((finding.rule, finding.pointer)))
        for finding in wire.of(accepted, "warning")
    ]


def _misfits(near: Near, contracts: Mapping[str, Contract], entry: Entry) -> list[Finding]:
    accepted = near.current
    if accepted is None or not near.stands.needs_correction:
        return []
    return misfits(
        accepted.report(contracts),
        accepted.told,
        now=accepted.received_at,
        history=near.history,
        start=entry.start,
    )


async def _changes(
    tx: AsyncConnection, contracts: Mapping[str, Contract], accepted: Accepted | None
) -> list[dict[str, Any]]:
    """From the revision before; none where there is no other."""
    if accepted is None or accepted.revision == 1:
        return []
    number = accepted.revision - 1
    before = (await revisions.find(tx, accepted.programme, accepted.period, number))[number]
    return differences(before.report(contracts), accepted.report(contracts))
