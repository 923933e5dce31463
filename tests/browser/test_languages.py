"""Every message of the templates has its words in every language, and no others are kept."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import as_file, files

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from cauce.dashboard.languages import LOCALES, environment, words_file
from cauce_contract import LANGUAGES, Month
from cauce_contract.labels import SOURCE_LANGUAGE

TRANSLATED = [language for language in LOCALES if language != SOURCE_LANGUAGE]


def messages() -> set[str | tuple[str, ...]]:
    """What the templates say, in Spanish; a message with a plural is a pair."""
    with as_file(files("cauce") / "dashboard" / "templates") as folder:
        found = extract_from_dir(
            folder,
            [("**.html", "jinja2.ext:babel_extract")],
            {"**.html": {"trimmed": "true", "silent": "false"}},
        )
        return {message for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with words_file(language).open("rb") as written:
        return read_po(written, locale=language, abort_invalid=True)


def faults(language: str) -> Iterator[str]:
    wanted = messages()
    kept = {message.id: message for message in catalogue(language) if message.id}
    yield from (f"missing: {message}" for message in wanted - kept.keys())
    yield from (f"of no template: {message}" for message in kept.keys() - wanted)
    for message in kept.values():
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.fuzzy or not all(strings):
            yield f"fuzzy or empty: {message.id}"
        yield from (f"{fault}: {message.id}" for fault in message.check(catalogue(language)))


def test_pages_are_in_languages_of_the_contract() -> None:
    assert set(LOCALES) == set(LANGUAGES)
    assert len(messages()) > 80


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_message_lacks_its_translation(language: str) -> None:
    assert list(faults(language)) == []


@pytest.mark.parametrize("language", LOCALES)
def test_numbers_shares_and_months_are_written_as_readers_do(language: str) -> None:
    template = environment(language).from_string(
        "{{ 12345|number }} {{ 12345|short_number }} {{ share|percent }} {{ month|month }}"
    )

    written = template.render(share=Fraction(13, 14), month=Month(2026, 10))

    assert (
        written
        == {
            "es": "12,345 12\N{NO-BREAK SPACE}k 92.9% octubre de 2026",
            "en": "12,345 12K 92.9% October 2026",
            "pt": "12.345 12\N{NO-BREAK SPACE}mil 92,9% outubro de 2026",
            "fr": "12\u202f345 12\N{NO-BREAK SPACE}k 92,9\u202f% octobre 2026",
        }[language]
    )
