"""A programme's month is taken in: one transaction from the claim on it to its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers

from cauce.access.caller import Caller
from cauce.ingest import receipts
from cauce.ingest.carried import with_explanations
from cauce.ingest.door import Weighed, take_in, weigh
from cauce.ingest.standing import Standing
from cauce.running import Running
from cauce.store import acts, log, submissions
from cauce.store.acts import Act
from cauce.store.connect import transaction
from cauce.store.fitting import Line
from cauce.store.submissions import Accepted
from cauce_contract import Address, Month, proof


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a document; `is_new`: there is a revision that was not there before.

    acts  what was said and decided since about the revision that stands
    """

    standing: Standing
    is_new: bool
    acts: Sequence[Act] = ()


async def receive(
    running: Running,
    caller: Caller,
    address: Address,
    document: object,
    headers: Headers,
    language: str,
) -> Received:
    """Take in a document that was sent to an address, or Refusal with everything wrong.

    The same content again answers what stands, before any other condition is looked at.
    """
    reading = await take_in(running, document, headers)
    claim = address.programme
    async with transaction(running.engine, caller.reach, claim=claim) as tx:
        weighed = await weigh(tx, running, address, document, reading, headers, language)
        if weighed.is_new:
            return await _revised(tx, running, caller, weighed)
        near = weighed.near
        if near.current is None:
            raise TypeError("what is not new stands")
        standing = Standing(
            near.current, near.stands, near.days, near.needing_correction, weighed.owed
        )
        about = await acts.about(tx, address.programme, address.period, "return", "explanation")
        return Received(standing, is_new=False, acts=about)


async def _revised(
    tx: AsyncConnection,
    running: Running,
    caller: Caller,
    weighed: Weighed,
) -> Received:
    """Store the revision with its signed receipt, both inside the transaction."""
    near, report, now = weighed.near, weighed.report, weighed.now
    entry = near.entry
    outcome = weighed.outcome
    if near.current:
        report = await with_explanations(tx, report, outcome)
        outcome = replace(outcome, report=report)
    needs = await asyncio.to_thread(needing_correction, weighed) if near.later else {}
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
        explanation_due=outcome.is_explanation_due,
    )
    await submissions.append(tx, accepted, link, explanation_due=stands.explanation_due)
    needing = [month for month, is_needed in needs.items() if is_needed]
    standing = Standing(accepted, stands, near.days, needing, weighed.owed)
    return Received(standing, is_new=True)


def needing_correction(weighed: Weighed) -> dict[Month, bool]:
    """Of each later month, whether it needs correction once this report stands."""
    near = weighed.near
    line = Line([*near.history, weighed.report])
    return {
        each.report.period: line.needs_correction(each.report, each.told, each.received_at)
        for each in near.later
    }
