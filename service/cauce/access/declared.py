"""Who may call what, as the interface's description says it (OpenAPI's `security`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from cauce.access.caller import SCOPES_ASKED
from cauce.access.scopes import Scope

_MEANING: Mapping[Scope, str] = {
    "submissions:write": "a state sends its months",
    "submissions:read": "a state reads its months, receipts and differences",
    "indicators:read": "exact figures: the nation's, or for a state's client its own",
    "coordination": "national coordination reads every state's months and decides about them",
    "releases:read": "a partner reads published releases",
    "releases:write": "builds a release",
    "releases:approve": "approves and publishes a release that somebody else built",
    "admin": "clients and their keys",
    "audit:read": "who did what",
}
_SCHEME = "client_credentials"


class Declared(FastAPI):
    """An application whose description names the scopes that each operation asks for.

    A caller needs one of them. Operations without `security` are for anybody.
    """

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        if _SCHEME not in schemes:
            flow = {"tokenUrl": "/oauth/token", "scopes": dict(_MEANING)}
            schemes[_SCHEME] = {"type": "oauth2", "flows": {"clientCredentials": flow}}
            for path, method, scopes in self._guarded():
                declared = [{_SCHEME: [scope]} for scope in scopes]
                document["paths"][path][method]["security"] = declared
        return document

    def _guarded(self) -> Iterator[tuple[str, str, list[Scope]]]:
        for context in iter_route_contexts(self.routes):
            route = context.original_route
            if not (isinstance(route, APIRoute) and route.include_in_schema):
                continue
            scopes = [scope for each in asked(context.dependant) for scope in each]
            if scopes:
                for method in context.methods or ():
                    yield context.path or "", method.lower(), scopes


def asked(dependant: Dependant) -> Iterator[tuple[Scope, ...]]:
    """The scopes of each `needs` that a route depends on."""
    for dependency in dependant.dependencies:
        if dependency.call in SCOPES_ASKED:
            yield SCOPES_ASKED[dependency.call]
        yield from asked(dependency)
