"""The synthetic nation: plausible, consistent, and the same whatever is asked of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from cauce.demo.caseload import Court, opened
from cauce.demo.nation import Arrival, Programme, arrivals, programmes
from cauce.demo.programme_life import live
from cauce_contract import (
    Address,
    Indicator,
    Month,
    Outcome,
    Report,
    check,
    is_programme_id,
    load_all,
)
from support.months import CONTRACT

FIRST, LAST = Month(2024, 11), Month(2026, 10)

ROSTER = {programme.id: programme for programme in programmes()}


@pytest.fixture(scope="module")
def nation() -> list[Arrival]:
    return arrivals(FIRST, LAST)


@pytest.fixture(scope="module")
def outcomes(nation: list[Arrival]) -> list[Outcome]:
    """Every document checked on its arrival, with all that its programme had sent by then."""
    sent: defaultdict[str, list[Report]] = defaultdict(list)
    checked = []
    for arrival in nation:
        outcome = check(
            load_all(),
            arrival.document,
            now=arrival.at,
            history=sent[arrival.programme],
            address=Address(arrival.programme, arrival.period),
            start=ROSTER[arrival.programme].since,
        )
        checked.append(outcome)
        if outcome.report:
            sent[arrival.programme].append(outcome.report)
    return checked


@pytest.fixture(scope="module")
def reports(outcomes: list[Outcome]) -> list[Report]:
    return [outcome.report for outcome in outcomes if outcome.report]


def expected(programme: Programme) -> list[Month]:
    return max(FIRST, programme.since).through(LAST)


def missing(nation: list[Arrival]) -> set[tuple[str, Month]]:
    came = {(arrival.programme, arrival.period) for arrival in nation}
    due = {(id_, month) for id_, programme in ROSTER.items() for month in expected(programme)}
    return due - came


def is_late(arrival: Arrival) -> bool:
    """Whether it came after the tenth of the following month, by the country's clock."""
    due = (arrival.period + 1).first_day + timedelta(days=10)
    offset = timedelta(hours=CONTRACT.utc_offset_hours)
    return (arrival.at + offset).date() >= due


def test_no_month_is_refused_or_held_back(outcomes: list[Outcome]) -> None:
    assert [outcome.findings for outcome in outcomes if not outcome.is_accepted] == []


def test_hardly_any_month_has_to_be_explained(outcomes: list[Outcome]) -> None:
    """Chance alone may do what a warning asks about, in no more than one month of fifty."""
    warned = [outcome for outcome in outcomes if outcome.of("warning")]
    assert len(warned) <= len(outcomes) / 50


def test_a_document_is_the_same_whatever_window_it_is_asked_in(nation: list[Arrival]) -> None:
    assert arrivals(FIRST, FIRST) == [a for a in nation if a.period == FIRST]
    early = arrivals(Month(2022, 1), Month(2022, 9))
    first, last = Month(2022, 3), Month(2022, 5)
    assert arrivals(first, last) == [a for a in early if first <= a.period <= last]


def test_nothing_is_reported_about_a_window_before_the_first_programme() -> None:
    assert arrivals(Month(2021, 1), Month(2021, 12)) == []


def test_reports_come_in_order_after_their_month_is_over(nation: list[Arrival]) -> None:
    assert [a.at for a in nation] == sorted(a.at for a in nation)
    for arrival in nation:
        assert arrival.at.tzinfo is UTC
        assert arrival.at > arrival.period.ends_at(CONTRACT.utc_offset_hours)


def test_reports_are_sent_at_work(nation: list[Arrival]) -> None:
    for arrival in nation:
        local = arrival.at + timedelta(hours=CONTRACT.utc_offset_hours)
        assert local.weekday() < 5
        assert 9 <= local.hour < 18


def test_a_few_reports_are_late_and_fewer_never_come(nation: list[Arrival]) -> None:
    due = sum(len(expected(programme)) for programme in ROSTER.values())
    assert 0.04 <= sum(map(is_late, nation)) / due <= 0.09
    assert 0.02 <= len(missing(nation)) / due <= 0.05


def test_of_the_last_month_one_report_is_missing_and_two_are_late(
    nation: list[Arrival],
) -> None:
    late = [arrival for arrival in nation if arrival.period == LAST and is_late(arrival)]
    assert len([month for _, month in missing(nation) if month == LAST]) == 1
    assert len(late) == 2
    assert all(arrival.at < datetime(2026, 11, 26, tzinfo=UTC) for arrival in late)


def test_the_old_programmes_reported_their_first_month() -> None:
    early = arrivals(Month(2021, 12), Month(2022, 6))
    for programme in ROSTER.values():
        if programme.since < FIRST:
            assert programme.since == min(
                a.period for a in early if a.programme == programme.id
            )


def test_the_roster_has_eight_states_and_says_that_it_is_invented() -> None:
    assert {programme.state for programme in ROSTER.values()} == {
        "MX-NLE", "MX-CHH", "MX-DUR", "MX-MEX", "MX-MOR", "MX-BCS", "MX-CHP", "MX-HID",
    }  # fmt: skip
    for programme in ROSTER.values():
        assert is_programme_id(CONTRACT, programme.id)
        assert programme.id.startswith(programme.state)
        assert programme.name.startswith("Programa sintético ")


