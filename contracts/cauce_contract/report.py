"""A programme's month: cells by position, and the canonical document made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cauce_contract.canonical import canonical
from cauce_contract.model import NOT_SENT, Breakdown, Contract, Measure
from cauce_contract.month import Month


@dataclass(frozen=True)
class Report:
    """What a document says, independent of the format it came in.

    numbers    an integer a cell in the contract's order, None where there is no number
    statuses   a status number a cell, 0 where the document does not have the cell
    notes      by measure
    """

    contract: Contract
    programme: str
    period: Month
    numbers: tuple[int | None, ...]
    statuses: tuple[int, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    acknowledgements: tuple[Mapping[str, str], ...] = ()
    revision_reason: Mapping[str, str] | None = None

    @cached_property
    def document(self) -> dict[str, Any]:
        """The canonical document: contract, programme, period, figures, statuses and notes.

        Zeros of single-response breakdowns are explicit, the default status is left out.
        """
        measures = {
            measure.id: self._figure(measure)
            for measure in self.contract.measures.values()
            if self.statuses[measure.position] != NOT_SENT
        }
        return {
            "contract": self.contract.version,
            "programme": self.programme,
            "period": str(self.period),
            "measures": measures,
        }

    @cached_property
    def text(self) -> str:
        """The canonical document as canonical JSON: what `content_digest` is taken over."""
        return canonical(self.document).decode()

    @cached_property
    def content_digest(self) -> str:
        return "sha-256:" + hashlib.sha256(self.text.encode()).hexdigest()

    def _figure(self, measure: Measure) -> dict[str, Any]:
        first = measure.position
        figure: dict[str, Any] = (
            {"sum": self.numbers[first], "n": self.numbers[first + 1]}
            if measure.kind == "duration"
            else {"value": self.numbers[first]}
        )
        status = self.contract.status_by_number[self.statuses[first]]
        if status.id != "reported":
            figure["status"] = status.id
        if measure.id in self.notes:
            figure["note"] = self.notes[measure.id]
        by = {
            breakdown.dimension: counts
            for breakdown in measure.breakdowns.values()
            if (counts := self._counts(breakdown, self.statuses[first])) is not None
        }
        return {**figure, "by": by} if by else figure

    def _counts(self, breakdown: Breakdown, of_value: int) -> dict[str, Any] | None:
        """The breakdown's part of the document; None where it says nothing of its own."""
        first = next(iter(breakdown.positions.values()))
        number = self.statuses[first]
        if number == NOT_SENT:
            return None
        status = self.contract.status_by_number[number]
        if status.holds_number:
            return {code: self.numbers[at] for code, at in breakdown.positions.items()}
        return None if number == of_value else {"status": status.id}
