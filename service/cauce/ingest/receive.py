"""A programme's month is taken in: one transaction from the claim on it to its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access.caller import Caller
from cauce.errors import DocumentError, Refusal
from cauce.ingest import preconditions, receipts
from cauce.ingest.standing import Standing
from cauce.running import Running
from cauce.store import calendar, log, roster, submissions
from cauce.store.calendar import Days
from cauce.store.connect import transaction
from cauce.store.roster import Entry
from cauce.store.submissions import Accepted, Near, Stands
from cauce_contract import Address, Contract, Month, Outcome, Report, proof
from cauce_contract.check import Reading, judge, misfits, read


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a document; `is_new`: there is a revision that was not there before."""

    standing: Standing
    is_new: bool


async def receive(
    running: Running,
    caller: Caller,
    address: Address,
    document: object,
    headers: Mapping[str, str],
    language: str,
) -> Received:
    """Take in a document that was sent to an address, or Refusal with everything wrong.

    The same content again answers what stands, before any other condition is looked at.
    """
    reading = await taken_in(running, document)
    claim = address.programme
    async with transaction(running.engine, caller.reach, claim=claim) as tx:
        entry, usual = await known(tx, address)
        near = await submissions.around(tx, running.contracts, entry.id, address.period)
        now = running.clock()
        outcome = judged(reading, document, entry, address, near, now)
        days = usual.moved_to(near.stands.due)
        if near.current and is_again(outcome, near):
            standing = Standing(near.current, near.stands, days, near.needing_correction)
            return Received(standing, is_new=False)
        report = sound(outcome, language)
        require_open(entry, address.period, days, near.stands, now)
        etag = near.current.etag if near.current else None
        preconditions.require(headers, etag, needs_match=True)
        require_reason(running.contract, report, near)
        return await _revised(tx, running, caller, entry, report, outcome, near, days, now)


async def known(tx: AsyncConnection, address: Address) -> tuple[Entry, Days]:
    """The programme's entry on the roster and the month's days; Refusal: not on the roster."""
    found = await roster.door(tx, address.programme, address.period)
    if found is None:
        raise Refusal("unknown-programme")
    return found


async def taken_in(running: Running, document: object) -> Reading:
    """The document read, before a connection is taken.

    On a thread: a mebibyte of rubbish takes seconds, in which others want answers.
    """
    return await asyncio.to_thread(read, running.contracts, document)


def judged(
    reading: Reading,
    document: object,
    entry: Entry,
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
        start=entry.start if is_its_own else None,
    )


def _is_about(document: object, address: Address) -> bool:
    """Whether a document says itself that it is this programme's month."""
    return isinstance(document, dict) and (
        (document.get("programme"), document.get("period"))
        == (address.programme, str(address.period))
    )


def is_again(outcome: Outcome, near: Near) -> bool:
    """Whether the document says what stands; a returned month can be confirmed by the same."""
    if near.current is None or not outcome.is_again(near.current.content_digest):
        return False
    return not (near.stands.returned and _confirms(outcome.report))


def _confirms(report: Report | None) -> bool:
    reason = report.revision_reason if report else None
    return reason is not None and reason["code"] == "confirmed"


def sound(outcome: Outcome, language: str, members: frozenset[str] = frozenset()) -> Report:
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


def require_open(
    entry: Entry, period: Month, days: Days, stands: Stands, now: datetime
) -> None:
    """Refuse a month that the programme does not owe, and one before or after its days."""
    if not entry.is_on_roster(period):
        raise Refusal("not-on-roster", period=str(period), months=entry.months)
    today = calendar.local_day(now)
    if today < days.opens:
        raise Refusal("not-open-yet", opens=str(days.opens))
    last = days.open_through(stands.open_until, entry.backfill_until)
    if today > last:
        raise Refusal("past-closing", closed=str(last))


def require_reason(contract: Contract, report: Report, near: Near) -> None:
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


async def _revised(
    tx: AsyncConnection,
    running: Running,
    caller: Caller,
    entry: Entry,
    report: Report,
    outcome: Outcome,
    near: Near,
    days: Days,
    now: datetime,
) -> Received:
    """Store the revision with its signed receipt, both inside the transaction."""
    needs = await asyncio.to_thread(fitting, entry, report, near) if near.later else {}
    changed = {
        each.report.period: needs[each.report.period]
        for each in near.later
        if each.stands.needs_correction is not needs[each.report.period]
    }
    await submissions.flag(tx, entry.id, changed)
    told = [finding for finding in outcome.findings if finding.severity != "error"]
    current = near.current
    revision = current.revision + 1 if current else 1
    reason = report.revision_reason if current else None
    end = await log.take_end(tx, entry.state)
    claimed = receipts.claims(
        report,
        told,
        reason,
        issuer=running.settings.issuer,
        client=caller.client,
        revision=revision,
        received_at=now,
        durability=end.durability,
    )
    link = log.link(end, proof.revision_entry(claimed))
    accepted = Accepted(
        programme=entry.id,
        state=entry.state,
        period=report.period,
        revision=revision,
        contract=report.contract.version,
        core_digest=report.contract.core_digest,
        content_digest=report.content_digest,
        text=report.text,
        numbers=report.numbers,
        statuses=report.statuses,
        acknowledgements=report.acknowledgements,
        told=told,
        reason=reason,
        client=caller.client,
        received_at=now,
        log_position=link.position,
        receipt=receipts.sign(running.keys.receipt, claimed, link),
    )
    stands = replace(
        near.stands,
        revision=revision,
        first_received_at=near.stands.first_received_at or now,
        needs_correction=False,
        returned=False,
        explanation_due=any(
            not outcome.is_acknowledged(warning) for warning in outcome.of("warning")
        ),
    )
    await submissions.append(tx, accepted, link, explanation_due=stands.explanation_due)
    needing = [month for month, is_needed in needs.items() if is_needed]
    return Received(Standing(accepted, stands, days, needing), is_new=True)


def fitting(entry: Entry, report: Report, near: Near) -> dict[Month, bool]:
    """Of each later month, whether it needs correction once this report stands."""
    standing = [*near.history, report, *(each.report for each in near.later)]
    return {
        each.report.period: bool(
            misfits(
                each.report,
                each.told,
                now=each.received_at,
                history=[
                    month
                    for month in standing
                    if each.report.period + -submissions.MONTHS_OF_HISTORY
                    <= month.period
                    < each.report.period
                ],
                start=entry.start,
            )
        )
        for each in near.later
    }
