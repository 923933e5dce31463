"""Every operation as the interface's description has it, with a request that could be done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from support.coordination import entry
from support.keys import ClientKey
from support.months import steady

REPORTED, NEXT = "2026-10", "2026-09"  # what stands there, and what is sent


@dataclass(frozen=True, slots=True)
class Target:
    """Whose months, figures and keys a request is about."""

    state: str
    client_id: str
    kid: str

    @property
    def programme(self) -> str:
        return f"{self.state}-01"


_TEXT = {"text": "El juzgado cerró por obras."}
_MORE = _TEXT | {"until": "2026-12-20"}
_WARNING = {"rule": "S06_capacity", "pointer": "/measures/active_close/value"}
# The body of each operation that takes one, by the operation's id.
BODIES: Mapping[str, Callable[[Target], object]] = {
    "submit": lambda at: steady(NEXT, at.programme),
    "explain": lambda _: _WARNING | {"explanation": "Se abrió otra sala."},
    "ask_for_extension": lambda _: _MORE,
    "extend": lambda _: _MORE,
    "return_submission": lambda _: _TEXT | {"code": "incomplete"},
    "waive": lambda _: _TEXT | {"code": "strike"},
    "withdraw_waiver": lambda _: _TEXT,
    "enter_programme": lambda at: entry(("active", "2024-01", None), name=f"De {at.state}"),
    "set_calendar": lambda _: {
        "opens": "2026-10-01",
        "due": "2026-10-20",
        "closes": "2027-10-20",
    },
    "register_client": lambda at: {
        "name": f"De {at.state}",
        "scopes": ["releases:read"],
        "jwk": ClientKey().jwk,
    },
    "make_enrolment_link": lambda at: {"name": f"A {at.state}", "scopes": ["releases:read"]},
    "add_client_key": lambda _: {"jwk": ClientKey().jwk},
    "enrol": lambda _: {"token": "x" * 43, "jwk": ClientKey().jwk},
    "validate": lambda at: {"submission": steady(NEXT, at.programme), "history": []},
}
_SENT = ("submit", "waive", "withdraw_waiver", "set_calendar")  # about the month not yet there


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at an address; `scopes`, of which its caller needs one: none, for anybody.

    parameters  the names of those of its address and query
    media       of the body that it takes; "" for none
    query       beside what the target gives
    """

    id: str
    method: str
    path: str
    scopes: frozenset[str]
    parameters: frozenset[str]
    media: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def names_a_state(self) -> bool:
        """Or what is a state's: a programme, an area, a client."""
        return bool({"programme", "state", "area", "client_id"} & self.parameters)

    @property
    def is_of_a_client(self) -> bool:
        return "client_id" in self.parameters

    def request(self, at: Target) -> dict[str, Any]:
        """What httpx is to send: about the target, as well as the operation can be asked."""
        values = {
            "programme": at.programme,
            "period": NEXT if self.id in _SENT and not self.query else REPORTED,
            "revision": "1",
            "client_id": at.client_id,
            "kid": at.kid,
            "indicator": "graduation_rate",
            "measure": "capacity_slots",
            "version": "1.0.0",
            "slug": "not-found",
        }
        asked = {"state": at.state, "area": at.state, "against": "1", "programme": at.programme}
        path = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.path)
        in_query = self.parameters - set(re.findall(r"\{(\w+)\}", self.path))
        query = {name: value for name, value in asked.items() if name in in_query}
        sent: dict[str, Any] = {"method": self.method, "url": path}
        sent["params"] = query | dict(self.query)
        if self.media == "application/json":
            sent["json"] = body = BODIES[self.id](at)
            if isinstance(body, dict) and "period" in body:
                body["period"] = values["period"]
        elif self.media:
            sent["data"] = {"scope": "admin"}
        return sent


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Those of an OpenAPI document; a PUT that only rehearses is one of its own."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            security = said.get("security", [])
            found = Operation(
                id=said["operationId"],
                method=method.upper(),
                path=path,
                scopes=frozenset(
                    scope for each in security for scopes in each.values() for scope in scopes
                ),
                parameters=frozenset(each["name"] for each in said.get("parameters", [])),
                media=next(iter(said.get("requestBody", {}).get("content", {})), ""),
            )
            if found.id != "submit":
                yield found
                continue
            # What coordination may do there is to rehearse.
            yield _also(found, found.scopes, (("dry_run", "true"),))
            yield _also(found, frozenset({"submissions:write"}))


def _also(
    found: Operation, scopes: frozenset[str], query: tuple[tuple[str, str], ...] = ()
) -> Operation:
    return Operation(
        found.id, found.method, found.path, scopes, found.parameters, found.media, query
    )


def pages(app: FastAPI) -> Iterator[tuple[str, str, list[str]]]:
    """Method and address of each page, which no description has, and its query's names."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and not route.include_in_schema:
            names = [each.alias for each in context.dependant.query_params]
            for method in context.methods or ():
                yield method, context.path or "", names
