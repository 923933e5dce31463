"""Who may keep an answer, and entity tags in the headers of a read (RFC 9110, 13.1.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from cauce_contract import digest

# Of what everybody is answered alike, of what is the caller's own, and of what nobody keeps.
SHARED = {"Cache-Control": "public, no-cache"}
OWN = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
OWN_LABELLED = {**OWN, "Vary": "Accept-Language, Authorization"}
UNSTORED = {"Cache-Control": "no-store"}

_TAG = re.compile(r'(?:W/)?"[^"]*"')
# Possessive, so that no header takes longer to refuse than to read.
_LIST = re.compile(rf"(?:[ \t]*+(?:{_TAG.pattern})?+[ \t]*+(?:,|\Z))*+")


def listed(headers: Headers, name: str) -> Sequence[str] | None:
    """The tags that a header lists, or `*`; None without it, ValueError for what is no list.

    Its lines are one list, in which empty elements say nothing (RFC 9110, 5.3 and 5.6.1). A
    list of nothing else is none: who sends it means something.
    """
    lines = headers.getlist(name)
    if not lines:
        return None
    whole = ",".join(lines)
    tags = _TAG.findall(whole)
    if whole.strip(" \t,") == "*":
        return ["*"]
    if not tags or not _LIST.fullmatch(whole):
        raise ValueError(f"{name} is not a list of entity tags")
    return tags


def has_already(headers: Headers, etag: str) -> bool:
    """Whether If-None-Match names this tag: in a list, as `*`, or weakened on its way.

    What is no list is passed over: the whole answer is never wrong.
    """
    try:
        tags = listed(headers, "if-none-match") or ()
    except ValueError:
        return False
    return "*" in tags or etag in [tag.removeprefix("W/") for tag in tags]


def tagged(
    request: Request,
    body: object,
    whole: str | None = None,
    *,
    media_type: str = "application/json",
    kept: Mapping[str, str] = SHARED,
) -> Response:
    """A JSON value with a strong ETag, its digest; 304 to who has it already.

    whole  the digest, where it is known
    kept   the headers that say who may keep it
    """
    etag = f'"{whole or digest(body)}"'
    headers = {"ETag": etag, **kept}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    return Response(json.dumps(body, ensure_ascii=False), 200, headers, media_type)