def test_hidalgo_joins_in_the_middle(nation: list[Arrival]) -> None:
    periods = [arrival.period for arrival in nation if arrival.programme == "MX-HID-01"]
    assert min(periods) == Month(2025, 11) == ROSTER["MX-HID-01"].since
    others = [programme for programme in ROSTER.values() if programme.state != "MX-HID"]
    assert all(programme.since < FIRST for programme in others)


def test_after_their_first_year_programmes_have_ten_to_sixty_participants(
    nation: list[Arrival],
) -> None:
    sizes = [
        arrival.document["measures"]["active_close"]["value"]
        for arrival in nation
        if arrival.period >= ROSTER[arrival.programme].since + 12
    ]
    assert sum(10 <= size <= 60 for size in sizes) >= 0.95 * len(sizes)


def test_the_active_follow_from_who_comes_and_goes() -> None:
    """Over months that are sent and months that are not, from the first day on."""
    court = Court("MX-NLE-01", "MX-NLE", 30, 5, 14, with_adolescents=True)
    caseload = opened(court, CONTRACT.measures)
    active = 0
    for month in Month(2022, 1).through(LAST):
        counted = live(caseload, month).values
        assert counted["active_open"] == active
        active += counted["admissions"] + counted["reentries"] - counted["exits"]
        assert counted["active_close"] == active == len(caseload.active)


def test_graduations_come_in_two_generations_a_year(nation: list[Arrival]) -> None:
    for programme in ROSTER:
        months = {
            arrival.period.number
            for arrival in nation
            if arrival.programme == programme
            and arrival.document["measures"]["graduations"]["value"]
        }
        assert len({number % 6 for number in months}) <= 3


@pytest.mark.parametrize(
    ("indicator", "low", "high"),
    [
        ("eligibility_rate", "0.5", "0.7"),
        ("uptake_rate", "0.7", "0.9"),
        ("mean_days_referral_to_admission", 20, 45),
        ("occupancy", "0.6", "0.9"),
        ("hearing_attendance_rate", "0.85", "0.95"),
        ("hearings_per_participant", "1.5", "2.5"),
        ("drug_test_positivity", "0.1", "0.25"),
        ("graduation_rate", "0.45", "0.57"),
        ("voluntary_withdrawal_rate", "0.1", "0.25"),
        ("mean_days_to_graduation", 330, 420),
        ("in_program_new_charge_rate", "0.005", "0.02"),
        ("recidivism_12m", "0.05", "0.25"),
        ("followup_coverage_12m", "0.9", "0.999"),
        ("service_linkage_ratio", "0.65", "0.85"),
        ("ccm_coverage", "0.5", "0.75"),
        ("share_female", "0.12", "0.15"),
    ],
)
def test_national_figures_are_plausible(
    reports: list[Report], indicator: str, low: str | int, high: str | int
) -> None:
    assert Fraction(low) <= ratio(reports, CONTRACT.indicators[indicator]) <= Fraction(high)


@pytest.mark.parametrize(
    ("substance", "low", "high"), [("MET", 0.42, 0.54), ("ALC", 0.18, 0.27), ("CAN", 0.1, 0.17)]
)
def test_substances_are_those_of_the_countrys_demand_for_treatment(
    nation: list[Arrival], substance: str, low: float, high: float
) -> None:
    active = [arrival.document["measures"]["active_close"] for arrival in nation]
    share = sum(a["by"]["substance"].get(substance, 0) for a in active) / sum(
        a["value"] for a in active
    )
    assert low <= share <= high


def test_tests_per_participant_are_plausible(reports: list[Report]) -> None:
    tests, served = [
        sum(total(report, indicator) for report in reports)
        for indicator in ("drug_tests", "participants_served")
    ]
    assert 3 <= tests / served <= 4


def test_some_programmes_do_not_send_everything(nation: list[Arrival]) -> None:
    figures = {a.programme: a.document["measures"] for a in nation}
    assert figures["MX-CHP-01"]["residential_days"]["status"] == "not_collected"
    assert figures["MX-MOR-01"]["capacity_slots"]["status"] == "not_collected"
    assert figures["MX-BCS-01"]["ccm_active_close"]["status"] == "not_applicable"
    assert figures["MX-CHH-01"]["relapses"]["status"] == "definition_differs"
    assert figures["MX-DUR-01"]["active_close"]["by"]["population_group"] == {
        "status": "not_collected"
    }
    assert "trainers_certified" not in figures["MX-MOR-01"]
    assert figures["MX-NLE-01"].keys() == CONTRACT.measures.keys()


def total(report: Report, name: str) -> int:
    """A measure, or an indicator's numerator, in one report."""
    if name in CONTRACT.measures:
        number = report.numbers[CONTRACT.measures[name].position]
        assert number is not None
        return number
    return sum(
        sign * (report.numbers[at] or 0)
        for sign, at in CONTRACT.positions(CONTRACT.indicators[name].numerator)
    )


def ratio(reports: list[Report], indicator: Indicator) -> Fraction:
    """A ratio of sums over the reports that have every figure of both parts."""
    assert indicator.denominator
    parts = [CONTRACT.positions(part) for part in (indicator.numerator, indicator.denominator)]
    sums = [0, 0]
    for report in reports:
        numbers = report.numbers
        if any(numbers[at] is None for part in parts for _, at in part):
            continue
        for index, part in enumerate(parts):
            sums[index] += sum(sign * (numbers[at] or 0) for sign, at in part)
    return Fraction(*sums)
