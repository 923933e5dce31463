"""Pages to sign in and out: e-mail and password, then a code; in a demo, a link."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from cauce.access import audited, sessions, sign_in_links
from cauce.access import sign_in as signing_in
from cauce.access.passwords import TooOften
from cauce.access.sessions import Ended
from cauce.access.sign_in import NotSetUp, Wrong
from cauce.dashboard.forms import not_ours, sent
from cauce.dashboard.page import form_page, go, page
from cauce.dashboard.readers import Anybody
from cauce.dashboard.visit import Visit
from cauce.store.connect import ACCESS, transaction

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(visit: Anybody) -> Response:
    """Ask for e-mail and password; who is signed in already goes to the first page."""
    if visit.person:
        return go(visit, "/", visit.session)
    return form_page(visit, "sign_in.html", is_wrong=False)


@router.post("/sign-in")
async def sign_in(request: Request, visit: Anybody) -> Response:
    """Begin a session, which awaits a code where there is a second factor."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    if visit.person:
        return go(visit, "/", visit.session)
    email, password = form.get("email", ""), form.get("password", "")
    try:
        begun = await signing_in.with_password(visit.running, email, password, visit.come_from)
    except TooOften as fault:
        return too_often(visit, fault)
    except Wrong as fault:
        if fault.person:
            audited.begin(request, visit.running, person=fault.person)
        return form_page(visit, "sign_in.html", 403, is_wrong=True)
    except NotSetUp as fault:
        audited.begin(request, visit.running, person=fault.person)
        return page(visit, "not_set_up.html", 403)
    audited.begin(request, visit.running, person=begun.person)
    return go(visit, "/sign-in/code" if begun.stage == "code" else "/", begun.session)


@router.get("/sign-in/code")
async def code_page(visit: Anybody) -> Response:
    """Ask for a code of the second factor."""
    if visit.living is None or visit.living.stage != "code":
        return go(visit, "/sign-in", visit.session)
    return page(visit, "code.html", is_wrong=False)


@router.post("/sign-in/code")
async def sign_in_code(request: Request, visit: Anybody) -> Response:
    """Sign in by a code of the second factor, or a recovery code."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    if visit.living is None or visit.living.stage != "code":
        return go(visit, "/sign-in", visit.session)
    code = form.get("code", "")
    try:
        session = await signing_in.with_code(visit.running, visit.living, code, visit.come_from)
    except TooOften as fault:
        return too_often(visit, fault)
    except Ended:
        return not_ours(visit)
    except Wrong:
        return page(visit, "code.html", 403, is_wrong=True)
    return go(visit, "/", session)


@router.get("/sign-in/{token}")
async def sign_in_by_link(token: str, visit: Anybody) -> Response:
    """Use a demo's link up for a session; the one that the reader had before ends."""
    running = visit.running
    if not running.is_demo:
        return page(visit, "link_used.html", 404)
    async with transaction(running.engine, ACCESS) as tx:
        session = await sign_in_links.redeem(
            tx, token, running.clock(), instead_of=visit.session
        )
    return go(visit, "/", session) if session else page(visit, "link_used.html", 410)


@router.post("/sign-out")
async def sign_out(request: Request, visit: Anybody) -> Response:
    """End the session, if one of our own pages asks for it."""
    if await sent(request, visit) is None:
        return not_ours(visit)
    if visit.session:
        async with transaction(visit.running.engine, ACCESS) as tx:
            await sessions.end(tx, visit.session)
    return go(visit, "/", None)


def too_often(visit: Visit, fault: TooOften) -> Response:
    """Say that it is to be tried again later."""
    minutes = -(-fault.seconds // 60)
    answer = page(visit, "too_often.html", 429, minutes=minutes)
    answer.headers["Retry-After"] = str(fault.seconds)
    return answer
