"""Clients about themselves: who they are, their keys, and how a new one enrols."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from cauce.access import client_keys, clients, deadlines, enrolments, key_body, key_wire
from cauce.access.administration import ClientId
from cauce.access.caller import Caller, needs
from cauce.access.client_keys import LastKey, TooManyKeys
from cauce.access.clients import ClientRecord, Taken
from cauce.access.enrolments import NoEnrolment
from cauce.access.ids import is_client_id
from cauce.access.scopes import SCOPES
from cauce.access.throttle import give_back, take
from cauce.act_body import LARGEST
from cauce.errors import Refusal
from cauce.etags import OWN, UNSTORED, tagged
from cauce.json_body import read_json
from cauce.limits import subscriber
from cauce.running import Running, RunningDep
from cauce.store.connect import ADMIN, Reach, see, transaction

router = APIRouter()

AnyClient = Annotated[Caller, Depends(needs(*SCOPES))]  # whatever else it may do
Kid = Annotated[str, Path(description="A key's RFC 7638 thumbprint")]

MOST_FAILED, FAILED_WITHIN = 60, 15 * 60  # enrolments of an address, seconds


@router.get("/v1/me", operation_id="me", responses={200: {"model": key_wire.Me}})
async def me(request: Request, caller: AnyClient, running: RunningDep) -> Response:
    """Who calls, with which keys until when, and the next deadlines of its programmes."""
    now = running.clock()
    async with transaction(running.engine, _own(caller)) as tx:
        client = await _found(tx, caller.client)
        keys = await client_keys.of(tx, client.id)
        await see(tx, caller.reach)
        offset = running.contract.utc_offset_hours
        state = caller.state
        due = await deadlines.ahead(tx, state, now, offset) if state else []
    shown = {
        "client_id": client.id,
        "name": client.name,
        "state": client.state,
        "scopes": [scope for scope in SCOPES if scope in caller.scopes],
        "key": caller.key,
        "keys": [key_wire.key(each, now) for each in keys],
        "warnings": key_wire.warnings(keys, now),
        "deadlines": [key_wire.due(each) for each in due],
    }
    return tagged(request, shown, kept=OWN)


@router.get(
    "/v1/clients/{client_id}/keys",
    operation_id="client_keys",
    responses={200: {"model": key_wire.Keys}},
)
async def keys(
    request: Request, caller: AnyClient, client_id: ClientId, running: RunningDep
) -> Response:
    """All keys that a client ever had; another's are absent but to administration."""
    async with transaction(running.engine, _reach(caller, client_id)) as tx:
        client = await _found(tx, client_id)
        found = await client_keys.of(tx, client.id)
    return tagged(request, key_wire.keys(found, running.clock()), kept=OWN)


@router.post(
    "/v1/clients/{client_id}/keys",
    operation_id="add_client_key",
    status_code=201,
    responses={200: {"model": key_wire.Key}, 201: {"model": key_wire.Key}},
    openapi_extra=key_body.KEY,
)
async def add_key(
    request: Request, caller: AnyClient, client_id: ClientId, running: RunningDep
) -> Response:
    """Add a public key to a client's, from now on or from `not_before`; the others stay.

    The same key again changes nothing (200). Only EC keys on P-256, and never a private one.
    """
    reach, now = _reach(caller, client_id), running.clock()
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    new = key_body.key_body(running.contract, body).new_key(now)
    async with _client(running, reach, client_id) as (tx, client):
        try:
            added, is_new = await client_keys.add(
                tx,
                client,
                new.key,
                caller.client,
                now,
                not_before=new.not_before,
                not_after=new.not_after,
            )
        except Taken as fault:
            raise Refusal(fault.slug) from None
        except TooManyKeys:
            raise Refusal("too-many-keys", most=client_keys.MOST) from None
    return JSONResponse(key_wire.key(added, now), 201 if is_new else 200, UNSTORED)


@router.delete(
    "/v1/clients/{client_id}/keys/{kid}",
    operation_id="revoke_client_key",
    responses={200: {"model": key_wire.Key}},
)
async def revoke_key(
    caller: AnyClient, client_id: ClientId, kid: Kid, running: RunningDep
) -> Response:
    """Revoke a key for ever: it and its tokens are refused everywhere within a second.

    A client cannot take its own last key that holds; administration can.
    """
    now = running.clock()
    async with _client(running, _reach(caller, client_id), client_id) as (tx, client):
        try:
            revoked = await client_keys.revoke(tx, client, kid, caller.client, now)
        except LastKey:
            raise Refusal("last-key") from None
        if revoked is None:
            raise Refusal("not-found")
    running.revocations.forget()
    return JSONResponse(key_wire.key(revoked, now), headers=UNSTORED)


@router.post(
    "/v1/enrolments",
    operation_id="enrol",
    status_code=201,
    responses={200: {"model": key_wire.Enrolled}, 201: {"model": key_wire.Enrolled}},
    openapi_extra=key_body.ENROLMENT,
)
async def enrol(request: Request, running: RunningDep) -> Response:
    """Register a client by the token of a link, with its first public key.

    The token stands in the body, so that no log of addresses has it. The same token with the
    same key again is answered the same (200), as long as the link lives.
    """
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    token, key = key_body.enrolment_body(running.contract, body).enrolment()
    failures = await _count_enrolment(request, running)
    try:
        reach = enrolments.reach(token)
        async with transaction(running.engine, reach, claim=reach.state) as tx:
            client, is_new = await enrolments.enrol(tx, token, key, running.clock())
    except NoEnrolment:
        raise Refusal("no-enrolment") from None
    except Taken as fault:
        raise Refusal(fault.slug) from None
    await give_back(running.engine, failures)
    shown = {
        "issuer": running.settings.issuer,
        "client_id": client.id,
        "name": client.name,
        "state": client.state,
        "scopes": list(client.scopes),
        "kid": key.kid,
    }
    return JSONResponse(shown, 201 if is_new else 200, UNSTORED)


async def _count_enrolment(request: Request, running: Running) -> str:
    """Count one as failed until it is not; its bucket. Refusal where there were too many."""
    bucket = (
        f"failed enrolments from {subscriber(request.client.host if request.client else '')}"
    )
    now = running.clock()
    wait = await take(running.engine, bucket, MOST_FAILED, FAILED_WITHIN, now)
    if wait:
        headers = {"Retry-After": str(wait), **UNSTORED}
        raise Refusal("too-many-enrolments", limit=MOST_FAILED, seconds=wait, headers=headers)
    return bucket


def _reach(caller: Caller, client_id: str) -> Reach:
    """Of a caller to a client's keys; Refusal where they are as if absent."""
    if client_id == caller.client:
        return _own(caller)
    if "admin" in caller.scopes and is_client_id(client_id):
        return ADMIN
    raise Refusal("not-found")


def _own(caller: Caller) -> Reach:
    return Reach("client", caller.client)


@asynccontextmanager
async def _client(
    running: Running, reach: Reach, client_id: str
) -> AsyncIterator[tuple[AsyncConnection, ClientRecord]]:
    """The client of that id, claimed to change its keys; Refusal where there is none."""
    async with transaction(running.engine, reach, claim=client_id) as tx:
        yield tx, await _found(tx, client_id)


async def _found(tx: AsyncConnection, client_id: str) -> ClientRecord:
    client = await clients.find(tx, client_id)
    if client is None:
        raise Refusal("not-found")
    return client
