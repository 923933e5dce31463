"""How many calls a client may make a minute, and how its answers say what is left of them.

1,000 a minute are more than the busiest state needs on the busiest day: its programmes have ids
of two digits, so 99 at most; each month of theirs is rehearsed, sent, read back, corrected and
sent again: 495 calls, were all of it to fall within one minute. So many are left even where
five further processes have leased a hundred each that nobody uses.
"""

from __future__ import annotations

from fastapi import Request

from cauce.access.quota import Left, Quota
from cauce.errors import Refusal
from cauce.running import Running

_NAME = "calls"


async def take(request: Request, running: Running, client: str) -> None:
    """Count a client's call; Refusal where it has none left."""
    left = await running.calls.take(client, running.clock())
    if left.wait:
        raise Refusal(
            "too-many-calls",
            headers={"Retry-After": str(left.wait), **headers(running.calls, left)},
            limit=running.calls.limit,
            seconds=left.wait,
        )
    request.state.rate_headers = [
        (name.lower().encode(), text.encode())
        for name, text in headers(running.calls, left).items()
    ]


def headers(quota: Quota, left: Left) -> dict[str, str]:
    """RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers-11 has them."""
    return {
        "RateLimit-Policy": f'"{_NAME}";q={quota.limit};w={quota.seconds}',
        "RateLimit": f'"{_NAME}";r={left.calls};t={left.seconds}',
    }
