"""A programme's earlier months: from documents, and which rules lack them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cauce_contract.model import Contract
from cauce_contract.read import Reader
from cauce_contract.report import Report
from cauce_contract.rules.subject import LONGEST_RUN


@dataclass(frozen=True, slots=True)
class Misfit:
    """A document that cannot stand for an earlier month of the programme.

    index   which of the documents, from 0
    report  what it says, where it says contract, programme, month and measures
    """

    index: int
    reason: Literal["unreadable", "of_another", "not_earlier", "twice"]
    report: Report | None = None


def read_history(
    contracts: Mapping[str, Contract], documents: Iterable[object], of: Report
) -> tuple[list[Report], list[Misfit]]:
    """The earlier months of a report's programme among documents, and what is something else.

    They are read and not checked: of a month that was accepted only its figures matter. Of two
    documents of one month the first counts.
    """
    found: dict[object, Report] = {}
    misfits = []
    for index, document in enumerate(documents):
        report = read_report(contracts, document)
        if report is None:
            misfits.append(Misfit(index, "unreadable"))
        elif report.programme != of.programme:
            misfits.append(Misfit(index, "of_another", report))
        elif report.period >= of.period:
            misfits.append(Misfit(index, "not_earlier", report))
        elif report.period in found:
            misfits.append(Misfit(index, "twice", report))
        else:
            found[report.period] = report
    return list(found.values()), misfits


def read_report(contracts: Mapping[str, Contract], document: object) -> Report | None:
    """What a document says in figures, not checked; None where it does not say whose month."""
    version = document.get("contract") if isinstance(document, dict) else None
    contract = contracts.get(version) if isinstance(version, str) else None
    if contract is None:
        return None
    reader = Reader(contract, document, is_for_figures=True)
    return reader.report if reader.is_placed else None


def not_checked(report: Report, history: Iterable[Report]) -> list[str]:
    """The rules that look back and lack a month that they need, in the contract's order."""
    there = {earlier.period for earlier in history}
    return [
        rule.id
        for rule in report.contract.rules.values()
        if any(
            report.period + -back not in there
            for check in rule.checks
            for back in check.months_back()
        )
    ]


def looked_back(contract: Contract) -> frozenset[int]:
    """How many months before its own the rules look at, all of them; the others do not matter.

    More than they need (see `not_checked`): a run of months is looked at as far as it goes.
    """
    needed = (
        back
        for rule in contract.rules.values()
        for check in rule.checks
        for back in check.months_back()
    )
    return frozenset(needed) | frozenset(range(1, LONGEST_RUN))
