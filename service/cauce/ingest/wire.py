"""A submission's result and its revisions as the interface gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from cauce.ingest.standing import Standing
from cauce.instants import written
from cauce.store.acts import Act
from cauce.store.revisions import Stood
from cauce.store.roster import Owed
from cauce.store.submissions import Accepted
from cauce_contract import Contract, Finding, digest
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
    """Why a coordinator sent the month back, when, and the last day on which it is answered."""

    at: str
    open_until: str


class Revised(BaseModel):
    """What was accepted: one revision, with its receipt."""

    model_config = ConfigDict(extra="forbid")

    programme: str
    state: str
    period: str
    contract: str
    revision: int
    received_at: str
    core_digest: str
    content_digest: str
    cells: Cells
    warnings: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    revision_reason: Reason | None
    receipt: str


class Result(Revised):
    """What became of a submission. A warning says whether it is `explained`, and how.

    `counts_only` has the measures that count where the programme has closed and only follows
    up, and the report has figures of others too; else it is empty, for all of them count.
    """

    changed: bool
    status: str
    timeliness: str
    flags: list[str]
    needs_correction: list[str]
    counts_only: list[str]
    returned: Return | None


class Current(Result):
    """The revision in force, with its canonical document."""

    document: dict[str, Any]


class Revision(Revised):
    """A revision as it was accepted, whatever came after; `client` sent it."""

    client: str


class RevisionWhole(Revision):
    """The same with its canonical document, and what its sender acknowledged.

    That is in it, or of the same figures before.
    """

    acknowledgements: list[dict[str, str]]
    document: dict[str, Any]


class Listed(Revision):
    """A month's last revision; `returned` where the month was sent back since."""

    status: str


class Revisions(BaseModel):
    items: list[Revision]
    next: str | None


class Submissions(BaseModel):
    items: list[Listed]
    next: str | None


class Difference(BaseModel):
    """A cell that is not the same; null: no number, or no such cell."""

    pointer: str
    before: int | None
    after: int | None
    status_before: str | None
    status_after: str | None


class Differences(BaseModel):
    """From one revision (`against`, `before`) to another (`revision`, `after`)."""

    programme: str
    period: str
    revision: int
    contract: str
    against: int
    against_contract: str
    differences: list[Difference]


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
    warnings = [_warning(each, labels, explained) for each in of(accepted, "warning")]
    return Result(
        **_revised(accepted, labels) | {"warnings": warnings},
        changed=changed,
        status="returned" if stands.returned else "accepted",
        timeliness=standing.days.timeliness(stands.first_received_at),
        flags=stands.flags,
        needs_correction=[str(month) for month in standing.needing_correction],
        counts_only=counts_only(contract, standing.owed, accepted.numbers),
        returned=_return(acts) if stands.returned else None,
    )


def counts_only(
    contract: Contract, owed: Owed | None, numbers: Sequence[int | None]
) -> list[str]:
    """The measures that count, where there are figures that do not; else none.

    numbers  a month's, in the order of the contract's cells
    """
    measures = contract.measures.values()
    counting = [measure.id for measure in measures if measure.is_owed_after_closing]
    is_beyond = any(
        numbers[measure.position] is not None
        for measure in measures
        if not measure.is_owed_after_closing
    )
    return counting if owed == "follow_up" and is_beyond else []


def revision(accepted: Accepted, labels: Labels) -> Revision:
    return Revision(**_revised(accepted, labels), client=accepted.client)


def whole(accepted: Accepted, labels: Labels) -> RevisionWhole:
    return RevisionWhole(
        **_revised(accepted, labels),
        client=accepted.client,
        acknowledgements=[dict(each) for each in accepted.acknowledgements],
        document=dict(accepted.document),
    )


def listed(stood: Stood, labels: Labels) -> Listed:
    facts = _revised(stood.accepted, labels)
    return Listed(**facts, client=stood.accepted.client, status=stood.status)


def etag(accepted: Accepted, told: Revised) -> str:
    """Names the revision, and the way in which it is told: its language, what became of it.

    So a copy that was kept is old once the month is returned, flagged or explained, while
    If-Match asks for the revision alone (see preconditions).
    """
    said = told.model_dump(exclude={"changed", "document"})
    return f'{accepted.etag[:-1]}-{digest(said)[8:16]}"'


def explanations(accepted: Accepted, acts: Sequence[Act]) -> Mapping[Place, str]:
    """How findings of a revision were explained: with it, or afterwards."""
    afterwards = {
        (act.said["rule"], act.said["pointer"]): act.said["explanation"]
        for act in acts
        if act.kind == "explanation" and act.said["revision"] == accepted.revision
    }
    with_it = {
        (each["rule"], each["pointer"]): each["explanation"]
        for each in accepted.acknowledgements
    }
    return afterwards | with_it


def of(accepted: Accepted, severity: str) -> list[Finding]:
    """What was told of a revision when it was accepted, of one severity."""
    return [finding for finding in accepted.told if finding.severity == severity]


def _revised(accepted: Accepted, labels: Labels) -> dict[str, Any]:
    return {
        "programme": accepted.programme,
        "state": accepted.state,
        "period": str(accepted.period),
        "contract": accepted.contract,
        "revision": accepted.revision,
        "received_at": written(accepted.received_at),
        "core_digest": accepted.core_digest,
        "content_digest": accepted.content_digest,
        "cells": _cells(accepted),
        "warnings": [each.as_json(labels) for each in of(accepted, "warning")],
        "notices": [each.as_json(labels) for each in of(accepted, "notice")],
        "revision_reason": Reason(**accepted.reason) if accepted.reason else None,
        "receipt": accepted.receipt,
    }


def _warning(
    finding: Finding, labels: Labels, explained: Mapping[Place, str]
) -> dict[str, Any]:
    explanation = explained.get((finding.rule, finding.pointer))
    how = {} if explanation is None else {"explanation": explanation}
    return {**finding.as_json(labels), "explained": explanation is not None, **how}


def _return(acts: Sequence[Act]) -> Return | None:
    said = next((act.said for act in reversed(acts) if act.kind == "return"), None)
    members = ("code", "text", "at", "open_until")
    return Return(**{member: said[member] for member in members}) if said else None


def _cells(accepted: Accepted) -> Cells:
    """Cells of the document alone: what it does not have is neither reported nor missing."""
    pairs = zip(accepted.numbers, accepted.statuses, strict=True)
    sent = [number for number, status in pairs if status]
    reported = [number for number in sent if number is not None]
    return Cells(
        reported=len(reported), zero=reported.count(0), missing=len(sent) - len(reported)
    )
