"""A visit to a page: in which language, and who is signed in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from cauce.access import audited, sessions
from cauce.access.one_time import new_token
from cauce.access.people import Role, SignedIn
from cauce.access.sessions import Living
from cauce.access.sign_in import From
from cauce.dashboard.languages import LOCALES
from cauce.running import Running, RunningDep
from cauce.store.connect import ACCESS, COORDINATION, NATION, PUBLIC, Reach, transaction
from cauce_contract import preferred

LANGUAGE_COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who reads a page, and how.

    language    ?lang, else the cookie that remembers it, else Accept-Language, else Spanish
    is_chosen   whether ?lang said so
    address     where the reader is, in the network
    session     the cookie's token, whether or not the session lives
    living      the session, if it lives; it may yet await a second factor
    before      what the form token hangs on where there is no session: the token of a cookie,
                or of one that a page with a form sets
    """

    running: Running
    language: str
    is_chosen: bool
    address: str
    session: str | None
    living: Living | None
    before: str

    @property
    def person(self) -> SignedIn | None:
        """Who is signed in; nobody as long as a second factor is awaited."""
        is_in = self.living is not None and self.living.stage == "signed_in"
        return self.living.person if self.living and is_in else None

    @property
    def role(self) -> Role | None:
        """None where nobody is signed in."""
        return self.person.role if self.person else None

    @property
    def reach(self) -> Reach:
        """To read by: of the role alone, whatever is asked; the database refuses the rest."""
        match self.person:
            case SignedIn(role="coordinator"):
                return NATION
            case SignedIn(role="state_staff", state=str(state)):
                return Reach("state", state)
            case _:
                return PUBLIC

    @property
    def reach_of_decisions(self) -> Reach:
        """To decide about months by, for whose role that is."""
        return COORDINATION if self.role == "coordinator" else self.reach

    def may_see(self, state: str) -> bool:
        """Whether a state's exact figures are for this reader."""
        return self.reach in (NATION, Reach("state", state))

    @property
    def come_from(self) -> From:
        return From(self.address, self.session)

    @property
    def form_token(self) -> str:
        """Stands in every form: another site cannot know it."""
        return hmac.digest((self.session or self.before).encode(), b"form", "sha256").hex()

    def is_form_of_ours(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token.encode())


async def _visit(
    request: Request,
    running: RunningDep,
    lang: Annotated[
        Literal["es", "en", "pt", "fr"] | None, Query(description="es, en, pt or fr")
    ] = None,
) -> Visit:
    session = request.cookies.get(session_cookie(running))
    living = None
    if session:
        async with transaction(running.engine, ACCESS) as tx:
            living = await sessions.living(tx, session, running.clock())
    if living:
        audited.begin(request, running, person=living.person.id)
    return Visit(
        running=running,
        language=lang or _remembered(request) or _understood(request),
        is_chosen=lang is not None,
        address=request.client.host if request.client else "",
        session=session,
        living=living,
        before=request.cookies.get(form_cookie(running)) or new_token(),
    )


VisitDep = Annotated[Visit, Depends(_visit)]


def _remembered(request: Request) -> str | None:
    found = request.cookies.get(LANGUAGE_COOKIE)
    return found if found in LOCALES else None


def _understood(request: Request) -> str:
    return preferred(request.headers.get("accept-language", ""), tuple(LOCALES))


def is_https(running: Running) -> bool:
    return running.settings.issuer.startswith("https://")


def session_cookie(running: Running) -> str:
    """Its name; `__Host-` holds it to this origin, but takes https, which a demo has not."""
    return "__Host-cauce" if is_https(running) else "cauce"


def form_cookie(running: Running) -> str:
    """The name of the cookie that forms hang on before there is a session."""
    return f"{session_cookie(running)}-form"


def is_same_origin(request: Request, running: Running) -> bool:
    """Whether a page of ours sent this, by what the browser says and no page can forge."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Browsers say it on https and on this machine only; elsewhere the origin must be ours.
    return request.headers.get("origin") == running.settings.issuer
