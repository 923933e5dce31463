"""Pages of a collection: how long they are, and where the next one begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request

from cauce.errors import QueryError, Refusal
from cauce_contract import digest

_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
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


def cursor_at(place: Mapping[str, int], query: Sequence[object]) -> str:
    """A cursor for a place in the answer to a query: opaque to who carries it.

    It is not signed. Whoever makes one up gets what the query may show them anyway; its digest
    is against slips, and against a cursor of another query.

    query  whatever makes it another question, as JSON values
    """
    numbers = ".".join(str(number) for number in place.values())
    return f"{numbers}.{_check(place, query)}"


def place_of(cursor: str, query: Sequence[object], **largest: int) -> Mapping[str, int]:
    """The place of a cursor; Refusal for one that is not of this very query.

    largest  each number of the place, from 1 to this one, in the order of `cursor_at`
    """
    *numbers, check = cursor.split(".")
    if len(numbers) == len(largest) and all(map(_NUMBER.fullmatch, numbers)):
        place = dict(zip(largest, map(int, numbers), strict=True))
        is_there = all(place[name] <= most for name, most in largest.items())
        if is_there and check == _check(place, query):
            return place
    raise Refusal("bad-cursor")


def _check(place: Mapping[str, int], query: Sequence[object]) -> str:
    return digest([list(query), dict(place)]).removeprefix("sha-256:")[:32]


def link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page (RFC 8288); none after the last."""
    if cursor is None:
        return {}
    kept = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    query = urlencode([*kept, ("cursor", cursor)])
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
