"""A dry run: what a PUT would do, with nothing stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cauce.access.caller import Caller
from cauce.ingest import preconditions, receive
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
    """What `cauce check` says, and each cell that would change; or the PUT's Refusal."""
    async with transaction(running.engine, caller.reach) as tx:
        entry = await receive.known(tx, address.programme)
        near = await submissions.around(tx, running.contracts, entry.id, address.period)
        days = await receive.days_of(tx, address.period, near.stands)
    now = running.clock()
    outcome = await receive.checked(running, document, entry, address, near, now)
    if not receive.is_again(outcome, near):
        report = receive.sound(outcome, language, OTHER_FINDINGS)
        receive.require_open(entry, address.period, days, near.stands, now)
        etag = near.current.etag if near.current else None
        preconditions.require(headers, etag, needs_match=False)
        receive.require_reason(running.contract, report, near)
    standing = near.current.report(running.contracts) if near.current else None
    return {
        **outcome.as_json(outcome.labels(language)),
        "differences": differences(standing, readable(outcome)),
    }


def readable(outcome: Outcome) -> Report:
    if outcome.report is None:
        raise TypeError("a document that could not be read was refused before")
    return outcome.report


def differences(before: Report | None, after: Report) -> list[dict[str, Any]]:
    """Each cell that is not the same: its pointer, and number and status on either side.

    A number is null where there is none, a status where the document has no such cell. Between
    two versions of the contract, cells that only one of them has are on its side alone.
    """
    sides = [_cells(before) if before else {}, _cells(after)]
    pointers = dict.fromkeys([*sides[1], *sides[0]])
    nothing: tuple[int | None, str | None] = (None, None)
    found = []
    for pointer in pointers:
        (old, was), (new, now) = (side.get(pointer, nothing) for side in sides)
        if (old, was) != (new, now):
            statuses = {"status_before": was, "status_after": now}
            found.append({"pointer": pointer, "before": old, "after": new, **statuses})
    return found


def _cells(report: Report) -> dict[str, tuple[int | None, str | None]]:
    statuses = report.contract.status_by_number
    return {
        cell.pointer: (number, statuses[status].id)
        for cell, number, status in zip(
            report.contract.cells, report.numbers, report.statuses, strict=True
        )
        if status
    }
