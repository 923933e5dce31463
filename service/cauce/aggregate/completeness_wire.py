"""Completeness as the interface gives it: by programme, by state or by measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from cauce.aggregate.by_measure import OfMeasure
from cauce.aggregate.completeness import STATUSES, Completeness, Status
from cauce.aggregate.figures import rounded
from cauce.aggregate.summary import Summary, share, summary
from cauce.instants import written
from cauce.store.calendar import Days
from cauce.store.submissions import FLAGS
from cauce_contract import Month


class Part(BaseModel):
    """How many of those expected were reported; `share` is null where none was expected."""

    expected: int
    reported: int
    share: float | None


class ProgrammeMonth(BaseModel):
    programme: str
    state: str
    period: str
    status: Status
    flags: list[str]
    revision: int | None
    received_at: str | None
    due: str
    days_late: int | None
    cells: Part


class Flagged(BaseModel):
    needs_correction: int
    returned: int
    explanation_due: int


class Counted(BaseModel):
    """Programmes by status; the waived are expected, and leave `share_on_time` alone."""

    period: str
    expected: int
    reported: int
    on_time: int
    late: int
    missing: int
    waived: int
    not_expected: int
    flags: Flagged
    share_reported: float | None
    share_on_time: float | None
    cells: Part


class StateMonth(Counted):
    state: str


class WholeMonth(Counted):
    due: str


class MeasureMonth(BaseModel):
    """`programmes`: those that owe the measure, and those whose total is a number."""

    measure: str
    period: str
    programmes: Part
    cells: Part


class Answer(BaseModel):
    items: list[ProgrammeMonth] | list[StateMonth] | list[MeasureMonth]
    periods: list[WholeMonth]
    next: str | None


def answer(
    items: Sequence[dict[str, Any]],
    rows: Sequence[Completeness],
    days: Mapping[Month, Days],
) -> dict[str, Any]:
    """The answer of /v1/completeness: items of one kind, and a summary a month."""
    of_months: dict[Month, list[Completeness]] = {month: [] for month in days}
    for row in rows:
        of_months[row.period].append(row)
    periods = [
        {
            "period": str(month),
            "due": written(days[month].due_at),
            **_summary(summary(of)),
        }
        for month, of in of_months.items()
    ]
    return {"items": items, "periods": periods, "next": None}


def of_programmes(rows: Sequence[Completeness]) -> list[dict[str, Any]]:
    return [
        {
            "programme": row.programme,
            "state": row.state,
            "period": str(row.period),
            "status": row.status,
            "flags": list(row.flags),
            "revision": row.revision,
            "received_at": written(row.received_at) if row.received_at else None,
            "due": str(row.due),
            "days_late": row.days_late,
            "cells": _part(row.cells_expected, row.cells_reported),
        }
        for row in rows
    ]


def of_states(found: Mapping[tuple[Month, str], Summary]) -> list[dict[str, Any]]:
    return [
        {"state": state, "period": str(month), **_summary(counted)}
        for (month, state), counted in found.items()
    ]


def of_measures(found: Mapping[tuple[Month, str], OfMeasure]) -> list[dict[str, Any]]:
    return [
        {
            "measure": measure,
            "period": str(month),
            "programmes": _part(of.programmes_expected, of.programmes_reported),
            "cells": _part(of.cells_expected, of.cells_reported),
        }
        for (month, measure), of in found.items()
    ]


def _summary(counted: Summary) -> dict[str, Any]:
    """How many programmes came to what, of those expected."""
    return {
        "expected": counted.expected,
        "reported": counted.reported,
        **{status: counted.counted[status] for status in STATUSES},
        "flags": {flag: counted.flagged[flag] for flag in FLAGS},
        "share_reported": rounded(counted.reported_share),
        "share_on_time": rounded(counted.on_time_share),
        "cells": _part(counted.cells_expected, counted.cells_reported),
    }


def _part(expected: int, reported: int) -> dict[str, Any]:
    return {
        "expected": expected,
        "reported": reported,
        "share": rounded(share(reported, expected)),
    }
