"""What is not the same between two reports of one month, cell by cell."""

from __future__ import annotations

from typing import Any

from cauce_contract import Report


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
