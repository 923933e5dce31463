"""Exact figures, live: for national coordinators, and for a state its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from cauce.access.caller import Caller, needs
from cauce.aggregate import completeness_wire, wire
from cauce.aggregate.asked import Asked, read, read_month, require_one_of, require_span
from cauce.aggregate.by_measure import by_measure
from cauce.aggregate.completeness import completeness
from cauce.aggregate.national import answer
from cauce.aggregate.question import NATIONAL_AREA
from cauce.aggregate.summary import by_state
from cauce.errors import QueryError, Refusal
from cauce.etags import OWN, OWN_LABELLED, tagged
from cauce.instants import written
from cauce.running import LabelsDep, Running, RunningDep
from cauce.store import calendar, roster
from cauce.store.connect import transaction
from cauce_contract import Month, state_of
from cauce_contract.echo import nearest
from cauce_contract.labels import Labels

router = APIRouter(tags=["figures"])

Analyst = Annotated[Caller, Depends(needs("indicators:read"))]
Watcher = Annotated[
    Caller, Depends(needs("submissions:read", "indicators:read", "coordination"))
]
From = Annotated[str | None, Query(alias="from", description="first month, such as 2026-01")]
To = Annotated[str | None, Query(alias="to", description="last month, inclusive")]


def _own(response: Response) -> None:
    response.headers.update(OWN_LABELLED)


OWN_FIGURES = Depends(_own)


async def _asked(
    first: From = None,
    last: To = None,
    window: Annotated[str, Query(description="month")] = "month",
    area: Annotated[
        str | None, Query(description="MX, states or programmes, by commas")
    ] = None,
    by: Annotated[str | None, Query(description="one dimension, and `area`")] = None,
    contract: Annotated[str | None, Query(description="whose codes to answer in")] = None,
    format: Annotated[str, Query(description="json")] = "json",  # noqa: A002  the parameter's name
) -> Asked:
    return Asked(first, last, window, area, by, contract, format)


@router.get("/v1/indicators", operation_id="indicators", dependencies=[OWN_FIGURES])
async def indicators(_: Analyst, running: RunningDep, labels: LabelsDep) -> dict[str, Any]:
    """The indicators of the contract in force, with labels, units, formulas and caveats."""
    return wire.indicators(running.contract, labels)


@router.get("/v1/measures", operation_id="measures", dependencies=[OWN_FIGURES])
async def measures(_: Analyst, running: RunningDep, labels: LabelsDep) -> dict[str, Any]:
    """The measures of the contract in force, with labels, units and definitions."""
    return wire.measures(running.contract, labels)


@router.get("/v1/indicators/{indicator}", operation_id="indicator", dependencies=[OWN_FIGURES])
async def indicator(
    caller: Analyst,
    indicator: str,
    asked: Annotated[Asked, Depends(_asked)],
    running: RunningDep,
    labels: LabelsDep,
) -> dict[str, Any]:
    """An indicator's figures, each with its coverage."""
    return await _figures(running, caller, "indicator", indicator, asked, labels)


@router.get("/v1/measures/{measure}", operation_id="measure", dependencies=[OWN_FIGURES])
async def measure(
    caller: Analyst,
    measure: str,
    asked: Annotated[Asked, Depends(_asked)],
    running: RunningDep,
    labels: LabelsDep,
) -> dict[str, Any]:
    """A measure's figures, each with its coverage; a duration has `sum`, `n` and their mean."""
    return await _figures(running, caller, "measure", measure, asked, labels)


async def _figures(
    running: Running,
    caller: Caller,
    kind: Literal["indicator", "measure"],
    subject: str,
    asked: Asked,
    labels: Labels,
) -> dict[str, Any]:
    now = running.clock()
    async with transaction(running.engine, caller.reach) as tx:
        question = read(
            running.contract,
            kind,
            subject,
            asked,
            last_over=Month.last_over(now, running.contract.utc_offset_hours),
            default_area=caller.state or NATIONAL_AREA,
            programmes=[entry.id for entry in await roster.entries(tx)],
        )
        for area in question.areas:
            caller.speaks_for(area if area.count("-") < 2 else state_of(area))
        found = await answer(tx, running.contract, question)
    return wire.figures(running.contract, question, found, written(now), labels)


@router.get(
    "/v1/completeness",
    operation_id="completeness",
    responses={200: {"model": completeness_wire.Answer}},
)
async def how_complete(
    request: Request,
    caller: Watcher,
    running: RunningDep,
    first: From = None,
    last: To = None,
    state: Annotated[str | None, Query(description="a state, such as MX-NLE")] = None,
    by: Annotated[str, Query(description="programme, state or measure")] = "programme",
) -> Response:
    """Who has reported which months, when, and how much of what is required.

    `items` has a programme's month each, or with `by` a state's or a required measure's;
    `periods` has each month's summary.
    """
    contract = running.contract
    last_over = Month.last_over(running.clock(), contract.utc_offset_hours)
    faults: list[QueryError] = []
    months = (
        read_month(first, "from", last_over, faults),
        read_month(last, "to", last_over, faults),
    )
    require_span(*months, last_over, faults)
    require_one_of("not_one_of", "by", by, ["programme", "state", "measure"], faults)
    if state is not None and state not in contract.states:
        near = {"nearest": nearest(state, contract.states)}
        faults.append(QueryError("unknown_state", "state", near))
    if faults:
        raise Refusal("bad-query", errors=faults)
    if state:
        caller.speaks_for(state)
    of = (running.contracts, contract, *months, state or caller.state)
    async with transaction(running.engine, caller.reach) as tx:
        rows = await completeness(tx, *of)
        measures = await by_measure(tx, *of) if by == "measure" else {}
        days = await calendar.of_months(tx, months[0].through(months[1]))
    match by:
        case "state":
            items = completeness_wire.of_states(by_state(rows))
        case "measure":
            items = completeness_wire.of_measures(measures)
        case _:
            items = completeness_wire.of_programmes(rows)
    return tagged(request, completeness_wire.answer(items, rows, days), kept=OWN)
