"""What does not fit in a log, and where: of each log the first place is what counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

CHECKPOINTS = "checkpoints"  # as if they were a log, for what is wrong with one as such


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit.

    log       a state, MX, or CHECKPOINTS
    position  in the log; None where there is no entry to name
    about     programme, month and revision, as far as there are any
    what      in words, without anything that the log keeps to itself
    """

    log: str
    position: int | None
    what: str
    programme: str | None = None
    period: date | None = None
    revision: int | None = None

    def __str__(self) -> str:
        place = [self.log, "-" if self.position is None else str(self.position)]
        about = [
            self.programme,
            f"{self.period:%Y-%m}" if self.period else None,
            f"revision {self.revision}" if self.revision is not None else None,
        ]
        return f"{' '.join([*place, *(each for each in about if each)])}: {self.what}"


@dataclass(slots=True)
class Faults:
    """The faults at the first position of each log, and how many there are after it."""

    first: dict[str, list[Fault]] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)

    def add(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            here = self.first.setdefault(fault.log, [])
            if not here or _order(fault) == _order(here[0]):
                here.append(fault)
            elif _order(fault) < _order(here[0]):
                self.others[fault.log] = self.others.get(fault.log, 0) + len(here)
                self.first[fault.log] = [fault]
            else:
                self.others[fault.log] = self.others.get(fault.log, 0) + 1

    @property
    def listed(self) -> Sequence[Fault]:
        """The first ones of each log, by log."""
        return [fault for log in sorted(self.first) for fault in self.first[log]]

    @property
    def more(self) -> int:
        """Those further on in the same logs."""
        return sum(self.others.values())


def _order(fault: Fault) -> tuple[bool, int]:
    """Without a position it comes last."""
    return fault.position is None, fault.position or 0
