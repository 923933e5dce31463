"""Reading a request's body within a size and a time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from cauce.errors import Refusal


async def read_bytes(request: Request, limit: int, seconds: float) -> bytes:
    """The body, counted as it streams in and given up at `limit` bytes or after `seconds`."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise Refusal("body-too-large", limit=limit, headers={"Connection": "close"})
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limit:
                    close = {"Connection": "close"}
                    raise Refusal("body-too-large", limit=limit, headers=close)
    except (TimeoutError, ClientDisconnect):
        close = {"Connection": "close"}
        raise Refusal("body-too-slow", seconds=round(seconds), headers=close) from None
    return bytes(data)
