"""The centre as one ASGI application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cauce import browsers, operations
from cauce.access import routes as access
from cauce.access.audit import Audit
from cauce.access.audited import Audited
from cauce.access.declared import Declared
from cauce.access.quota import Quota
from cauce.access.revocations import Revocations
from cauce.access.seal import Seal
from cauce.access.signing_keys import SigningKeys
from cauce.aggregate import routes as aggregate
from cauce.coordinate import month_routes, roster_routes
from cauce.dashboard import routes as dashboard
from cauce.dashboard.readers import NotForReader, not_for_reader
from cauce.errors import QueryError, Refusal, problem
from cauce.ingest import routes as ingest
from cauce.log import audit_routes
from cauce.log import routes as proofs
from cauce.reference import routes as reference
from cauce.running import Clock, Running
from cauce.settings import Settings
from cauce.store.connect import DatabaseUnavailable, connect
from cauce.telemetry import Tracing
from cauce_contract import load_all
from cauce_contract.echo import nameable

log = logging.getLogger(__name__)


def system_clock() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings, database_url: str, *, clock: Clock = system_clock, is_demo: bool = False
) -> FastAPI:
    """The service over a migrated database; nothing here reads the environment.

    clock    what time it is: no request and no setting can move it
    is_demo  says on every page that the nation is synthetic
    """
    contracts = load_all()
    engine = connect(database_url)
    running = Running(
        settings=settings,
        clock=clock,
        engine=engine,
        keys=SigningKeys.open(settings.data_dir),
        contracts=contracts,
        audit=Audit(engine),
        calls=Quota(engine, "calls", settings.calls_a_minute),
        failed_assertions=Quota(
            engine, "failed assertions", settings.failed_assertions_a_minute
        ),
        revocations=Revocations(engine, clock),
        seal=Seal.open(settings.data_dir),
        is_demo=is_demo,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await running.close()

    app = Declared(
        title="Cauce",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect's scheme and host would be the caller's to choose
        dependencies=[Depends(only_known_parameters)],
    )
    app.state.running = running
    # In the order of how often they are called: an address is compared with each until it fits.
    parts = (
        ingest,
        aggregate,
        access,
        month_routes,
        roster_routes,
        proofs,
        audit_routes,
        reference,
        operations,
        dashboard,
    )
    for routes in parts:
        app.include_router(routes.router)
    app.mount("/static", dashboard.static_files())
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(NotForReader, not_for_reader)
    app.add_exception_handler(HTTPException, _http_fault)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(Audited, audit=running.audit)
    app.add_middleware(Tracing, contract=running.contract)
    app.add_middleware(browsers.Telling, issuer=settings.issuer)
    return app


DESCRIPTION = (
    "The exchange between Mexico's therapeutic-justice programmes: states send a month's"
    " indicators under a versioned contract, the nation reads them with their coverage."
)


async def only_known_parameters(request: Request) -> None:
    """Refuse a query with a parameter that the route does not declare, or one given twice."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = list(_declared(route.dependant))
    given = [name for name, _ in request.query_params.multi_items()]
    listed = ", ".join(known) or "—"
    unknown = [
        QueryError("unknown_parameter", name if nameable(name) else "?", {"nearest": listed})
        for name in dict.fromkeys(given)
        if name not in known
    ]
    repeated = [QueryError("repeated_parameter", n) for n in known if given.count(n) > 1]
    if unknown or repeated:
        raise Refusal("unknown-parameter", errors=[*unknown, *repeated])


def _declared(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for dependency in dependant.dependencies:
        yield from _declared(dependency)


async def _refused(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, Refusal):
        raise fault
    return problem(request, fault)


async def _http_fault(request: Request, fault: Exception) -> Response:
    """Starlette's own: no such address, or not with that method."""
    status = getattr(fault, "status_code", 404)
    headers = getattr(fault, "headers", None)
    slug = "method-not-allowed" if status == 405 else "not-found"
    return problem(request, Refusal(slug, headers=headers))


async def _invalid(request: Request, _: Exception) -> Response:
    return problem(request, Refusal("bad-query"))


async def _unavailable(request: Request, _: Exception) -> Response:
    return problem(request, Refusal("unavailable", headers={"Retry-After": "2"}))


async def _failed(request: Request, _: Exception) -> Response:
    log.error("failed with trace %s", request.state.trace_id)
    # Answered outside of what tells browsers the rest.
    issuer = request.app.state.running.settings.issuer
    return problem(request, Refusal("internal-error", headers=browsers.told(issuer)))
