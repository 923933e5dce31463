"""Entity tags in the headers of a read (RFC 9110, 13.1.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from cauce_contract import digest

PUBLIC = "public, no-cache"
PRIVATE = "private, no-cache"

_TAG = re.compile(r'"[^"]*"')


def has_already(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match names this tag: in a list, as `*`, or weakened on its way."""
    header = headers.get("if-none-match", "")
    return header.strip() == "*" or etag in _TAG.findall(header)


def tagged(
    request: Request,
    body: object,
    whole: str | None = None,
    *,
    media_type: str = "application/json",
    cache: str = PUBLIC,
) -> Response:
    """A JSON value with a strong ETag, its digest; 304 to who has it already.

    whole  the digest, where it is known
    """
    etag = f'"{whole or digest(body)}"'
    headers = {"ETag": etag, "Cache-Control": cache}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    return Response(json.dumps(body, ensure_ascii=False), 200, headers, media_type)
