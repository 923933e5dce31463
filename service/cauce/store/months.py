"""Where one programme's month stands: read, and changed by an act about it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.store.submissions import Stands, stands_of
from cauce.store.tables import MonthStands
from cauce_contract import Month


async def find(tx: AsyncConnection, programme: str, period: Month) -> Stands:
    statement = select(MonthStands.__table__).where(
        MonthStands.programme == programme, MonthStands.period == period.first_day
    )
    row = (await tx.execute(statement)).one_or_none()
    return stands_of(row) if row else Stands()


async def put(
    tx: AsyncConnection, programme: str, state: str, period: Month, **changes: date | bool
) -> None:
    """Change a month, one that was never reported too, by the names that Stands has."""
    key = {"programme": programme, "period": period.first_day, "state": state}
    flags = dict.fromkeys(("needs_correction", "returned", "explanation_due", "waived"), False)
    statement = upsert(MonthStands).values(**key, **(flags | changes))
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[MonthStands.programme, MonthStands.period], set_=changes
        )
    )
