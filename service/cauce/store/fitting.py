"""Whether accepted months still fit with the months before them, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime

from cauce.store.submissions import MONTHS_OF_HISTORY
from cauce_contract import Finding, Report
from cauce_contract.check import misfits


class Line:
    """One programme's months in order, each looked at with those before it."""

    def __init__(self, before: Iterable[Report] = ()) -> None:
        self._before = deque(before)

    def needs_correction(
        self, report: Report, told: Sequence[Finding], received_at: datetime
    ) -> bool:
        """Whether the next month does; it stands before those that come after it.

        told  of it when it was accepted, at `received_at`
        """
        first = report.period + -MONTHS_OF_HISTORY
        while self._before and self._before[0].period < first:
            self._before.popleft()
        found = misfits(report, told, now=received_at, history=self._before)
        self._before.append(report)
        return bool(found)

    def pass_over(self, report: Report) -> None:
        """Take in the next month without a look at it."""
        self._before.append(report)
