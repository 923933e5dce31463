"""Instants as the interface writes them."""

from __future__ import annotations

from datetime import datetime


def written(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second; takes an instant in UTC."""
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
