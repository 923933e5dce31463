"""What a centre has kept and what its checks find: the audit, and faults of the logs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text

from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce.store.connect import AUDIT, transaction
from cauce_contract import load_all
from support.centre import Centre


async def recorded(centre: Centre) -> list[dict[str, Any]]:
    """What the audit has, oldest first, once all of it is written."""
    await centre.app.state.running.audit.flush()
    statement = text("SELECT entry FROM audit_entry ORDER BY batch, place")
    async with transaction(centre.engine, AUDIT) as tx:
        return [json.loads(entry) for entry in (await tx.execute(statement)).scalars()]


async def faults(centre: Centre) -> list[str]:
    """What the check of the logs finds."""
    found = await verify(centre.engine, load_all(), Keys({}, {}))
    return [fault.what for fault in found.faults.listed]


def of_database(centre: Centre) -> str:
    """The name of a centre's database."""
    return centre.database_url.partition("@/")[2].partition("?")[0]
