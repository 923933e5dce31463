"""What of a sender's own words may be repeated: keys that look like one of our ids."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_LIKE_AN_ID = re.compile(r"[A-Za-z0-9_]{1,20}")
# CURP, RFC, NSS, phone and case-file numbers all have five digits or more; no id of ours has.
_DIGITS = re.compile(r"[0-9]")


def nameable(key: str) -> bool:
    """Whether an unknown key may be named: it looks like an id, and like nobody's number."""
    return bool(_LIKE_AN_ID.fullmatch(key)) and len(_DIGITS.findall(key)) < 5


def nearest(key: str, valid: Iterable[str]) -> str:
    """Up to three valid ids that look most like the key, else all of a short list.

    Returns them separated by commas; an ellipsis ends a list that was cut.
    """
    ids = list(valid)
    return ", ".join(close_to(key, ids)) or listed(ids)


def close_to(key: str, valid: Iterable[str]) -> list[str]:
    """Up to three valid ids that look most like the key."""
    return difflib.get_close_matches(key[:40], list(valid), n=3, cutoff=0.5) if key else []


def listed(valid: Iterable[str]) -> str:
    """The first dozen of them, separated by commas; an ellipsis ends a list that was cut."""
    ids = list(valid)
    return ", ".join(ids[:12]) + (", …" if len(ids) > 12 else "")
