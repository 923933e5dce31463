"""If-Match and If-None-Match (RFC 9110, 13.1) on a programme's month."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cauce.errors import Refusal

_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
_TAG = re.compile(r'(?:W/)?"[^"]*"')


def require(headers: Mapping[str, str], etag: str | None, *, needs_match: bool) -> None:
    """Refuse (412, 428) unless the headers allow to act on what has this ETag.

    etag         that of the revision in force; None where there is none. A tag that names the
                 revision as it was told once (see wire.etag) names it as well
    needs_match  whether what is done must say what it is done to
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_none_match is not None:
        tags = [tag.removeprefix("W/") for tag in _read(if_none_match, "If-None-Match")]
        if _names(tags, etag):
            raise Refusal("precondition-failed")
    if if_match is not None:
        if not _names(_read(if_match, "If-Match"), etag):
            raise Refusal("precondition-failed")
    elif etag is not None and needs_match:
        raise Refusal("precondition-required")


def _read(header: str, name: str) -> list[str]:
    """The tags of a list, or `*`."""
    if header.strip() == "*":
        return ["*"]
    if not _TAGS.fullmatch(header):
        raise Refusal("bad-header", header=name)
    return _TAG.findall(header)


def _names(tags: list[str], etag: str | None) -> bool:
    """Whether one of the tags is of this revision."""
    if etag is None:
        return False
    return any(tag in ("*", etag) or tag.startswith(f"{etag[:-1]}-") for tag in tags)
