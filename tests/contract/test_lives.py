"""Whole lives of programmes: honest months pass, and what is done to one is caught."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

import pytest

from cauce_contract import Address, Month, Outcome, Report, check, load_all
from cauce_contract.history import looked_back
from support.lives import Life, lives
from support.months import CONTRACT, NOW, Document

LIVES = lives(22)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome for life in LIVES for outcome in life.outcomes()]


def test_honest_months_are_accepted_and_hardly_asked_about(outcomes: list[Outcome]) -> None:
    months = Counter(
        severity
        for outcome in outcomes
        for severity in ("error", "confirm", "warning", "notice")
        if outcome.of(severity)
    )
    rules = Counter(finding.rule for outcome in outcomes for finding in outcome.findings)
    shares = {severity: f"{number / len(outcomes):.2%}" for severity, number in months.items()}
    print(f"{len(outcomes)} months of {len(LIVES)} programmes with {shares}; {dict(rules)}")

    assert len(outcomes) >= 1000
    assert all(outcome.is_accepted for outcome in outcomes)
    assert months["error"] == 0
    assert months["confirm"] < 0.005 * len(outcomes)
    assert months["warning"] < 0.02 * len(outcomes)


def figure(life: Life, month: Month, measure: str) -> Any:
    return life.documents[month]["measures"][measure]["value"]


def test_the_lives_have_what_a_programmes_life_has() -> None:
    """Else the shares above would be those of a quieter country."""
    months = [(life, month) for life in LIVES for month in life.documents]
    exits = [life.documents[month]["measures"]["exits"] for life, month in months]

    stocks = [figure(life, life.start, "active_open") for life in LIVES]
    assert min(stocks) >= 5
    assert min(stocks) <= 15
    assert max(stocks) >= 45
    assert any(month + -1 not in life.documents for life, month in months if month > life.start)
    assert sum(figure(*at, "graduations") == 0 for at in months) > len(months) / 3
    assert any((figure(*at, "graduations") or 0) >= 5 for at in months)
    assert any("TRF" in sent["by"]["exit_reason"] for sent in exits if sent["value"])
    assert any(figure(*at, "reentries") for at in months)
    assert any(figure(*at, "active_close") == 0 for at in months)
    assert any(figure(*at, "active_close") is None for at in months)


@dataclass
class Sent:
    """A month about to be checked, to be tampered with.

    before  the documents of the months before, by how many months
    """

    document: Document
    before: dict[int, Document]
    start: Month
    now_later: timedelta = timedelta()
    address: Address | None = None

    @property
    def measures(self) -> dict[str, Any]:
        measures: dict[str, Any] = self.document["measures"]
        return measures

    @property
    def served(self) -> int:
        entered = ("active_open", "admissions", "reentries")
        return sum(self.measures[part]["value"] for part in entered)

    @property
    def year(self) -> list[dict[str, Any]]:
        """The measures of this month and the eleven before."""
        return [self.measures, *(self.before[back]["measures"] for back in range(1, 12))]

    def rules_that_find(self) -> set[str]:
        """The rules that find something in it."""
        return {finding.rule for finding in self.outcome().findings}

    def outcome(self) -> Outcome:
        now = Month.parse(self.document["period"]).ends_at(CONTRACT.utc_offset_hours)
        return check(
            load_all(),
            self.document,
            now=now + self.now_later,
            history=[report_in(json.dumps(document)) for document in self.before.values()],
            address=self.address,
            start=self.start,
        )


@cache
def report_in(written: str) -> Report:
    report = check(load_all(), json.loads(written), now=NOW).report
    assert report is not None
    return report


def with_two_years_behind() -> list[tuple[Life, Month]]:
    """Months of open programmes that have the 24 months before."""
    return [
        (life, month)
        for life in LIVES
        for month in life.documents
        if len(life.before(month)) == 24
        and (figure(life, month, "active_close") or 0) >= 20
        and (figure(life, month + -1, "active_close") or 0) >= 20
    ]


def sent(life: Life, month: Month) -> Sent:
    """The month and those before it, of one's own to tamper with."""
    before = {len(at.through(month)) - 1: copy(doc) for at, doc in life.before(month).items()}
    return Sent(copy(life.documents[month]), before, life.start)


