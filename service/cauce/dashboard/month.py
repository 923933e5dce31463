"""A programme's month: for coordination, which can return it there, and for its own state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from cauce.addresses import Period, ProgrammeId, readable
from cauce.dashboard.forms import not_ours, sent
from cauce.dashboard.page import go, page
from cauce.dashboard.programme_month import ProgrammeMonth, cell_label, programme_month
from cauce.dashboard.readers import Coordinator, WhoseFigures
from cauce.dashboard.visit import Visit
from cauce.errors import DocumentError, QueryError, Refusal, status_of
from cauce.ingest import returns
from cauce.ingest.standing import find
from cauce.store import calendar
from cauce.store.acts import RETURN_CODES
from cauce.store.connect import transaction, until_not_overtaken
from cauce_contract import Address, Finding, Month

router = APIRouter(include_in_schema=False)

Fault = Finding | QueryError | DocumentError


@dataclass(frozen=True, slots=True)
class Attempt:
    """A return that was not done: what was written, and what is wrong with it.

    why     the problem's name: bad-act, already-returned or precondition-failed
    faults  of each field, by its name
    """

    written: Mapping[str, str]
    why: str
    faults: Mapping[str, Sequence[Fault]]


@router.get("/months/{programme}/{period}")
async def month_page(programme: ProgrammeId, period: Period, visit: WhoseFigures) -> Response:
    """Where a month stands, what is left to do, what happened; another state's is absent."""
    return await _month(visit, programme, period)


@router.post("/months/{programme}/{period}/return")
async def return_month(
    request: Request, programme: ProgrammeId, period: Period, visit: Coordinator
) -> Response:
    """Send a month back to its state, with a reason; what is wrong stands at its field."""
    form = await sent(request, visit)
    if form is None:
        return not_ours(visit)
    address = address_of(visit, programme, period)
    if address is None:
        return page(visit, "no_month.html", 404)
    # A browser ends lines as HTML does, which no text of the contract may.
    text = form.get("text", "").replace("\r\n", "\n")
    written = {"code": form.get("code", ""), "text": text}
    try:
        revision = form.get("revision", "")
        await until_not_overtaken(lambda: _return(visit, address, revision, written))
    except Refusal as refused:
        if refused.slug == "no-submission":
            return page(visit, "no_month.html", 404)
        faults = {name: _at(name, refused.errors) for name in written}
        return await _month(visit, programme, period, Attempt(written, refused.slug, faults))
    return go(visit, f"/months/{address.programme}/{address.period}", visit.session)


async def _return(
    visit: Visit, address: Address, revision: str, written: Mapping[str, str]
) -> None:
    """Return the revision that was read; or Refusal."""
    running = visit.running
    if visit.person is None:
        raise TypeError("a return is somebody's")
    reason = returns.read_reason(running.contract, written)
    async with transaction(
        running.engine, visit.reach_of_decisions, claim=address.programme
    ) as tx:
        standing = await find(tx, running.contracts, address)
        if str(standing.accepted.revision) != revision:
            raise Refusal("precondition-failed")
        now = running.clock()
        await returns.send_back(tx, standing, reason, by=visit.person.id, now=now)


async def _month(
    visit: Visit, programme: str, asked: str, attempt: Attempt | None = None
) -> Response:
    running = visit.running
    address = address_of(visit, programme, asked)
    if address is None:
        return page(visit, "no_month.html", 404)
    async with transaction(running.engine, visit.reach) as tx:
        seen = await programme_month(tx, running, address.programme, address.period)
    if seen is None or not visit.may_see(seen.entry.state):
        return page(visit, "no_month.html", 404)
    version = seen.accepted.contract if seen.accepted else running.contract.version
    first, last = months_of(visit)
    return page(
        visit,
        "month.html",
        status_of(attempt.why) if attempt else 200,
        seen=seen,
        its_labels=running.contracts[version].labels[visit.language],
        cell_label=cell_label,
        earlier=address.period + -1 if address.period > first else None,
        later=address.period + 1 if address.period < last else None,
        today=calendar.local_day(running.clock()),
        attempt=attempt,
        can_return=attempt is not None or _can_return(visit, seen),
        return_codes=RETURN_CODES,
    )


def _at(member: str, faults: Sequence[Fault]) -> list[Fault]:
    return [
        fault
        for fault in faults
        if not isinstance(fault, QueryError) and fault.pointer == f"/{member}"
    ]


def _can_return(visit: Visit, seen: ProgrammeMonth) -> bool:
    is_there = seen.accepted is not None and "returned" not in seen.row.flags
    return is_there and visit.role == "coordinator"


def address_of(visit: Visit, programme: str, asked: str) -> Address | None:
    """A programme's month that is over; None where what is written is none."""
    try:
        address = readable(visit.running.contract, programme, asked)
    except Refusal:
        return None
    first, last = months_of(visit)
    return address if first <= address.period <= last else None


def months_of(visit: Visit) -> tuple[Month, Month]:
    """The first and the last month that are reported on by now."""
    contract = visit.running.contract
    last = Month.last_over(visit.running.clock(), contract.utc_offset_hours)
    return contract.accepts_from, last


def read_month(text: str, first: Month, last: Month) -> Month | None:
    """The month that is written; None where it is none, or not among those reported on."""
    try:
        written = Month.parse(text)
    except ValueError:
        return None
    return written if first <= written <= last else None
