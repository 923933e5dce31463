"""A submission's result as the interface gives it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from cauce.ingest.receive import Standing
from cauce.instants import written
from cauce.store.acts import Act
from cauce.store.submissions import Accepted
from cauce_contract import Contract, Finding
from cauce_contract.labels import Labels

Place = tuple[str, str]  # rule and pointer: what names a finding


class Cells(BaseModel):
    """How many cells the month has: with a number, with the number 0, without one."""

    reported: int
    zero: int
    missing: int


class Reason(BaseModel):
    code: str
    text: str


class Return(Reason):
    """Why a coordinator sent the month back, and when."""

    at: str


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
    returned: Return | None
    revision_reason: Reason | None
    receipt: str


class Current(Result):
    """The revision in force, with its canonical document."""

    document: dict[str, Any]


def result(
    standing: Standing, contract: Contract, language: str, acts: Sequence[Act], *, changed: bool
) -> Result:
    """What became of a month, in a reader's language.

    contract  the version that its revision was checked with
    acts      the returns and explanations about it
    """
    accepted, stands = standing.accepted, standing.stands
    if stands.first_received_at is None:
        raise TypeError("a month with a revision came at some instant")
    labels = contract.labels[language]
    explained = explanations(accepted, acts)
    return Result(
        programme=accepted.programme,
        state=accepted.state,
        period=str(accepted.period),
        contract=accepted.contract,
        revision=accepted.revision,
        changed=changed,
        status="returned" if stands.returned else "accepted",
        received_at=written(accepted.received_at),
        timeliness=standing.days.timeliness(stands.first_received_at),
        core_digest=accepted.core_digest,
        content_digest=accepted.content_digest,
        cells=_cells(accepted),
        warnings=[_warning(each, labels, explained) for each in _of(accepted, "warning")],
        notices=[each.as_json(labels) for each in _of(accepted, "notice")],
        flags=stands.flags,
        needs_correction=[str(month) for month in standing.needing_correction],
        returned=_return(acts) if stands.returned else None,
        revision_reason=Reason(**accepted.reason) if accepted.reason else None,
        receipt=accepted.receipt,
    )


def explanations(accepted: Accepted, acts: Sequence[Act]) -> set[Place]:
    """The findings of a revision that were explained: with it, or afterwards."""
    with_it = {(each["rule"], each["pointer"]) for each in accepted.acknowledgements}
    afterwards = {
        (act.said["rule"], act.said["pointer"])
        for act in acts
        if act.kind == "explanation" and act.said["revision"] == accepted.revision
    }
    return with_it | afterwards


def _of(accepted: Accepted, severity: str) -> list[Finding]:
    return [finding for finding in accepted.told if finding.severity == severity]


def _warning(finding: Finding, labels: Labels, explained: Collection[Place]) -> dict[str, Any]:
    place = (finding.rule, finding.pointer)
    return {**finding.as_json(labels), "explained": place in explained}


def _return(acts: Sequence[Act]) -> Return | None:
    said = next((act.said for act in reversed(acts) if act.kind == "return"), None)
    return Return(code=said["code"], text=said["text"], at=said["at"]) if said else None


def _cells(accepted: Accepted) -> Cells:
    """Cells of the document alone: what it does not have is neither reported nor missing."""
    pairs = zip(accepted.numbers, accepted.statuses, strict=True)
    sent = [number for number, status in pairs if status]
    reported = [number for number in sent if number is not None]
    return Cells(
        reported=len(reported), zero=reported.count(0), missing=len(sent) - len(reported)
    )
