"""The page of one's own account: password, second factor, recovery codes, sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from cauce.access import accounts, credentials, passwords, sessions
from cauce.access.passwords import TooOften
from cauce.access.sessions import Ended, Living
from cauce.access.sign_in import Wrong
from cauce.dashboard.forms import not_ours, sent
from cauce.dashboard.invitation import faults_of
from cauce.dashboard.page import go, page, with_session
from cauce.dashboard.readers import SignedInVisit
from cauce.dashboard.sign_in import too_often
from cauce.dashboard.visit import Visit
from cauce.store.connect import ACCESS, transaction

router = APIRouter(include_in_schema=False)


@router.get("/account")
async def account_page(visit: SignedInVisit) -> Response:
    """Who is signed in, and what they can change."""
    return await _account(visit)


@router.post("/account/password")
async def change_password(request: Request, visit: SignedInVisit) -> Response:
    """Set another password; every other session ends."""
    proven = await _proven(request, visit)
    if isinstance(proven, Response):
        return proven
    form, living = proven.form, proven.living
    password = form.get("password", "")
    faults = faults_of(password, form.get("again", ""), living.person.email)
    if faults:
        return await _account(visit, 422, faults)
    try:
        session = await accounts.change_password(visit.running, living, password)
    except TooOften as fault:
        return too_often(visit, fault)
    except Ended:
        return not_ours(visit)
    changed = await _account(replace(visit, session=session), is_changed=True)
    return with_session(visit, changed, session)


@router.post("/account/second-factor")
async def begin_second_factor(request: Request, visit: SignedInVisit) -> Response:
    """Begin to set up a second factor, the first one or that of another telephone."""
    proven = await _proven(request, visit)
    if isinstance(proven, Response):
        return proven
    await accounts.offer_secret(visit.running, proven.living)
    return go(visit, "/second-factor", proven.living.token)


@router.post("/account/recovery-codes")
async def new_recovery_codes(request: Request, visit: SignedInVisit) -> Response:
    """Show new recovery codes, once; those from before are good no more."""
    proven = await _proven(request, visit)
    if isinstance(proven, Response):
        return proven
    try:
        codes = await accounts.new_recovery_codes(visit.running, proven.living)
    except Ended:
        return not_ours(visit)
    if codes is None:
        return go(visit, "/account", proven.living.token)
    return page(visit, "recovery_codes.html", codes=codes)


@router.post("/account/sign-out-everywhere")
async def sign_out_everywhere(request: Request, visit: SignedInVisit) -> Response:
    """End every session of the reader, on every machine."""
    if await sent(request, visit) is None:
        return not_ours(visit)
    if visit.person:
        async with transaction(visit.running.engine, ACCESS) as tx:
            await sessions.end_all(tx, visit.person.id)
    return go(visit, "/", None)


@dataclass(frozen=True, slots=True)
class Proven:
    """A form of one's own account, whose sender has just said the password."""

    form: Mapping[str, str]
    living: Living


async def _proven(request: Request, visit: Visit) -> Proven | Response:
    """The form and its sender; or the answer where it is not theirs."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    if visit.person is None or visit.living is None:
        raise TypeError("an account is somebody's")
    try:
        current = form.get("current", "")
        await accounts.prove(visit.running, visit.person, current, visit.come_from)
    except TooOften as fault:
        return too_often(visit, fault)
    except Wrong:
        return await _account(visit, 403, ["wrong"])
    return Proven(form, visit.living)


async def _account(
    visit: Visit, status: int = 200, faults: Sequence[str] = (), *, is_changed: bool = False
) -> Response:
    if visit.person is None:
        raise TypeError("an account is somebody's")
    async with transaction(visit.running.engine, ACCESS) as tx:
        kept = await credentials.find(tx, visit.person.id)
        codes_left = await credentials.recovery_codes_left(tx, visit.person.id)
    return page(
        visit,
        "account.html",
        status,
        faults=faults,
        is_changed=is_changed,
        has_password=kept is not None,
        has_second_factor=kept is not None and kept.sealed is not None,
        codes_left=codes_left,
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
    )
