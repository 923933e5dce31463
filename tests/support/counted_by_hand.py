"""A programme's month counted from a case system's rows, one by one and the long way round.

What contracts/guide/month.sql counts, a second time: this walks through the days of the month
where the query subtracts dates, and asks what holds at the end of a day where the query
compares moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cauce_contract import Month
from support.case_system import MEXICO_CITY, CaseSystem, Row

Key = tuple[str, str, str | None, str | None]  # measure, part, dimension, code

_BANDS = {65: "Y_GE65", 55: "Y55T64", 45: "Y45T54", 35: "Y35T44", 25: "Y25T34", 18: "Y18T24"}
_RESIDENCE = {"RES_S", "RES_L", "HOS"}
_WINDOWS = {"M6": 6, "M12": 12, "M24": 24}


def counted(system: CaseSystem, programme: str, month: Month) -> Counter[Key]:
    """Every figure of the month of which the rows tell."""
    count = _Count(system, programme, month)
    count.referrals()
    for participation in count.participations:
        count.entry(participation)
        count.exit(participation)
        count.stay(participation)
        count.close(participation)
        count.follow_up(participation)
    count.events()
    count.persons_tested()
    count.newly_charged()
    count.capacity()
    return count.numbers


@dataclass
class _Count:
    system: CaseSystem
    programme: str
    month: Month
    numbers: Counter[Key] = field(default_factory=Counter)

    def add(self, measure: str, number: int = 1, /, **codes: str | None) -> None:
        self.numbers[measure, "value", None, None] += number
        for dimension, code in codes.items():
            self.numbers[measure, "value", dimension, code or "_U"] += number

    def groups(self, measure: str, participation: Row) -> None:
        for row in self.system.tables["person_group"]:
            if row["person_id"] == self.person(participation)["id"]:
                self.numbers[measure, "value", "population_group", row["population_group"]] += 1

    def days(self, measure: str, since: date | None, until: date) -> None:
        if since is not None:
            self.numbers[measure, "sum", None, None] += (until - since).days
            self.numbers[measure, "n", None, None] += 1

    @property
    def last_day(self) -> date:
        return (self.month + 1).first_day - timedelta(days=1)

    @property
    def participations(self) -> list[Row]:
        rows = self.system.tables["participation"]
        return [row for row in rows if row["programme"] == self.programme]

    def has(self, day: date | None) -> bool:
        return day is not None and Month.of(day) == self.month

    def one(self, table: str, id_: int) -> Row:
        return self.system.tables[table][id_ - 1]

    def of(self, participation: Row, table: str) -> list[Row]:
        rows = self.system.tables[table]
        return [row for row in rows if row["participation_id"] == participation["id"]]

    def case(self, participation: Row) -> Row:
        return self.one("court_case", participation["case_id"])

    def person(self, participation: Row) -> Row:
        return self.one("person", self.case(participation)["person_id"])

    def profile(self, participation: Row, day: date) -> Mapping[str, str | None]:
        case, person = self.case(participation), self.person(participation)
        same = ("substance", "offence_group", "legal_route")
        band = _age_band(person["birth_date"], day)
        return {
            "sex": person["sex"],
            "age_band": band,
            **{trait: case[trait] for trait in same},
        }

    def referrals(self) -> None:
        for row in self.system.tables["referral"]:
            if row["programme"] != self.programme:
                continue
            sex = self.one("person", row["person_id"])["sex"]
            if self.has(row["referred_on"]):
                self.add("referrals", sex=sex, referral_source=row["referral_source"])
            if self.has(row["screened_on"]):
                self.add("screened", sex=sex)
                if row["is_eligible"]:
                    self.add("eligible", sex=sex)
                else:
                    self.add("not_eligible", inelig_reason=row["inelig_reason"])
            if self.has(row["declined_on"]):
                self.add("declined")

    def entry(self, entering: Row) -> None:
        entered, case = entering["entered_on"], self.case(entering)
        if not self.has(entered):
            return
        if not entering["is_admission"]:
            self.add("reentries", entry_type=entering["entry_type"])
            return
        self.add("admissions", **self.profile(entering, entered))
        self.groups("admissions", entering)
        referral = case["referral_id"]
        referred = self.one("referral", referral)["referred_on"] if referral else None
        self.days("referral_to_admission_days", referred, entered)
        self.days("arrest_to_admission_days", case["arrested_on"], entered)

    def exit(self, leaving: Row) -> None:
        left, admitted = leaving["left_on"], self.case(leaving)["admitted_on"]
        self.add("charges_dropped", self.has(leaving["dismissed_on"]))
        self.add("returns_to_ordinary", self.has(leaving["returned_on"]))
        if not self.has(left):
            return
        profile = self.profile(leaving, left)
        self.add("exits", exit_reason=leaving["exit_reason"], **profile)
        if leaving["exit_reason"] == "GRD":
            self.add("graduations", **profile)
            self.add("graduates_in_work_or_study", leaving["works_or_studies"] is True)
            self.days("days_in_program_graduates", admitted, left)
        else:
            self.days("days_in_program_non_graduates", admitted, left)

    def stay(self, staying: Row) -> None:
        """The days of the month that somebody spends in residence or detention."""
        treatments = self.of(staying, "treatment")
        sanctions = self.of(staying, "sanction")
        day = self.month.first_day
        while day <= self.last_day:
            if _takes_part(staying, day):
                modalities = {row["modality"] for row in _lasting(treatments, day)}
                self.add("residential_days", bool(modalities & _RESIDENCE))
                detained = _lasting(sanctions, day, "detained_since", "detained_until")
                self.add("detention_days", len(detained))
            day += timedelta(days=1)

    def close(self, present: Row) -> None:
        """The stocks: at the last day's end, and at the end of the day before the first."""
        self.add("active_open", _takes_part(present, self.month.first_day - timedelta(days=1)))
        day = self.last_day
        if not _takes_part(present, day):
            return
        phases = [row for row in self.of(present, "phase") if row["since"] <= day]
        phase = max(phases, key=lambda row: row["since"])["phase"] if phases else None
        self.add("active_close", phase=phase, **self.profile(present, day))
        self.groups("active_close", present)
        treated = _lasting(self.of(present, "treatment"), day)
        modality = treated[0]["modality"] if treated else None
        self.add("treatment_active_close", treatment_modality=modality)
        suspensions, plans = self.of(present, "suspension"), self.of(present, "care_plan")
        self.add("active_suspended_close", bool(_lasting(suspensions, day)))
        self.add("ccm_active_close", bool(_lasting(plans, day)))

    def follow_up(self, graduate: Row) -> None:
        if graduate["exit_reason"] != "GRD":
            return
        for window, months in _WINDOWS.items():
            if Month.of(graduate["left_on"]) + months != self.month:
                continue
            self.add("followup_due", followup_window=window)
            for row in self.of(graduate, "record_check"):
                if row["followup_window"] == window:
                    self.add("followup_checked", followup_window=window)
                    self.add(
                        "followup_new_charge", row["has_new_charge"], followup_window=window
                    )

    def rows(self, table: str, when: str) -> Iterator[Row]:
        """The rows of the programme's month; instants by the clock of Mexico City."""
        for row in self.system.tables[table]:
            at = row[when]
            day = at.astimezone(MEXICO_CITY).date() if isinstance(at, datetime) else at
            participation = self.one("participation", row["participation_id"])
            if self.has(day) and participation["programme"] == self.programme:
                yield row

    def events(self) -> None:
        for row in self.rows("hearing", "scheduled_for"):
            self.add("hearings", attendance=row["attendance"])
        for row in self.rows("drug_test", "taken_at"):
            self.add("drug_tests", row["is_positive"] is not None)
            self.add("drug_tests_positive", row["is_positive"] is True)
        self.add("treatment_sessions", len([*self.rows("treatment_session", "held_on")]))
        self.add("incentives", len([*self.rows("incentive", "given_on")]))
        for row in self.rows("sanction", "imposed_on"):
            self.add("sanctions", sanction_type=row["sanction_type"])
        for row in self.rows("service_referral", "referred_on"):
            self.add("service_referrals", service_sector=row["service_sector"])
        for row in self.rows("service_referral", "first_served_on"):
            self.add("service_linkages", service_sector=row["service_sector"])

    def persons_tested(self) -> None:
        results: dict[int, set[bool | None]] = {}
        for row in self.rows("drug_test", "taken_at"):
            person = self.person(self.one("participation", row["participation_id"]))["id"]
            results.setdefault(person, set()).add(row["is_positive"])
        self.add("persons_tested", sum(found != {None} for found in results.values()))
        self.add("persons_positive", sum(True in found for found in results.values()))

    def newly_charged(self) -> None:
        """Persons charged while they take part, their last day included."""
        charged = set()
        for participation in self.participations:
            entered, left = participation["entered_on"], participation["left_on"]
            admitted = self.case(participation)["admitted_on"] or entered
            for row in self.system.tables["new_charge"]:
                is_hers = row["person_id"] == self.person(participation)["id"]
                is_inside = entered <= row["charged_on"] <= (left or date.max)
                is_later = row["committed_on"] > admitted
                if is_hers and is_inside and is_later and self.has(row["charged_on"]):
                    charged.add(row["person_id"])
        self.add("new_charges_in_program", len(charged))

    def capacity(self) -> None:
        known = [
            row
            for row in self.system.tables["capacity"]
            if row["programme"] == self.programme and row["since"] <= self.last_day
        ]
        self.add("capacity_slots", max(known, key=lambda row: row["since"])["slots"])


def _takes_part(participation: Row, day: date) -> bool:
    """Whether somebody is a participant at the end of a day."""
    return bool(_lasting([participation], day, "entered_on", "left_on"))


def _lasting(
    rows: list[Row], day: date, since: str = "since", until: str = "until"
) -> list[Row]:
    """What has begun and not ended at the end of a day."""
    begun = [row for row in rows if row[since] is not None and row[since] <= day]
    return [row for row in begun if row[until] is None or row[until] > day]


def _age_band(born: date | None, day: date) -> str | None:
    if born is None:
        return None
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return next(band for least, band in _BANDS.items() if age >= least)
