"""Canonical JSON (RFC 8785) and digests over it."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> bytes:
    """The one way to write a value down.

    Sound for what the contract has: ASCII keys, text without lone surrogates, integers below
    2^53. There json.dumps already sorts, escapes and writes as RFC 8785 wants.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(value: object) -> str:
    """`sha-256:<hex>` over the canonical form."""
    return "sha-256:" + hashlib.sha256(canonical(value)).hexdigest()
