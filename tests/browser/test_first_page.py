"""The first page in a browser: for anybody no figure, for the coordinator the nation."""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import Route

from browser.site import Site
from cauce.app import create_app
from support.people import sign_in_link
from support.serving import served

RATE = "Tasa de egreso satisfactorio"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


async def test_a_visitor_sees_contract_and_roster_and_no_figure(site: Site) -> None:
    assert await site.open() == 200

    text = await site.text()
    assert "1.0.0" in text
    assert "vigente" in text
    assert "Chihuahua Programa MX-CHH-01 (MX-CHH-01) desde enero de 2024" in text
    assert await site.page.locator(".cards, .chart, .states").count() == 0
    for link in ("/v1/contracts/1.0.0", "/v1/contracts/1.0.0/schema", "/openapi.json"):
        assert await site.page.locator(f'main a[href="{link}"]').count() == 1
        assert (await site.context.request.get(site.url + link)).ok


async def test_the_coordinator_sees_the_nation_and_who_is_missing(site: Site) -> None:
    assert await site.sign_in() == 200

    assert site.page.url == f"{site.url}/"
    assert "La nación en octubre de 2026" in await site.text("h1")
    cards = [
        " ".join(text.split()) for text in await site.page.locator("article").all_inner_texts()
    ]
    missing = "Cobertura: 2 de 3 programas Falta: Programa MX-CHH-01 (MX-CHH-01)"
    for card, begins in zip(
        cards,
        (
            f"Activos al cierre del mes 86 personas {missing} Poco fiable",
            f"Ingresos 12 personas {missing} Poco fiable",
            (
                f"{RATE} 60.0% 6 egresos satisfactorios de 10 salidas consideradas {missing}"
                " Poco fiable"
            ),
            # What is missing from it is what this one measures.
            f"Cobertura de reporte 66.7% {missing} Cobertura de participantes",
        ),
        strict=True,
    ):
        assert card.startswith(begins), card
    assert (
        "Cobertura de participantes Sin dato Falta un dato que se necesita de todos los"
        " programas" in cards[3]
    )


async def test_a_state_that_did_not_report_has_no_figure_and_no_zero(site: Site) -> None:
    await site.sign_in()

    rows = await site.page.locator(".states tbody tr").all_inner_texts()

    chihuahua = next(" ".join(row.split()) for row in rows if row.startswith("Chihuahua"))
    silent = "Sin dato 0 de 1 programa Nadie lo reportó"
    assert chihuahua == (
        f"Chihuahua {silent} {silent} {silent} 0.0% 0 de 1 programa {silent}"
        " Programa MX-CHH-01 (MX-CHH-01)"
    )
    late = await site.text("section:has(#late)")
    assert (
        "El plazo venció el 10 de noviembre de 2026. A tiempo: 1. Tarde: 1. Faltan: 1." in late
    )
    assert "Chihuahua Programa MX-CHH-01 (MX-CHH-01) No ha llegado — —" in late
    assert (
        "Nuevo León Programa MX-NLE-02 (MX-NLE-02) Llegó tarde 13 de noviembre de 2026 3"
        in late
    )


async def test_months_without_reports_are_gaps_in_the_chart(site: Site) -> None:
    await site.sign_in()

    for chart in await site.page.locator(".chart").all():
        assert await chart.locator("text.nothing").count() == 11
        assert await chart.locator("rect.bar.partial").count() == 1
        assert await chart.locator("rect.bar.whole").count() == 0
        await chart.locator("summary").click()
        rows = await chart.locator("tbody tr").all_inner_texts()
        assert "Sin dato" in rows[10]
        assert "2 de 3 programas" in rows[11]


async def test_earlier_months_are_a_step_away(site: Site) -> None:
    await site.sign_in()

    await site.page.click("a[rel=prev]")
    assert "La nación en septiembre de 2026" in await site.text("h1")
    await site.page.select_option("select[name=period]", "2026-10")
    await site.page.click(".months button")
    assert site.page.url == f"{site.url}/?period=2026-10"
    assert "La nación en octubre de 2026" in await site.text("h1")


async def test_the_language_is_chosen_once_and_kept(site: Site) -> None:
    await site.sign_in()
    assert await site.page.get_attribute("html", "lang") == "es"

    await site.page.click("text=English")

    assert await site.page.get_attribute("html", "lang") == "en"
    assert "The nation in October 2026" in await site.text("h1")
    assert "Active at end of month 86 persons Coverage: 2 of 3 programmes" in await site.text()
    await site.open("/?period=2026-09")
    assert "The nation in September 2026" in await site.text("h1")
    await site.page.click("text=Español")
    assert "La nación en septiembre de 2026" in await site.text("h1")


async def test_no_page_is_wider_than_a_phone(site: Site) -> None:
    await site.page.set_viewport_size({"width": 375, "height": 812})

    for path in ("/", "/?lang=en", "/sign-in/none", "", "/?lang=es", "/?period=nunca"):
        await (site.open(path) if path else site.sign_in())
        await site.page.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        assert await site.page.evaluate(FITS), path


async def test_signing_out_ends_the_session(site: Site) -> None:
    await site.sign_in()
    cookies = await site.context.cookies()

    await site.page.click("text=Salir")

    assert site.page.url == f"{site.url}/"
    assert await site.page.locator(".cards").count() == 0
    assert not [c for c in await site.context.cookies() if c["name"] == "cauce"]
    await site.context.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": site.url} for c in cookies]
    )
    await site.open()
    assert "La sesión terminó" in await site.text()
    assert await site.page.locator(".cards").count() == 0


async def test_another_site_cannot_sign_anybody_out(site: Site) -> None:
    await site.sign_in()
    token = await site.page.get_attribute("input[name=token]", "value")
    form = (
        f'<form method="post" action="{site.url}/sign-out">'
        f'<input name="token" value="{token}"><button>x</button></form>'
    )

    async def elsewhere(route: Route) -> None:
        await route.fulfill(body=form, content_type="text/html")

    await site.page.route("http://elsewhere.test/", elsewhere)
    await site.page.goto("http://elsewhere.test/")
    async with site.page.expect_response("**/sign-out") as answer:
        await site.page.click("button")

    assert (await answer.value).status == 403
    assert "No se hizo nada" in await site.text()
    await site.open()
    assert await site.page.locator(".cards").count() == 1


async def test_every_page_of_a_demo_says_so(site: Site) -> None:
    app = create_app(
        site.centre.settings, site.centre.database_url, clock=site.centre.clock, is_demo=True
    )
    async with served(replace(site.centre, app=app)) as at:
        for path in ("/", "/sign-in/none", await sign_in_link(site.centre)):
            await site.page.goto(f"http://127.0.0.1:{at.port}{path}")
            assert await site.text(".demo") == "Datos sintéticos: nadie de aquí existe"
    await app.state.running.close()
