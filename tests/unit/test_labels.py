"""Which language a reader gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract import LANGUAGES, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "es"),
        ("*", "es"),
        ("en", "en"),
        ("EN-us", "en"),
        ("es-MX", "es"),
        ("fr, de;q=0.9", "fr"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("it, de;q=0.9", "es"),
        ("it, en;q=0.1", "en"),
        ("es;q=0.5, en;q=0.9", "en"),
        ("es;q=0.5, en;Q=0.4", "es"),
        ("en, es", "en"),
        ("en;q=0.8,es;q=0.8", "en"),
        ("en-GB ; q = 0.7 , es-MX;q=0.3", "en"),
        ("en;q=0", "es"),
        ("en;q=high", "es"),
        ("en;q=nan", "es"),
        ("english", "es"),
    ],
)
def test_the_header_decides_and_spanish_is_the_default(header: str, language: str) -> None:
    assert preferred(header, LANGUAGES) == language


def test_only_the_beginning_of_an_endless_header_is_read() -> None:
    assert preferred("it," * 100 + "en", LANGUAGES) == "es"


@given(st.one_of(st.text(), st.text(st.sampled_from("enspt*-,;=q0.19 "))))
def test_any_header_gives_a_language_that_there_is(header: str) -> None:
    assert preferred(header, LANGUAGES) in LANGUAGES
