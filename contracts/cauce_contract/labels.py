"""Words for the contract's ids, one set a language; Spanish is the source language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SOURCE_LANGUAGE = "es"
LANGUAGES = (SOURCE_LANGUAGE, "en", "pt", "fr")
_NAMED_IN = {"shape": "shape", "shape_name": "personal"}  # field of a message, table of names


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one language, as the file labels/<language>.toml has them."""

    language: str
    texts: Mapping[str, Any]

    def measure(self, measure: str) -> str:
        return str(self.texts["measure"][measure]["label"])

    def indicator(self, indicator: str) -> str:
        return str(self.texts["indicator"][indicator]["label"])

    def dimension(self, dimension: str) -> str:
        return str(self.texts["dimension"][dimension]["label"])

    def code(self, dimension: str, code: str) -> str:
        return str(self.texts["dimension"][dimension]["code"][code])

    def status(self, status: str) -> str:
        return str(self.texts["status"][status]["label"])

    def unit(self, unit: str) -> str:
        return str(self.texts["unit"][unit])

    def message(self, rule: str, variant: str, figures: Mapping[str, object]) -> str:
        """The sentence for one finding, with its figures filled in."""
        template = str(self.texts["rule"][rule]["message"][variant])
        named = {
            field: self.texts[table][figures[field]]
            for field, table in _NAMED_IN.items()
            if field in figures
        }
        return template.format(**{**figures, **named})


def preferred(accept_language: str, offered: Sequence[str]) -> str:
    """The offered language that an Accept-Language header likes best; Spanish without one.

    Reads RFC 9110 12.5.4: `en-US;q=0.8, pt`. A region counts as its language.
    """
    wishes: list[tuple[float, int, str]] = []
    for order, item in enumerate(accept_language[:200].split(",")):
        tag, _, weight = item.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in offered and (quality := _quality(weight)) > 0:
            wishes.append((-quality, order, language))
    return min(wishes)[2] if wishes else SOURCE_LANGUAGE


def _quality(weight: str) -> float:
    name, _, number = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
