"""Random texts that are handed out once and kept as their SHA-256 alone."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, as URLs and cookies take them."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
