"""Signing in, in a browser: password and second factor, by keyboard, and nobody's markup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pyotp
import pytest
from playwright.async_api import Route, ViewportSize
from sqlalchemy import text

from browser.site import Site
from cauce.access import invitations, people
from cauce.access.people import Role
from cauce.store.connect import ADMIN, COORDINATION, transaction
from support.coordination import done
from support.people import PASSWORD, Account, account

SIZES = (ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844))
FITS = "document.scrollingElement.scrollWidth <= innerWidth"
NOT_OURS = "La petición no vino de una página de este servicio"
MARKUP = "<img/src=x/onerror=alert(1)>"
ALIVE = "document.querySelectorAll('main img[src=x], main script').length"


async def invited(site: Site, email: str, role: Role, state: str | None = None) -> str:
    """The path of the invitation of a new person."""
    now = site.centre.clock.now
    async with transaction(site.centre.engine, ADMIN) as tx:
        person = await people.add(tx, people.read_email(email), role, state, "test", now)
        return f"/invitation/{await invitations.invite(tx, person.id, 'test', now)}"


async def session(site: Site) -> str | None:
    """The token of the session that the browser has."""
    cookies = await site.context.cookies()
    return next((cookie["value"] for cookie in cookies if cookie["name"] == "cauce"), None)


async def first_step(site: Site, known: Account) -> None:
    await site.open("/sign-in")
    await site.page.fill("[name=email]", known.email)
    await site.page.fill("[name=password]", known.password)
    await site.page.click("main button")


async def test_password_and_code_sign_in_with_a_new_session_each(site: Site) -> None:
    known = await account(site.centre)
    await first_step(site, known)
    awaiting = await session(site)
    assert await site.text("h1") == "Segundo paso"
    await site.page.fill("[name=code]", "000000")
    await site.page.click("main button")
    assert "Ese código no es correcto" in await site.text()

    await site.page.fill("[name=code]", known.code())
    await site.page.click("main button")

    assert "La nación en octubre de 2026" in await site.text("h1")
    signed_in = await session(site)
    assert awaiting is not None
    assert signed_in not in (None, awaiting)
    await site.context.add_cookies([{"name": "cauce", "value": awaiting, "url": site.url}])
    await site.open("/account")
    assert site.page.url == f"{site.url}/sign-in"


async def test_the_keyboard_alone_makes_an_account_of_an_invitation(site: Site) -> None:
    link = await invited(site, "ana@example.org", "coordinator")
    await site.open(link)

    await typed(site, password=PASSWORD, again=PASSWORD)
    assert await site.text("h1") == "Segundo factor"
    assert await site.page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
    secret = (await site.text(".secret")).replace(" ", "")
    await typed(site, code=pyotp.TOTP(secret).at(site.centre.clock.now))
    assert await site.page.locator(".codes li").count() == 10
    await tab_to(site, "a.main")
    await site.page.keyboard.press("Enter")
    await site.page.wait_for_url(f"{site.url}/")

    assert "La nación en octubre de 2026" in await site.text("h1")
    await tab_to(site, "nav a.email")
    await site.page.keyboard.press("Enter")
    await site.page.wait_for_url(f"{site.url}/account")
    assert "enlazado" in await site.text()


async def typed(site: Site, **fields: str) -> None:
    """Fill a form and send it, as who has no mouse does."""
    for name, value in fields.items():
        await tab_to(site, f"[name={name}]")
        await site.page.keyboard.type(value)
    async with site.page.expect_navigation():
        await site.page.keyboard.press("Enter")


async def tab_to(site: Site, selector: str) -> None:
    for _ in range(40):
        await site.page.keyboard.press("Tab")
        focused = "selector => document.activeElement.matches(selector)"
        if await site.page.evaluate(focused, selector):
            style = "getComputedStyle(document.activeElement).outlineStyle"
            assert await site.page.evaluate(style) != "none"
            return
    pytest.fail(f"the keyboard does not reach {selector}")


# A browser sends the session along from another port, which is the same site to it.
@pytest.mark.parametrize(
    ("origin", "told"),
    [("http://elsewhere.test/", "No se hizo nada"), ("http://127.0.0.1:4444/", NOT_OURS)],
    ids=["another site", "another port"],
)
async def test_another_site_can_sign_nobody_in_or_out(
    origin: str, told: str, site: Site
) -> None:
    own, other = [
        await account(site.centre, "partner", with_second_factor=False) for _ in range(2)
    ]
    await first_step(site, own)
    before = await session(site)
    token = await site.page.get_attribute("input[name=token]", "value") or ""
    fields = {"token": token, "email": other.email}
    fields |= dict.fromkeys(("current", "password", "again"), PASSWORD)
    for path in ("/sign-in", "/sign-out", "/account/sign-out-everywhere", "/account/password"):
        await site.page.route(origin, elsewhere(site.url + path, fields))
        await site.page.goto(origin)
        async with site.page.expect_response(f"**{path}") as answer:
            await site.page.click("button")

        assert (await answer.value).status == 403, path
        assert told in await site.text(), path
        await site.page.unroute(origin)
    assert await session(site) == before
    await site.open("/account")
    assert own.email in await site.text()


def elsewhere(to: str, fields: dict[str, str]) -> Callable[[Route], Awaitable[None]]:
    """Another site's page, with a form that it sends to one of ours."""
    inputs = "".join(f'<input name="{name}" value="{fields[name]}">' for name in fields)
    form = f'<form method="post" action="{to}">{inputs}<button>x</button></form>'

    async def answer(route: Route) -> None:
        await route.fulfill(body=form, content_type="text/html")

    return answer


