"""How persons go on and out: promotion, graduation, revocation, and exits nobody chose."""

from __future__ import annotations

import random
from datetime import timedelta

from cauce.demo.care import LAST_PHASE, Participant
from cauce.demo.caseload import Caseload, Court
from cauce.demo.chance import Weights, about, pick
from cauce.demo.person import Person
from cauce_contract import Month

_SHORTEST_PHASE = 2  # months
_PROMOTED = 0.45  # a month, of those who have been in their phase for that long
_ORDERS = 0.16  # of graduation, at most: a month, by the size of the programme
_REVOKED = 0.048  # a month, of the active
_MONTHLY_PANEL_FROM = 46  # participants; a smaller court revokes in every second month
_NEUTRAL_EXIT = 0.0036  # a month, probability for each of the active
_IN_WORK_OR_STUDY = 0.55  # of a generation
_SHORTEST_TO_GRADUATE, _LONGEST_STAY = 210, 960  # days; the law allows 180 to 1,095

_NEUTRAL_REASONS: Weights = {"ADM": 42, "TRF": 32, "MED": 20, "DEA": 6}
_REASONS: Weights = {"UNS_NCO": 44, "VOL": 40, "UNS_ABS": 16}
_FOLLOW_UP = (("M6", 6), ("M12", 12), ("M24", 24))


def promote(rng: random.Random, caseload: Caseload) -> None:
    """The team moves on about half of those who are due, first who has not consumed."""
    for phase in range(LAST_PHASE - 1, 0, -1):
        due = [
            someone
            for someone in caseload.active
            if someone.phase == phase
            and someone.months >= _SHORTEST_PHASE
            and not someone.is_suspended
        ]
        due.sort(key=lambda someone: (someone.has_consumed, -someone.months))
        for someone in due[: about(rng, _PROMOTED * len(due))]:
            someone.phase, someone.months = phase + 1, 0


def graduate(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """Two generations a year; a court signs only so many orders in a month."""
    since_ceremony = (month.number - caseload.court.ceremony) % 6
    if since_ceremony > 2:
        return
    generation = [
        someone
        for someone in caseload.active
        if someone.phase == LAST_PHASE
        and someone.months > since_ceremony
        and not (someone.is_suspended or someone.is_charged)
        and someone.days_by(month.first_day) >= _SHORTEST_TO_GRADUATE
    ]
    generation.sort(key=lambda someone: someone.admitted)
    leaving = generation[: about(rng, _ORDERS * caseload.court.size)]
    for someone in leaving:
        _exit(rng, caseload, month, someone, "GRD")
        _look_ahead(rng, caseload, month, someone.person)
    in_work = about(rng, _IN_WORK_OR_STUDY * len(leaving))
    caseload.book[month].add("graduates_in_work_or_study", in_work)


def _look_ahead(rng: random.Random, caseload: Caseload, month: Month, graduate: Person) -> None:
    """What is counted of a graduate later: charges dropped, and three follow-ups."""
    book = caseload.book
    book[month].person("graduations", graduate)
    # A graduation is dated by the order that drops the charges; who serves a sentence has none.
    if graduate.traits["legal_route"] != "EXE" and rng.random() < 0.92:
        book[month].add("charges_dropped")
    months_to_charge = rng.expovariate(0.012 * (0.4 + 1.2 * graduate.hardship))
    for window, months in _FOLLOW_UP:
        is_checked = rng.random() < 0.96
        has_charge = is_checked and months_to_charge < months
        later = book[month + months]
        later.add("followup_due", followup_window=window)
        later.add("followup_checked", int(is_checked), followup_window=window)
        later.add("followup_new_charge", int(has_charge), followup_window=window)


def revoke(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """The panel ends the cases that stand worst: absconded, charged anew, not moving."""
    active = caseload.active
    months = _since_the_last_panel(caseload.court, month)
    if not months:
        return
    known = [someone for someone in active if someone.admitted < month.first_day]
    # Drawn by weight without repetition: the largest u ** (1 / weight) go (Efraimidis).
    drawn = sorted(known, key=lambda p: -(rng.random() ** (1 / _standing(p, month))))
    for someone in drawn[: about(rng, _REVOKED * months * len(active))]:
        reason = _grounds(rng, someone)
        _exit(rng, caseload, month, someone, reason)
        if reason in ("VOL", "UNS_ABS"):
            caseload.gone.append((month, someone))
        is_absorbed = reason == "UNS_NEW" and rng.random() < 0.5  # by the new case
        if someone.person.traits["legal_route"] != "EXE" and not is_absorbed:
            caseload.book[month].add("returns_to_ordinary")


def _since_the_last_panel(court: Court, month: Month) -> int:
    """Months that the panel has to decide on; 0 where it does not sit."""
    if court.size >= _MONTHLY_PANEL_FROM:
        return 1
    return 2 if month.number % 2 == court.ceremony % 2 else 0


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
    return "UNS_ABS" if someone.is_suspended else pick(rng, _REASONS)


def leave(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """Exits that say nothing of the participant: administration, a move, illness, death.

    They are on record from the day on which the panel hears of them.
    """
    odds = _NEUTRAL_EXIT * _since_the_last_panel(caseload.court, month)
    for someone in list(caseload.active):
        if rng.random() < odds and someone.admitted < month.first_day:
            _exit(rng, caseload, month, someone, pick(rng, _NEUTRAL_REASONS))


def _exit(
    rng: random.Random, caseload: Caseload, month: Month, someone: Participant, reason: str
) -> None:
    caseload.active.remove(someone)
    someone.bed = None
    tally = caseload.book[month]
    tally.person("exits", someone.person, exit_reason=reason)
    which = "graduates" if reason == "GRD" else "non_graduates"
    day = month.first_day + timedelta(days=rng.randint(9, 27))
    tally.duration(f"days_in_program_{which}", someone.days_by(day))
