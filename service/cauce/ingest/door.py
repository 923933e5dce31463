"""Whether a document may come in: all that a PUT and a dry run of it decide alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers

from cauce.errors import DocumentError, Refusal
from cauce.ingest import preconditions
from cauce.running import Running
from cauce.store import calendar, submissions
from cauce.store.roster import Owed
from cauce.store.submissions import Near
from cauce_contract import Address, Contract, Month, Outcome, Report
from cauce_contract.check import Reading, judge, read

# A refused dry run says them beside its errors, as `cauce check` does.
_OTHER_FINDINGS = frozenset(("content_digest", "confirm", "warnings", "notices"))

_A_MONTH = 16 * 1024  # bytes; one with all that is optional has about 10,000


@dataclass(frozen=True, slots=True)
class Weighed:
    """A document that may come in at an address, with what stands around it.

    is_new  False where it says what stands, and nothing is to be stored
    now     the instant at which it came
    """

    near: Near
    outcome: Outcome
    report: Report
    is_new: bool
    now: datetime

    @property
    def owed(self) -> Owed | None:
        """What the roster expects of the month."""
        return self.near.entry.owes(self.report.period)


async def take_in(running: Running, document: object, headers: Mapping[str, str]) -> Reading:
    """The document read, before a connection is taken.

    A large one on a thread: a mebibyte of rubbish takes seconds, in which others want answers.
    A month takes less than to hand it over.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) <= _A_MONTH:
        return read(running.contracts, document)
    return await asyncio.to_thread(read, running.contracts, document)


async def weigh(
    tx: AsyncConnection,
    running: Running,
    address: Address,
    document: object,
    reading: Reading,
    headers: Headers,
    language: str,
    *,
    is_dry_run: bool = False,
) -> Weighed:
    """The document weighed; Refusal with everything that is wrong with it, or with its time.

    The same content again is let in before any other condition is looked at.

    is_dry_run  needs no If-Match, and a refusal says the other findings too
    """
    near = await submissions.around(tx, running.contracts, address.programme, address.period)
    if near is None:
        raise Refusal("unknown-programme")
    now = running.clock()
    outcome = _judged(reading, document, address, near, now)
    if outcome.report and _is_again(outcome, near):
        return Weighed(near, outcome, outcome.report, is_new=False, now=now)
    report = _accepted(outcome, language, _OTHER_FINDINGS if is_dry_run else frozenset())
    _require_open(near, address.period, now)
    etag = near.current.etag if near.current else None
    preconditions.require(headers, etag, needs_match=not is_dry_run)
    _require_reason(running.contract, report, near)
    return Weighed(near, outcome, report, is_new=True, now=now)


def _judged(
    reading: Reading,
    document: object,
    address: Address,
    near: Near,
    now: datetime,
) -> Outcome:
    """What the check says of it at this address, with what stands around it."""
    # What stands around the address says nothing of a document that is about something else.
    is_its_own = _is_about(document, address)
    return judge(
        reading,
        now=now,
        history=near.history if is_its_own else (),
        address=address,
        start=near.entry.start if is_its_own else None,
    )


def _is_about(document: object, address: Address) -> bool:
    """Whether a document says itself that it is this programme's month."""
    return isinstance(document, dict) and (
        (document.get("programme"), document.get("period"))
        == (address.programme, str(address.period))
    )


def _is_again(outcome: Outcome, near: Near) -> bool:
    """Whether the document says what stands, and there is nothing to confirm by saying it.

    What was returned, or no longer fits with the months before it, can be right as it is; and
    an acknowledgement may come after the figures. Sent once more, it does not confirm again.
    """
    current = near.current
    if current is None or not outcome.is_again(current.content_digest):
        return False
    if not _confirms(outcome.report):
        return True
    given = outcome.report.acknowledgements if outcome.report else ()
    explains_more = near.stands.explanation_due and any(
        each not in current.acknowledgements for each in given
    )
    return not (near.stands.returned or near.stands.needs_correction or explains_more)


def _confirms(report: Report | None) -> bool:
    reason = report.revision_reason if report else None
    return reason is not None and reason["code"] == "confirmed"


def _accepted(outcome: Outcome, language: str, members: frozenset[str]) -> Report:
    """The report of an accepted document; a Refusal with every finding of any other.

    members  what the refusal says beside its errors and the contract
    """
    if outcome.is_accepted and outcome.report:
        return outcome.report
    said = outcome.as_json(outcome.labels(language))
    named = {"contract", "core_digest"} | members
    raise Refusal(
        "contract-violation",
        errors=outcome.refused_for,
        members={name: said[name] for name in said if name in named},
    )


def _require_open(near: Near, period: Month, now: datetime) -> None:
    """Refuse a month that the programme does not owe, and one before or after its days."""
    entry, days = near.entry, near.days
    if not entry.is_on_roster(period):
        raise Refusal("not-on-roster", period=str(period), months=entry.months)
    today = calendar.local_day(now)
    if today < days.opens:
        raise Refusal("not-open-yet", opens=str(days.opens))
    last = days.open_through(near.stands.open_until, entry.backfill_until)
    if today > last:
        raise Refusal("past-closing", closed=str(last))


def _require_reason(contract: Contract, report: Report, near: Near) -> None:
    """Refuse a replacement that does not say why, and one that confirms other figures."""
    if near.current is None:
        return
    if not report.revision_reason:
        codes = ", ".join(contract.revision_reasons)
        fault = DocumentError("revision_reason_missing", "/revision_reason", {"nearest": codes})
        raise Refusal("contract-violation", errors=[fault])
    is_same = near.current.content_digest == report.content_digest
    if _confirms(report) and not is_same:
        fault = DocumentError("confirmed_but_changed", "/revision_reason/code")
        raise Refusal("contract-violation", errors=[fault])
