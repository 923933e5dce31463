"""A submission's result as the interface gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from cauce.instants import written
from cauce.store.calendar import timeliness
from cauce.store.submissions import Accepted
from cauce_contract import Month, Outcome, Report


class Cells(BaseModel):
    """How many cells the month has: with a number, with the number 0, without one."""

    reported: int
    zero: int
    missing: int


class Reason(BaseModel):
    code: str
    text: str


class Result(BaseModel):
    """What became of a submission, and its receipt."""

    model_config = ConfigDict(extra="forbid")

    programme: str
    state: str
    period: str
    contract: str
    revision: int
    changed: bool
    status: str
    received_at: str
    timeliness: str
    core_digest: str
    content_digest: str
    cells: Cells
    warnings: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    flags: list[str]
    needs_correction: list[str]
    revision_reason: Reason | None
    receipt: str


class Current(Result):
    """The revision in force, with its canonical document."""

    document: dict[str, Any]


def result(
    accepted: Accepted,
    outcome: Outcome,
    language: str,
    *,
    changed: bool,
    needs_correction: Sequence[Month],
) -> Result:
    """What became of a revision, and what its check has to say of it.

    outcome  of the check that accepted it, or of its review since
    """
    if outcome.report is None:
        raise TypeError("a revision of a document that could not be read")
    found: dict[str, Any] = outcome.as_json(outcome.labels(language))
    return Result(
        programme=accepted.programme,
        state=accepted.state,
        period=str(accepted.period),
        contract=accepted.contract,
        revision=accepted.revision,
        changed=changed,
        status="accepted",
        received_at=written(accepted.received_at),
        timeliness=timeliness(accepted.period, accepted.first_received_at),
        core_digest=accepted.core_digest,
        content_digest=accepted.content_digest,
        cells=_cells(outcome.report),
        warnings=found["warnings"],
        notices=found["notices"],
        flags=_flags(outcome, found["warnings"]),
        needs_correction=[str(month) for month in needs_correction],
        revision_reason=Reason(**accepted.reason) if accepted.reason else None,
        receipt=accepted.receipt,
    )


def _flags(outcome: Outcome, warnings: Sequence[dict[str, Any]]) -> list[str]:
    """What is left to do; an error can only have come with a later month before it."""
    flags = []
    if outcome.of("error"):
        flags.append("needs_correction")
    if not all(warning["explained"] for warning in warnings):
        flags.append("explanation_due")
    return flags


def _cells(report: Report) -> Cells:
    """Cells of the document alone: what it does not have is neither reported nor missing."""
    sent = [n for n, status in zip(report.numbers, report.statuses, strict=True) if status]
    reported = [number for number in sent if number is not None]
    return Cells(
        reported=len(reported), zero=reported.count(0), missing=len(sent) - len(reported)
    )
