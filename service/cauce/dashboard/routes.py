"""The pages: the first one of each role, and for anybody what the service is."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cauce.access.people import SignedIn
from cauce.dashboard import account, invitation, month, sign_in
from cauce.dashboard.glance import glance
from cauce.dashboard.month import months_of, read_month
from cauce.dashboard.own_state import own_state
from cauce.dashboard.page import page
from cauce.dashboard.readers import Anybody
from cauce.dashboard.visit import Visit
from cauce.store import calendar, roster
from cauce.store.connect import PUBLIC, transaction

router = APIRouter(include_in_schema=False)
for part in (sign_in, invitation, account, month):
    router.include_router(part.router)

MONTHS_TO_CHOOSE = 24


def static_files() -> StaticFiles:
    return StaticFiles(directory=str(files("cauce") / "dashboard" / "static"))


@router.get("/")
async def first_page(
    visit: Anybody,
    period: Annotated[str | None, Query(description="a month, such as 2026-09")] = None,
) -> Response:
    """For a coordinator the nation's month, for state staff what is left to do."""
    match visit.person:
        case None:
            return await _welcome(visit)
        case SignedIn(role="coordinator"):
            return await _nation(visit, period)
        case SignedIn(role="state_staff", state=str(state)):
            return await _own_state(visit, state)
        case _:
            return page(visit, "role.html")


async def _nation(visit: Visit, asked: str | None) -> Response:
    running = visit.running
    now = running.clock()
    first, last_over = months_of(visit)
    chosen = read_month(asked, first, last_over) if asked is not None else last_over
    period = chosen or last_over
    async with transaction(running.engine, visit.reach) as tx:
        seen = await glance(tx, running, period)
        days = (await calendar.of_months(tx, [period]))[period]
    return page(
        visit,
        "nation.html",
        200 if chosen else 422,
        seen=seen,
        is_bad_period=chosen is None,
        months=min(period, last_over + (1 - MONTHS_TO_CHOOSE)).through(last_over)[::-1],
        earlier=period + -1 if period > first else None,
        later=period + 1 if period < last_over else None,
        due_day=days.due,
        today=calendar.local_day(now),
        is_due=now >= days.due_at,
    )


async def _own_state(visit: Visit, state: str) -> Response:
    running = visit.running
    async with transaction(running.engine, visit.reach) as tx:
        seen = await own_state(tx, running, state)
    return page(
        visit,
        "own_state.html",
        state=state,
        seen=seen,
        today=calendar.local_day(running.clock()),
    )


async def _welcome(visit: Visit) -> Response:
    async with transaction(visit.running.engine, PUBLIC) as tx:
        entries = await roster.entries(tx)
    by_state = [(state, list(of)) for state, of in groupby(entries, lambda e: e.state)]
    has_ended = visit.session is not None and visit.living is None
    return page(visit, "welcome.html", roster=by_state, session_has_ended=has_ended)
