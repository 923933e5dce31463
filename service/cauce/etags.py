"""Entity tags in the headers of a read (RFC 9110, 13.1.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TAG = re.compile(r'"[^"]*"')


def has_already(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match names this tag: in a list, as `*`, or weakened on its way."""
    header = headers.get("if-none-match", "")
    return header.strip() == "*" or etag in _TAG.findall(header)
