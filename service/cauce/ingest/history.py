"""A month's revisions: who sent what, when and why, and what is not the same between two."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from cauce import pages
from cauce.access.callers import Reader
from cauce.addresses import Period, ProgrammeId, readable
from cauce.errors import QueryError, Refusal
from cauce.ingest import answers, wire
from cauce.ingest.differences import differences
from cauce.pages import Cursor, Limit
from cauce.running import LabelsDep, RunningDep
from cauce.store import revisions
from cauce.store.connect import transaction
from cauce_contract import Address

router = APIRouter()

Number = Annotated[str, Path(description="A revision's number, from 1")]
LARGEST_REVISION = 10**9 - 1
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@router.get(
    "/v1/submissions/{programme}/{period}/revisions",
    operation_id="revisions",
    responses={200: {"model": wire.Revisions}},
)
async def history(
    request: Request,
    caller: Reader,
    programme: ProgrammeId,
    period: Period,
    running: RunningDep,
    labels: LabelsDep,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Response:
    """Every revision of a programme's month, newest first: the first is in force.

    Each is told as it was accepted, and never changes; what became of the month since is said
    by the month itself.
    """
    address = readable(running.contract, programme, period)
    faults: list[QueryError] = []
    size = pages.size(limit, faults)
    if faults:
        raise Refusal("bad-query", errors=faults)
    query = ["revisions", programme, period]
    before = None
    if cursor is not None:
        before = pages.place_of(cursor, query, before=LARGEST_REVISION)["before"]
    async with transaction(running.engine, caller.reach) as tx:
        await _last(tx, address)
        month = (address.programme, address.period)
        found = await revisions.of_month(tx, *month, before, size + 1)
    items = [
        wire.revision(each, running.contracts[each.contract].labels[labels.language])
        for each in found[:size]
    ]
    place = {"before": items[-1].revision} if len(found) > size else None
    after = pages.cursor_at(place, query) if place else None
    return answers.page(request, wire.Revisions(items=items, next=after), after)


@router.get(
    "/v1/submissions/{programme}/{period}/revisions/{revision}",
    operation_id="revision",
    responses={200: {"model": wire.RevisionWhole}},
)
async def revision(
    request: Request,
    caller: Reader,
    programme: ProgrammeId,
    period: Period,
    revision: Number,
    running: RunningDep,
    labels: LabelsDep,
) -> Response:
    """One revision as it was accepted, with its document; it never changes."""
    address = readable(running.contract, programme, period)
    async with transaction(running.engine, caller.reach) as tx:
        number = _known(revision, await _last(tx, address))
        found = await revisions.find(tx, address.programme, address.period, number)
    accepted = found[number]
    told = wire.whole(accepted, running.contracts[accepted.contract].labels[labels.language])
    return answers.read(request, told, wire.etag(accepted, told))


@router.get(
    "/v1/submissions/{programme}/{period}/revisions/{revision}/diff",
    operation_id="revision_diff",
    responses={200: {"model": wire.Differences}},
)
async def diff(
    request: Request,
    caller: Reader,
    programme: ProgrammeId,
    period: Period,
    revision: Number,
    running: RunningDep,
    against: Annotated[
        str | None, Query(description="the number of the revision to compare it with")
    ] = None,
) -> Response:
    """Each cell in which a revision differs from another, `against`, of the same month.

    Between two versions of the contract, cells that only one of them has are on its side alone.
    """
    address = readable(running.contract, programme, period)
    async with transaction(running.engine, caller.reach) as tx:
        last = await _last(tx, address)
        number, other = _known(revision, last), _number(against or "")
        if other is None or other > last:
            fault = QueryError("not_a_revision", "against", {"last": last})
            raise Refusal("bad-query", errors=[fault])
        found = await revisions.find(tx, address.programme, address.period, number, other)
    after, before = found[number], found[other]
    told = wire.Differences(
        programme=address.programme,
        period=str(address.period),
        revision=number,
        contract=after.contract,
        against=other,
        against_contract=before.contract,
        differences=[
            wire.Difference(**each)
            for each in differences(
                before.report(running.contracts), after.report(running.contracts)
            )
        ],
    )
    return answers.read(request, told, f"{after.etag[:-1]}-{before.etag[1:]}")


async def _last(tx: AsyncConnection, address: Address) -> int:
    """The number of the last revision; Refusal: there is none that the caller may see."""
    last = await revisions.last_number(tx, address.programme, address.period)
    if last is None:
        raise Refusal("no-submission")
    return last


def _known(text: str, last: int) -> int:
    number = _number(text)
    if number is None or number > last:
        raise Refusal("no-revision", last=last)
    return number


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None
