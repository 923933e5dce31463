"""A coordinator returns a month in a browser: by keyboard, in words, past nobody's markup."""

from __future__ import annotations

import pytest

from browser.site import Site
from cauce.access.people import ROLES, Role
from cauce_contract import LANGUAGES

MONTH = "/months/MX-NLE-01/2026-10"
WITH_MARKUP = """</q><img src="/x" onerror="alert(1)"><b>Revisar</b> la capacidad."""
FITS = "document.scrollingElement.scrollWidth <= innerWidth"
FOCUSED = "document.activeElement.id || document.activeElement.textContent.trim()"


async def tab_to(site: Site, what: str) -> None:
    """Tab until this id, or this button, is in focus."""
    for _ in range(40):
        if await site.page.evaluate(FOCUSED) == what:
            return
        await site.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not get to {what}")


async def test_a_month_is_returned_by_keyboard_alone_and_markup_stays_text(site: Site) -> None:
    keyboard = site.page.keyboard
    await site.sign_in()
    await site.open(MONTH)

    await tab_to(site, "code")
    await keyboard.type("inc")  # the first of them that begins so is chosen
    await tab_to(site, "text")
    await keyboard.type(f"{WITH_MARKUP} Llamar al 81 1234 5678.")
    await tab_to(site, "Devolver al estado")
    await keyboard.press("Enter")
    await site.page.wait_for_selector("#text-fault")

    assert await site.page.evaluate(FOCUSED) == "text"
    assert "un número de teléfono" in await site.text("#text-fault")
    assert await site.page.input_value("#text") == f"{WITH_MARKUP} Llamar al 81 1234 5678."
    assert await site.page.input_value("#code") == "inconsistent"

    await keyboard.press("Control+A")
    await keyboard.type(WITH_MARKUP)
    await tab_to(site, "Devolver al estado")
    await keyboard.press("Enter")
    await site.page.wait_for_url(f"**{MONTH}")

    assert "Devuelto por la coordinación: espera a que el estado" in await site.text()
    assert WITH_MARKUP in await site.text("section:has(#pending)")
    assert await site.page.locator("main img, main b, #text").count() == 0
    await site.context.clear_cookies()
    await site.sign_in("state_staff", "MX-NLE")
    assert WITH_MARKUP in await site.text()
    assert await site.page.locator("main img, main b").count() == 0


async def test_an_empty_form_is_not_sent(site: Site) -> None:
    await site.sign_in()
    await site.open(MONTH)
    await site.page.click("text=Devolver al estado >> nth=-1")
    assert site.page.url.endswith(MONTH)
    assert await site.centre.entries("return") == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "coordinator"])
async def test_each_role_s_first_page_fits_in_every_language(site: Site, role: Role) -> None:
    state = "MX-CHH" if role == "state_staff" else None
    await site.sign_in(role, state)
    paths = ["/", "/months/MX-CHH-01/2026-10"] if state else ["/"]
    for path in paths:
        for language in LANGUAGES:
            assert await site.open(f"{path}?lang={language}") == 200
            for width in (390, 1280):
                await site.page.set_viewport_size({"width": width, "height": 844})
                assert await site.page.evaluate(FITS), (path, language, width)
