"""Somebody without a token, who has a month checked at /v1/validate."""

from __future__ import annotations

import json
from typing import Any

import httpx

from support.centre import ISSUER, Clock


class Anybody:
    """Before a service, at any network address: each may ask 60 times a minute."""

    def __init__(self, app: Any, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def post(
        self, body: object, address: str = "192.0.2.1", **headers: str
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            return await http.post(
                "/v1/validate",
                content=content,
                headers={"Content-Type": "application/json"} | named,
            )
