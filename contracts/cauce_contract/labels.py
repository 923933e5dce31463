"""Words for the contract's ids, one set a language; Spanish is the source language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SOURCE_LANGUAGE = "es"
LANGUAGES = (SOURCE_LANGUAGE, "en", "pt", "fr")
_AND = {"es": "y", "en": "and", "pt": "e", "fr": "et"}  # before the last of several ids
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
        for side in ("left", "right"):
            # The sum itself follows in the message: active_open + admissions = 41 + 6 = 47.
            made_of = [figures.get(f"{side}{part}") for part in ("", "_of", "_parts")]
            if side in figures:
                named[side] = " = ".join(str(part) for part in made_of if part is not None)
        if "others" in figures:
            named["others"] = self._joined(str(figures["others"]).split(", "))
        if "codes" in figures:
            named["codes"] = self._labelled(str(figures["dimension"]), str(figures["codes"]))
        return template.format(**{**figures, **named})

    def _joined(self, ids: Sequence[str]) -> str:
        *first, last = ids
        return f"{', '.join(first)} {_AND[self.language]} {last}" if first else last

    def _labelled(self, dimension: str, codes: str) -> str:
        """The codes of a list separated by commas, each with its label."""
        known = self.texts["dimension"][dimension]["code"]
        each = codes.split(", ")
        return ", ".join(f"{code} ({known[code]})" if code in known else code for code in each)


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
