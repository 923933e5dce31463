"""A programme from its opening on, month by month, with every person in it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cauce.demo.care import LAST_PHASE, Bed, Participant, care
from cauce.demo.chance import Weights, about, chance, pick, picks
from cauce.demo.month_document import Tally
from cauce.demo.person import Person, invent
from cauce_contract import Measure, Month

_REFERRALS = 0.235  # a month, by the size of the programme
_NEVER_CAME = 0.07
_NOT_ELIGIBLE = 0.4
_DECLINED, _LAPSED = 0.08, 0.11  # of those eligible; lapsed: neither a refusal nor a start
_REVOKED = 0.05  # a month, of the active
_MONTHLY_PANEL_FROM = 46  # participants; a smaller court revokes in every second month
_ORDERS = 0.16  # of graduation, at most: a month, by the size of the programme
_SHORTEST_TO_GRADUATE, _LONGEST_STAY = 210, 960  # days; the law allows 180 to 1,095

_REFUSALS: Weights = {
    "LEG_OFF": 30, "LEG_REC": 17, "LEG_VIC": 16, "CLI_NOD": 19, "CLI_SEV": 7, "JUR": 8,
    "OTH": 3,
}  # fmt: skip
_NEUTRAL_EXITS: Weights = {"ADM": 42, "TRF": 32, "MED": 20, "DEA": 6}
_NEUTRAL_EXIT_ODDS = 0.0036  # a month, of each of the active
_BEDS: Weights = {"RES_L": 60, "RES_S": 28, "HOS": 12}
_TRAINED: Mapping[str, str] = {
    "JUD": "JUS", "PRO": "JUS", "DEF": "JUS", "SUP": "JUS", "PSY": "HEA", "MED": "HEA",
    "NUR": "HEA", "SOC": "SIN", "CCM": "SIN", "COO": "CSO",
}  # fmt: skip
_FOLLOW_UP = (("M6", 6), ("M12", 12), ("M24", 24))


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
        """A fifth to a quarter above its size, in steps of five."""
        return -(-self.size * 6 // 25) * 5

    def revokes_in(self, month: Month) -> bool:
        return self.size >= _MONTHLY_PANEL_FROM or month.number % 2 == self.ceremony % 2


class Life:
    """The persons of one programme. Call `live` with every month from the first, in order.

    A month's chance comes from the programme's id and that month alone, so nothing that
    happened changes when later months, or other programmes, are asked for or not.
    """

    def __init__(self, court: Court, measures: Mapping[str, Measure]) -> None:
        self.court = court
        self.book: defaultdict[Month, Tally] = defaultdict(lambda: Tally(measures))
        self.active: list[Participant] = []
        self._referred: list[Person] = []
        self._gone: list[tuple[Month, Participant]] = []
        self._trainers = 2 + court.size // 15

    def live(self, month: Month) -> Tally:
        """Bring everybody through this month; what was counted."""
        rng = chance(self.court.programme, month)
        tally = self.book[month]
        tally.add("active_open", len(self.active))
        self._decide(rng, month, tally)
        self._receive(rng, month)
        self._return(rng, month, tally)
        self._fill_beds(rng, month)
        for someone in self.active:
            care(rng, someone, month, self.book)
        self._graduate(rng, month)
        self._revoke(rng, month)
        self._leave_otherwise(rng, month)
        self._train(rng, tally)
        self._close(month, tally)
        return self.book.pop(month)

    def _receive(self, rng: random.Random, month: Month) -> None:
        """Referrals come all month long; what they are is decided early in the next."""
        # Judges send more to a programme that has room, and fewer around the court holidays.
        usual = _REFERRALS * (1.6 * self.court.size - 0.6 * len(self.active))
        season = 0.85 if month.number in (7, 12) else 1.02
        for _ in range(about(rng, usual * season * rng.uniform(0.8, 1.2))):
            day = month.first_day + timedelta(days=rng.randrange(28))
            person = invent(
                rng, self.court.state, day, with_adolescents=self.court.with_adolescents
            )
            self._referred.append(person)
            self.book[month].person("referrals", person)

    def _decide(self, rng: random.Random, month: Month, tally: Tally) -> None:
        """Screening, eligibility, offer and admission of those referred in the month before."""
        rng.shuffle(self._referred)
        screened = self._referred[about(rng, _NEVER_CAME * len(self._referred)) :]
        self._referred = []
        # A full programme still takes the one or two whose case cannot wait.
        free = max(2, self.court.slots - len(self.active))
        beyond = max(0, len(screened) - free)
        refused = max(beyond, about(rng, _NOT_ELIGIBLE * len(screened)))
        for index, person in enumerate(screened):
            tally.person("screened", person)
            if index < refused:
                reason = "CAP" if index < beyond else pick(rng, _REFUSALS)
                tally.person("not_eligible", person, inelig_reason=reason)
            else:
                tally.person("eligible", person)
        self._offer(rng, month, screened[refused:], tally)

    def _offer(
        self, rng: random.Random, month: Month, eligible: list[Person], tally: Tally
    ) -> None:
        declined = about(rng, _DECLINED * len(eligible))
        lapsed = about(rng, _LAPSED * len(eligible))
        for person in eligible[:declined]:
            tally.person("declined", person)
        for person in eligible[declined + lapsed :]:
            decided = rng.randint(2, 9)
            wait = rng.randint(4, self.court.days_to_hearing)
            admitted = month.first_day + timedelta(days=decided + wait - 1)
            tally.person("admissions", person)
            tally.duration("referral_to_admission_days", (admitted - person.referred).days)
            tally.duration("arrest_to_admission_days", (admitted - person.arrested).days)
            self.active.append(_participant(rng, person, admitted))

    def _return(self, rng: random.Random, month: Month, tally: Tally) -> None:
        """Some who withdrew or absconded come back within months; a few move in."""
        self._gone = [gone for gone in self._gone if gone[0] + 4 >= month]
        for gone in list(self._gone):
            if rng.random() < 0.03:
                self._gone.remove(gone)
                someone = gone[1]
                someone.phase, someone.months, someone.is_suspended = 1, 0, False
                self.active.append(someone)
                tally.add("reentries", entry_type="REE")
        if rng.random() < 0.0008 * self.court.size:
            came = month.first_day - timedelta(days=rng.randint(60, 180))
            person = invent(rng, self.court.state, came, with_adolescents=False)
            self.active.append(_participant(rng, person, came + timedelta(days=30), phase=2))
            tally.add("reentries", entry_type="TRF")

    def _fill_beds(self, rng: random.Random, month: Month) -> None:
        """The programme pays for a few places in residence and keeps them taken."""
        for someone in self.active:
            if someone.bed:
                someone.bed.months -= 1
                if someone.bed.months <= 0:
                    someone.bed = None
        free = max(1, round(self.court.size / 10)) - sum(p.bed is not None for p in self.active)
        in_need = [
            someone
            for someone in self.active
            if someone.phase < LAST_PHASE
            and someone.admitted < month.first_day
            and not (someone.bed or someone.is_suspended)
        ]
        in_need.sort(key=lambda p: (p.has_resided, p.phase, -p.person.hardship))
        for someone in in_need[: max(0, free)]:
            kind = pick(rng, _BEDS)
            since = month.first_day + timedelta(days=rng.randint(1, 4))
            someone.bed = Bed(kind, since, rng.randint(2, 4) if kind == "RES_L" else 1)
            someone.has_resided = True
            someone.treated_from = min(someone.treated_from, since)

    def _graduate(self, rng: random.Random, month: Month) -> None:
        """Two generations a year; a court signs only so many orders in a month."""
        since_ceremony = (month.number - self.court.ceremony) % 6
        if since_ceremony > 2:
            return
        generation = [
            someone
            for someone in self.active
            if someone.phase == LAST_PHASE
            and someone.months > since_ceremony
            and not (someone.is_suspended or someone.is_charged)
            and someone.days_by(month.first_day) >= _SHORTEST_TO_GRADUATE
        ]
        generation.sort(key=lambda someone: someone.admitted)
        for someone in generation[: about(rng, _ORDERS * self.court.size)]:
            self._exit(rng, month, someone, "GRD")
            self._look_ahead(rng, month, someone.person)

    def _look_ahead(self, rng: random.Random, month: Month, graduate: Person) -> None:
        """What will be counted of a graduate later: charges dropped, and three follow-ups."""
        self.book[month].person("graduations", graduate)
        if rng.random() < 0.6:
            self.book[month].add("graduates_in_work_or_study")
        # Who serves a sentence has no charge left that could be dropped.
        if graduate.traits["legal_route"] != "EXE" and rng.random() < 0.95:
            delay = rng.choices((0, 1, 2), (92, 6, 2))[0]
            self.book[month + delay].add("charges_dropped")
        months_to_charge = rng.expovariate(0.012 * (0.4 + 1.2 * graduate.hardship))
        for window, months in _FOLLOW_UP:
            later = self.book[month + months]
            is_checked = rng.random() < 0.95
            has_charge = is_checked and months_to_charge < months
            later.add("followup_due", followup_window=window)
            later.add("followup_checked", int(is_checked), followup_window=window)
            later.add("followup_new_charge", int(has_charge), followup_window=window)

    def _revoke(self, rng: random.Random, month: Month) -> None:
        """The panel ends the cases that stand worst: absconded, charged anew, not moving."""
        if not self.court.revokes_in(month):
            return
        months = 1 if self.court.size >= _MONTHLY_PANEL_FROM else 2
        known = [someone for someone in self.active if someone.admitted < month.first_day]
        # Drawn by weight without repetition: the largest u ** (1 / weight) go (Efraimidis).
        drawn = sorted(known, key=lambda p: -(rng.random() ** (1 / _standing(p, month))))
        for someone in drawn[: about(rng, _REVOKED * months * len(self.active))]:
            reason = _grounds(rng, someone)
            self._exit(rng, month, someone, reason)
            if reason in ("VOL", "UNS_ABS"):
                self._gone.append((month, someone))
            is_absorbed = reason == "UNS_NEW" and rng.random() < 0.5  # by the new case
            if someone.person.traits["legal_route"] != "EXE" and not is_absorbed:
                is_late = rng.random() < 0.03
                self.book[month + int(is_late)].add("returns_to_ordinary")

    def _leave_otherwise(self, rng: random.Random, month: Month) -> None:
        for someone in list(self.active):
            if rng.random() < _NEUTRAL_EXIT_ODDS and someone.admitted < month.first_day:
                self._exit(rng, month, someone, pick(rng, _NEUTRAL_EXITS))

    def _exit(
        self, rng: random.Random, month: Month, someone: Participant, reason: str
    ) -> None:
        self.active.remove(someone)
        someone.bed = None
        tally = self.book[month]
        tally.person("exits", someone.person, exit_reason=reason)
        which = "graduates" if reason == "GRD" else "non_graduates"
        day = month.first_day + timedelta(days=rng.randint(9, 27))
        tally.duration(f"days_in_program_{which}", someone.days_by(day))

    def _train(self, rng: random.Random, tally: Tally) -> None:
        """A standing course of four hours a month; now and then somebody becomes a trainer."""
        for profession in picks(rng, dict.fromkeys(_TRAINED, 1), rng.randint(4, 7)):
            sex = "F" if rng.random() < 0.57 else "M"
            tally.add(
                "training_participants",
                profession=profession,
                sector=_TRAINED[profession],
                sex=sex,
            )
            tally.add("training_person_hours", 4)
        if rng.random() < 0.03:
            sector = rng.choice(("JUS", "HEA", "SIN"))
            tally.add("trainers_certified", sector=sector)
            self._trainers += 1
        elif rng.random() < 0.03 and self._trainers > 2:
            self._trainers -= 1

    def _close(self, month: Month, tally: Tally) -> None:
        """Count the stocks at 24:00 of the last day."""
        last_day = (month + 1).first_day - timedelta(days=1)
        for someone in self.active:
            tally.person("active_close", someone.person, phase=f"PH{someone.phase}")
            modality = someone.modality_at(last_day)
            tally.add("treatment_active_close", treatment_modality=modality)
            tally.add("active_suspended_close", int(someone.is_suspended))
            tally.add("ccm_active_close", int(someone.has_plan))
        tally.add("capacity_slots", self.court.slots)
        tally.add("trainers_active_close", self._trainers)
        for profession, number in _team(self.court.size).items():
            tally.add("team_close", number, profession=profession)


def _participant(
    rng: random.Random, person: Person, admitted: date, *, phase: int = 1
) -> Participant:
    first_session = admitted + timedelta(days=rng.randint(2, 16))
    return Participant(person, admitted, first_session, phase=phase)


def _standing(someone: Participant, month: Month) -> float:
    """How likely the panel is to end this case now, against the others."""
    weight = (4.0, 3.0, 1.2, 0.4)[someone.phase - 1] * someone.liability
    if someone.is_suspended or someone.is_charged:
        weight *= 8
    if someone.days_by(month.first_day) > _LONGEST_STAY:
        weight *= 100
    return weight


def _grounds(rng: random.Random, someone: Participant) -> str:
    if someone.is_charged:
        return "UNS_NEW"
    if someone.is_suspended:
        return "UNS_ABS"
    return pick(rng, {"UNS_NCO": 44, "VOL": 40, "UNS_ABS": 16})


def _team(size: int) -> Mapping[str, int]:
    """Who works for a programme of this size."""
    return {
        "JUD": 1 + size // 45,
        "PRO": 1,
        "DEF": 1 + size // 30,
        "SUP": 1 + size // 25,
        "MED": 1,
        "PSY": 1 + size // 15,
        "SOC": 1 + size // 25,
        "CCM": 1 + size // 30,
        "COO": 1,
    }
