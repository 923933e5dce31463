"""Every operation says who may call it, and the document says every operation."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from cauce.access.declared import asked
from cauce.access.scopes import SCOPES, Scope
from support import centre as under_test
from support.centre import Centre, Databases

# Whoever calls these need not say who they are. An operation that is neither here nor asks for
# a scope is a mistake.
PUBLIC = {
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("POST", "/v1/enrolments"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/v1/contracts"),
    ("GET", "/v1/log/checkpoint"),
    ("GET", "/v1/contracts/diff"),
    ("GET", "/v1/contracts/{version}"),
    ("GET", "/v1/contracts/{version}/schema"),
    ("POST", "/v1/validate"),
    ("GET", "/contracts/{version}"),
    ("GET", "/v1/programmes"),
    ("GET", "/v1/programmes/{programme}"),
    ("GET", "/v1/calendar"),
    ("GET", "/problems/{slug}"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
}
# What people see in a browser is guarded by a session, not by a token; its own tests see to it.
PAGES = re.compile(
    r"/|/sign-in(/.*)?|/sign-out|/invitation/\{token\}|/second-factor|/account(/.*)?|/static.*"
    r"|/months/.*"
)

EXAMPLE = {
    "programme": "MX-NLE-01",
    "period": "2026-09",
    "indicator": "graduation_rate",
    "measure": "admissions",
    "version": "1.0.0",
    "slug": "not-found",
    "revision": "1",
    "client_id": "cl_0123456789abcdef",
    "kid": "k",
}
# Every client changes its own keys, whatever else it may do.
OF_ONES_OWN = "/v1/clients/{client_id}/keys"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at an address, and the scopes of which its caller needs one."""

    method: str
    path: str
    scopes: frozenset[Scope]
    dependencies: int

    @property
    def at(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def example(self) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: EXAMPLE[found[1]], self.path)


def operations(app: FastAPI) -> Iterator[Operation]:
    """Every operation that the application answers, but pages and the document itself."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = context.path or ""
        if PAGES.fullmatch(path) or (isinstance(route, Route) and path == "/openapi.json"):
            continue
        assert isinstance(route, APIRoute), f"{path} is no operation that this walk knows"
        dependencies = list(asked(context.dependant))
        for method in sorted(context.methods or ()):
            scopes = frozenset(scope for scopes in dependencies for scope in scopes)
            yield Operation(method, path, scopes, len(dependencies))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    async with under_test.centre(databases) as found:
        await found.programme("MX-NLE-01")
        yield found


@pytest.fixture(scope="module")
def known(centre: Centre) -> list[Operation]:
    return list(operations(centre.app))


@pytest.fixture(scope="module")
def document(centre: Centre) -> dict[str, Any]:
    return centre.app.openapi()


async def test_the_walk_sees_the_operations_that_there_must_be(known: list[Operation]) -> None:
    assert {
        ("PUT", "/v1/submissions/{programme}/{period}"),
        ("GET", "/v1/submissions/{programme}/{period}"),
        ("GET", "/v1/indicators/{indicator}"),
        ("GET", "/v1/completeness"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/revoke"),
        ("POST", "/v1/enrolments"),
    } <= {operation.at for operation in known}


async def test_every_operation_asks_for_a_scope_or_is_known_to_be_public(
    known: list[Operation],
) -> None:
    undeclared = {each.at for each in known if not each.scopes}

    assert undeclared == PUBLIC
    for operation in known:
        assert operation.scopes <= set(SCOPES)
        assert operation.dependencies <= 1, operation


async def test_writing_asks_for_more_than_reading(known: list[Operation]) -> None:
    for operation in known:
        if operation.path.startswith(OF_ONES_OWN):
            assert operation.scopes == set(SCOPES)
        elif operation.method not in ("GET", "HEAD") and operation.scopes:
            assert not any(scope.endswith(":read") for scope in operation.scopes), operation


async def test_every_operation_refuses_a_parameter_that_it_does_not_have(
    centre: Centre, known: list[Operation]
) -> None:
    for operation in known:
        answer = await centre.http.request(operation.method, f"{operation.example}?forze=1")
        assert answer.status_code == 400, operation
        assert answer.json()["type"] == "/problems/unknown-parameter"


async def test_the_document_is_json_with_every_operation_named_once(
    known: list[Operation], document: dict[str, Any], centre: Centre
) -> None:
    served = await centre.http.get("/openapi.json")
    assert served.json() == json.loads(json.dumps(document))
    assert document["openapi"].startswith("3.1")

    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert described.keys() == {operation.at for operation in known}
    names = [operation["operationId"] for operation in described.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(operation["summary"] for operation in described.values())


async def test_the_document_says_which_scopes_each_operation_asks_for(
    known: list[Operation], document: dict[str, Any]
) -> None:
    ((scheme, described),) = document["components"]["securitySchemes"].items()
    assert described["flows"]["clientCredentials"]["scopes"].keys() == set(SCOPES)
    for operation in known:
        said = document["paths"][operation.path][operation.method.lower()].get("security", [])
        assert {scope for each in said for scope in each[scheme]} == operation.scopes
        assert all(len(each[scheme]) == 1 for each in said), "one of them is enough"


async def test_the_document_declares_each_parameter_of_an_address(
    document: dict[str, Any],
) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = {
                each["name"] for each in operation.get("parameters", []) if each["in"] == "path"
            }
            assert declared == set(re.findall(r"\{(\w+)\}", path))


async def test_the_document_refers_to_nothing_that_is_not_in_it(
    document: dict[str, Any],
) -> None:
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_pages_and_files_are_all_that_the_walk_leaves_out(centre: Centre) -> None:
    mounted = [route.path for route in centre.app.routes if isinstance(route, Mount)]
    assert mounted == ["/static"]


async def test_every_answer_tells_browsers_to_sniff_run_and_frame_nothing(
    centre: Centre, known: list[Operation]
) -> None:
    answers = [
        await centre.http.request(operation.method, operation.example) for operation in known
    ]
    answers += [await centre.http.get(path) for path in ("/", "/none", "/static/cauce.css")]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.request
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Access-Control-Allow-Origin" not in answer.headers