def copy(document: Document) -> Document:
    fresh: Document = json.loads(json.dumps(document))
    return fresh


@pytest.fixture(scope="module")
def untouched() -> list[tuple[Life, Month]]:
    """Five months that nothing is said of, drawn at random."""
    drawn = with_two_years_behind()
    random.Random("which months").shuffle(drawn)
    found = list(islice((at for at in drawn if not sent(*at).rules_that_find()), 5))
    assert len(found) == 5
    return found


def put(measure: str, value: int) -> Callable[[Sent], None]:
    """The measure says so, and nothing else does."""

    def tampered(month: Sent) -> None:
        month.measures[measure]["value"] = value

    return tampered


def add(measure: str, number: int) -> Callable[[Sent], None]:
    def tampered(month: Sent) -> None:
        month.measures[measure]["value"] += number

    return tampered


def all_of(measure: str, dimension: str, code: str) -> Callable[[Sent], None]:
    """Everybody under one code."""

    def tampered(month: Sent) -> None:
        sent = month.measures[measure]
        sent["by"][dimension] = {code: sent["value"]}

    return tampered


def forget_a_group(month: Sent) -> None:
    del month.measures["active_close"]["by"]["population_group"]["IND"]


def n_above_admissions(month: Sent) -> None:
    month.measures["referral_to_admission_days"]["n"] = (
        month.measures["admissions"]["value"] + 1
    )


def check_more_than_due(month: Sent) -> None:
    due = month.measures["followup_due"]["by"]["followup_window"].get("M6", 0)
    month.measures["followup_checked"]["by"]["followup_window"]["M6"] = due + 1


def days_without_end(measure: str) -> Callable[[Sent], None]:
    def tampered(month: Sent) -> None:
        month.measures[measure] = {"value": 31 * month.served + 1}

    return tampered


def sent_too_early(month: Sent) -> None:
    month.now_later = timedelta(seconds=-1)


def misspell(month: Sent) -> None:
    month.measures["relapse"] = month.measures.pop("relapses")


def leave_out(month: Sent) -> None:
    del month.measures["relapses"]


def send_elsewhere(month: Sent) -> None:
    month.address = Address("MX-PUE-01", Month.parse(month.document["period"]))


def name_somebody(month: Sent) -> None:
    month.measures["relapses"]["note"] = "Recaída de la señora Canario."


FLOWS = [m.id for m in CONTRACT.measures.values() if m.kind in ("flow", "flow_distinct")]


def send_an_empty_form(month: Sent) -> None:
    for flow in FLOWS:
        month.measures[flow] = {"value": 0, "by": {}}


def send_the_month_before_again(month: Sent) -> None:
    for flow in FLOWS:
        month.measures[flow] = month.before[1]["measures"][flow]


def relapse_is_punished(month: Sent) -> None:
    month.measures["sanctions"]["value"] = 12
    month.measures["drug_tests_positive"]["value"] = 12


def take_very_long(month: Sent) -> None:
    month.measures["referral_to_admission_days"] = {"sum": 5 * 181, "n": 5}


def trade_places(month: Sent) -> None:
    counts = month.measures["active_close"]["by"]["sex"]
    month.measures["active_close"]["by"]["sex"] = {
        "M": counts.get("F", 0),
        "F": counts.get("M", 0),
    }


def more_due_than_graduated(month: Sent) -> None:
    windows = month.measures["followup_due"]["by"]["followup_window"]
    windows["M24"] = month.before[24]["measures"]["graduations"]["value"] + 1


def drop_no_charges(month: Sent) -> None:
    month.before[2]["measures"]["graduations"]["value"] = 3
    for measures in (month.measures, month.before[1]["measures"], month.before[2]["measures"]):
        measures["charges_dropped"]["value"] = 0


