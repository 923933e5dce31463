"""What a call leaves in the audit: begun where its caller is known, ended with its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cauce.access.audit import Audit, Call
from cauce.access.ids import is_client_id, is_person_id
from cauce.access.network import network
from cauce.running import Running
from cauce_contract import Contract, Month, is_programme_id

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_READS = ("GET", "HEAD")


def begin(
    request: Request,
    running: Running,
    *,
    client: str | None = None,
    key: str | None = None,
    person: str | None = None,
) -> None:
    """Take a place in the audit for a request whose caller is known; Refusal: it is full.

    A request whose caller turns out to be another one keeps its place.
    """
    route = request.scope["route"]
    is_operation = isinstance(route, APIRoute) and route.operation_id
    given = request.path_params
    if request.scope["query_string"]:
        given = {**request.query_params, **given}
    call = Call(
        at=running.clock(),
        operation=str(route.operation_id if is_operation else route.name),
        client=client,
        key=key,
        person=person,
        about=about(running.contract, given),
        network=network(request.client.host) if request.client else None,
    )
    if not hasattr(request.state, "call"):
        running.audit.begin(is_read=request.method in _READS)
    request.state.call = call


def about(contract: Contract, given: Mapping[str, str]) -> dict[str, str]:
    """Of a request's parameters those that are ids or months; nothing else of it is kept."""
    return {
        name: value
        for name, value in given.items()
        if name in _KNOWN and _KNOWN[name](contract, value)
    }


def _is_area(contract: Contract, text: str) -> bool:
    return text == "MX" or text in contract.states or is_programme_id(contract, text)


def _is_month(_: Contract, text: str) -> bool:
    try:
        Month.parse(text)
    except ValueError:
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[Contract, str], bool]:
    return lambda _, text: pattern.fullmatch(text) is not None


_KNOWN: Mapping[str, Callable[[Contract, str], bool]] = {
    "programme": is_programme_id,
    "state": lambda contract, text: text in contract.states,
    "area": lambda contract, text: all(_is_area(contract, each) for each in text.split(",")),
    "indicator": lambda contract, text: text in contract.indicators,
    "measure": lambda contract, text: text in contract.measures,
    "period": _is_month,
    "from": _is_month,
    "to": _is_month,
    "revision": _matches(_NUMBER),
    "against": _matches(_NUMBER),
    "number": _matches(_NUMBER),
    "dry_run": lambda _, text: text == "true",
    "client_id": lambda _, text: is_client_id(text),
    "client": lambda _, text: is_client_id(text),
    "person": lambda _, text: is_person_id(text),
    "kid": _matches(_THUMBPRINT),
}


class Audited:
    """ASGI middleware: whatever has a place in the audit leaves it as its answer begins."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self.app = app
        self.audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += state.get("rate_headers", ())
                self._end(state, message["status"])
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self._end(state, 500)  # where no answer has begun

    def _end(self, state: dict[str, object], status: int) -> None:
        call = state.pop("call", None)
        if isinstance(call, Call):
            self.audit.end(call, status)
