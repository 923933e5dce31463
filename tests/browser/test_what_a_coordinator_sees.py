"""A nation in which everything has happened, before its coordinator: in words, with reasons."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import ViewportSize

from browser.site import Site
from cauce_contract import LANGUAGES
from support.centre import STATE_SCOPE, Client
from support.coordination import done, local
from support.months import steady

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
FITS = "document.scrollingElement.scrollWidth <= innerWidth"
# What somebody without a mouse must get to, in order; which of it is in focus, outlined how.
REACHABLE = """[...document.querySelectorAll(
    'a[href], button, select, textarea, summary, input:not([type=hidden]), [tabindex="0"]')]"""
FOCUSED = f"""[{REACHABLE}.indexOf(document.activeElement),
    getComputedStyle(document.activeElement).outlineStyle]"""
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"

# For each programme's row: what it must say, of its status and flags, their days and reasons.
WATCHED = {
    "MX-CHH-01": [
        "Eximido de reportar este mes",
        "20 de noviembre de 2026 · huelga · Huelga en los juzgados.",
    ],
    "MX-CHH-02": ["No ha llegado"],
    "MX-COA-01": [
        "No ha llegado; tiene prórroga hasta el 30 de noviembre de 2026",
        "10 de noviembre de 2026 · Falla de red.",
    ],
    "MX-NLE-01": ["Llegó a tiempo", "Ya no continúa el mes anterior: requiere corrección"],
    "MX-NLE-02": [
        "Llegó tarde",
        "Devuelto por la coordinación: espera a que el estado lo sustituya o confirme",
        "20 de noviembre de 2026 · incompleto · Falta la capacidad instalada.",
        "13 de noviembre de 2026",
    ],
    "MX-NLE-03": ["Llegó a tiempo", "Tiene una advertencia sin explicar"],
}
# What the page of a programme's month has besides.
EXPLAINED = {
    "MX-CHH-01": ["Eximido de reportar", "Huelga en los juzgados."],
    "MX-COA-01": ["Plazo 30 de noviembre de 2026", "Prórroga hasta el 30 de noviembre de 2026"],
    "MX-NLE-01": ["41", "43", "septiembre de 2026, 21 de noviembre de 2026"],
    "MX-NLE-02": ["Días de retraso 3", "Falta la capacidad instalada."],
    "MX-NLE-03": ["S06_capacity"],
    "MX-NLE-04": [
        "Nada.",
        "Qué cambió de la revisión 1 a la 2",
        "Recaídas registradas 7 9",
        "21 de noviembre de 2026 · error · Se duplicó.",
    ],
}


@pytest.fixture
async def eventful(site: Site) -> Site:
    """October 2026 with reports that are waived, missing, extended, late, returned, flagged.

    MX-NLE-04 was in time and was replaced since; nothing is left to do about it.
    """
    centre = site.centre
    now = centre.clock.now
    for programme in ("MX-CHH-02", "MX-COA-01", "MX-NLE-03", "MX-NLE-04"):
        await centre.programme(programme)
    nle = await centre.client("Nuevo León", STATE_SCOPE, "MX-NLE")
    coordinator = await centre.coordinator()

    at(nle, "2026-11-05T12:00")
    await nle.accepted(steady("2026-10", "MX-NLE-03", capacity_slots=20))
    await nle.accepted(steady("2026-10", "MX-NLE-04", relapses=7))
    at(nle, "2026-11-10T12:00")
    more_days = {"until": "2026-11-30", "text": "Falla de red."}
    await done(coordinator, "POST", about("MX-COA-01", "extensions"), more_days)
    at(nle, "2026-11-20T12:00")
    strike = {"code": "strike", "text": "Huelga en los juzgados."}
    await done(coordinator, "PUT", about("MX-CHH-01", "waiver"), strike)
    why = {"code": "incomplete", "text": "Falta la capacidad instalada."}
    await done(coordinator, "POST", about("MX-NLE-02", "return"), why)
    at(nle, "2026-11-21T12:00")
    await nle.accepted(steady("2026-09"))  # closes with 43, and its October opens with 41
    corrected = steady("2026-10", "MX-NLE-04", relapses=9)
    await nle.replaced(corrected, "error", "Se duplicó.")
    centre.clock.now = now
    return site


def at(client: Client, moment: str) -> None:
    client.centre.clock.now = local(moment)
    client.held.clear()


def about(programme: str, what: str) -> str:
    return f"/v1/submissions/{programme}/2026-10/{what}"


def month_page(programme: str) -> str:
    return f"/months/{programme}/2026-10"


async def look(site: Site, path: str, *sizes: ViewportSize) -> AsyncIterator[ViewportSize]:
    """A page at these sizes, everything unfolded; nothing of it may be wider than they are."""
    assert await site.open(path) == 200
    await site.page.evaluate(OPEN_ALL)
    for size in sizes:
        await site.page.set_viewport_size(size)
        assert await site.page.evaluate(FITS), (path, size)
        yield size


async def test_every_status_and_flag_is_a_word_with_its_day_and_reason(eventful: Site) -> None:
    await eventful.sign_in()

    async for size in look(eventful, "/", DESKTOP, PHONE):
        for programme, words in WATCHED.items():
            row = await eventful.text(f".watch tr:has-text('{programme}')")
            assert [each for each in words if each not in row] == [], (size, row)
        late = await eventful.text("section:has(#late)")
        assert "A tiempo: 3. Tarde: 1. Faltan: 2. Eximidos: 1;" in late
        assert "Devueltos: 1. Por corregir: 1. Por explicar: 1." in late
        assert "1 programa llegó a tiempo y no tiene nada pendiente" in late
        latest = await eventful.text("section:has(#latest)")
        assert "MX-NLE-04 (MX-NLE-04), octubre de 2026: Se sustituyó: revisión 2" in latest
    for programme, words in EXPLAINED.items():
        async for size in look(eventful, month_page(programme), DESKTOP, PHONE):
            page = await eventful.text()
            assert [each for each in words if each not in page] == [], (size, page)


async def test_the_pages_fit_in_every_language_and_the_keyboard_reaches_all(
    eventful: Site,
) -> None:
    await eventful.sign_in()

    for path in ("/?period=2026-10", month_page("MX-NLE-01")):
        for language in LANGUAGES:
            chosen = f"{path}{'&' if '?' in path else '?'}lang={language}"
            async for _size in look(eventful, chosen, PHONE, DESKTOP):
                assert await eventful.page.get_attribute("html", "lang") == language
        count = await eventful.page.evaluate(f"{REACHABLE}.length")
        reached = set()
        for _ in range(count):
            await eventful.page.keyboard.press("Tab")
            place, outline = await eventful.page.evaluate(FOCUSED)
            assert outline == "solid", place
            reached.add(place)
        assert reached == set(range(count)), path
    await eventful.open("/")
    await eventful.page.focus(".watch tr:has-text('MX-NLE-01') >> text=Pourquoi")
    await eventful.page.keyboard.press("Enter")
    await eventful.page.wait_for_url(f"**{month_page('MX-NLE-01')}#pending")
