"""Revisions of reports: read, and appended under a claim on their key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.tables import Revision, StateLog
from cauce_contract import Contract, Month, Report, canonical

MONTHS_OF_HISTORY = 24  # that rules look back at: as long as the longest follow-up


@dataclass(frozen=True, slots=True)
class Accepted:
    """A revision as it was accepted.

    first_received_at  when the month's first revision came: what timeliness goes by
    """

    programme: str
    state: str
    period: Month
    revision: int
    contract: str
    core_digest: str
    content_digest: str
    document: Mapping[str, Any]
    numbers: Sequence[int | None]
    statuses: Sequence[int]
    acknowledgements: Sequence[Mapping[str, str]]
    reason: Mapping[str, str] | None
    received_at: datetime
    first_received_at: datetime
    receipt: str

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
class Near:
    """What is in force around a programme's month.

    history  the months before that there are, oldest first; they and `after` are figures alone
    """

    history: Sequence[Report]
    current: Accepted | None
    after: Report | None


async def claim(tx: AsyncConnection, programme: str) -> None:
    """Hold the programme until the transaction ends.

    So revisions get no gap and no twin, and no month is checked against a neighbour that is
    being replaced.
    """
    key = func.hashtextextended(programme, 0)
    await tx.execute(select(func.pg_advisory_xact_lock(key)))


async def around(
    tx: AsyncConnection, contracts: Mapping[str, Contract], programme: str, period: Month
) -> Near:
    """The month, the one after it, and the months before that rules may look back at."""
    rows = {Month.of(row.period): row for row in await tx.execute(_around(programme, period))}
    current, after = rows.pop(period, None), rows.pop(period + 1, None)
    return Near(
        history=[_figures(row, contracts) for row in rows.values()],
        current=_accepted(current, current.first_received_at) if current else None,
        after=_figures(after, contracts) if after else None,
    )


def _around(programme: str, period: Month) -> Select[Any]:
    """The latest revision of each month, by month; texts of the month itself alone."""
    is_it = Revision.period == period.first_day
    texts = (Revision.document, Revision.receipt, Revision.acknowledgements)
    rest = [
        column
        for column in Revision.__table__.columns
        if column.key not in {text.key for text in texts}
    ]
    first_received_at = func.first_value(Revision.received_at).over(
        partition_by=Revision.period, order_by=Revision.revision
    )
    first, last = period + -MONTHS_OF_HISTORY, period + 1
    return (
        select(
            *rest,
            *(case((is_it, text)).label(text.key) for text in texts),
            first_received_at.label("first_received_at"),
        )
        .ext(distinct_on(Revision.period))
        .where(
            Revision.programme == programme,
            Revision.period.between(first.first_day, last.first_day),
        )
        .order_by(Revision.period, Revision.revision.desc())
    )


def _figures(row: Row[Any], contracts: Mapping[str, Contract]) -> Report:
    return Report(
        contract=contracts[row.contract],
        programme=row.programme,
        period=Month.of(row.period),
        numbers=tuple(row.numbers),
        statuses=tuple(row.statuses),
    )


def _accepted(row: Any, first_received_at: datetime) -> Accepted:
    return Accepted(
        programme=row.programme,
        state=row.state,
        period=Month.of(row.period),
        revision=row.revision,
        contract=row.contract,
        core_digest=row.core_digest,
        content_digest=row.content_digest,
        document=json.loads(row.document),
        numbers=row.numbers,
        statuses=row.statuses,
        acknowledgements=row.acknowledgements,
        reason={"code": row.reason_code, "text": row.reason_text} if row.reason_code else None,
        received_at=row.received_at,
        first_received_at=first_received_at,
        receipt=row.receipt,
    )


async def next_position(tx: AsyncConnection, state: str) -> int:
    """Take the next position in the state's log; the row lock makes them commit in order."""
    statement = (
        upsert(StateLog)
        .values(state=state, position=1)
        .on_conflict_do_update(
            index_elements=[StateLog.state], set_={"position": StateLog.position + 1}
        )
        .returning(StateLog.position)
    )
    return (await tx.execute(statement)).scalar_one()


async def append(
    tx: AsyncConnection,
    report: Report,
    *,
    state: str,
    revision: int,
    client: str,
    received_at: datetime,
    first_received_at: datetime,
    log_position: int,
    receipt: str,
) -> Accepted:
    """Add a revision; its number must be one more than that in force, under a claim."""
    reason = report.revision_reason if revision > 1 else None
    row = {
        "programme": report.programme,
        "period": report.period.first_day,
        "revision": revision,
        "state": state,
        "contract": report.contract.version,
        "core_digest": report.contract.core_digest,
        "content_digest": report.content_digest,
        "document": canonical(report.document).decode(),
        "numbers": list(report.numbers),
        "statuses": list(report.statuses),
        "acknowledgements": [dict(each) for each in report.acknowledgements],
        "reason_code": reason["code"] if reason else None,
        "reason_text": reason["text"] if reason else None,
        "client": client,
        "received_at": received_at,
        "log_position": log_position,
        "receipt": receipt,
    }
    added = await tx.execute(insert(Revision).values(row).returning(Revision))
    return _accepted(added.one(), first_received_at)
