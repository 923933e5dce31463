"""Pages that make an account of an invitation: a password, then a second factor."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from cauce.access import accounts, audited, invitations, passwords, second_factor
from cauce.access.accounts import NoInvitation
from cauce.access.passwords import TooOften
from cauce.access.people import SignedIn
from cauce.access.sessions import Ended
from cauce.dashboard.forms import not_ours, sent
from cauce.dashboard.page import form_page, go, page, with_session
from cauce.dashboard.readers import Anybody
from cauce.dashboard.sign_in import too_often
from cauce.dashboard.visit import Visit
from cauce.store.connect import ACCESS, transaction

router = APIRouter(include_in_schema=False)


@router.get("/invitation/{token}")
async def invitation_page(token: str, visit: Anybody) -> Response:
    """Ask for a password; opening the link uses nothing up."""
    invited = await _invited(visit, token)
    if invited is None:
        return page(visit, "invitation_over.html", 410)
    return _form(visit, token, invited)


@router.post("/invitation/{token}")
async def accept_invitation(token: str, request: Request, visit: Anybody) -> Response:
    """Set the password, which uses the link up; then the second factor, where it must be."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    invited = await _invited(visit, token)
    if invited is None:
        return page(visit, "invitation_over.html", 410)
    audited.begin(request, visit.running, person=invited.id)
    password = form.get("password", "")
    faults = faults_of(password, form.get("again", ""), invited.email)
    if faults:
        return _form(visit, token, invited, 422, faults)
    try:
        begun = await accounts.accept(visit.running, token, invited, password, visit.come_from)
    except NoInvitation:
        return page(visit, "invitation_over.html", 410)
    except TooOften as fault:
        return too_often(visit, fault)
    to = "/second-factor" if begun.stage == "set_up" else "/account"
    return go(visit, to, begun.session)


@router.get("/second-factor")
async def second_factor_page(visit: Anybody) -> Response:
    """Show the secret, as a QR code and as text, and ask for a code of it."""
    if not _is_setting_up(visit):
        return go(visit, "/account" if visit.person else "/sign-in", visit.session)
    return await _offer(visit)


@router.post("/second-factor")
async def set_up_second_factor(request: Request, visit: Anybody) -> Response:
    """Bind the second factor and show the recovery codes, once."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    living = visit.living
    if not _is_setting_up(visit) or living is None:
        return go(visit, "/account" if visit.person else "/sign-in", visit.session)
    code = form.get("code", "")
    try:
        done = await accounts.set_up_second_factor(visit.running, living, code)
    except Ended:
        return not_ours(visit)
    if done is None:
        return await _offer(visit, 422)
    answer = page(visit, "recovery_codes.html", codes=done.codes)
    return with_session(visit, answer, done.session)


def faults_of(password: str, again: str, email: str) -> list[str]:
    """Why a new password, written twice, is not taken."""
    fault = passwords.fault_of(password, email)
    differs = passwords.normal(password) != passwords.normal(again)
    return [*([fault] if fault else []), *(["differs"] if differs else [])]


def _is_setting_up(visit: Visit) -> bool:
    """Whether a second factor must be set up, or the reader has asked to."""
    living = visit.living
    return living is not None and (
        living.stage == "set_up"
        or (living.stage == "signed_in" and living.offered_secret is not None)
    )


async def _offer(visit: Visit, status: int = 200) -> Response:
    if visit.living is None:
        raise TypeError("a second factor is set up within a session")
    running, living = visit.running, visit.living
    offered = living.offered_secret and running.seal.opened(
        living.offered_secret, living.person.id
    )
    secret = offered or await accounts.offer_secret(running, living)
    address = second_factor.address(secret, living.person.email)
    return page(
        visit,
        "second_factor.html",
        status,
        is_wrong=status != 200,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        qr=segno.make(address).svg_data_uri(border=2, scale=5),
    )


async def _invited(visit: Visit, token: str) -> SignedIn | None:
    async with transaction(visit.running.engine, ACCESS) as tx:
        return await invitations.find(tx, token, visit.running.clock())


def _form(
    visit: Visit, token: str, invited: SignedIn, status: int = 200, faults: Sequence[str] = ()
) -> Response:
    return form_page(
        visit,
        "invitation.html",
        status,
        token=token,
        invited=invited,
        faults=faults,
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
    )
