"""How persons come into a programme: referral, screening, offer, admission, return."""

from __future__ import annotations

import random
from datetime import date, timedelta

from cauce.demo.care import Participant
from cauce.demo.caseload import Caseload
from cauce.demo.chance import Weights, about, pick
from cauce.demo.person import Person, invent
from cauce_contract import Month

_REFERRALS = 0.235  # a month, by the size of the programme
_NEVER_CAME = 0.07
_NOT_ELIGIBLE = 0.4
_DECLINED, _LAPSED = 0.07, 0.11  # of those eligible; lapsed: neither a refusal nor a start
_COMES_BACK = 0.03  # a month, of those who withdrew or absconded in the last four
_MOVES_IN = 0.0008  # a month, by the size of the programme

_REFUSALS: Weights = {
    "LEG_OFF": 30, "LEG_REC": 17, "LEG_VIC": 16, "CLI_NOD": 19, "CLI_SEV": 7, "JUR": 8,
    "OTH": 3,
}  # fmt: skip


def receive(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """Referrals come all month long; what they are is decided early in the next."""
    court = caseload.court
    # Judges send more to a programme that has room, and fewer around the court holidays.
    usual = _REFERRALS * (1.6 * court.size - 0.6 * len(caseload.active))
    season = 0.85 if month.number in (7, 12) else 1.02
    for _ in range(about(rng, usual * season * rng.uniform(0.9, 1.1))):
        day = month.first_day + timedelta(days=rng.randrange(28))
        person = invent(rng, court.state, day, with_adolescents=court.with_adolescents)
        caseload.referred.append(person)
        caseload.book[month].person("referrals", person)


def decide(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """Screen those referred in the month before; offer a place to the eligible."""
    tally, referred = caseload.book[month], caseload.referred
    rng.shuffle(referred)
    screened = referred[about(rng, _NEVER_CAME * len(referred)) :]
    caseload.referred = []
    # A full programme still takes the one or two whose case cannot wait.
    free = max(2, caseload.court.slots - len(caseload.active))
    beyond = max(0, len(screened) - free)
    refused = max(beyond, about(rng, _NOT_ELIGIBLE * len(screened)))
    for index, person in enumerate(screened):
        tally.person("screened", person)
        if index < refused:
            reason = "CAP" if index < beyond else pick(rng, _REFUSALS)
            tally.person("not_eligible", person, inelig_reason=reason)
        else:
            tally.person("eligible", person)
    _offer(rng, caseload, month, screened[refused:])


def _offer(
    rng: random.Random, caseload: Caseload, month: Month, eligible: list[Person]
) -> None:
    """Taking part is voluntary; who accepts is admitted within the month."""
    tally = caseload.book[month]
    declined = about(rng, _DECLINED * len(eligible))
    lapsed = about(rng, _LAPSED * len(eligible))
    for person in eligible[:declined]:
        tally.person("declined", person)
    for person in eligible[declined + lapsed :]:
        decided = rng.randint(2, 9)
        wait = rng.randint(4, caseload.court.days_to_hearing)
        admitted = month.first_day + timedelta(days=decided + wait - 1)
        tally.person("admissions", person)
        tally.duration("referral_to_admission_days", (admitted - person.referred).days)
        tally.duration("arrest_to_admission_days", (admitted - person.arrested).days)
        caseload.active.append(_participant(rng, person, admitted, phase=1))


def readmit(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """Some who withdrew or absconded come back within months; now and then one moves in."""
    court, tally = caseload.court, caseload.book[month]
    caseload.gone = [gone for gone in caseload.gone if gone[0] + 4 >= month]
    for gone in list(caseload.gone):
        if rng.random() < _COMES_BACK:
            caseload.gone.remove(gone)
            someone = gone[1]
            someone.phase, someone.months, someone.is_suspended = 1, 0, False
            caseload.active.append(someone)
            tally.add("reentries", entry_type="REE")
    if rng.random() < _MOVES_IN * court.size:
        came = month.first_day - timedelta(days=rng.randint(60, 180))
        person = invent(rng, court.state, came, with_adolescents=False)
        admitted = came + timedelta(days=30)
        caseload.active.append(_participant(rng, person, admitted, phase=2))
        tally.add("reentries", entry_type="TRF")


def _participant(
    rng: random.Random, person: Person, admitted: date, *, phase: int
) -> Participant:
    first_session = admitted + timedelta(days=rng.randint(2, 16))
    return Participant(person, admitted, first_session, phase)
