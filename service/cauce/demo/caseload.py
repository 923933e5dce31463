"""A programme's persons at one time, and the counts of this month and of those to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cauce.demo.care import Participant
from cauce.demo.month_document import Tally
from cauce.demo.person import Person
from cauce_contract import Measure, Month


@dataclass(frozen=True, slots=True)
class Court:
    """How a programme works, as far as it differs from the next.

    size             participants it tends to
    ceremony         month of the year, 1 to 6, of the first of its two graduations
    days_to_hearing  at most, from the decision on eligibility to the admission
    """

    programme: str
    state: str
    size: int
    ceremony: int
    days_to_hearing: int
    with_adolescents: bool

    @property
    def slots(self) -> int:
        """A fifth above its size, a third where it is small, in steps of five."""
        return -(-self.size * 6 // 25) * 5

    @property
    def beds(self) -> int:
        """Places in residence that the programme pays for."""
        return max(1, round(self.size / 10))


@dataclass(slots=True)
class Caseload:
    """What a programme carries from one month into the next.

    book      tallies by month; what an event entails is counted ahead, in the month it will be
    referred  last month's referrals, not yet decided
    gone      who withdrew or absconded lately, and when
    """

    court: Court
    book: defaultdict[Month, Tally]
    trainers: int
    active: list[Participant] = field(default_factory=list)
    referred: list[Person] = field(default_factory=list)
    gone: list[tuple[Month, Participant]] = field(default_factory=list)


def opened(court: Court, measures: Mapping[str, Measure]) -> Caseload:
    """A programme on its first day: a team, a few trainers, nobody in it."""
    book: defaultdict[Month, Tally] = defaultdict(lambda: Tally(measures))
    return Caseload(court, book, trainers=2 + court.size // 15)
