"""A programme's month comes in, and can be read again by those whose it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from cauce.access.caller import Caller, needs
from cauce.addresses import Period, ProgrammeId, month_of, state_of
from cauce.errors import QueryError, Refusal
from cauce.etags import has_already
from cauce.ingest import validate
from cauce.ingest.dry_run import rehearse
from cauce.ingest.receive import Standing, days_of, receive
from cauce.ingest.wire import Current, Result, result
from cauce.json_body import read_json
from cauce.running import LabelsDep, Running, RunningDep
from cauce.store import acts, roster, submissions
from cauce.store.connect import transaction
from cauce_contract import Address, Contract, Month, is_programme_id

router = APIRouter(tags=["submissions"])
router.include_router(validate.router)

Sender = Annotated[Caller, Depends(needs("submissions:write"))]
Reader = Annotated[Caller, Depends(needs("submissions:read", "coordination"))]
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
    caller.speaks_for(state_of(running.contract, programme))
    address = Address(programme, month_of(period))
    document = await read_json(request, running.settings.body_seconds)
    sent = (running, caller, address, document, request.headers, labels.language)
    if is_dry_run:
        return JSONResponse(await rehearse(*sent))
    received = await receive(*sent)
    standing = received.standing
    about = () if received.is_new else await _told_since(running, caller, standing)
    contract = running.contracts[standing.accepted.contract]
    body = result(standing, contract, labels.language, about, changed=received.is_new)
    is_first = received.is_new and standing.accepted.revision == 1
    return _answer(body, 201 if is_first else 200, standing)


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
        standing = await find(tx, running, address)
        about = await acts.about(tx, programme, address.period, "return", "explanation")
    if has_already(request.headers, standing.accepted.etag):
        return Response(status_code=304, headers={"ETag": standing.accepted.etag})
    contract = running.contracts[standing.accepted.contract]
    told = result(standing, contract, labels.language, about, changed=False)
    whole = Current(**told.model_dump(), document=dict(standing.accepted.document))
    return _answer(whole, 200, standing)


async def _told_since(running: Running, caller: Caller, standing: Standing) -> list[acts.Act]:
    accepted = standing.accepted
    async with transaction(running.engine, caller.reach) as tx:
        return list(
            await acts.about(tx, accepted.programme, accepted.period, "return", "explanation")
        )


def readable(contract: Contract, programme: str, period: str) -> Address:
    """The address of a month that there could be; any other is as absent."""
    if not is_programme_id(contract, programme):
        raise Refusal("no-submission")
    try:
        return Address(programme, Month.parse(period))
    except ValueError:
        raise Refusal("no-submission") from None


async def find(tx: AsyncConnection, running: Running, address: Address) -> Standing:
    """The month as it stands, or Refusal: there is none that the caller may see."""
    near = await submissions.around(tx, running.contracts, address.programme, address.period)
    entry = await roster.find(tx, address.programme)
    if near.current is None or entry is None:
        raise Refusal("no-submission")
    days = await days_of(tx, address.period, near.stands)
    return Standing(near.current, near.stands, days, near.needing_correction)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Refusal("bad-query", errors=[QueryError("not_a_boolean", "dry_run")])
    return text == "true"


def _answer(body: Result, status: int, standing: Standing) -> Response:
    headers = {"ETag": standing.accepted.etag, "Cache-Control": "private, no-cache"}
    return Response(body.model_dump_json(), status, headers, "application/json")
