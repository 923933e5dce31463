"""The roster and the calendar: read by everybody, decided by national coordination."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from cauce.access.callers import Coordinator
from cauce.act_body import LARGEST
from cauce.addresses import Period, ProgrammeId, month_of
from cauce.aggregate.asked import read_month, require_months
from cauce.coordinate import wire
from cauce.coordinate.actor import Actor
from cauce.coordinate.days import set_days
from cauce.coordinate.roster import enter
from cauce.errors import QueryError, Refusal
from cauce.etags import tagged
from cauce.json_body import read_json
from cauce.running import RunningDep
from cauce.store import calendar, roster
from cauce.store.connect import PUBLIC, transaction
from cauce_contract import Month, is_programme_id, state_of
from cauce_contract.echo import nearest

router = APIRouter(tags=["coordination"])

From = Annotated[str | None, Query(alias="from", description="first month, such as 2026-01")]
To = Annotated[str | None, Query(alias="to", description="last month, inclusive")]


@router.get(
    "/v1/programmes", operation_id="programmes", responses={200: {"model": wire.Programmes}}
)
async def programmes(
    request: Request,
    running: RunningDep,
    at: Annotated[str | None, Query(description="only those on the roster in a month")] = None,
) -> Response:
    """The roster: every programme with the months in which it is expected to report."""
    try:
        month = Month.parse(at) if at is not None else None
    except ValueError:
        raise Refusal("bad-query", errors=[QueryError("not_a_month", "at")]) from None
    async with transaction(running.engine, PUBLIC) as tx:
        entries = await roster.entries(tx, at=month)
    return tagged(request, {"items": [entry.as_data() for entry in entries], "next": None})


@router.get(
    "/v1/programmes/{programme}",
    operation_id="programme",
    responses={200: {"model": wire.Programme}},
)
async def programme(request: Request, programme: ProgrammeId, running: RunningDep) -> Response:
    """A programme's entry on the roster."""
    async with transaction(running.engine, PUBLIC) as tx:
        entry = await roster.find(tx, programme)
    if entry is None:
        raise Refusal("unknown-programme")
    return tagged(request, entry.as_data())


@router.put(
    "/v1/programmes/{programme}",
    operation_id="enter_programme",
    status_code=201,
    responses={200: {"model": wire.Programme}, 201: {"model": wire.Programme}},
    openapi_extra=wire.ENTRY,
)
async def enter_programme(
    request: Request, caller: Coordinator, programme: ProgrammeId, running: RunningDep
) -> Response:
    """Enter a programme on the roster, or put another entry in its place: the whole entry.

    `replaces` names the programmes that it takes over from, when courts merge into one or one
    is split: they began before it, and are active up to its first month at the latest. Until
    the day `backfill_until` it may bring its past, months that are closed to others.
    """
    if not is_programme_id(running.contract, programme):
        near = {"nearest": nearest(state_of(programme), running.contract.states)}
        raise Refusal("bad-query", errors=[QueryError("not_a_programme", "programme", near)])
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    actor = Actor(running.contract, caller.client, running.clock())
    reach = caller.reach_of("coordination")
    async with transaction(running.engine, reach, claim=programme) as tx:
        entered = await enter(tx, actor, programme, body)
    return JSONResponse(entered.entry.as_data(), 201 if entered.is_new else 200)


@router.get("/v1/calendar", operation_id="calendar", responses={200: {"model": wire.Calendar}})
async def days(
    request: Request, running: RunningDep, first: From = None, last: To = None
) -> Response:
    """From when, until when in time, and until when at all each month is received.

    Without `from` and `to`: the last month that is over. Months to come can be asked for.
    """
    last_over = Month.last_over(running.clock(), running.contract.utc_offset_hours)
    faults: list[QueryError] = []
    start = read_month(first, "from", last_over, faults)
    end = read_month(last, "to", max(start, last_over), faults)
    require_months(start, end, faults)
    if faults:
        raise Refusal("bad-query", errors=faults)
    async with transaction(running.engine, PUBLIC) as tx:
        found = await calendar.of_months(tx, start.through(end))
    return tagged(request, wire.calendar(found))


@router.put(
    "/v1/calendar/{period}",
    operation_id="set_calendar",
    responses={200: {"model": wire.CalendarMonth}},
    openapi_extra=wire.DAYS,
)
async def set_calendar(
    request: Request, caller: Coordinator, period: Period, running: RunningDep
) -> Response:
    """Set the days of a month's reports, for all programmes; each day counts whole.

    Reports that are there already are late or in time by the new days.
    """
    month = month_of(period)
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    actor = Actor(running.contract, caller.client, running.clock())
    async with transaction(running.engine, caller.reach_of("coordination")) as tx:
        set_to = await set_days(tx, actor, month, body)
    return JSONResponse(wire.calendar_month(month, set_to))