async def test_markup_in_what_is_stored_is_text_on_every_page(site: Site) -> None:
    centre = site.centre
    email = f"{MARKUP}@example.org"
    link = await invited(site, email, "state_staff", "MX-NLE")
    coordinator = await centre.coordinator()
    async with transaction(centre.engine, COORDINATION) as tx:
        await tx.execute(text(f"UPDATE programme SET name = '{MARKUP}'"))  # noqa: S608  ours
    why = {"code": "incomplete", "text": f"Falta {MARKUP}"}
    for programme, act in (("MX-NLE-01", "return"), ("MX-CHH-01", "waiver")):
        path = f"/v1/submissions/{programme}/2026-10/{act}"
        body = why if act == "return" else why | {"code": "strike"}
        await done(coordinator, "POST" if act == "return" else "PUT", path, body)

    await site.open("/")
    assert MARKUP in await site.text(".roster")
    assert await site.page.evaluate(ALIVE) == 0
    await site.open(link)
    assert email in await site.text()
    assert await site.page.evaluate(ALIVE) == 0
    await site.page.fill("[name=password]", PASSWORD)
    await site.page.fill("[name=again]", PASSWORD)
    await site.page.click("main button")
    assert email in await site.text()
    await site.open("/")  # of the state's own staff
    assert MARKUP in await site.text("main")
    assert await site.page.evaluate(ALIVE) == 0
    await site.sign_in(email=f"{MARKUP}.luz@example.org")
    months = [f"/months/{programme}/2026-10" for programme in ("MX-NLE-01", "MX-CHH-01")]
    for path in ("/", "/account", *months):
        assert await site.open(path) == 200
        assert MARKUP in await site.text(), path
        assert await site.page.evaluate(ALIVE) == 0, path
    for path in months:
        await site.open(path)
        assert f"Falta {MARKUP}" in await site.text()


async def test_every_page_fits_a_desk_and_a_telephone_in_the_longest_words(site: Site) -> None:
    known = await account(site.centre)
    link = await invited(site, f"{'a' * 60}@{'b' * 60}.example.org", "publisher")
    for path in ("/sign-in", link, "/invitation/none", "/sign-in/none"):
        await fits(site, path)
    await first_step(site, known)
    await fits(site, "/sign-in/code")
    await site.page.fill("[name=code]", known.code())
    await site.page.click("main button")
    await fits(site, "/account")
    await site.page.fill("section:has(#factor) [name=current]", PASSWORD)
    await site.page.click("section:has(#factor) button")
    await fits(site, "/second-factor")


async def fits(site: Site, path: str) -> None:
    for language in ("es", "fr"):
        await site.open(f"{path}?lang={language}")
        assert await site.page.get_attribute("html", "lang") == language
        assert site.page.url.startswith(site.url + path)
        for size in SIZES:
            await site.page.set_viewport_size(size)
            assert await site.page.evaluate(FITS), (path, language, size)
