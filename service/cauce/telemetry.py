"""Every request gets a trace id, a language and one log line without its content."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cauce_contract import LANGUAGES, Contract, preferred

log = logging.getLogger("cauce.request")


class Tracing:
    """ASGI middleware. The log line has the route's template, never the address as it came."""

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        language = preferred(Headers(scope=scope).get("accept-language", ""), LANGUAGES)
        state = scope.setdefault("state", {})
        state["trace_id"] = secrets.token_hex(8)
        state["labels"] = self.contract.labels[language]
        state["instance"] = f"urn:cauce:request:{state['trace_id']}"
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            spent = (time.perf_counter() - started) * 1000
            trace = state["trace_id"]
            log.info("%s %s %s %.1f ms %s", scope["method"], route, status, spent, trace)
