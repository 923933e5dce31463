"""Instants as the interface writes and reads them."""

from __future__ import annotations

import re
from datetime import datetime

_IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)", re.ASCII)


def written(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second; takes an instant in UTC."""
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def read(text: str) -> datetime:
    """The instant that is written as RFC 3339 in UTC; ValueError for anything else."""
    if not _IN_UTC.fullmatch(text):
        raise ValueError("not an instant in UTC")
    return datetime.fromisoformat(text)
