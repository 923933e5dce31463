"""Revisions of reports: read, and appended under a claim on their programme."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store import roster
from cauce.store.calendar import Days
from cauce.store.log import ADD_ENTRY, MOVE_END, Link
from cauce.store.roster import AT_THE_DOOR, Entry
from cauce.store.tables import MonthStands, Revision
from cauce_contract import Contract, Finding, Month, Report
from cauce_contract.history import looked_back

FLAGS = ("needs_correction", "returned", "explanation_due")  # what can be left to do
MONTHS_OF_HISTORY = 24  # that rules look back at: as long as the longest follow-up


@dataclass(frozen=True, slots=True)
class Accepted:
    """A revision as it was accepted.

    text  its canonical document, as it is hashed
    told  what the check said without refusing it
    """

    programme: str
    state: str
    period: Month
    revision: int
    contract: str
    core_digest: str
    content_digest: str
    text: str
    numbers: Sequence[int | None]
    statuses: Sequence[int]
    acknowledgements: Sequence[Mapping[str, str]]
    told: Sequence[Finding]
    reason: Mapping[str, str] | None
    client: str
    received_at: datetime
    log_position: int
    receipt: str

    @property
    def document(self) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self.text)
        return document

    @property
    def etag(self) -> str:
        """Names the revision, not only the content: the same figures may come back later."""
        return f'"{self.revision}-{self.content_digest.removeprefix("sha-256:")[:16]}"'

    def report(self, contracts: Mapping[str, Contract]) -> Report:
        """The report as it was accepted, under the contract that it was checked with."""
        figures = self.document["measures"]
        return Report(
            contract=contracts[self.contract],
            programme=self.programme,
            period=self.period,
            numbers=tuple(self.numbers),
            statuses=tuple(self.statuses),
            notes={id_: figure["note"] for id_, figure in figures.items() if "note" in figure},
            acknowledgements=tuple(self.acknowledgements),
            revision_reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a programme's month stands; also one that was never reported.

    revision, first_received_at  of what was reported, None where nothing was
    due, open_until              days that extensions and returns gave
    """

    revision: int | None = None
    first_received_at: datetime | None = None
    needs_correction: bool = False
    returned: bool = False
    explanation_due: bool = False
    waived: bool = False
    due: date | None = None
    open_until: date | None = None

    @property
    def flags(self) -> list[str]:
        """What is left to do, by the names of the interface."""
        return [flag for flag in FLAGS if getattr(self, flag)]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A month near another: its figures without texts, and what was told when it came."""

    report: Report
    told: Sequence[Finding]
    received_at: datetime
    stands: Stands


@dataclass(frozen=True, slots=True)
class Near:
    """A programme's month at the door, and what is in force around it.

    entry    the programme on the roster
    usual    the days for its reports that the calendar has
    history  the months before that there are, oldest first
    later    the months after that could look back at it, oldest first
    """

    entry: Entry
    usual: Days
    history: Sequence[Report]
    current: Accepted | None
    stands: Stands
    later: Sequence[Neighbour]

    @property
    def days(self) -> Days:
        """The days for its reports, with what an extension gave."""
        return self.usual.moved_to(self.stands.due)

    @property
    def needing_correction(self) -> list[Month]:
        return [each.report.period for each in self.later if each.stands.needs_correction]


async def around(
    tx: AsyncConnection, contracts: Mapping[str, Contract], programme: str, period: Month
) -> Near | None:
    """The month, those before that rules may look back at, those after that may look at it.

    None where the roster has no such programme.
    """
    day = period.first_day
    values = {
        "programme": programme,
        "day": day,
        "looked_at": [(period + -back).first_day for back in _backs(*contracts.values())],
        "first": (period + -MONTHS_OF_HISTORY).first_day,
        "last": (period + MONTHS_OF_HISTORY).first_day,
    }
    rows = (await tx.execute(_AROUND, values)).all()
    if not rows:
        return None
    current = next((row for row in rows if row.period == day), None)
    reported = [row for row in rows if row.revision is not None]
    return Near(
        entry=roster.entry_of(rows[0]),
        usual=roster.usual_days_of(rows[0], period),
        history=[_figures(row, contracts) for row in reported if row.period < day],
        current=accepted_of(current) if current and current.revision is not None else None,
        stands=stands_of(current) if current else Stands(),
        later=[_neighbour(row, contracts) for row in reported if row.period > day],
    )


@cache
def _backs(*contracts: Contract) -> Sequence[int]:
    return sorted(frozenset[int]().union(*map(looked_back, contracts)))


def _around() -> Select[Any]:
    """The programme's entry, beside each month near with its revision in force.

    The months that rules look at from it, and all of them where there are later ones, which
    look back themselves; texts of the month itself alone, and findings of those alone that are
    looked at anew. Arrays and JSON are what costs to read.
    """
    is_it = MonthStands.period == bindparam("day")
    texts = (Revision.document, Revision.receipt, Revision.acknowledgements)
    told = case((MonthStands.period >= bindparam("day"), Revision.findings))
    after = MonthStands.__table__.alias("after")
    is_looked_at = or_(
        MonthStands.period >= bindparam("day"),
        MonthStands.period == func.any(bindparam("looked_at", type_=ARRAY(Date))),
        exists().where(
            after.c.programme == bindparam("programme"),
            after.c.period > bindparam("day"),
            after.c.revision.is_not(None),
        ),
    )
    apart = (*texts, Revision.findings)
    keys = {column.key for column in (*apart, *MonthStands.__table__.columns)}
    rest = [column for column in Revision.__table__.columns if column.key not in keys]
    is_near = and_(
        MonthStands.programme == AT_THE_DOOR.c.entry,
        MonthStands.period.between(bindparam("first"), bindparam("last")),
        is_looked_at,
    )
    same = and_(
        Revision.programme == MonthStands.programme,
        Revision.period == MonthStands.period,
        Revision.revision == MonthStands.revision,
    )
    return (
        select(
            *AT_THE_DOOR.c,
            *MonthStands.__table__.columns,
            *rest,
            told.label("findings"),
            *(case((is_it, text)).label(text.key) for text in texts),
        )
        .select_from(AT_THE_DOOR)
        .outerjoin(MonthStands, is_near)
        .outerjoin(Revision, same)
        .order_by(MonthStands.period)
    )


_AROUND = _around()


def _figures(row: Row[Any], contracts: Mapping[str, Contract]) -> Report:
    return Report(
        contract=contracts[row.contract],
        programme=row.programme,
        period=Month.of(row.period),
        numbers=tuple(row.numbers),
        statuses=tuple(row.statuses),
    )


def _neighbour(row: Row[Any], contracts: Mapping[str, Contract]) -> Neighbour:
    told = [Finding.read(finding) for finding in row.findings]
    return Neighbour(_figures(row, contracts), told, row.received_at, stands_of(row))


def stands_of(row: Row[Any]) -> Stands:
    return Stands(
        revision=row.revision,
        first_received_at=row.first_received_at,
        needs_correction=row.needs_correction,
        returned=row.returned,
        explanation_due=row.explanation_due,
        waived=row.waived,
        due=row.due,
        open_until=row.open_until,
    )


def accepted_of(row: Row[Any]) -> Accepted:
    return Accepted(
        programme=row.programme,
        state=row.state,
        period=Month.of(row.period),
        revision=row.revision,
        contract=row.contract,
        core_digest=row.core_digest,
        content_digest=row.content_digest,
        text=row.document,
        numbers=row.numbers,
        statuses=row.statuses,
        acknowledgements=row.acknowledgements,
        told=[Finding.read(finding) for finding in row.findings],
        reason={"code": row.reason_code, "text": row.reason_text} if row.reason_code else None,
        client=row.client,
        received_at=row.received_at,
        log_position=row.log_position,
        receipt=row.receipt,
    )


# Parameters are named apart from columns: SQLAlchemy keeps a column's own name for itself.
_NEW_REVISION: dict[str, ColumnElement[Any]] = {
    column.key: bindparam(f"new_{column.key}") for column in Revision.__table__.columns
}
# As text, which PostgreSQL takes apart: asyncpg looks at each of a thousand cells twice.
for _name in ("numbers", "statuses"):
    _sent = bindparam(f"new_{_name}", type_=Text)
    _NEW_REVISION[_name] = cast(_sent, Revision.__table__.columns[_name].type)
_REVISION = insert(Revision).values(_NEW_REVISION)
_NEW = upsert(MonthStands).values(
    programme=bindparam("new_programme"),
    period=bindparam("new_period"),
    state=bindparam("new_state"),
    revision=bindparam("new_revision"),
    first_received_at=bindparam("new_received_at"),
    explanation_due=bindparam("new_explanation_due"),
    needs_correction=False,
    returned=False,
    waived=False,
)
_STANDS = _NEW.on_conflict_do_update(
    index_elements=[MonthStands.programme, MonthStands.period],
    set_={
        "revision": _NEW.excluded.revision,
        "first_received_at": func.coalesce(
            MonthStands.first_received_at, _NEW.excluded.first_received_at
        ),
        "explanation_due": _NEW.excluded.explanation_due,
        "needs_correction": False,
        "returned": False,
    },
)
_SUPPOSE = _STANDS.add_cte(_REVISION.cte("revised"))
_APPEND = (
    ADD_ENTRY.add_cte(MOVE_END.cte("moved"))
    .add_cte(_REVISION.cte("revised"))
    .add_cte(_STANDS.cte("stood"))
)


async def append(
    tx: AsyncConnection, accepted: Accepted, link: Link, *, explanation_due: bool
) -> None:
    """Add a revision, its entry in the log, and point its month at it: one statement.

    Its number must be one more than that in force, under a claim. The last statement of its
    transaction (see log.add).
    """
    await tx.execute(_APPEND, _row(accepted, explanation_due) | link.row)


async def suppose(tx: AsyncConnection, accepted: Accepted) -> None:
    """Put a revision in force that no log knows of, in a transaction that is rolled back."""
    await tx.execute(_SUPPOSE, _row(accepted, explanation_due=False))


def _row(accepted: Accepted, explanation_due: bool) -> dict[str, object]:
    """The parameters of a revision and of where its month stands with it."""
    reason = accepted.reason or {}
    row = {
        "programme": accepted.programme,
        "period": accepted.period.first_day,
        "revision": accepted.revision,
        "state": accepted.state,
        "contract": accepted.contract,
        "core_digest": accepted.core_digest,
        "content_digest": accepted.content_digest,
        "document": accepted.text,
        "numbers": _array(accepted.numbers),
        "statuses": _array(accepted.statuses),
        "acknowledgements": [dict(each) for each in accepted.acknowledgements],
        "findings": [finding.as_data() for finding in accepted.told],
        "reason_code": reason.get("code"),
        "reason_text": reason.get("text"),
        "client": accepted.client,
        "received_at": accepted.received_at,
        "log_position": accepted.log_position,
        "receipt": accepted.receipt,
        "explanation_due": explanation_due,
    }
    return {f"new_{name}": value for name, value in row.items()}


def _array(numbers: Sequence[int | None]) -> str:
    """An array as PostgreSQL writes it."""
    return f"{{{','.join('NULL' if each is None else str(each) for each in numbers)}}}"


async def flag(
    tx: AsyncConnection, programme: str, needs_correction: Mapping[Month, bool]
) -> None:
    """Note of months whether what stands there no longer fits with the months before it."""
    for month, is_needed in needs_correction.items():
        await mark(tx, programme, month, needs_correction=is_needed)


async def mark(tx: AsyncConnection, programme: str, period: Month, **flags: bool) -> None:
    """Set flags of a month that was reported, by the names that Stands has."""
    await tx.execute(
        update(MonthStands)
        .where(MonthStands.programme == programme, MonthStands.period == period.first_day)
        .values(flags)
    )
