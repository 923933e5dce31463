"""The words of the client's own messages, in Spanish and English: see messages.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from cauce_contract import LANGUAGES


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((files("cauce_client") / "messages.toml").read_text("utf-8"))


def text(language: str, key: str, **figures: object) -> str:
    """A message in a language; its figures stand in braces. KeyError for none of ours."""
    return str(_texts()[key][language]).format(**figures)


def name_of(language: str, kind: str, id: str) -> str:  # noqa: A002  the interface's own word
    """What people call an id of the interface, such as a status; the id where it is new."""
    names = _texts()["names"][kind]
    return str(names[id][language]) if id in names else id


def language_of(environment: Mapping[str, str]) -> str:
    """CAUCE_LANG, else LANG, where it is a language that we have; Spanish otherwise."""
    wished = environment.get("CAUCE_LANG") or environment.get("LANG", "")
    language = wished[:2].lower()
    return language if language in LANGUAGES else LANGUAGES[0]
