"""A state explains a warning after its month was accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from cauce.access.callers import Sender
from cauce.act_body import LARGEST, TEXT, ActBody, described
from cauce.addresses import Period, ProgrammeId, readable
from cauce.errors import DocumentError, Refusal
from cauce.ingest import answers, preconditions, wire
from cauce.ingest.standing import Standing, find
from cauce.instants import written
from cauce.json_body import read_json
from cauce.running import LabelsDep, RunningDep
from cauce.store import acts, submissions
from cauce.store.acts import Act
from cauce.store.connect import transaction
from cauce_contract import Contract, state_of

router = APIRouter()

MEMBERS = ("rule", "pointer", "explanation")
BODY = described(MEMBERS, rule={"type": "string"}, pointer={"type": "string"}, explanation=TEXT)


@router.post(
    "/v1/submissions/{programme}/{period}/explanations",
    operation_id="explain",
    status_code=201,
    responses={200: {"model": wire.Result}, 201: {"model": wire.Result}},
    openapi_extra=BODY,
)
async def explain(
    request: Request,
    caller: Sender,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
) -> Response:
    """Explain a warning of the revision in force: its `rule` and `pointer`, and `explanation`.

    An explanation is added and never changed: the same again answers 200 and adds nothing,
    another one of the same warning is 409. With If-Match, only that revision is explained.
    """
    address = readable(running.contract, programme, period)
    caller.speaks_for(state_of(programme))
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    given = _read(running.contract, body)
    async with transaction(running.engine, caller.reach, claim=programme) as tx:
        standing = await find(tx, running.contracts, address)
        preconditions.require(request.headers, standing.accepted.etag, needs_match=False)
        now = running.clock()
        explained = await _explained(tx, standing, given, by=caller.client, now=now)
    standing, is_new = explained.standing, explained.is_new
    contract = running.contracts[standing.accepted.contract]
    told = wire.result(standing, contract, labels.language, explained.said, changed=is_new)
    return answers.told(told, wire.etag(standing.accepted, told), 201 if is_new else 200)


@dataclass(frozen=True, slots=True)
class _Explained:
    """What became of an explanation; `is_new`: it had not been given before."""

    standing: Standing
    said: Sequence[Act]
    is_new: bool


async def _explained(
    tx: AsyncConnection,
    standing: Standing,
    given: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> _Explained:
    """Add an explanation, under the claim on its programme; its entry comes last."""
    accepted = standing.accepted
    address = (accepted.programme, accepted.period)
    said = await acts.about(tx, *address, "return", "explanation")
    place = (given["rule"], given["pointer"])
    fired = {(each.rule, each.pointer) for each in wire.of(accepted, "warning")}
    explained = wire.explanations(accepted, said)
    if place not in fired:
        _refuse(place, sorted(fired))
    if place in explained:
        if explained[place] != given["explanation"]:
            raise Refusal("already-explained")
        return _Explained(standing, said, is_new=False)
    is_due = bool(fired - explained.keys() - {place})
    await submissions.mark(tx, *address, explanation_due=is_due)
    act = await acts.add(
        tx,
        accepted.state,
        "explanation",
        programme=accepted.programme,
        period=str(accepted.period),
        revision=accepted.revision,
        **given,
        at=written(now),
        by=by,
    )
    stands = replace(standing.stands, explanation_due=is_due)
    return _Explained(replace(standing, stands=stands), [*said, act], is_new=True)


def _read(contract: Contract, body: object) -> Mapping[str, str]:
    given = ActBody(contract, body, MEMBERS)
    read = {
        "rule": given.id("rule"),
        "pointer": given.id("pointer"),
        "explanation": given.free_text("explanation"),
    }
    given.require_sound()
    return read


def _refuse(place: wire.Place, fired: Sequence[wire.Place]) -> NoReturn:
    """Refuse a warning that the revision does not have, naming those that it has."""
    listed = "; ".join(f"{rule} {pointer}" for rule, pointer in fired) or "—"
    pointer = "/pointer" if place[0] in dict(fired) else "/rule"
    fault = DocumentError("did_not_fire", pointer, {"nearest": listed})
    raise Refusal("bad-act", errors=[fault])
