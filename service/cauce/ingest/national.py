"""What a report would do to the national figures, by storing it and taking it back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.aggregate import wire
from cauce.aggregate.national import answer
from cauce.aggregate.question import NATIONAL_AREA, Question, indicator
from cauce.instants import written
from cauce.running import Running
from cauce.store import submissions
from cauce.store.connect import NATION, Reach, see, transaction, until_not_overtaken
from cauce.store.submissions import Accepted
from cauce_contract import Contract, Indicator, Report
from cauce_contract.labels import Labels

# Above what any programme or log will come to, so that no real one has to wait for its number.
_REVISION = 2**31 - 1
_FIRST_POSITION, _POSITIONS = 2**62, 2**62

Figures = Mapping[str, dict[str, Any]]  # by indicator, as /v1/indicators/{id} gives them


async def changes(
    running: Running,
    report: Report,
    standing: Report | None,
    state: str,
    now: datetime,
    language: str,
) -> list[dict[str, Any]]:
    """Each indicator of the month whose figure for the nation would change.

    {"indicator", "before", "after"}, both as /v1/indicators/{id} gives it: the figures are
    asked for with the report in force, in a transaction that is rolled back.

    standing  what is in force now, None where nothing is
    """
    accepted = _supposed(report, state, now)
    asked = touched(running.contract, standing, report)
    labels = running.contract.labels[language]
    before, after = await until_not_overtaken(  # by a PUT of the same month
        lambda: _before_and_after(running, accepted, asked, labels)
    )
    return [
        {"indicator": id_, "before": before[id_], "after": after[id_]}
        for id_ in before
        if before[id_] != after[id_]
    ]


def touched(contract: Contract, before: Report | None, after: Report) -> list[str]:
    """The indicators that a cell is part of which is not the same; all, for the first report.

    The others cannot change: each asked for costs two statements over the nation.
    """
    if before is None or {before.contract, after.contract} != {contract}:
        return list(contract.indicators)
    cells = zip(before.numbers, before.statuses, after.numbers, after.statuses, strict=True)
    changed = {at for at, (number, status, *now) in enumerate(cells) if [number, status] != now}
    return [
        id_
        for id_, indicator_ in contract.indicators.items()
        if not changed.isdisjoint(_cells(contract, indicator_))
    ]


def _cells(contract: Contract, of: Indicator) -> Iterator[int]:
    for formula in (of.numerator, of.denominator):
        for figure in formula.figures if formula else ():
            yield from contract.measures[figure.measure].cell(figure)


async def _before_and_after(
    running: Running, accepted: Accepted, asked: Sequence[str], labels: Labels
) -> tuple[Figures, Figures]:
    async with transaction(running.engine, NATION) as tx:
        before = await _figures(tx, running, accepted, asked, labels)
        await see(tx, Reach("state", accepted.state))
        await submissions.suppose(tx, accepted)
        await see(tx, NATION)
        after = await _figures(tx, running, accepted, asked, labels)
        await tx.rollback()
    return before, after


async def _figures(
    tx: AsyncConnection,
    running: Running,
    accepted: Accepted,
    asked: Sequence[str],
    labels: Labels,
) -> Figures:
    """The nation's figures for the month, as one snapshot of the database has them."""
    contract, month = running.contract, accepted.period
    figures = {}
    for id_ in asked:
        question = Question(indicator(contract, id_), month, month, [NATIONAL_AREA])
        found = await answer(tx, contract, question)
        known_at = written(accepted.received_at)
        (figures[id_],) = wire.figures(contract, question, found, known_at, labels)["items"]
    return figures


def _supposed(report: Report, state: str, now: datetime) -> Accepted:
    return Accepted(
        programme=report.programme,
        state=state,
        period=report.period,
        revision=_REVISION,
        contract=report.contract.version,
        core_digest=report.contract.core_digest,
        content_digest=report.content_digest,
        text=report.text,
        numbers=report.numbers,
        statuses=report.statuses,
        acknowledgements=(),
        told=(),
        reason={"code": "other", "text": "-"},
        client="-",
        received_at=now,
        log_position=_FIRST_POSITION + secrets.randbelow(_POSITIONS - 1),
        receipt="-",
    )
