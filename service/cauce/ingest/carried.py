"""Explanations that were given of the same figures before: they count when those come again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.ingest import wire
from cauce.store import acts, revisions
from cauce_contract import Finding, Outcome, Report


async def with_explanations(tx: AsyncConnection, report: Report, outcome: Outcome) -> Report:
    """The report, acknowledging too what its state explained when it sent these figures before.

    With the document, or afterwards; the last one counts where there are several. A finding
    must be the very same: other months around it may have made it another. What the document
    says itself goes before.
    """
    open_ = [each for each in outcome.of("warning") if not outcome.is_acknowledged(each)]
    if not open_:
        return report
    month = (report.programme, report.period)
    former = await revisions.with_content(tx, *month, report.content_digest)
    said = await acts.about(tx, *month, "explanation") if former else ()
    given = [
        (finding, explained[finding.rule, finding.pointer])
        for accepted in former
        for explained in [wire.explanations(accepted, said)]
        for finding in wire.of(accepted, "warning")
        if (finding.rule, finding.pointer) in explained
    ]
    carried = [
        {"rule": each.rule, "pointer": each.pointer, "explanation": explanation}
        for each in open_
        if (explanation := _last(each, given)) is not None
    ]
    return replace(report, acknowledgements=(*report.acknowledgements, *carried))


def _last(finding: Finding, given: Sequence[tuple[Finding, str]]) -> str | None:
    return next((text for of, text in reversed(given) if of == finding), None)
