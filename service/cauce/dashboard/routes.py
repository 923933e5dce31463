"""The pages: for a signed-in coordinator the nation, for anybody what the service is."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cauce.access import people
from cauce.dashboard.glance import glance
from cauce.dashboard.page import home, page
from cauce.dashboard.programme_month import cell_label, programme_month
from cauce.dashboard.visit import Visit, VisitDep, is_same_origin
from cauce.store import calendar, roster
from cauce.store.connect import ACCESS, NATION, PUBLIC, transaction
from cauce.streams import read_bytes
from cauce_contract import Month, is_programme_id

router = APIRouter(include_in_schema=False)

LARGEST_FORM = 1024  # bytes
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


@router.get("/sign-in/{token}")
async def sign_in(token: str, visit: VisitDep) -> Response:
    """Use a one-time link up for a session; the one that the reader had before ends."""
    running = visit.running
    async with transaction(running.engine, ACCESS) as tx:
        session = await people.redeem(tx, token, running.clock())
        if session and visit.session:
            await people.sign_out(tx, visit.session)
    return home(visit, session) if session else page(visit, "link_used.html", 410)


@router.post("/sign-out")
async def sign_out(request: Request, visit: VisitDep) -> Response:
    """End the session, if one of our own pages asks for it."""
    running = visit.running
    body = await read_bytes(request, LARGEST_FORM, running.settings.body_seconds)
    form = dict(parse_qsl(body.decode("ascii", "replace")))
    is_ours = visit.session is None or visit.is_form_of_ours(form.get("token", ""))
    if not (is_ours and is_same_origin(request, running)):
        return page(visit, "not_our_form.html", 403)
    if visit.session:
        async with transaction(running.engine, ACCESS) as tx:
            await people.sign_out(tx, visit.session)
    return home(visit, None)
