"""A real browser before a real server, with three programmes of which one has not reported."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from browser.site import Site
from cauce.app import create_app
from support.centre import Centre, moved
from support.serving import served

LOOPBACK = "http://127.0.0.1"  # an issuer without https, as a demo has
# Chromium's sandbox refuses to run as root; it opens no page but ours.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture
async def nation(centre: Centre, month: dict[str, Any]) -> Centre:
    """October 2026: MX-NLE-01 came in time, MX-NLE-02 late, MX-CHH-01 has not come.

    Both reports have the figures of the contract's example.
    """
    for programme in ("MX-CHH-01", "MX-NLE-01", "MX-NLE-02"):
        await centre.programme(programme)
    nle = await centre.state("MX-NLE")
    now = centre.clock.now
    for programme, day in (("MX-NLE-01", 5), ("MX-NLE-02", 13)):
        centre.clock.now = datetime(2026, 11, day, 18, tzinfo=UTC)
        nle.held.clear()
        answer = await nle.put(moved(month, programme, "2026-10"))
        assert answer.status_code == 201, answer.text
    centre.clock.now = now
    return centre


@pytest.fixture(scope="session")
def chromium() -> str:
    lookup = ["sh", str(Path(__file__).with_name("find-chromium.sh")), "--path"]
    return subprocess.run(lookup, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        await found.close()


@pytest.fixture
async def site(nation: Centre, browser: Browser) -> AsyncIterator[Site]:
    """The nation's pages; at the end the window's console must have had nothing to say."""
    settings = replace(nation.settings, issuer=LOOPBACK)
    app = create_app(settings, nation.database_url, clock=nation.clock)
    async with served(replace(nation, app=app)) as at:
        context = await browser.new_context(
            locale="es-MX", viewport={"width": 1280, "height": 900}
        )
        page = await context.new_page()
        found = Site(f"{LOOPBACK}:{at.port}", nation, context, page)
        page.on("console", found.note)
        page.on("response", found.note_missing)
        page.on("pageerror", lambda fault: found.complaints.append(str(fault)))
        yield found
        await context.close()
    await app.state.running.close()
    assert found.complaints == []
