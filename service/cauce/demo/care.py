"""A participant's month in a programme: hearings, tests, treatment, and what they lead to."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cauce.demo.chance import Weights, about, pick, picks
from cauce.demo.month_document import Tally
from cauce.demo.person import Person
from cauce_contract import Month

Book = Mapping[Month, Tally]  # the tallies of this month and of those to come

LAST_PHASE = 4

# By phase, 1 to 4, per participant and month.
_HEARINGS = (2.6, 2.3, 1.9, 1.4)
_TESTS = (4.2, 3.9, 3.4, 3.1)
_SESSIONS = (4.6, 4.6, 4.3, 4.0)
_CONSUMPTION = (0.64, 0.46, 0.28, 0.13)  # probability of a month with consumption
_INTENSIVE_FROM = (0.4, 0.6, 0.9, 1.0)  # hardship, from which treatment is a day's work

_POSITIVE_WITH_CONSUMPTION = 0.4  # share of the tests of such a month that show it
_ATTENDANCE: Weights = {"ATT": 890, "MEX": 65, "MUN": 45}
_SESSION_TYPES: Weights = {"IND": 34, "GRP": 46, "FAM": 8, "MED": 8, "PEE": 4}
_SANCTIONS: Weights = {
    "VER": 38, "FRQ": 27, "TSK": 14, "COM": 11, "RES": 5, "PHR": 2, "DET": 3,
}  # fmt: skip
_SECTORS: Weights = {
    "MEN": 26, "HEA": 20, "EMP": 17, "EDU": 11, "FAM": 11, "SOC": 7, "HOU": 4, "LEG": 3,
    "CUL": 1,
}  # fmt: skip
_ADVERSE_EVENTS: Weights = {"HOS": 40, "VIC": 25, "ODN": 20, "SUI": 10, "OTH": 5}


@dataclass(slots=True)
class Bed:
    """A stay in residence or hospital: its modality, first day and months still to go."""

    modality: str
    since: date
    months: int


@dataclass(slots=True, eq=False)
class Participant:
    """A person from admission on.

    months        how long in this phase
    has_consumed  whether a test of the last month showed it
    """

    person: Person
    admitted: date
    treated_from: date
    phase: int
    months: int = 0
    is_suspended: bool = False
    is_charged: bool = False
    has_consumed: bool = False
    has_plan: bool = False
    has_resided: bool = False
    bed: Bed | None = None

    def days_by(self, day: date) -> int:
        return (day - self.admitted).days

    @property
    def liability(self) -> float:
        """How much likelier than the average any mishap is: 0.4 to 1.6."""
        return 0.4 + 1.2 * self.person.hardship

    def modality_at(self, day: date) -> str:
        if self.treated_from > day:
            return "WAI"
        if self.bed:
            return self.bed.modality
        is_intensive = self.person.hardship > _INTENSIVE_FROM[self.phase - 1]
        return "IOP" if is_intensive else "OPD"


def care(rng: random.Random, someone: Participant, month: Month, book: Book) -> None:
    """Bring a participant through a month and count all that happens."""
    if _pauses(rng, someone):
        return
    tally, last_day = book[month], (month + 1).first_day - timedelta(days=1)
    # Somebody admitted in the course of the month is there for a part of it.
    share = min(1.0, ((last_day - someone.admitted).days + 1) / last_day.day)
    absences = _hearings(rng, someone, share, tally)
    has_consumed = _tests(rng, someone, share, tally)
    _treatment(rng, someone, share, last_day, tally)
    _responses(rng, someone, absences, has_consumed, tally)
    _services(rng, someone, month, book)
    _mishaps(rng, someone, tally)
    someone.has_consumed = has_consumed
    someone.months += 1


def _pauses(rng: random.Random, someone: Participant) -> bool:
    """Whether somebody is suspended this month: absconded, in custody, or ill."""
    odds = 0.65 if someone.is_suspended else 0.018 * someone.liability
    someone.is_suspended = rng.random() < odds and someone.months > 0 and not someone.bed
    return someone.is_suspended


def _hearings(rng: random.Random, someone: Participant, share: float, tally: Tally) -> int:
    """How many hearings were missed without an excuse."""
    held = about(rng, _HEARINGS[someone.phase - 1] * share)
    outcomes = picks(rng, _ATTENDANCE, held)
    tally.each("hearings", "attendance", outcomes)
    return outcomes.count("MUN")


def _tests(rng: random.Random, someone: Participant, share: float, tally: Tally) -> bool:
    """Whether a test showed consumption. What shows is a relapse more often than not."""
    done = about(rng, _TESTS[someone.phase - 1] * share)
    is_month_of_use = rng.random() < _CONSUMPTION[someone.phase - 1] * someone.liability
    positive = about(rng, _POSITIVE_WITH_CONSUMPTION * done * is_month_of_use)
    tally.add("drug_tests", done)
    tally.add("drug_tests_positive", positive)
    tally.add("persons_tested", int(done > 0))
    tally.add("persons_positive", int(positive > 0))
    if positive and rng.random() < 0.85:
        tally.add("relapses")
    return positive > 0


def _treatment(
    rng: random.Random, someone: Participant, share: float, last_day: date, tally: Tally
) -> None:
    if someone.treated_from > last_day:
        return
    if someone.treated_from >= last_day.replace(day=1):
        waited = someone.days_by(someone.treated_from)
        tally.duration("admission_to_treatment_days", waited)
    usual = 6 if someone.bed else _SESSIONS[someone.phase - 1]
    kinds = picks(rng, _SESSION_TYPES, about(rng, usual * share))
    tally.each("treatment_sessions", "session_type", kinds)
    if someone.bed:
        nights = (last_day - max(someone.bed.since, last_day.replace(day=1))).days + 1
        tally.add("residential_days", nights)


def _responses(
    rng: random.Random, someone: Participant, absences: int, has_consumed: bool, tally: Tally
) -> None:
    """Incentives and sanctions. Relapse is answered by treatment, hardly ever by a sanction."""
    tally.add("incentives", about(rng, 0.6 if has_consumed or absences else 1.7))
    odds = 0.14 * someone.liability + 0.6 * absences + 0.04 * has_consumed
    if rng.random() >= odds:
        return
    kind = pick(rng, _SANCTIONS)
    tally.add("sanctions", sanction_type=kind)
    if kind == "DET":
        tally.add("detention_days", rng.randint(1, 2))
    elif kind == "PHR" and someone.phase > 1:
        someone.phase, someone.months = someone.phase - 1, 0


def _services(rng: random.Random, someone: Participant, month: Month, book: Book) -> None:
    for sector in picks(rng, _SECTORS, about(rng, 1.0 if someone.phase < 3 else 0.6)):
        book[month].add("service_referrals", service_sector=sector)
        if rng.random() < 0.76:
            delay = rng.choices((0, 1, 2), (5, 4, 1))[0]
            book[month + delay].add("service_linkages", service_sector=sector)
    if someone.person.hardship > 0.25 and not someone.has_plan:
        someone.has_plan = rng.random() < 0.6


def _mishaps(rng: random.Random, someone: Participant, tally: Tally) -> None:
    if rng.random() < 0.01 * someone.liability:
        tally.add("new_charges_in_program")
        someone.is_charged = True
    if rng.random() < 0.004 * someone.liability:
        tally.add("adverse_events", adverse_event=pick(rng, _ADVERSE_EVENTS))
