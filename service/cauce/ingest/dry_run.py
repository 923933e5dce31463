"""A dry run: what a PUT would do, with nothing stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from cauce.access.caller import Caller
from cauce.ingest import national, preconditions, receive
from cauce.ingest.differences import differences
from cauce.running import Running
from cauce.store import submissions
from cauce.store.connect import transaction
from cauce_contract import Address, Outcome, Report

# A refused dry run says them beside its errors, as `cauce check` does.
OTHER_FINDINGS = frozenset(("content_digest", "confirm", "warnings", "notices"))


async def rehearse(
    running: Running,
    caller: Caller,
    address: Address,
    document: object,
    headers: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    """What `cauce check` says, and what would change; or the PUT's Refusal.

    That is each cell, the later months that would need correction, and for a national
    coordinator the national figures: to a state they would give the others' away.
    """
    reading = await receive.taken_in(running, document)
    async with transaction(running.engine, caller.reach) as tx:
        entry, usual = await receive.known(tx, address)
        near = await submissions.around(tx, running.contracts, entry.id, address.period)
    days = usual.moved_to(near.stands.due)
    now = running.clock()
    outcome = receive.judged(reading, document, entry, address, near, now)
    is_new = not receive.is_again(outcome, near)
    if is_new:
        report = receive.sound(outcome, language, OTHER_FINDINGS)
        receive.require_open(entry, address.period, days, near.stands, now)
        etag = near.current.etag if near.current else None
        preconditions.require(headers, etag, needs_match=False)
        receive.require_reason(running.contract, report, near)
    report = readable(outcome)
    standing = near.current.report(running.contracts) if near.current else None
    needing = near.needing_correction
    if is_new:
        fits = await asyncio.to_thread(receive.fitting, entry, report, near)
        needing = [month for month, needs_correction in fits.items() if needs_correction]
    answer = {
        **outcome.as_json(outcome.labels(language)),
        "differences": differences(standing, report),
        "needs_correction": [str(month) for month in needing],
    }
    if caller.state is None:
        answer["national"] = (
            await national.changes(running, report, standing, entry.state, now, language)
            if is_new
            else []
        )
    return answer


def readable(outcome: Outcome) -> Report:
    if outcome.report is None:
        raise TypeError("a document that could not be read was refused before")
    return outcome.report
