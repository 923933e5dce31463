"""Who gets the figures, and what a page's headers and cookies say; without a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from cauce.app import create_app
from support.centre import ISSUER, Centre, later
from support.people import OURS, form_token, sign_in, sign_in_link

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def shows_figures(answer: httpx.Response) -> bool:
    return 'class="cards"' in answer.text


@pytest.fixture
async def demo(nation: Centre) -> AsyncIterator[Centre]:
    """The same nation, as a demo."""
    app = create_app(nation.settings, nation.database_url, clock=nation.clock, is_demo=True)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield replace(nation, app=app, http=http)
    await app.state.running.close()


async def test_the_session_is_a_host_cookie_that_no_script_reads(demo: Centre) -> None:
    answer = await demo.http.get(await sign_in_link(demo))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-cauce=")
    assert {a.lower() for a in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}
    assert shows_figures(await demo.http.get("/"))


async def test_a_demo_s_link_signs_in_once_and_for_twelve_hours(demo: Centre) -> None:
    link, old = await sign_in_link(demo), await sign_in_link(demo)
    assert (await demo.http.get(link)).status_code == 303
    demo.http.cookies.clear()
    later(demo.clock, hours=12)

    for path in (link, old):
        answer = await demo.http.get(path)

        assert answer.status_code == 410
        assert "Set-Cookie" not in answer.headers
        assert "El enlace ya no sirve" in answer.text


async def test_only_a_demo_lets_anybody_in_by_a_link(nation: Centre, demo: Centre) -> None:
    link = await sign_in_link(nation)

    refused = await nation.http.get(link)

    assert refused.status_code == 404
    assert "Set-Cookie" not in refused.headers
    assert (await demo.http.get(link)).status_code == 303


async def test_every_page_says_what_a_browser_may_do_with_it(nation: Centre) -> None:
    month = "/months/MX-NLE-01/2026-10"
    entrance = ("/sign-in", "/sign-in/code", "/sign-in/none", "/invitation/none")
    inside = ("/", month, "/?period=never", "/account", "/second-factor")
    for path in ("/", month, *entrance, "", *inside):
        answer = await (nation.http.get(path) if path else sign_in(nation))

        assert answer.headers["Content-Security-Policy"] == POLICY, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept-Language, Cookie"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)


async def test_a_period_that_is_no_month_to_show_is_said_so(nation: Centre) -> None:
    await sign_in(nation)

    for period in ("2026-11", "2012-12", "2026-13", "octubre", "", "2026-10'"):
        answer = await nation.http.get("/", params={"period": period})

        assert answer.status_code == 422, period
        assert "Se muestra octubre de 2026" in answer.text
        assert shows_figures(answer)


async def test_an_unknown_parameter_is_refused(nation: Centre) -> None:
    assert (await nation.http.get("/?month=2026-10")).status_code == 400


async def test_the_language_is_that_of_the_query_then_the_cookie_then_the_browser(
    nation: Centre,
) -> None:
    async def language(path: str = "/", **headers: str) -> str:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await nation.http.get(path, headers=sent)
        assert f'<html lang="{answer.headers["Content-Language"]}">' in answer.text
        return answer.headers["Content-Language"]

    assert await language() == "es"
    assert await language(Accept_Language="de") == "es"
    assert await language(Accept_Language="pt-BR, es;q=0.5") == "pt"
    assert await language(Accept_Language="en-GB") == "en"
    assert await language("/?lang=es", Accept_Language="en") == "es"
    assert await language(Accept_Language="en") == "es"  # by the cookie that it set
    assert await language("/?lang=en") == "en"
    assert await language("/?lang=fr") == "fr"
    assert (await nation.http.get("/?lang=de")).status_code == 422


async def test_what_a_visitor_sees_does_not_depend_on_any_report(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    before = await centre.http.get("/")
    nle = await centre.state("MX-NLE")
    assert (await nle.put(month)).status_code == 201

    after = await centre.http.get("/")

    assert not shows_figures(before)
    assert after.text == before.text


async def test_a_bearer_token_opens_no_page_and_a_session_no_interface(nation: Centre) -> None:
    national = await nation.coordinator()
    assert not shows_figures(await national.get("/"))

    assert shows_figures(await sign_in(nation))

    assert (await nation.http.get("/v1/indicators/graduation_rate")).status_code == 401


async def test_the_staff_of_a_state_does_not_see_the_nation(nation: Centre) -> None:
    answer = await sign_in(nation, "state_staff", "MX-NLE")

    assert "state_staff." in answer.text
    assert not shows_figures(answer)


async def test_a_stranger_who_asks_for_a_programme_s_month_is_to_sign_in(
    nation: Centre,
) -> None:
    for programme in ("MX-NLE-01", "MX-NLE-99"):
        answer = await nation.http.get(f"/months/{programme}/2026-10")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    await sign_in(nation)

    assert 'id="pending"' in (await nation.http.get("/months/MX-NLE-01/2026-10")).text


async def test_a_month_that_there_is_not_is_not_found(nation: Centre) -> None:
    await sign_in(nation)

    for programme, period in (
        ("MX-NLE-99", "2026-10"),
        ("%00", "2026-10"),
        ("x", "2026-10"),
        ("MX-NLE-01", "2026-11"),
        ("MX-NLE-01", "2012-12"),
        ("MX-NLE-01", "x"),
    ):
        path = f"/months/{programme}/{period}"
        assert (await nation.http.get(path)).status_code == 404, path


async def test_a_session_idles_away(nation: Centre) -> None:
    await sign_in(nation)
    later(nation.clock, minutes=29)
    assert shows_figures(await nation.http.get("/"))
    later(nation.clock, minutes=31)

    answer = await nation.http.get("/")

    assert not shows_figures(answer)
    assert "La sesión terminó" in answer.text


@pytest.mark.parametrize("headers", [OURS, {"Origin": ISSUER}])
async def test_our_form_signs_out_and_takes_the_cookie_away(
    nation: Centre, headers: dict[str, str]
) -> None:
    token = form_token(await sign_in(nation))

    answer = await nation.http.post("/sign-out", data={"token": token}, headers=headers)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "__Host-cauce" not in nation.http.cookies
    assert not shows_figures(await nation.http.get("/"))
