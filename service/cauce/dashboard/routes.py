"""The pages: for a signed-in coordinator the nation, for anybody what the service is."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cauce.dashboard import account, invitation, sign_in
from cauce.dashboard.glance import glance
from cauce.dashboard.page import page
from cauce.dashboard.programme_month import cell_label, programme_month
from cauce.dashboard.visit import Visit, VisitDep
from cauce.store import calendar, roster
from cauce.store.connect import NATION, PUBLIC, transaction
from cauce_contract import Month, is_programme_id

router = APIRouter(include_in_schema=False)
for part in (sign_in, invitation, account):
    router.include_router(part.router)

MONTHS_TO_CHOOSE = 24


def static_files() -> StaticFiles:
    return StaticFiles(directory=str(files("cauce") / "dashboard" / "static"))


@router.get("/")
async def first_page(
    visit: VisitDep,
    period: Annotated[str | None, Query(description="a month, such as 2026-09")] = None,
    programme: Annotated[str | None, Query(description="its alone, not the nation's")] = None,
) -> Response:
    """For a coordinator the nation's month, or a programme's; for anybody else what this is."""
    if not visit.is_coordinator:
        return await _welcome(visit)
    if programme is not None:
        return await _programme(visit, programme, period)
    return await _nation(visit, period)


async def _nation(visit: Visit, asked: str | None) -> Response:
    running = visit.running
    now, contract = running.clock(), running.contract
    last_over = Month.last_over(now, contract.utc_offset_hours)
    chosen = _month(asked, contract.accepts_from, last_over) if asked is not None else last_over
    period = chosen or last_over
    async with transaction(running.engine, NATION) as tx:
        seen = await glance(tx, running, period)
        days = (await calendar.of_months(tx, [period]))[period]
    return page(
        visit,
        "nation.html",
        200 if chosen else 422,
        seen=seen,
        is_bad_period=chosen is None,
        months=min(period, last_over + (1 - MONTHS_TO_CHOOSE)).through(last_over)[::-1],
        earlier=period + -1 if period > contract.accepts_from else None,
        later=period + 1 if period < last_over else None,
        due_day=days.due,
        today=calendar.local_day(now),
        is_due=now >= days.due_at,
    )


async def _programme(visit: Visit, programme: str, asked: str | None) -> Response:
    running = visit.running
    now, contract = running.clock(), running.contract
    first, last_over = contract.accepts_from, Month.last_over(now, contract.utc_offset_hours)
    period = _month(asked, first, last_over) if asked is not None else last_over
    if period is None or not is_programme_id(contract, programme):
        return page(visit, "no_month.html", 404)
    async with transaction(running.engine, NATION) as tx:
        seen = await programme_month(tx, running, programme, period)
    if seen is None:
        return page(visit, "no_month.html", 404)
    version = seen.accepted.contract if seen.accepted else contract.version
    return page(
        visit,
        "month.html",
        seen=seen,
        its_labels=running.contracts[version].labels[visit.language],
        cell_label=cell_label,
        earlier=period + -1 if period > first else None,
        later=period + 1 if period < last_over else None,
        today=calendar.local_day(now),
    )


def _month(text: str, first: Month, last: Month) -> Month | None:
    """The month that is written; None where it is none, or not among those reported on."""
    try:
        written = Month.parse(text)
    except ValueError:
        return None
    return written if first <= written <= last else None


async def _welcome(visit: Visit) -> Response:
    async with transaction(visit.running.engine, PUBLIC) as tx:
        entries = await roster.entries(tx)
    by_state = [(state, list(of)) for state, of in groupby(entries, lambda e: e.state)]
    has_ended = visit.session is not None and visit.person is None
    return page(visit, "welcome.html", roster=by_state, session_has_ended=has_ended)