def check_nobody(month: Sent) -> None:
    month.measures["followup_due"]["value"] = 5
    month.measures["followup_checked"]["value"] = 3


def correct_it_years_later(month: Sent) -> None:
    month.document["revision_reason"] = {"code": "error", "text": "Se corrige un conteo."}
    month.now_later = timedelta(days=500)


def admit_no_woman(month: Sent) -> None:
    for measures in month.year:
        referred = measures["referrals"]["value"]
        measures["referrals"]["by"]["sex"] = {"M": referred - 1, "F": 1}
        measures["admissions"]["by"]["sex"] = {"M": measures["admissions"]["value"]}


def detain_without_a_sanction(month: Sent) -> None:
    month.measures["detention_days"]["value"] = 1
    for measures in (month.measures, month.before[1]["measures"]):
        measures["sanctions"]["by"]["sanction_type"]["DET"] = 0


def lose_the_month_before(month: Sent) -> None:
    del month.before[1]


TAMPERED: Mapping[str, Callable[[Sent], None]] = {
    "H01_balance": add("exits", 1),
    "H02_continuity": add("active_open", 1),
    "H03_breakdown_sum": add("referrals", 1),
    "H04_multi_response": forget_a_group,
    "H05_nonneg_int": put("relapses", -1),
    "H06_screening": add("eligible", 1),
    "H08_grad_identity": add("graduations", 1),
    "H09_treatment_identity": add("treatment_active_close", 1),
    "H10_subset": put("ccm_active_close", 1000),
    "H11_duration_n": n_above_admissions,
    "H12_cohort": check_more_than_due,
    "H14_detention": days_without_end("detention_days"),
    "H15_residential": days_without_end("residential_days"),
    "H18_period": sent_too_early,
    "H19_codes": misspell,
    "H20_status": leave_out,
    "H21_key": send_elsewhere,
    "H22_no_personal": name_somebody,
    "S01_zero_after_nonzero": put("hearings", 0),
    "S02_all_zero": send_an_empty_form,
    "S03_copy": send_the_month_before_again,
    "S04_outlier": put("treatment_sessions", 1000),
    "S05_unknown_share": all_of("active_close", "sex", "_U"),
    "S06_capacity": put("capacity_slots", 15),
    "S07_attendance": all_of("hearings", "attendance", "MUN"),
    "S08_hearing_intensity": put("hearings", 1),
    "S09_test_intensity": put("drug_tests", 1),
    "S10_time": take_very_long,
    "S14_relapse_zero": relapse_is_punished,
    "S18_mix_shift": trade_places,
    "S20_screen_lag": add("declined", 300),
    "S21_returns": add("returns_to_ordinary", 300),
    "S22_charges": add("charges_dropped", 300),
    "S23_cohort_origin": more_due_than_graduated,
    "S11_uptake": put("admissions", 300),
    "S12_grad_without_ph4": put("graduations", 300),
    "S13_lag_charges": drop_no_charges,
    "S15_followup_gap": check_nobody,
    "S17_stale": correct_it_years_later,
    "S19_women_access": admit_no_woman,
    "S24_carryover": detain_without_a_sanction,
    "N01_gap": lose_the_month_before,
}


@pytest.mark.parametrize("rule", list(CONTRACT.rules))
def test_what_is_done_to_a_month_is_caught_by_the_rule_it_offends(
    rule: str, untouched: list[tuple[Life, Month]]
) -> None:
    for at in untouched:
        tampered = sent(*at)
        TAMPERED[rule](tampered)

        assert rule in tampered.rules_that_find(), at


def test_months_that_no_rule_looks_at_change_nothing() -> None:
    backs = looked_back(CONTRACT)
    assert backs < set(range(1, 25))

    for life, month in with_two_years_behind()[::7]:
        whole = sent(life, month)
        part = sent(life, month)
        part.before = {back: part.before[back] for back in sorted(backs)}

        assert part.outcome().findings == whole.outcome().findings
