"""A programme's month comes in, and can be read again by those whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from cauce.access.caller import Caller, needs
from cauce.errors import DocumentError, QueryError, Refusal
from cauce.etags import has_already
from cauce.ingest import preconditions, receipts, validate
from cauce.ingest.body import read_json
from cauce.ingest.wire import Current, Result, result
from cauce.running import LabelsDep, Running, RunningDep
from cauce.store import roster, submissions
from cauce.store.connect import transaction
from cauce.store.roster import Entry
from cauce.store.submissions import Accepted, Near
from cauce_contract import Address, Contract, Month, Outcome, Report, check, is_programme_id
from cauce_contract.check import broken_continuity, review

router = APIRouter(tags=["submissions"])
router.include_router(validate.router)

Sender = Annotated[Caller, Depends(needs("submissions:write"))]
Reader = Annotated[Caller, Depends(needs("submissions:read", "coordination"))]
ProgrammeId = Annotated[str, Path(description="A programme's id, such as MX-NLE-01")]
Period = Annotated[str, Path(description="A month, such as 2026-09")]
DOCUMENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "see /v1/contracts/{version}/schema",
                }
            }
        },
    }
}


@router.put(
    "/v1/submissions/{programme}/{period}",
    operation_id="submit",
    status_code=201,
    responses={200: {"model": Result}, 201: {"model": Result}},
    openapi_extra=DOCUMENT,
)
async def submit(
    request: Request,
    caller: Sender,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
    dry_run: Annotated[
        str, Query(description="true: say what would happen, store nothing")
    ] = "false",
) -> Response:
    """Receive a programme's whole month; a later report supersedes an earlier one."""
    is_dry_run = _boolean(dry_run)
    state = _state_of(running.contract, programme)
    caller.speaks_for(state)
    month = _month(period)
    document = await read_json(request, running.settings.body_seconds)

    async with transaction(running.engine, caller.reach) as tx:
        entry = await _entry(tx, programme)
        if not is_dry_run:
            await submissions.claim(tx, programme)
        near = await submissions.around(tx, running.contracts, programme, month)
        # On a thread: a mebibyte of rubbish takes seconds, in which others want answers.
        outcome = await asyncio.to_thread(_checked, running, document, entry, month, near)
        current = near.current
        if current and not is_dry_run and outcome.is_again(current.content_digest):
            stands = _reviewed(running, current, entry, near)
            later = _no_longer_joined(current.report(running.contracts), near.after)
            answer = result(
                current, stands, labels.language, changed=False, needs_correction=later
            )
            return _answer(answer, 200, current)
        report = _sound(outcome, labels.language, is_dry_run=is_dry_run)
        later = _no_longer_joined(report, near.after)
        if current and current.content_digest == report.content_digest:
            return JSONResponse(_dry_run(outcome, current, labels.language))

        _require_on_roster(entry, month)
        etag = current.etag if current else None
        preconditions.require(request.headers, etag, needs_match=not is_dry_run)
        if current and not report.revision_reason:
            raise _reason_missing(running.contract)
        if is_dry_run:
            return JSONResponse(_dry_run(outcome, current, labels.language))

        accepted = await _append(tx, running, report, state, caller, current)
    answer = result(accepted, outcome, labels.language, changed=True, needs_correction=later)
    return _answer(answer, 200 if current else 201, accepted)


@router.get(
    "/v1/submissions/{programme}/{period}",
    operation_id="submission",
    responses={200: {"model": Current}},
)
async def submission(
    request: Request,
    caller: Reader,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
) -> Response:
    """The revision in force of a programme's month; another state's reads as absent."""
    if not is_programme_id(running.contract, programme):
        raise Refusal("no-submission")
    try:
        month = Month.parse(period)
    except ValueError:
        raise Refusal("no-submission") from None
    async with transaction(running.engine, caller.reach) as tx:
        near = await submissions.around(tx, running.contracts, programme, month)
        entry = await roster.find(tx, programme)
    accepted = near.current
    if accepted is None or entry is None:
        raise Refusal("no-submission")
    if has_already(request.headers, accepted.etag):
        return Response(status_code=304, headers={"ETag": accepted.etag})
    stands = _reviewed(running, accepted, entry, near)
    later = _no_longer_joined(accepted.report(running.contracts), near.after)
    told = result(accepted, stands, labels.language, changed=False, needs_correction=later)
    whole = Current(**told.model_dump(), document=dict(accepted.document))
    return _answer(whole, 200, accepted)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Refusal("bad-query", errors=[QueryError("not_a_boolean", "dry_run")])
    return text == "true"


