"""If-Match and If-None-Match (RFC 9110, 13.1) on a programme's month."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers

from cauce import etags
from cauce.errors import Refusal


def require(headers: Headers, etag: str | None, *, needs_match: bool) -> None:
    """Refuse (412, 428) unless the headers allow to act on what has this ETag.

    etag         that of the revision in force; None where there is none. A tag that names the
                 revision as it was told once (see wire.etag) names it as well
    needs_match  whether what is done must say what it is done to
    """
    if_match, if_none_match = _read(headers, "If-Match"), _read(headers, "If-None-Match")
    if if_none_match is not None:
        tags = [tag.removeprefix("W/") for tag in if_none_match]
        if _names(tags, etag):
            raise Refusal("precondition-failed")
    if if_match is not None:
        if not _names(if_match, etag):
            raise Refusal("precondition-failed")
    elif etag is not None and needs_match:
        raise Refusal("precondition-required")


def _read(headers: Headers, name: str) -> Sequence[str] | None:
    """The tags of a header, or `*`; Refusal for one that says nothing that can be read."""
    try:
        return etags.listed(headers, name)
    except ValueError:
        raise Refusal("bad-header", header=name) from None


def _names(tags: Sequence[str], etag: str | None) -> bool:
    """Whether one of the tags is of this revision."""
    if etag is None:
        return False
    return any(tag in ("*", etag) or tag.startswith(f"{etag[:-1]}-") for tag in tags)
