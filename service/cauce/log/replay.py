"""Where each month of a state stands by its entries, against where it is noted to stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from cauce.log.chain import Stored
from cauce.log.faults import Fault

Key = tuple[str, date]  # programme and month
Place = tuple[str, str]  # rule and pointer of a finding

# The columns of `month` that entries lead to; needs_correction is found from the figures.
LED_TO = (
    "revision",
    "first_received_at",
    "returned",
    "explanation_due",
    "waived",
    "due",
    "open_until",
)


@dataclass(slots=True)
class Replayed:
    """A month as its entries up to `position` leave it.

    unexplained  the warnings of its revision that nothing explains
    is_noted     whether there must be a note of where it stands
    is_sound     whether all that was read of it fits; else it is not compared
    is_told      whether the findings of its revision were kept with it
    """

    position: int = 0
    revision: int | None = None
    first_received_at: datetime | None = None
    returned: bool = False
    unexplained: set[Place] = field(default_factory=set)
    waived: bool = False
    due: date | None = None
    open_until: date | None = None
    is_noted: bool = False
    is_sound: bool = True
    is_told: bool = False

    @property
    def explanation_due(self) -> bool:
        return bool(self.unexplained)

    def revise(self, row: Row[Any]) -> Iterator[str]:
        """Take in a revision whose row fits its entry."""
        if self.is_sound and row.revision != (self.revision or 0) + 1:
            yield f"the revision before this one of its month is {self.revision or 'none'}"
        self.revision, self.is_noted = row.revision, True
        self.first_received_at = self.first_received_at or row.received_at
        self.returned = False
        warnings = (each for each in row.findings if each["severity"] == "warning")
        fired = {(each["rule"], each["pointer"]) for each in warnings}
        self.unexplained = fired - {_place(each) for each in row.acknowledgements}

    def act(self, said: Mapping[str, Any]) -> Iterator[str]:
        """Take in an act that fits in its log, of any kind that `acts` has."""
        match said["kind"]:
            case "return" | "explanation" if said["revision"] != self.revision:
                if self.is_sound:
                    yield "the act is about a revision that was not in force"
            case "return":
                self.returned = True
                self.open_until = date.fromisoformat(said["open_until"])
            case "explanation":
                self.unexplained.discard(_place(said))
            case "waiver" | "waiver_withdrawal" as kind:
                self.waived, self.is_noted = kind == "waiver", True
            case "extension":
                until, self.is_noted = date.fromisoformat(said["until"]), True
                self.due, self.open_until = (
                    (until, self.open_until) if said["moves_due"] else (self.due, until)
                )
            case "extension_request":
                pass
            case _:
                yield "this build does not know acts of this kind"


@dataclass(slots=True)
class Months:
    """The months of one state."""

    state: str
    found: dict[Key, Replayed] = field(default_factory=dict)

    def at(self, programme: str, period: date, position: int) -> Replayed:
        """The month that an entry at this position is about."""
        month = self.found.setdefault((programme, period), Replayed())
        month.position = position
        return month

    def take(self, stored: Stored, said: Mapping[str, Any]) -> Iterator[Fault]:
        """Take in an entry that fits in the log, about a month, but for a revision's."""
        if stored.programme is None or stored.period is None:
            raise TypeError("an entry about a month names it")
        month = self.at(stored.programme, stored.period, stored.position)
        try:
            wrong = list(month.act(said))
        except (KeyError, TypeError, ValueError):
            wrong = ["the act cannot be read"]
        month.is_sound = month.is_sound and not wrong
        about = (stored.programme, stored.period)
        yield from (Fault(self.state, stored.position, what, *about) for what in wrong)

    def distrust(self, programme: str | None, period: date | None, position: int) -> None:
        """Note that an entry or a row about this month does not fit."""
        if programme is not None and period is not None:
            self.at(programme, period, position).is_sound = False

    def compare(self, noted: Sequence[Row[Any]]) -> Iterator[Fault]:
        """How the rows of `month` are not where the entries lead."""
        rows = {(row.programme, row.period): row for row in noted}
        if len(rows) < len(noted):
            yield Fault(self.state, None, "where a month stands is noted twice")
        for key in sorted(self.found.keys() | rows.keys()):
            replayed, row = self.found.get(key), rows.get(key)
            if replayed is None:
                yield Fault(self.state, None, "no entry is about this month", *key)
            elif not replayed.is_sound:
                continue
            elif row is None and replayed.is_noted:
                yield self._fault(key, replayed, "where this month stands is not noted")
            else:
                for column in LED_TO:
                    stands = getattr(row or Replayed(), column)
                    if stands != getattr(replayed, column):
                        what = f"the month's {column} is not what its entries lead to"
                        yield self._fault(key, replayed, what)

    def _fault(self, key: Key, replayed: Replayed, what: str) -> Fault:
        return Fault(self.state, replayed.position, what, *key, replayed.revision)


def _place(said: Mapping[str, Any]) -> Place:
    return said["rule"], said["pointer"]
