"""Free text: what people may write in a note, an explanation or a reason."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeGuard

from cauce_contract.finding import Finding
from cauce_contract.model import Contract
from cauce_contract.personal import FILLERS, kinds_in

RULE = "H22_no_personal"
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # make a text read otherwise than it is
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
MOST_COMPOSED = 4  # characters that NFKC can make one of


def read_text(
    contract: Contract, given: object, pointer: str
) -> tuple[str | None, list[Finding]]:
    """The text in NFKC, trimmed, or None with every finding about what stands at a pointer.

    It has 1 to `contract.text_limit` printable characters and shows no personal data. What it
    says is in none of the findings.
    """
    limit = contract.text_limit
    plain = given if _is_plain(given) else ""
    normal = unicodedata.normalize("NFKC", plain).strip()

    def found(variant: str, **figures: int | str) -> Finding:
        return Finding(RULE, contract.rules[RULE].severity, pointer, variant, figures)

    if not any(map(_is_seen, normal)) or _TURNS.search(normal):
        return None, [found("not_text")]
    if len(normal) > limit or len(plain) > MOST_COMPOSED * limit:
        return None, [found("too_long", expected=limit)]
    if kinds := kinds_in(normal):
        return None, [found("personal_data", shape_name=kind) for kind in kinds]
    return normal, []


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZM" and char not in FILLERS


def _is_plain(text: object) -> TypeGuard[str]:
    """Printable text that any database holds: no control characters, no half surrogates."""
    return isinstance(text, str) and not _UNPRINTABLE.search(text)
