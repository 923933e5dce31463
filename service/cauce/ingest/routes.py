"""A programme's month comes in, and can be read again by those whose it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from cauce.access.callers import Reader, Rehearser
from cauce.addresses import Period, ProgrammeId, address_of, readable
from cauce.errors import QueryError, Refusal
from cauce.ingest import answers, explanations, history, listing, returns, validate
from cauce.ingest.dry_run import rehearse
from cauce.ingest.receive import receive
from cauce.ingest.standing import find
from cauce.ingest.wire import Current, Result, etag, result
from cauce.json_body import read_json
from cauce.running import LabelsDep, RunningDep
from cauce.store import acts
from cauce.store.connect import transaction, until_not_overtaken
from cauce_contract import is_programme_id, state_of

router = APIRouter(tags=["submissions"])
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
    caller: Rehearser,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
    dry_run: Annotated[
        str, Query(description="true: say what would happen, store nothing")
    ] = "false",
) -> Response:
    """Receive a programme's whole month; a later report supersedes an earlier one.

    With `dry_run` nothing is stored: the answer has the findings, each cell that would change
    and the later months that would need correction. National coordination may ask that of any
    programme, and learns what it would do to the national figures as well.
    """
    is_dry_run = _boolean(dry_run)
    if not is_dry_run:
        caller.require("submissions:write")
    if is_programme_id(running.contract, programme):
        caller.speaks_for(state_of(programme))
    address = address_of(running.contract, programme, period)
    document = await read_json(request, running.settings.body_seconds)
    sent = (running, caller, address, document, request.headers, labels.language)
    if is_dry_run:
        return JSONResponse(await rehearse(*sent))
    received = await until_not_overtaken(lambda: receive(*sent))
    standing = received.standing
    contract = running.contracts[standing.accepted.contract]
    body = result(standing, contract, labels.language, received.acts, changed=received.is_new)
    is_first = received.is_new and standing.accepted.revision == 1
    return answers.told(body, etag(standing.accepted, body), 201 if is_first else 200)


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
    address = readable(running.contract, programme, period)
    async with transaction(running.engine, caller.reach) as tx:
        standing = await find(tx, running.contracts, address)
        about = await acts.about(tx, programme, address.period, "return", "explanation")
    contract = running.contracts[standing.accepted.contract]
    told = result(standing, contract, labels.language, about, changed=False)
    whole = Current(**told.model_dump(), document=dict(standing.accepted.document))
    return answers.read(request, whole, etag(standing.accepted, whole))


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Refusal("bad-query", errors=[QueryError("not_a_boolean", "dry_run")])
    return text == "true"


# After the address that is called most.
for part in (validate, listing, history, returns, explanations):
    router.include_router(part.router)