def _state_of(contract: Contract, programme: str) -> str:
    """The state that a programme's id names; nobody's is unknown."""
    if not is_programme_id(contract, programme):
        raise Refusal("unknown-programme")
    return programme.rpartition("-")[0]


def _month(period: str) -> Month:
    try:
        return Month.parse(period)
    except ValueError:
        errors = [QueryError("not_a_month", "period")]
        raise Refusal("bad-query", errors=errors) from None


async def _entry(tx: AsyncConnection, programme: str) -> Entry:
    entry = await roster.find(tx, programme)
    if entry is None:
        raise Refusal("unknown-programme")
    return entry


def _checked(
    running: Running,
    document: object,
    entry: Entry,
    month: Month,
    near: Near,
) -> Outcome:
    address = Address(entry.id, month)
    # What stands around the address says nothing of a document that is about something else.
    is_its_own = _is_about(document, address)
    return check(
        running.contracts,
        document,
        now=running.clock(),
        history=near.history if is_its_own else (),
        address=address,
        start=entry.start if is_its_own else None,
    )


def _is_about(document: object, address: Address) -> bool:
    """Whether a document says itself that it is this programme's month."""
    return isinstance(document, dict) and (
        (document.get("programme"), document.get("period"))
        == (address.programme, str(address.period))
    )


def _reviewed(running: Running, accepted: Accepted, entry: Entry, near: Near) -> Outcome:
    """What is to say of a revision that stands, as the months before it stand now."""
    return review(
        accepted.report(running.contracts),
        now=accepted.received_at,
        history=near.history,
        start=entry.start,
    )


def _sound(outcome: Outcome, language: str, *, is_dry_run: bool) -> Report:
    """The report of an accepted document; a Refusal with every finding of any other."""
    if outcome.is_accepted and outcome.report:
        return outcome.report
    labels = outcome.labels(language)
    members = outcome.as_json(labels)
    named = members.keys() - {"errors"} if is_dry_run else {"contract", "core_digest"}
    raise Refusal(
        "contract-violation",
        errors=outcome.refused_for,
        members={name: members[name] for name in members if name in named},
    )


def _require_on_roster(entry: Entry, month: Month) -> None:
    if not entry.is_on_roster(month):
        raise Refusal("not-on-roster", period=str(month))


def _reason_missing(contract: Contract) -> Refusal:
    codes = ", ".join(contract.revision_reasons)
    fault = DocumentError("revision_reason_missing", "/revision_reason", {"nearest": codes})
    return Refusal("contract-violation", errors=[fault])


def _no_longer_joined(report: Report, after: Report | None) -> Sequence[Month]:
    """The month after, where what stands there does not continue this report."""
    return [after.period] if after and broken_continuity(after, report) else []


async def _append(
    tx: AsyncConnection,
    running: Running,
    report: Report,
    state: str,
    caller: Caller,
    current: Accepted | None,
) -> Accepted:
    """Sign the receipt and store the revision, both inside the transaction."""
    revision = current.revision + 1 if current else 1
    received_at = running.clock()
    position = await submissions.next_position(tx, state)
    receipt = receipts.sign(
        running.keys.receipt,
        report,
        issuer=running.settings.issuer,
        revision=revision,
        received_at=received_at,
        state=state,
        log_position=position,
    )
    return await submissions.append(
        tx,
        report,
        state=state,
        revision=revision,
        client=caller.client,
        received_at=received_at,
        first_received_at=current.first_received_at if current else received_at,
        log_position=position,
        receipt=receipt,
    )


def _answer(body: Result, status: int, accepted: Accepted) -> Response:
    headers = {"ETag": accepted.etag, "Cache-Control": "private, no-cache"}
    return Response(body.model_dump_json(), status, headers, "application/json")


def _dry_run(outcome: Outcome, current: Accepted | None, language: str) -> dict[str, Any]:
    """What `cauce check` says, and each cell that would change: null is no number."""
    report = outcome.report
    if report is None:
        raise TypeError("a dry run of a document that could not be read")
    before = current.numbers if current else [None] * len(report.numbers)
    differences = [
        {"pointer": cell.pointer, "before": before[cell.position], "after": after}
        for cell, after in zip(report.contract.cells, report.numbers, strict=True)
        if before[cell.position] != after
    ]
    return {**outcome.as_json(outcome.labels(language)), "differences": differences}
