"""What came of many programmes' months: how many to which status, and the rates over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from cauce.aggregate.completeness import Completeness, Status
from cauce_contract import Month


@dataclass(frozen=True, slots=True)
class Summary:
    """Programmes' months put together; no rate is above 1, for all are of one roster.

    counted  months by status
    flagged  months by flag: a month can have several
    cells_*  as Completeness has them, added up
    """

    counted: Mapping[Status, int]
    flagged: Mapping[str, int]
    cells_expected: int
    cells_reported: int

    @property
    def expected(self) -> int:
        return sum(self.counted.values()) - self.counted["not_expected"]

    @property
    def reported(self) -> int:
        return self.counted["on_time"] + self.counted["late"]

    @property
    def reported_share(self) -> Fraction | None:
        """Of all that were expected, the waived among them; None where none was."""
        return share(self.reported, self.expected)

    @property
    def on_time_share(self) -> Fraction | None:
        """Of those that were expected and not waived."""
        return share(self.counted["on_time"], self.expected - self.counted["waived"])


def share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def summary(rows: Sequence[Completeness]) -> Summary:
    return Summary(
        Counter(row.status for row in rows),
        Counter(flag for row in rows for flag in row.flags),
        sum(row.cells_expected for row in rows),
        sum(row.cells_reported for row in rows),
    )


def by_state(rows: Sequence[Completeness]) -> dict[tuple[Month, str], Summary]:
    """By month, then state. The rows as `completeness` gives them, states in order of id."""

    def place(row: Completeness) -> tuple[Month, str]:
        return row.period, row.state

    return {key: summary(list(of)) for key, of in groupby(sorted(rows, key=place), place)}
