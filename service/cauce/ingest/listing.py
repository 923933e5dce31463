"""Submissions of many months: each month's last revision, newest first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cauce import instants, pages
from cauce.access.callers import Reader
from cauce.aggregate.asked import read_month
from cauce.errors import QueryError, Refusal
from cauce.ingest import answers, wire
from cauce.pages import Cursor, Limit
from cauce.running import LabelsDep, Running, RunningDep
from cauce.store import revisions, roster
from cauce.store.connect import transaction
from cauce.store.revisions import STATUSES, Asked, Status
from cauce_contract import Month, state_of
from cauce_contract.echo import nearest

router = APIRouter()

_LARGEST = {"at": 2**63 - 1, "before": 2**63 - 1}  # sequences, as the database has them


@router.get(
    "/v1/submissions",
    operation_id="submissions",
    responses={200: {"model": wire.Submissions}},
)
async def submissions(
    request: Request,
    caller: Reader,
    running: RunningDep,
    labels: LabelsDep,
    state: Annotated[str | None, Query(description="a state, such as MX-NLE")] = None,
    programme: Annotated[
        str | None, Query(description="a programme, such as MX-NLE-01")
    ] = None,
    period: Annotated[str | None, Query(description="a month, such as 2026-09")] = None,
    status: Annotated[str | None, Query(description="accepted or returned")] = None,
    since: Annotated[
        str | None,
        Query(description="only what was received then or later: an instant in UTC"),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Response:
    """The last revision of each month, newest first; a month's others are its `revisions`.

    The first page settles what the others show: pages that are read while more comes in join to
    what stood when the first was read. Items have what their revision had when it was accepted,
    and whether the month was returned since; what else is left to do is in /v1/completeness.

    `since` goes by `received_at`. A submission can be on its way for some seconds after that:
    who asks again and again should ask for a minute more than what is known.
    """
    faults: list[QueryError] = []
    size = pages.size(limit, faults)
    query = ["submissions", caller.state, state, programme, period, status, since]
    async with transaction(running.engine, caller.reach) as tx:
        entries = await roster.entries(tx) if programme is not None else []
        asked = Asked(
            state=_one_of("state", state, running.contract.states, faults) or caller.state,
            programme=_one_of("programme", programme, [each.id for each in entries], faults),
            period=_month(period, running, faults),
            status=_status(status, faults),
            since=_instant(since, faults),
        )
        if faults:
            raise Refusal("bad-query", errors=faults)
        for named in (asked.state, programme and state_of(programme)):
            if named:
                caller.speaks_for(named)
        place = pages.place_of(cursor, query, **_LARGEST) if cursor is not None else None
        at = place["at"] if place else await revisions.newest(tx)
        before = place["before"] if place else None
        found = await revisions.as_stood(tx, asked, at, before, size + 1)
    items = [
        wire.listed(each, running.contracts[each.accepted.contract].labels[labels.language])
        for each in found[:size]
    ]
    after = None
    if len(found) > size:
        place = {"at": at, "before": found[size - 1].sequence}
        after = pages.cursor_at(place, query)
    return answers.page(request, wire.Submissions(items=items, next=after), after)


def _one_of(
    parameter: str, given: str | None, known: Collection[str], faults: list[QueryError]
) -> str | None:
    if given is not None and given not in known:
        near = {"nearest": nearest(given, known)}
        faults.append(QueryError(f"unknown_{parameter}", parameter, near))
    return given


def _month(given: str | None, running: Running, faults: list[QueryError]) -> Month | None:
    if given is None:
        return None
    last_over = Month.last_over(running.clock(), running.contract.utc_offset_hours)
    month = read_month(given, "period", last_over, faults)
    if month > last_over:
        faults.append(QueryError("not_over", "period", {"expected": str(last_over)}))
    return month


def _status(given: str | None, faults: list[QueryError]) -> Status | None:
    found = next((status for status in STATUSES if status == given), None)
    if given is not None and found is None:
        faults.append(QueryError("unknown_status", "status", {"nearest": ", ".join(STATUSES)}))
    return found


def _instant(given: str | None, faults: list[QueryError]) -> datetime | None:
    if given is None:
        return None
    try:
        return instants.read(given)
    except ValueError:
        faults.append(QueryError("not_an_instant", "since"))
        return None
