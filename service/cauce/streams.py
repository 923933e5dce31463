"""Reading a request's body: of one type, within a size and a time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from cauce.errors import Refusal


def require_type(request: Request, accepted: str) -> None:
    """Refuse a body that does not say, once, that it is of this type; and one that is coded.

    Two lines of a header are one list (RFC 9110, 5.3): who reads the other one reads another
    body than we do.
    """
    types = request.headers.getlist("content-type")
    kind = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
    codings = request.headers.getlist("transfer-encoding")
    is_coded = "content-encoding" in request.headers or any(
        coding.strip().lower() != "chunked" for coding in codings
    )
    if kind != accepted or is_coded:
        raise Refusal("unsupported-media-type", accepted=accepted)


async def read_bytes(request: Request, limit: int, seconds: float) -> bytes:
    """The body, counted as it streams in and given up at `limit` bytes or after `seconds`.

    Whoever was let in is looked at once more when it is there: a body can be held back until
    long after its sender was revoked.
    """
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
    if still_let_in := getattr(request.state, "still_let_in", None):
        await still_let_in()
    return bytes(data)
