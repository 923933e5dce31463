"""What coordination decided, and what is left to do, in words on the first page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from browser.site import Site
from support.centre import Client
from support.coordination import done, enter, entry

CHH = "/v1/submissions/MX-CHH-01/2026-10"
NLE = "/v1/submissions/MX-NLE-01/2026-10"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
async def coordinator(site: Site) -> Client:
    found = await site.centre.coordinator()
    await done(found, "PUT", f"{CHH}/waiver", {"code": "strike", "text": "Huelga."})
    returned = {"code": "incomplete", "text": "Falta la capacidad instalada."}
    await done(found, "POST", f"{NLE}/return", returned)
    return found


async def rows(site: Site) -> list[str]:
    found = await site.page.locator("section:has(#late) tbody tr").all_inner_texts()
    return [" ".join(row.split()) for row in found]


async def test_a_waived_month_and_what_is_left_to_do_are_said_in_words(
    site: Site, coordinator: Client
) -> None:
    await site.sign_in()

    chihuahua, first, second = await rows(site)
    assert chihuahua == (
        "Chihuahua Programa MX-CHH-01 (MX-CHH-01) Eximido de reportar este mes"
        " 23 de noviembre de 2026 · huelga · Huelga. — —"
    )
    assert first.startswith("Nuevo León Programa MX-NLE-01 (MX-NLE-01) Llegó a tiempo")
    assert "Devuelto por la coordinación: espera a que el estado lo sustituya" in first
    assert "Llegó tarde" in second
    late = await site.text("section:has(#late)")
    assert "A tiempo: 1. Tarde: 1. Faltan: 0. Eximidos: 1; siguen en el denominador" in late
    card = await site.text("article >> nth=0")
    assert "Cobertura: 2 de 3 programas Falta: Programa MX-CHH-01 (MX-CHH-01) eximido" in card
    await site.open("/?lang=en")
    assert "Waived from reporting this month" in (await rows(site))[0]


async def test_what_states_asked_for_is_counted_and_listed_until_it_is_answered(
    site: Site,
) -> None:
    chh = await site.centre.state("MX-CHH")
    until = {"until": "2030-01-20", "text": "Se perdió el archivo."}
    await done(chh, "POST", f"{CHH}/extension-requests", until)

    await site.sign_in()

    assert "1 prórroga pedida espera respuesta" in await site.text(".jump")
    assert await site.text("section:has(#waiting) li") == (
        "Programa MX-CHH-01 (MX-CHH-01), octubre de 2026: El estado pidió prórroga hasta el"
        " 20 de enero de 2030 23 de noviembre de 2026 · Se perdió el archivo."
    )
    coordinator = await site.centre.coordinator()
    await done(coordinator, "POST", f"{CHH}/extensions", until)
    await site.open()
    assert await site.page.locator("#waiting").count() == 0


async def test_an_extension_says_until_when(site: Site) -> None:
    coordinator = await site.centre.coordinator()
    now = site.centre.clock.now
    site.centre.clock.now = datetime(2026, 11, 10, 18, tzinfo=UTC)
    until = {"until": "2026-11-30", "text": "Falla de red."}
    await done(coordinator, "POST", f"{CHH}/extensions", until)
    site.centre.clock.now = now

    await site.sign_in()
    assert (
        "No ha llegado; tiene prórroga hasta el 30 de noviembre de 2026"
        in (await rows(site))[0]
    )

    site.centre.clock.now = datetime(2026, 12, 1, 6, tzinfo=UTC)
    await site.sign_in()
    await site.open("/?period=2026-10")
    assert (
        "No ha llegado Prórroga hasta el 30 de noviembre de 2026"
        " 10 de noviembre de 2026 · Falla de red. —" in (await rows(site))[0]
    )


async def test_the_roster_says_who_replaces_whom_and_who_only_follows_up(site: Site) -> None:
    coordinator = await site.centre.coordinator()
    closed = entry(
        ("active", "2024-01", "2026-10"), ("follow_up", "2026-11", "2028-10"), name="Uno"
    )
    await enter(coordinator, "MX-CHH-01", closed)
    merged = entry(
        ("active", "2026-11", None), name="Todo", kind="consolidated", replaces=["MX-CHH-01"]
    )
    await enter(coordinator, "MX-CHH-10", merged)

    await site.open()

    text = await site.text("section:has(#roster)")
    assert (
        "Uno (MX-CHH-01) de enero de 2024 a octubre de 2026;"
        " solo seguimiento, de noviembre de 2026 a octubre de 2028" in text
    )
    assert "un solo reporte por todo el estado sustituye a MX-CHH-01" in text


async def test_it_fits_a_phone(site: Site, coordinator: Client) -> None:
    await site.page.set_viewport_size({"width": 375, "height": 812})
    await site.sign_in()

    for path in ("/", "/?lang=en"):
        await site.open(path)
        assert await site.page.evaluate(FITS), path
