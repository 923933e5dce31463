"""The reference page in a browser: on a telephone, in print, and from link to link."""

from __future__ import annotations

import pytest

from browser.site import Site
from cauce_contract import LANGUAGES, load_all

OVERFLOWING = """
    [...document.querySelectorAll('body *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
        .filter(each => !each.closest('.scroll, pre'))
        .map(each => each.outerHTML.slice(0, 100))
"""


@pytest.mark.parametrize("version", list(load_all()))
async def test_nothing_leaves_a_telephone_s_screen(site: Site, version: str) -> None:
    await site.page.set_viewport_size({"width": 375, "height": 812})
    for language in LANGUAGES:
        assert await site.open(f"/contracts/{version}?lang={language}") == 200
        assert await site.page.evaluate(OVERFLOWING) == []


async def test_a_reader_goes_from_the_first_page_to_a_rule_and_its_example(site: Site) -> None:
    await site.open("/")
    await site.page.click("text=El contrato explicado")
    await site.page.click(".contents >> text=Reglas")
    await site.page.click('.index a[href="#rule-H03_breakdown_sum"]')
    await site.page.click('#rule-H03_breakdown_sum a[href="#example-H03-sex-does-not-add-up"]')

    shown = await site.text("#example-H03-sex-does-not-add-up")
    assert "El desglose de screened por sex suma 11, pero el total es 12." in shown
    await site.page.click("text=Français")
    assert await site.page.get_attribute("html", "lang") == "fr"


async def test_in_print_the_whole_example_is_there_and_no_navigation(site: Site) -> None:
    await site.open("/contracts/1.0.0?lang=es")
    await site.page.emulate_media(media="print")

    assert not await site.page.is_visible(".contents")
    assert not await site.page.is_visible("header nav")
    pre = "(each => each.scrollHeight - each.clientHeight)(document.querySelector('pre'))"
    assert await site.page.evaluate(pre) <= 1
