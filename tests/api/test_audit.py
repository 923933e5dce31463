"""Who did what is on record: every call of a known caller, in a chain that shows any change."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text

from cauce.store.connect import AUDIT, transaction
from support.centre import Centre

SEPTEMBER = "from=2026-09&to=2026-09"


async def recorded(centre: Centre) -> list[dict[str, Any]]:
    """What the audit has, oldest first, once all of it is written."""
    await centre.app.state.running.audit.flush()
    statement = text("SELECT entry FROM audit_entry ORDER BY batch, place")
    async with transaction(centre.engine, AUDIT) as tx:
        return [json.loads(entry) for entry in (await tx.execute(statement)).scalars()]


async def test_reads_and_writes_are_recorded_with_who_what_and_how_it_ended(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, coordinator = await centre.state("MX-NLE"), await centre.coordinator()

    await nle.accepted(month)
    await nle.put({**month, "programme": "MX-CHH-01"})
    await coordinator.get(f"/v1/indicators/graduation_rate?{SEPTEMBER}&area=MX,MX-NLE")
    await nle.get("/v1/submissions/MX-NLE-01/2026-09")

    at = {"at": "2026-11-23T12:00:00Z", "network": "127.0.0.0/24"}
    sent = {"client": nle.id, "operation": "submit"}
    assert await recorded(centre) == [
        at | sent | {"status": 201, "about": {"programme": "MX-NLE-01", "period": "2026-09"}},
        at | sent | {"status": 403, "about": {"programme": "MX-CHH-01", "period": "2026-09"}},
        at
        | {
            "client": coordinator.id,
            "operation": "indicator",
            "status": 200,
            "about": {
                "indicator": "graduation_rate",
                "area": "MX,MX-NLE",
                "from": "2026-09",
                "to": "2026-09",
            },
        },
        at
        | {
            "client": nle.id,
            "operation": "submission",
            "status": 200,
            "about": {"programme": "MX-NLE-01", "period": "2026-09"},
        },
    ]
