"""A coordinator sends a month back with a reason; it stays in force until its state acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from cauce.access.callers import Coordinator
from cauce.act_body import LARGEST, TEXT, ActBody, described
from cauce.addresses import Period, ProgrammeId, readable
from cauce.errors import Refusal
from cauce.ingest import answers, preconditions, wire
from cauce.ingest.standing import Standing, find
from cauce.instants import written
from cauce.json_body import read_json
from cauce.running import LabelsDep, RunningDep
from cauce.store import acts, calendar, months, roster
from cauce.store.acts import RETURN_CODES, Act
from cauce.store.connect import transaction
from cauce_contract import Contract

router = APIRouter()

MEMBERS = ("code", "text")
DAYS_TO_ANSWER = 30  # that a state has at least, whatever the calendar says
BODY = described(MEMBERS, code={"type": "string", "enum": list(RETURN_CODES)}, text=TEXT)


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of a return; `is_new`: the month had not been returned for that reason."""

    standing: Standing
    said: Sequence[Act]
    is_new: bool


@router.post(
    "/v1/submissions/{programme}/{period}/return",
    operation_id="return_submission",
    responses={200: {"model": wire.Result}},
    openapi_extra=BODY,
)
async def return_submission(
    request: Request,
    caller: Coordinator,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
) -> Response:
    """Send a month back to its state with a reason: `code` and `text`.

    It stays in force until its state replaces it, or confirms it, for which the month is open
    until `open_until`: 30 days more, and never less than it was open anyway. The same return
    again changes nothing, so that a lost answer can be asked for again; another reason while
    the month waits for its state is 409. With If-Match, only that revision is returned.
    """
    address = readable(running.contract, programme, period)
    body = await read_json(request, running.settings.body_seconds, LARGEST)
    reason = read_reason(running.contract, body)
    reach = caller.reach_of("coordination")
    async with transaction(running.engine, reach, claim=programme) as tx:
        standing = await find(tx, running.contracts, address)
        preconditions.require(request.headers, standing.accepted.etag, needs_match=False)
        now = running.clock()
        returned = await send_back(tx, standing, reason, by=caller.client, now=now)
    standing = returned.standing
    contract = running.contracts[standing.accepted.contract]
    told = wire.result(
        standing, contract, labels.language, returned.said, changed=returned.is_new
    )
    return answers.told(told, wire.etag(standing.accepted, told))


def read_reason(contract: Contract, body: object) -> Mapping[str, str]:
    """The `code` and `text` of a return; a Refusal with every fault of them."""
    given = ActBody(contract, body, MEMBERS)
    reason = {"code": given.one_of("code", RETURN_CODES), "text": given.free_text("text")}
    given.require_sound()
    return reason


async def send_back(
    tx: AsyncConnection,
    standing: Standing,
    reason: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> Returned:
    """Return a month, under the claim on its programme, as coordination.

    It is open for the answer for DAYS_TO_ANSWER at least. Its entry in the log is
    the last statement of the transaction.
    """
    accepted = standing.accepted
    address = (accepted.programme, accepted.period)
    said = await acts.about(tx, *address, "return", "explanation")
    if standing.stands.returned:
        last = next(act for act in reversed(said) if act.kind == "return")
        if {name: last.said[name] for name in reason} == reason:
            return Returned(standing, said, is_new=False)
        raise Refusal("already-returned")
    entry = await roster.find(tx, accepted.programme)
    if entry is None:
        raise TypeError("a programme with a month is on the roster")
    open_until = max(
        calendar.local_day(now) + timedelta(days=DAYS_TO_ANSWER),
        standing.days.open_through(standing.stands.open_until, entry.backfill_until),
    )
    month = (accepted.programme, accepted.state, accepted.period)
    await months.put(tx, *month, returned=True, open_until=open_until)
    act = await acts.add(
        tx,
        accepted.state,
        "return",
        programme=accepted.programme,
        period=str(accepted.period),
        revision=accepted.revision,
        **reason,
        open_until=str(open_until),
        at=written(now),
        by=by,
    )
    stands = replace(standing.stands, returned=True, open_until=open_until)
    return Returned(replace(standing, stands=stands), [*said, act], is_new=True)
