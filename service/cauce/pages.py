"""Pages of a collection: how long they are, and where the next one begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request

from cauce.access import tokens
from cauce.access.tokens import Signer, TokenRefused
from cauce.errors import QueryError, Refusal
from cauce_contract import digest

CURSOR = "cursor+jwt"
USUAL, MOST = 100, 500  # items a page

Limit = Annotated[str | None, Query(description=f"items a page: 1 to {MOST}, else {USUAL}")]
Cursor = Annotated[str | None, Query(description="where to go on: `next` of the page before")]


def size(limit: str | None, faults: list[QueryError]) -> int:
    """How many items a page has; a fault is added where it is no such number."""
    if limit is None:
        return USUAL
    if limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST:
        return int(limit)
    faults.append(QueryError("not_a_limit", "limit", {"expected": MOST}))
    return USUAL


def cursor_at(place: Mapping[str, int], query: Sequence[object], signer: Signer) -> str:
    """A cursor for a place in the answer to a query: opaque to who carries it, and signed.

    query   whatever makes it another question, as JSON values
    signer  of access tokens: as those, a cursor is read by this service alone. Its kind keeps
            them apart
    """
    return signer.sign(CURSOR, {"query": digest(query), "place": dict(place)})


def place_of(cursor: str, query: Sequence[object], signer: Signer) -> Mapping[str, int]:
    """The place of a cursor; Refusal for one that was not made for this very query."""
    try:
        claims = tokens.verify(tokens.take_apart(cursor), signer.public, CURSOR)
    except TokenRefused:
        raise Refusal("bad-cursor") from None
    if claims["query"] != digest(query):
        raise Refusal("bad-cursor")
    place: Mapping[str, int] = claims["place"]
    return place


def link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page (RFC 8288); none after the last."""
    if cursor is None:
        return {}
    kept = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    query = urlencode([*kept, ("cursor", cursor)])
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
