"""The languages of the pages: their words, and how each writes numbers and dates.

The templates are written in Spanish; locale/<language>/LC_MESSAGES/messages.po has every other
language's words, read as they stand, so that nothing compiled has to be kept in step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from jinja2 import Environment, PackageLoader, StrictUndefined

from cauce.store.calendar import ZONE
from cauce_contract import Month
from cauce_contract.labels import SOURCE_LANGUAGE

LOCALES: Mapping[str, str] = {"es": "es_MX", "en": "en_US", "pt": "pt_BR", "fr": "fr_FR"}
_PERCENT = {"fr_FR": "\N{NARROW NO-BREAK SPACE}%"}
LONGEST_WRITTEN_OUT = 10_000  # over a bar; from there on it is 12 k


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("cauce.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    words = translations(language)
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    made.filters |= _filters(LOCALES[language])
    return made


def translations(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    with words_file(language).open("rb") as written:
        catalogue = read_po(written, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def words_file(language: str) -> Traversable:
    return files("cauce") / "dashboard" / "locale" / language / "LC_MESSAGES" / "messages.po"


def _filters(locale: str) -> dict[str, Callable[..., str]]:
    formats: dict[str, Callable[..., str]] = {
        "number": _number,
        "short_number": _short_number,
        "percent": partial(_percent, f"#,##0.0{_PERCENT.get(locale, '%')}"),
        "whole_percent": partial(_percent, f"#,##0{_PERCENT.get(locale, '%')}"),
        "month": partial(_month, "yMMMM"),
        "short_month": partial(_month, "yMMM"),
        "month_letter": partial(_month, "MMMMM"),
        "day": _day,
    }
    return {name: partial(_in, locale, form) for name, form in formats.items()}


def _in(locale: str, form: Callable[..., str], value: Any) -> str:
    return form(value, locale)


def _number(value: Fraction | int, locale: str) -> str:
    return format_decimal(int(value), locale=locale)


def _short_number(value: Fraction | int, locale: str) -> str:
    if value < LONGEST_WRITTEN_OUT:
        return _number(value, locale)
    return format_compact_decimal(int(value), locale=locale)


def _percent(pattern: str, share: Fraction, locale: str) -> str:
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return format_percent(exact, pattern, locale=locale)


def _month(skeleton: str, month: Month, locale: str) -> str:
    if skeleton == "MMMMM":
        return format_date(month.first_day, skeleton, locale=locale)
    return format_skeleton(skeleton, month.first_day, locale=locale)


def _day(day: date | datetime, locale: str) -> str:
    """The day; an instant's is that of the coordinators' clock."""
    local = day.astimezone(ZONE).date() if isinstance(day, datetime) else day
    return format_date(local, "long", locale=locale)
