"""What every answer tells a browser, where the answer does not say otherwise itself."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

A_YEAR = 365 * 24 * 3600  # seconds


def told(issuer: str) -> dict[str, str]:
    """Header names in lower case: sniff nothing, run nothing, be in no frame, stay on https."""
    headers = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
    }
    if issuer.startswith("https://"):
        headers["strict-transport-security"] = f"max-age={A_YEAR}"
    return headers


class Telling:
    """ASGI middleware that adds them."""

    def __init__(self, app: ASGIApp, issuer: str) -> None:
        self.app = app
        self.headers = [(name.encode(), text.encode()) for name, text in told(issuer).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] += [each for each in self.headers if each[0] not in said]
            await send(message)

        await self.app(scope, receive, telling)
