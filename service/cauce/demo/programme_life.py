"""A month in the life of a programme: the order of what happens, and the stocks at its end."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

from cauce.demo.care import LAST_PHASE, Bed, care
from cauce.demo.caseload import Caseload
from cauce.demo.chance import Weights, chance, pick, picks
from cauce.demo.intake import decide, readmit, receive
from cauce.demo.month_document import Tally
from cauce.demo.outcome import graduate, leave, promote, revoke
from cauce_contract import Month

_BEDS: Weights = {"RES_L": 60, "RES_S": 28, "HOS": 12}
_SECTORS: Mapping[str, str] = {
    "JUD": "JUS", "PRO": "JUS", "DEF": "JUS", "SUP": "JUS", "PSY": "HEA", "MED": "HEA",
    "NUR": "HEA", "SOC": "SIN", "CCM": "SIN", "COO": "CSO",
}  # fmt: skip


def live(caseload: Caseload, month: Month) -> Tally:
    """Bring everybody through the next month; what was counted.

    The month's chance comes from the programme's id and the month alone, so nothing that
    happened changes when other months, or other programmes, are asked for or not.
    """
    rng = chance(caseload.court.programme, month)
    tally = caseload.book[month]
    tally.add("active_open", len(caseload.active))
    decide(rng, caseload, month)
    receive(rng, caseload, month)
    readmit(rng, caseload, month)
    _fill_beds(rng, caseload, month)
    for someone in caseload.active:
        care(rng, someone, month, caseload.book)
    promote(rng, caseload)
    graduate(rng, caseload, month)
    revoke(rng, caseload, month)
    leave(rng, caseload, month)
    _train(rng, caseload, tally)
    _close(caseload, month, tally)
    return caseload.book.pop(month)


def _fill_beds(rng: random.Random, caseload: Caseload, month: Month) -> None:
    """The places in residence are kept taken, first by those in an early phase."""
    for someone in caseload.active:
        if someone.bed:
            someone.bed.months -= 1
            if someone.bed.months <= 0:
                someone.bed = None
    in_need = [
        someone
        for someone in caseload.active
        if someone.phase < LAST_PHASE
        and someone.admitted < month.first_day
        and not (someone.bed or someone.is_suspended)
    ]
    in_need.sort(key=lambda p: (p.has_resided, p.phase, -p.person.hardship))
    taken = sum(someone.bed is not None for someone in caseload.active)
    for someone in in_need[: caseload.court.beds - taken]:
        kind = pick(rng, _BEDS)
        since = month.first_day + timedelta(days=rng.randint(1, 4))
        someone.bed = Bed(kind, since, rng.randint(2, 4) if kind == "RES_L" else 1)
        someone.has_resided = True
        someone.treated_from = min(someone.treated_from, since)


def _train(rng: random.Random, caseload: Caseload, tally: Tally) -> None:
    """A standing course of four hours a month; now and then a trainer comes or goes."""
    for profession in picks(rng, dict.fromkeys(_SECTORS, 1), rng.randint(4, 7)):
        tally.add(
            "training_participants",
            profession=profession,
            sector=_SECTORS[profession],
            sex="F" if rng.random() < 0.57 else "M",
        )
        tally.add("training_person_hours", 4)
    if rng.random() < 0.03:
        tally.add("trainers_certified", sector=rng.choice(("JUS", "HEA", "SIN")))
        caseload.trainers += 1
    elif rng.random() < 0.03 and caseload.trainers > 2:
        caseload.trainers -= 1


def _close(caseload: Caseload, month: Month, tally: Tally) -> None:
    """Count the stocks at 24:00 of the last day."""
    last_day = (month + 1).first_day - timedelta(days=1)
    for someone in caseload.active:
        tally.person("active_close", someone.person, phase=f"PH{someone.phase}")
        modality = someone.modality_at(last_day)
        tally.add("treatment_active_close", treatment_modality=modality)
        tally.add("active_suspended_close", int(someone.is_suspended))
        tally.add("ccm_active_close", int(someone.has_plan))
    tally.add("capacity_slots", caseload.court.slots)
    tally.add("trainers_active_close", caseload.trainers)
    for profession, number in _team(caseload.court.size).items():
        tally.add("team_close", number, profession=profession)


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
