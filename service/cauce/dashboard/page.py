"""A page as an answer: its template in the reader's language, and its headers."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from cauce.aggregate.figures import LEAST_DENOMINATOR, LEAST_SHARE
from cauce.dashboard.languages import LOCALES, environment
from cauce.dashboard.visit import (
    LANGUAGE_COOKIE,
    Visit,
    form_cookie,
    is_https,
    session_cookie,
)
from cauce.etags import UNSTORED
from cauce.reference.page import NAMES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# The same address answers each reader differently, so no cache keeps it.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    **UNSTORED,
    "Vary": "Accept-Language, Cookie",
}
A_YEAR = 365 * 24 * 3600  # seconds


def page(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """The template with what every page shows, and what this one does."""
    running, language = visit.running, visit.language
    contract = running.contract
    labels = contract.labels[language]
    text = (
        environment(language)
        .get_template(template)
        .render(
            visit=visit,
            languages={language: NAMES[language] for language in LOCALES},
            is_demo=running.is_demo,
            contract=contract,
            labels=labels,
            status_labels={s.sdmx: labels.status(s.id) for s in contract.statuses.values()},
            least_denominator=LEAST_DENOMINATOR,
            least_share=LEAST_SHARE,
            **context,
        )
    )
    answer = HTMLResponse(text, status, headers=HEADERS | _about(visit))
    if visit.is_chosen:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=A_YEAR,
            secure=is_https(running),
            httponly=True,
            samesite="lax",
        )
    return answer


def _about(visit: Visit) -> dict[str, str]:
    # A form sent under no-referrer has the origin "null", which could not be told from a
    # stranger's; of pages without a session, those of `form_page` alone have one.
    policy = "same-origin" if visit.session else "no-referrer"
    return {"Content-Language": visit.language, "Referrer-Policy": policy}


def form_page(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form that can be sent without a session."""
    answer = page(visit, template, status, **context)
    if visit.session is None:
        answer.headers["Referrer-Policy"] = "same-origin"
        _set(visit, answer, form_cookie(visit.running), visit.before)
    return answer


def go(visit: Visit, to: str, session: str | None) -> Response:
    """Go to a page of ours, with this session or with none."""
    answer = RedirectResponse(to, 303, headers=HEADERS | {"Referrer-Policy": "no-referrer"})
    # What a reader's cookie has is not told back: it need not be one of ours.
    return answer if session == visit.session else with_session(visit, answer, session)


def with_session(visit: Visit, answer: Response, session: str | None) -> Response:
    """The answer, which gives the browser this session, or takes away what it has."""
    name = session_cookie(visit.running)
    if session:
        _set(visit, answer, name, session)
    else:
        is_secure = is_https(visit.running)
        answer.delete_cookie(name, secure=is_secure, httponly=True, samesite="lax")
    return answer


def _set(visit: Visit, answer: Response, name: str, token: str) -> None:
    is_secure = is_https(visit.running)
    answer.set_cookie(name, token, secure=is_secure, httponly=True, samesite="lax")
