"""A request's body as JSON, with nothing lost or guessed."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from cauce.errors import Refusal
from cauce.streams import read_bytes, require_type
from cauce_contract.strict_json import NotJson, loads

LARGEST_JSON = 1024 * 1024  # bytes


async def read_json(request: Request, seconds: float, limit: int = LARGEST_JSON) -> Any:
    """The body as a JSON value; a Refusal for another type, size, pace or text.

    seconds  that it may take to come
    limit    the bytes that it may have
    """
    require_type(request, "application/json")
    data = await read_bytes(request, limit, seconds)
    try:
        return loads(data)
    except NotJson as fault:
        raise Refusal("not-json", where=str(fault)) from None
