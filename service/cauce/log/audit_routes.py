"""Who did what, for auditors."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.responses import Response

from cauce import instants, pages
from cauce.access.caller import Caller, needs
from cauce.access.ids import is_client_id, is_person_id
from cauce.errors import QueryError, Refusal
from cauce.etags import OWN, has_already
from cauce.pages import Cursor, Limit
from cauce.running import RunningDep
from cauce.store import audit
from cauce.store.connect import transaction
from cauce_contract import digest
from cauce_contract.echo import nearest

router = APIRouter(tags=["audit"])

Auditor = Annotated[Caller, Depends(needs("audit:read"))]
_LARGEST = {"until": 2**63 - 1, "batch": 2**63 - 1, "place": 2**31 - 1}
_IS_ID = {"client": is_client_id, "person": is_person_id}


class Audited(BaseModel):
    """A call of somebody who said who they are.

    client, key, person  who: a client and the kid of its key where known, or a person's id
    operation  its id in the interface's description, or a page's name
    about      the ids and months that it named; a call that named none is about all it may see
    network    where it came from: the /24 of an IPv4 address, the /48 of an IPv6 one
    status     of the answer
    batch, place  where it stands in the chain
    """

    at: str
    client: str | None = None
    key: str | None = None
    person: str | None = None
    operation: str
    about: dict[str, str]
    network: str | None = None
    status: int
    batch: int
    place: int


class Chained(BaseModel):
    """The end of the chain: its digest, in hex, covers every entry up to this batch."""

    batch: int
    digest: str


class Audit(BaseModel):
    """Entries, newest first; who keeps `chain` can tell later whether any is gone."""

    items: list[Audited]
    next: str | None
    chain: Chained


@router.get("/v1/audit", operation_id="audit", responses={200: {"model": Audit}})
async def entries(
    request: Request,
    caller: Auditor,
    running: RunningDep,
    first: Annotated[
        str | None, Query(alias="from", description="from this instant in UTC on")
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", description="up to this instant in UTC, inclusive")
    ] = None,
    client: Annotated[str | None, Query(description="a client's id")] = None,
    person: Annotated[str | None, Query(description="a person's id")] = None,
    operation: Annotated[str | None, Query(description="an operation's id")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Response:
    """Every call of a known client or person, newest first: who, what, from where, its outcome.

    A call is here a second after it was answered. The pages that follow a first one end where
    that one did, so that nothing moves while they are read.
    """
    faults: list[QueryError] = []
    size = pages.size(limit, faults)
    asked = audit.Asked(
        first=_instant("from", first, faults),
        last=_instant("to", last, faults),
        client=_id("client", client, faults),
        person=_id("person", person, faults),
        operation=_operation(request.app, operation, faults),
    )
    if faults:
        raise Refusal("bad-query", errors=faults)
    query = ["audit", first, last, client, person, operation]
    place = pages.place_of(cursor, query, **_LARGEST) if cursor is not None else None
    async with transaction(running.engine, caller.reach_of("audit:read")) as tx:
        end = await audit.last(tx)
        until = place["until"] if place else end.number
        before = (place["batch"], place["place"]) if place else None
        found = await audit.found(tx, asked, until, before, size + 1)
    after = None
    if len(found) > size:
        oldest = found[size - 1]
        at = {"until": until, "batch": oldest.batch, "place": oldest.place}
        after = pages.cursor_at(at, query)
    shown = Audit(
        items=[
            Audited(**json.loads(each.text), batch=each.batch, place=each.place)
            for each in found[:size]
        ],
        next=after,
        chain=Chained(batch=end.number, digest=end.digest.hex()),
    )
    return _answer(request, shown)


def _answer(request: Request, shown: Audit) -> Response:
    # Not of `chain`, which has moved by the time the same is asked again.
    etag = f'"{digest(shown.model_dump(exclude={"chain"}))[8:40]}"'
    headers = {"ETag": etag, **OWN}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    headers |= pages.link(request, shown.next)
    return Response(shown.model_dump_json(), 200, headers, "application/json")


def _instant(parameter: str, given: str | None, faults: list[QueryError]) -> str | None:
    if given is None:
        return None
    try:
        return instants.written(instants.read(given))
    except ValueError:
        faults.append(QueryError("not_an_instant", parameter))
        return None


def _id(parameter: str, given: str | None, faults: list[QueryError]) -> str | None:
    if given is not None and not _IS_ID[parameter](given):
        faults.append(QueryError("not_an_id", parameter))
    return given


def _operation(app: FastAPI, given: str | None, faults: list[QueryError]) -> str | None:
    if given is not None:
        routes = [context.original_route for context in iter_route_contexts(app.routes)]
        known = {
            route.operation_id or route.name for route in routes if isinstance(route, APIRoute)
        }
        if given not in known:
            near = {"nearest": nearest(given, known)}
            faults.append(QueryError("unknown_operation", "operation", near))
    return given
