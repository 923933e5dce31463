"""What is decided about a programme's month, as operations; everything of it can be read."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from cauce.access.caller import Caller
from cauce.access.callers import Coordinator, Reader, Sender
from cauce.act_body import LARGEST
from cauce.addresses import Period, ProgrammeId, address_of, readable
from cauce.coordinate import wire
from cauce.coordinate.actor import Actor
from cauce.coordinate.months import (
    Doing,
    ask_for_extension,
    extend,
    waive,
    withdraw_waiver,
)
from cauce.errors import Refusal
from cauce.etags import OWN
from cauce.json_body import read_json
from cauce.running import Running, RunningDep
from cauce.store import acts, roster
from cauce.store.connect import Reach, transaction
from cauce_contract import Address, state_of

router = APIRouter(tags=["coordination"])


@router.get(
    "/v1/submissions/{programme}/{period}/acts",
    operation_id="acts",
    responses={200: {"model": wire.Acts}},
)
async def acts_about(
    caller: Reader, programme: ProgrammeId, period: Period, running: RunningDep
) -> Response:
    """All that was decided or said about a month, oldest first; another state's is absent.

    Returns, explanations, waivers and their withdrawals, extensions asked for and granted: each
    with who and when, and its place in the state's log.
    """
    address = readable(running.contract, programme, period)
    async with transaction(running.engine, caller.reach) as tx:
        entry = await roster.find(tx, programme)
        if entry is None or caller.state not in (None, entry.state):
            raise Refusal("no-submission")
        found = await acts.about(tx, programme, address.period, *get_args(acts.Kind))
    items = [wire.act(each) for each in found]
    return JSONResponse({"items": items, "next": None}, headers=OWN)


@router.put(
    "/v1/submissions/{programme}/{period}/waiver",
    operation_id="waive",
    status_code=201,
    responses={200: {"model": wire.Waiver}, 201: {"model": wire.Waiver}},
    openapi_extra=wire.WAIVER,
)
async def put_waiver(
    request: Request,
    caller: Coordinator,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
) -> Response:
    """Waive a month that cannot be reported: it is owed no more, and yet not reported.

    It stays in the denominator of every coverage, and leaves the rates of timeliness.
    """
    address = address_of(running.contract, programme, period)
    return await _done(
        request, running, caller, caller.reach_of("coordination"), address, waive
    )


@router.post(
    "/v1/submissions/{programme}/{period}/waiver/withdrawal",
    operation_id="withdraw_waiver",
    status_code=201,
    responses={200: {"model": wire.WaiverWithdrawal}, 201: {"model": wire.WaiverWithdrawal}},
    openapi_extra=wire.WITHDRAWAL,
)
async def post_withdrawal(
    request: Request,
    caller: Coordinator,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
) -> Response:
    """Withdraw a waiver, saying why: the month is owed again. Both stay in the log."""
    address = address_of(running.contract, programme, period)
    return await _done(
        request, running, caller, caller.reach_of("coordination"), address, withdraw_waiver
    )


@router.post(
    "/v1/submissions/{programme}/{period}/extension-requests",
    operation_id="ask_for_extension",
    status_code=201,
    responses={200: {"model": wire.ExtensionRequest}, 201: {"model": wire.ExtensionRequest}},
    openapi_extra=wire.EXTENSION,
)
async def post_request(
    request: Request,
    caller: Sender,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
) -> Response:
    """Ask national coordination for more days; nothing changes until they are granted."""
    address = address_of(running.contract, programme, period)
    caller.speaks_for(state_of(programme))
    return await _done(request, running, caller, caller.reach, address, ask_for_extension)


@router.get(
    "/v1/extension-requests",
    operation_id="extension_requests",
    responses={200: {"model": wire.ExtensionRequests}},
)
async def waiting_requests(caller: Coordinator, running: RunningDep) -> Response:
    """The requests for an extension that wait for an answer, of all states, oldest first.

    One waits until the month is extended or waived, or comes in.
    """
    async with transaction(running.engine, caller.reach) as tx:
        found = await acts.waiting(tx)
    items = [wire.act(each) for each in found]
    return JSONResponse({"items": items, "next": None}, headers=OWN)


@router.post(
    "/v1/submissions/{programme}/{period}/extensions",
    operation_id="extend",
    status_code=201,
    responses={200: {"model": wire.Extension}, 201: {"model": wire.Extension}},
    openapi_extra=wire.EXTENSION,
)
async def post_extension(
    request: Request,
    caller: Coordinator,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
) -> Response:
    """Give a programme more days for a month, asked for or not.

    Granted before the due day is over it moves that day (`moves_due`). Granted later it only
    lets the month in, after its closing too: the month is late all the same.
    """
    address = address_of(running.contract, programme, period)
    return await _done(
        request, running, caller, caller.reach_of("coordination"), address, extend
    )


async def _done(
    request: Request,
    running: Running,
    caller: Caller,
    reach: Reach,
    address: Address,
    do: Doing,
) -> Response:
    """Do what the body says, once; 201 where it was not done before."""
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    actor = Actor(running.contract, caller.client, running.clock())
    async with transaction(running.engine, reach, claim=address.programme) as tx:
        recorded = await do(tx, actor, address, body)
    status = 201 if recorded.is_new else 200
    return JSONResponse(wire.act(recorded.act), status, headers=OWN)
