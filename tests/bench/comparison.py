"""Two sides that take turns in one run, and their ratios: what holds on another machine too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

TURN = 4.0  # seconds of a side in a round, where its requests would take longer


@dataclass(frozen=True, slots=True)
class Round:
    """One side's turn: `connections` requests at a time; seconds by the clock and of CPU."""

    requests: int
    connections: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def ms(self) -> float:
        """What one request took, as its sender sees it."""
        return 1000 * self.seconds * self.connections / self.requests

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_seconds / self.requests


def fitting(warm_up: Round, most: int) -> int:
    """How many requests a connection has in a round: `most`, or as many as fit in a turn."""
    return max(10, min(most, round(TURN * warm_up.rate / warm_up.connections)))


@dataclass(frozen=True, slots=True)
class Spread:
    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rounds of ours and of what it is measured against, in pairs as they were run."""

    name: str
    against: str
    ours: Sequence[Round]
    theirs: Sequence[Round]

    def ratio(self, figure: Callable[[Round], float]) -> Spread:
        """Ours to theirs, a pair of neighbouring rounds at a time."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return Spread.of([figure(ours) / figure(theirs) for ours, theirs in pairs])
