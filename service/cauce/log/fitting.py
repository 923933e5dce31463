"""Whether months that are said to need correction do, and the others do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.log.faults import Fault
from cauce.log.replay import Key, Replayed
from cauce.log.revisions import is_of
from cauce.store.fitting import Line
from cauce.store.tables import MonthStands, Revision
from cauce_contract import Contract, Finding, Month, Report


async def misflagged(
    tx: AsyncConnection,
    state: str,
    contracts: Mapping[str, Contract],
    replayed: Mapping[Key, Replayed],
) -> AsyncIterator[Fault]:
    """The months of a state whose flag `needs_correction` is not what the figures say.

    For a state in which all else fits: what is derived is only as sound as what it is from.
    Months are left out whose findings were not kept, or whose contract this build has not.
    """
    programme, line = "", Line()
    async for row in await tx.stream(_in_force(state)):
        if row.programme != programme:
            programme, line = row.programme, Line()
        contract = contracts[row.contract]
        report = _figures(row, contract)
        month = replayed[row.programme, row.period]
        if not (month.is_told and is_of(row, contract)):
            line.pass_over(report)
            continue
        told = [Finding.read(each) for each in row.findings]
        if line.needs_correction(report, told, row.received_at) is not row.needs_correction:
            about = (row.programme, row.period, row.revision)
            what = "needs_correction is not what the figures before it lead to"
            yield Fault(state, month.position, what, *about)


def _in_force(state: str) -> Select[Any]:
    same = and_(
        Revision.programme == MonthStands.programme,
        Revision.period == MonthStands.period,
        Revision.revision == MonthStands.revision,
    )
    unread = ("document", "receipt", "acknowledgements")
    columns = [each for each in Revision.__table__.columns if each.key not in unread]
    return (
        select(*columns, MonthStands.needs_correction)
        .join(MonthStands, same)
        .where(Revision.state == state)
        .order_by(Revision.programme, Revision.period)
    )


def _figures(row: Row[Any], contract: Contract) -> Report:
    return Report(
        contract=contract,
        programme=row.programme,
        period=Month.of(row.period),
        numbers=tuple(row.numbers),
        statuses=tuple(row.statuses),
    )
