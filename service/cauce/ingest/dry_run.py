"""A dry run: what a PUT would do, with nothing stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from starlette.datastructures import Headers

from cauce.access.caller import Caller
from cauce.ingest import national
from cauce.ingest.carried import with_explanations
from cauce.ingest.differences import differences
from cauce.ingest.door import take_in, weigh
from cauce.ingest.receive import needing_correction
from cauce.ingest.wire import counts_only
from cauce.running import Running
from cauce.store.connect import NATION, transaction
from cauce_contract import Address


async def rehearse(
    running: Running,
    caller: Caller,
    address: Address,
    document: object,
    headers: Headers,
    language: str,
) -> dict[str, Any]:
    """What `cauce check` says, and what would change; or the PUT's Refusal.

    That is each cell, the later months that would need correction, the measures that count
    where a closed programme sends others too, and for a national
    coordinator the national figures: to a state they would give the others' away.
    """
    reading = await take_in(running, document, headers)
    async with transaction(running.engine, caller.reach) as tx:
        weighed = await weigh(
            tx, running, address, document, reading, headers, language, is_dry_run=True
        )
        near, report, outcome = weighed.near, weighed.report, weighed.outcome
        if near.current:  # what was explained of these figures counts, as it does for the PUT
            explained = await with_explanations(tx, report, outcome)
            outcome = replace(outcome, report=explained)
    standing = near.current.report(running.contracts) if near.current else None
    needing = near.needing_correction
    if weighed.is_new:
        needs = await asyncio.to_thread(needing_correction, weighed)
        needing = [month for month, is_needed in needs.items() if is_needed]
    answer = {
        **outcome.as_json(outcome.labels(language)),
        "differences": differences(standing, report),
        "needs_correction": [str(month) for month in needing],
        "counts_only": counts_only(report.contract, weighed.owed, report.numbers),
    }
    if caller.reach == NATION:
        answer["national"] = (
            await national.changes(
                running, report, standing, weighed.near.entry.state, weighed.now, language
            )
            if weighed.is_new
            else []
        )
    return answer
