"""Two courts' case-management system, with years of random events: rows by table.

The tables are those of contracts/guide/schema.sql. Nothing here knows how a month is counted;
persons are referred, enter, move between the courts, leave and are followed up, and records
have the gaps that records have.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

COURTS = ("MX-NLE-01", "MX-NLE-02")
CAPACITY = {"MX-NLE-01": 30, "MX-NLE-02": 25}
GROUPS = ("IND", "AFM", "DIS", "NSL", "MIG", "CAR")
MEXICO_CITY = ZoneInfo("America/Mexico_City")

Row = dict[str, Any]

_SOURCES = {"JUD": 30, "PRO": 30, "DEF": 25, "SLF": 10, None: 5}
_NOT_ELIGIBLE = {"LEG_OFF": 30, "LEG_REC": 30, "CLI_NOD": 30, None: 10}
_SUBSTANCES = {"MET": 40, "ALC": 25, "CAN": 15, "COC": 15, None: 5}
_LINKS = {"USE": 40, "INF": 30, "ACQ": 25, None: 5}
_ROUTES = {"SCP": 80, "EXE": 20}
_SEXES = {"M": 75, "F": 20, "_O": 2, None: 3}
_OTHER_EXITS = {"UNS_NCO": 20, "UNS_NEW": 10, "UNS_ABS": 15, "VOL": 20, "TRF": 30, None: 15}
_ATTENDANCE = {"ATT": 85, "MEX": 8, "MUN": 5, None: 2}
_MODALITIES = {"OPD": 45, "IOP": 30, "RES_S": 12, "RES_L": 8, "HOS": 5}
_SANCTIONS = {"VER": 40, "FRQ": 30, "DET": 25, None: 5}
_SECTORS = {"HEA": 30, "EMP": 30, "EDU": 20, "HOU": 15, None: 5}


@dataclass
class CaseSystem:
    """Rows by table, in an order that foreign keys allow, and the dice they come from."""

    rng: random.Random
    tables: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def row(self, table: str, **columns: Any) -> Row:
        self.tables[table].append(columns)
        return columns

    def numbered(self, table: str, **columns: Any) -> Row:
        return self.row(table, id=len(self.tables[table]) + 1, **columns)

    def pick(self, weights: Mapping[Any, int]) -> Any:
        return self.rng.choices(tuple(weights), tuple(weights.values()))[0]

    def is_so(self, share: float) -> bool:
        return self.rng.random() < share

    def after(self, day: date, fewest: int, most: int) -> date:
        return day + timedelta(days=self.rng.randint(fewest, most))

    def instant(self, day: date) -> datetime:
        """A moment of that day in Mexico City, now and then its first or its last minute."""
        minute = self.rng.choice((0, 1439)) if self.is_so(0.3) else self.rng.randrange(1440)
        return datetime.combine(day, time(minute // 60, minute % 60), MEXICO_CITY)


def filled(seed: str, first: date, last: date, persons: int) -> CaseSystem:
    """So many persons, referred to one court or the other at any time between the two days."""
    system = CaseSystem(random.Random(seed))
    for court, slots in CAPACITY.items():
        system.row("capacity", programme=court, since=first, slots=slots - 5)
        halfway = first + (last - first) / 2
        system.row("capacity", programme=court, since=halfway, slots=slots)
    for _ in range(persons):
        _refer(system, system.after(first, 0, (last - first).days))
    return system


def _refer(system: CaseSystem, referred: date) -> None:
    rng = system.rng
    born = referred - timedelta(days=rng.randint(18 * 365, 70 * 365))
    person = system.numbered(
        "person",
        sex=system.pick(_SEXES),
        birth_date=None if system.is_so(0.04) else born,
    )
    for group in rng.sample(GROUPS, rng.choice((0, 0, 1, 2))):
        system.row("person_group", person_id=person["id"], population_group=group)
    if system.is_so(0.06):
        _transferred_in(system, person, referred)
        return
    decided = system.after(referred, 1, 25)
    is_eligible = None if system.is_so(0.05) else system.is_so(0.75)
    declines = bool(is_eligible) and system.is_so(0.2)
    court = rng.choice(COURTS)
    referral = system.numbered(
        "referral",
        person_id=person["id"],
        programme=court,
        referred_on=referred,
        referral_source=system.pick(_SOURCES),
        screened_on=None if is_eligible is None else decided,
        is_eligible=is_eligible,
        inelig_reason=system.pick(_NOT_ELIGIBLE) if is_eligible is False else None,
        declined_on=system.after(decided, 0, 20) if declines else None,
    )
    if is_eligible and not declines:
        admitted = system.after(decided, 2, 30)
        is_linked = system.is_so(0.9)
        case = _case(system, person, referral["id"] if is_linked else None, admitted)
        _participate(system, case, court, admitted, is_admission=True)


def _case(system: CaseSystem, person: Row, referral: int | None, admitted: date | None) -> Row:
    arrested = admitted and system.after(admitted, -120, -60)
    return system.numbered(
        "court_case",
        person_id=person["id"],
        referral_id=referral,
        arrested_on=None if system.is_so(0.1) else arrested,
        admitted_on=admitted,
        substance=system.pick(_SUBSTANCES),
        offence_group=system.pick(_LINKS),
        legal_route=system.pick(_ROUTES),
    )


def _transferred_in(system: CaseSystem, person: Row, day: date) -> None:
    """From a court that keeps another system: nobody here knows when the case was admitted."""
    case = _case(system, person, None, None)
    court = system.rng.choice(COURTS)
    _participate(system, case, court, day, is_admission=False, entry_type="TRF")


def _participate(
    system: CaseSystem,
    case: Row,
    court: str,
    entered: date,
    *,
    is_admission: bool,
    entry_type: str | None = None,
) -> None:
    graduates = system.is_so(0.45)
    stay = system.rng.randint(190, 420) if graduates else system.rng.choice((0, 40, 130, 300))
    left = None if system.is_so(0.1) else entered + timedelta(days=stay)
    reason = None if left is None else "GRD" if graduates else system.pick(_OTHER_EXITS)
    dismissed = left if left and reason == "GRD" and case["legal_route"] == "SCP" else None
    returns = reason in ("UNS_NCO", "UNS_NEW", "UNS_ABS", "VOL") and system.is_so(0.8)
    participation = system.numbered(
        "participation",
        case_id=case["id"],
        programme=court,
        entered_on=entered,
        is_admission=is_admission,
        entry_type=entry_type,
        left_on=left,
        exit_reason=reason,
        works_or_studies=system.rng.choice((True, False, None)) if reason == "GRD" else None,
        dismissed_on=dismissed and system.after(dismissed, 0, system.rng.choice((0, 45))),
        returned_on=system.after(left, 0, 40) if left and returns else None,
    )
    _spells(system, participation["id"], entered, left)
    end = left or entered + timedelta(days=700)
    _events(system, participation["id"], entered, end)
    _charges(system, case["person_id"], entered, end)
    if reason == "GRD":
        _follow_up(system, participation["id"])
    elif left and reason == "TRF" and system.is_so(0.8):
        other = COURTS[court == COURTS[0]]
        _participate(system, case, other, left, is_admission=False, entry_type="TRF")
    elif left and reason in ("VOL", "UNS_ABS") and system.is_so(0.4):
        back = system.after(left, 0, 70)
        kind = "REE" if system.is_so(0.9) else None
        _participate(system, case, court, back, is_admission=False, entry_type=kind)


def _spells(system: CaseSystem, id_: int, entered: date, left: date | None) -> None:
    """Phases, modalities, suspensions and plans; some are never closed, even at the exit."""
    day = system.after(entered, 0, 6)
    for phase in ("PH1", "PH2", "PH3", "PH4"):
        if left and day >= left:
            break
        system.row("phase", participation_id=id_, since=day, phase=phase)
        day = system.after(day, 40, 110)
    day, modality = entered, "WAI" if system.is_so(0.9) else system.pick(_MODALITIES)
    while not left or day < left:
        until = system.after(day, 5, 30 if modality == "WAI" else 150)
        is_last = bool(left and until >= left) or (until - entered).days > 700
        ends = None if is_last and system.is_so(0.7) else until
        system.row("treatment", participation_id=id_, since=day, until=ends, modality=modality)
        if is_last:
            break
        day, modality = system.after(until, 0, 2), system.pick(_MODALITIES)
    for table, share in (("suspension", 0.25), ("care_plan", 0.6)):
        if system.is_so(share):
            since = system.after(entered, 10, 100)
            until_ = None if system.is_so(0.2) else system.after(since, 1, 90)
            system.row(table, participation_id=id_, since=since, until=until_)


def _events(system: CaseSystem, id_: int, entered: date, left: date) -> None:
    for day in _days(system, entered, left, 14):
        attendance = system.pick(_ATTENDANCE)
        moment = system.instant(day)
        system.row("hearing", participation_id=id_, scheduled_for=moment, attendance=attendance)
    for day in _days(system, entered, left, 9):
        result = system.pick({False: 85, True: 12, None: 3})
        moment = system.instant(day)
        system.row("drug_test", participation_id=id_, taken_at=moment, is_positive=result)
    for day in _days(system, entered, left, 7):
        system.row("treatment_session", participation_id=id_, held_on=day)
    for day in _days(system, entered, left, 25):
        system.row("incentive", participation_id=id_, given_on=day)
    for day in _days(system, entered, left, 60):
        kind = system.pick(_SANCTIONS)
        served = system.after(day, 0, 3) if kind == "DET" else None
        system.row(
            "sanction",
            participation_id=id_,
            imposed_on=day,
            sanction_type=kind,
            detained_since=served,
            detained_until=served and system.after(served, 1, 5),
        )
    for day in _days(system, entered, left, 45):
        served = system.after(day, 0, 60) if system.is_so(0.6) else None
        system.row(
            "service_referral",
            participation_id=id_,
            referred_on=day,
            service_sector=system.pick(_SECTORS),
            first_served_on=served,
        )


def _days(system: CaseSystem, entered: date, left: date, apart: int) -> Iterator[date]:
    """Days between entry and exit, about so many days apart."""
    day = system.after(entered, 0, 2 * apart)
    while day < left:
        yield day
        day = system.after(day, 1, 2 * apart)


def _charges(system: CaseSystem, person: int, entered: date, left: date) -> None:
    """Before and after the entry, for acts before and after it, and sometimes two at once."""
    if not system.is_so(0.5):
        return
    charged = left if system.is_so(0.3) else system.after(entered, -20, 300)
    earlier = charged - timedelta(days=system.rng.choice((0, 3, 20, 200)))
    committed = entered if entered <= charged and system.is_so(0.3) else earlier
    for _ in range(system.rng.randint(1, 2)):
        system.row("new_charge", person_id=person, charged_on=charged, committed_on=committed)


def _follow_up(system: CaseSystem, id_: int) -> None:
    for window in ("M6", "M12", "M24"):
        if system.is_so(0.85):
            system.row(
                "record_check",
                participation_id=id_,
                followup_window=window,
                has_new_charge=system.is_so(0.2),
            )
