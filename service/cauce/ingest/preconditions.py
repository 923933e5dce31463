"""If-Match and If-None-Match (RFC 9110, 13.1) on a programme's month."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cauce.errors import Refusal

_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')


def require(headers: Mapping[str, str], etag: str | None, *, needs_match: bool) -> None:
    """Refuse (412, 428) unless the headers allow to write over what has this ETag.

    etag         that of the revision in force; None where there is none
    needs_match  whether a replacement must say what it replaces
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_none_match is not None and _names(if_none_match, etag, "If-None-Match"):
        raise Refusal("precondition-failed")
    if if_match is not None:
        if not _names(if_match, etag, "If-Match"):
            raise Refusal("precondition-failed")
    elif etag is not None and needs_match:
        raise Refusal("precondition-required")


def _names(header: str, etag: str | None, name: str) -> bool:
    """Whether a list of tags, or `*`, names this one."""
    if header.strip() == "*":
        return etag is not None
    if not _TAGS.fullmatch(header):
        raise Refusal("bad-header", header=name)
    return etag in [tag.strip() for tag in header.split(",")]
