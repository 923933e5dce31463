"""What administration does about clients: register, invite, look, and revoke."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from cauce.access import client_body, client_wire, clients, enrolments, registrations
from cauce.access.caller import Caller, needs
from cauce.access.clients import Taken
from cauce.access.ids import is_client_id
from cauce.act_body import LARGEST
from cauce.errors import Refusal
from cauce.etags import OWN, UNSTORED, tagged
from cauce.json_body import read_json
from cauce.running import Running, RunningDep
from cauce.store.connect import transaction

router = APIRouter()

Admin = Annotated[Caller, Depends(needs("admin"))]
ClientId = Annotated[str, Path(description="A client's id, such as cl_4ba2fd978cb636f8")]


@router.get(
    "/v1/clients", operation_id="clients", responses={200: {"model": client_wire.Clients}}
)
async def listed(request: Request, caller: Admin, running: RunningDep) -> Response:
    """All clients that ever were registered, by name; those revoked among them."""
    async with _administered(running, caller) as tx:
        found = await clients.listed(tx)
    return tagged(request, client_wire.clients(found), kept=OWN)


@router.post(
    "/v1/clients",
    operation_id="register_client",
    status_code=201,
    responses={200: {"model": client_wire.Registered}, 201: {"model": client_wire.Registered}},
    openapi_extra=client_body.CLIENT,
)
async def register(request: Request, caller: Admin, running: RunningDep) -> Response:
    """Register a client with a public key that was sent; the same again changes nothing (200).

    Where the state can make its key itself, hand it an enrolment link instead.
    """
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    new, key = client_body.client_body(running.contract, body).new_client()
    now = running.clock()
    async with _administered(running, caller, claim=new.name) as tx:
        made, is_new = await registrations.register(tx, new, key, caller.client, now)
    shown = client_wire.client(made) | {"kid": key.kid}
    return JSONResponse(shown, 201 if is_new else 200, UNSTORED)


@router.post(
    "/v1/enrolment-links",
    operation_id="make_enrolment_link",
    status_code=201,
    responses={201: {"model": client_wire.Invitation}},
    openapi_extra=client_body.INVITATION,
)
async def invite(request: Request, caller: Admin, running: RunningDep) -> Response:
    """Make a link by which a state registers its client itself, with a key it makes itself.

    It is good once, for 72 hours, and shown this once. Another one for the same name takes the
    place of one that was not used.
    """
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    new = client_body.invitation_body(running.contract, body).invitation()
    now = running.clock()
    async with _administered(running, caller, claim=new.name) as tx:
        token = await enrolments.invite(tx, new, now)
    link = enrolments.link(running.settings.issuer, token)
    shown = client_wire.invitation(new, link, now + enrolments.LINK_LIFE)
    return JSONResponse(shown, 201, UNSTORED)


@router.get(
    "/v1/clients/{client_id}",
    operation_id="client",
    responses={200: {"model": client_wire.Client}},
)
async def one(
    request: Request, caller: Admin, client_id: ClientId, running: RunningDep
) -> Response:
    """A registered client; its keys are at `…/keys`."""
    _require_id(client_id)
    async with _administered(running, caller) as tx:
        found = await clients.find(tx, client_id)
    if found is None:
        raise Refusal("not-found")
    return tagged(request, client_wire.client(found), kept=OWN)


@router.delete(
    "/v1/clients/{client_id}",
    operation_id="revoke_client",
    responses={200: {"model": client_wire.Client}},
)
async def revoke(caller: Admin, client_id: ClientId, running: RunningDep) -> Response:
    """End a client with all its keys and tokens, for ever: refused within a second.

    It stays listed, and whatever it sent stands.
    """
    _require_id(client_id)
    async with _administered(running, caller, claim=client_id) as tx:
        found = await clients.find(tx, client_id)
        if found is None:
            raise Refusal("not-found")
        await clients.revoke(tx, found, caller.client, running.clock())
        ended = await clients.find(tx, client_id) or found
    running.revocations.forget()
    return JSONResponse(client_wire.client(ended), headers=UNSTORED)


def _require_id(client_id: str) -> None:
    if not is_client_id(client_id):
        raise Refusal("not-found")


@asynccontextmanager
async def _administered(
    running: Running, caller: Caller, claim: str = ""
) -> AsyncIterator[AsyncConnection]:
    """A transaction of administration; Refusal where a name or a key is another's."""
    try:
        async with transaction(running.engine, caller.reach_of("admin"), claim=claim) as tx:
            yield tx
    except Taken as fault:
        raise Refusal(fault.slug) from None
