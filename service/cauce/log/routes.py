"""Checkpoints for whoever wants to keep them, and each state's place under them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from cauce.access.caller import Caller, needs
from cauce.access.tokens import take_apart
from cauce.errors import QueryError, Refusal
from cauce.etags import OWN, SHARED, has_already
from cauce.log import checkpoint
from cauce.log.checkpoint import Made
from cauce.running import Running, RunningDep
from cauce.store.connect import LOG, transaction
from cauce_contract import proof

router = APIRouter(tags=["log"])

Reader = Annotated[Caller, Depends(needs("submissions:read"))]


class CheckpointShown(BaseModel):
    """A checkpoint's claims, and the compact JWS (`checkpoint+jwt`) that signs them.

    root  of the Merkle tree (RFC 6962) over the heads of all logs, in hex
    size  how many logs there are
    """

    iss: str
    number: int
    at: str
    root: str
    size: int
    statement: str


class ProofShown(BaseModel):
    """Where a state's log stood at a checkpoint, and the way from there to its root.

    index  of the log among the tree's leaves, from 0
    path   the hashes beside the way, from the leaf up, in hex
    """

    checkpoint: CheckpointShown
    state: str
    position: int
    head: str
    index: int
    path: list[str]


@router.get(
    "/v1/log/checkpoint",
    operation_id="log_checkpoint",
    responses={200: {"model": CheckpointShown}},
)
async def latest(request: Request, running: RunningDep) -> Response:
    """The latest checkpoint; a new one where a log has grown and the last is a minute old."""
    made = await _current(running)
    etag = f'"{made.number}-{made.root.hex()[:16]}"'
    headers = {"ETag": etag, **SHARED}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    body = _shown(made).model_dump_json()
    return Response(body, 200, headers, "application/json")


@router.get("/v1/log/proof", operation_id="log_proof", responses={200: {"model": ProofShown}})
async def own_proof(
    caller: Reader,
    running: RunningDep,
    number: Annotated[
        str | None, Query(description="of the checkpoint; the latest one by default")
    ] = None,
) -> Response:
    """Where the caller's own log stood at a checkpoint, and the way from there to its root."""
    made = await _current(running)
    if number is not None:
        made = await _find(running, number, last=made.number)
    index = next((at for at, head in enumerate(made.heads) if head[0] == caller.state), None)
    if index is None:
        raise Refusal("no-log-yet", number=made.number)
    state, position, head = made.heads[index]
    shown = ProofShown(
        checkpoint=_shown(made),
        state=state,
        position=position,
        head=head,
        index=index,
        path=[beside.hex() for beside in proof.path(made.leaves, index)],
    )
    return Response(shown.model_dump_json(), 200, OWN, "application/json")


async def _current(running: Running) -> Made:
    signer, issuer = running.keys.checkpoint, running.settings.issuer
    async with transaction(running.engine, LOG) as tx:
        return await checkpoint.current(tx, signer, issuer, running.clock())


async def _find(running: Running, number: str, last: int) -> Made:
    if number.isascii() and number.isdecimal() and len(number) < 16:
        async with transaction(running.engine, LOG) as tx:
            made = await checkpoint.find(tx, int(number))
        if made:
            return made
    raise Refusal(
        "bad-query", errors=[QueryError("not_a_checkpoint", "number", {"last": last})]
    )


def _shown(made: Made) -> CheckpointShown:
    said = take_apart(made.statement).claims
    return CheckpointShown(**said, statement=made.statement)
