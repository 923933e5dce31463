"""The rules that refuse against a second implementation, written from their sentences alone.

It knows nothing of formulas, cells or rules.toml: it reads the document as a person would.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce_contract import check, load_all
from cauce_contract.check import misfits
from support.months import (
    CONTRACT,
    GAP,
    NOW,
    Document,
    Place,
    check_alone,
    complaints,
    found_at,
    month,
    places,
    read,
    refusals,
)

Complaint = tuple[str, str]

DURATIONS = [
    "referral_to_admission_days",
    "arrest_to_admission_days",
    "admission_to_treatment_days",
    "days_in_program_graduates",
    "days_in_program_non_graduates",
]
POPULATION_GROUPS = {"IND", "AFM", "DIS", "NSL", "MIG", "CAR"}


class Naive:
    """What the arithmetic rules say of a document whose form is sound."""

    def __init__(self, document: Document) -> None:
        self.measures = document["measures"]

    def together(self, *figures: str) -> list[list[int]]:
        """The numbers of these figures, once; nothing where one of them is no number."""
        numbers = []
        for figure in figures:
            measure, _, part = figure.partition(".")
            numbers.append(self.measures.get(measure, {}).get(part or "value"))
        return [] if None in numbers else [numbers]

    def counts(self, measure: str) -> dict[str, dict[str, int]]:
        """The breakdowns of a measure that have counts."""
        by = self.measures.get(measure, {}).get("by", {})
        return {dimension: counts for dimension, counts in by.items() if "status" not in counts}

    def complaints(self) -> set[Complaint]:
        return {
            *self.identities(),
            *self.subsets(),
            *self.durations(),
            *self.single_response(),
            *self.multi_response(),
            *self.by_code("H08_grad_identity", "graduations", "exits"),
            *self.by_code("H12_cohort", "followup_checked", "followup_due"),
            *self.by_code("H12_cohort", "followup_new_charge", "followup_checked"),
        }

    def identities(self) -> Iterator[Complaint]:
        for opened, admitted, returned, left, closed in self.together(
            "active_open", "admissions", "reentries", "exits", "active_close"
        ):
            if opened + admitted + returned - left != closed:
                yield "H01_balance", "/measures/active_close/value"
        for eligible, not_eligible, screened in self.together(
            "eligible", "not_eligible", "screened"
        ):
            if screened != eligible + not_eligible:
                yield "H06_screening", "/measures/screened/value"
        for treated, active in self.together("treatment_active_close", "active_close"):
            if treated != active:
                yield "H09_treatment_identity", "/measures/treatment_active_close/value"
        for (graduated,) in self.together("graduations"):
            reasons = self.counts("exits").get("exit_reason")
            if reasons is not None and graduated != reasons.get("GRD", 0):
                yield "H08_grad_identity", "/measures/graduations/value"

    def subsets(self) -> Iterator[Complaint]:
        for part, whole in [
            ("active_suspended_close", "active_close"),
            ("ccm_active_close", "active_close"),
            ("drug_tests_positive", "drug_tests"),
            ("persons_positive", "persons_tested"),
            ("persons_tested", "drug_tests"),
            ("persons_positive", "drug_tests_positive"),
            ("graduates_in_work_or_study", "graduations"),
        ]:
            for fewer, more in self.together(part, whole):
                if fewer > more:
                    yield "H10_subset", f"/measures/{part}/value"
        for part in ("persons_tested", "new_charges_in_program"):
            for some, opened, admitted, returned in self.together(
                part, "active_open", "admissions", "reentries"
            ):
                if some > opened + admitted + returned:
                    yield "H10_subset", f"/measures/{part}/value"

    def durations(self) -> Iterator[Complaint]:
        for part, whole in [
            ("referral_to_admission_days", "admissions"),
            ("arrest_to_admission_days", "admissions"),
            ("days_in_program_graduates", "graduations"),
        ]:
            for persons, everyone in self.together(f"{part}.n", whole):
                if persons > everyone:
                    yield "H11_duration_n", f"/measures/{part}/n"
        for persons, left, graduated in self.together(
            "days_in_program_non_graduates.n", "exits", "graduations"
        ):
            if persons > left - graduated:
                yield "H11_duration_n", "/measures/days_in_program_non_graduates/n"
        for duration in DURATIONS:
            for days, persons in self.together(f"{duration}.sum", f"{duration}.n"):
                if persons == 0 and days != 0:
                    yield "H11_duration_n", f"/measures/{duration}/sum"

    def single_response(self) -> Iterator[Complaint]:
        for measure in self.measures:
            for (total,) in self.together(measure):
                for dimension, counts in self.counts(measure).items():
                    if dimension != "population_group" and sum(counts.values()) != total:
                        yield "H03_breakdown_sum", f"/measures/{measure}/by/{dimension}"

    def multi_response(self) -> Iterator[Complaint]:
        for measure in self.measures:
            for (total,) in self.together(measure):
                counts = self.counts(measure)
                for code in POPULATION_GROUPS if "population_group" in counts else ():
                    sent = counts["population_group"].get(code)
                    if sent is None or sent > total:
                        pointer = f"/measures/{measure}/by/population_group/{code}"
                        yield "H04_multi_response", pointer

    def by_code(self, rule: str, part: str, whole: str) -> Iterator[Complaint]:
        wholes = self.counts(whole)
        for dimension, counts in self.counts(part).items():
            for code, count in counts.items():
                if dimension in wholes and count > wholes[dimension].get(code, 0):
                    yield rule, f"/measures/{part}/by/{dimension}/{code}"


def month_at_its_bounds() -> Document:
    """A month in which every part is as large as its whole, and every breakdown is sent."""
    document = month()
    measures = document["measures"]
    for part in ("active_suspended_close", "ccm_active_close"):
        measures[part]["value"] = 43
    for part in ("drug_tests", "drug_tests_positive", "persons_tested", "persons_positive"):
        measures[part]["value"] = 48
    measures["new_charges_in_program"]["value"] = 48
    measures["graduates_in_work_or_study"]["value"] = 3
    for part in ("followup_checked", "followup_new_charge"):
        measures[part] = {"value": 9, "by": {"followup_window": {"M6": 4, "M12": 3, "M24": 2}}}
    measures["exits"]["by"] |= {
        "age_band": {"Y18T24": 2, "Y25T34": 2, "Y35T44": 1},
        "substance": {"MET": 2, "ALC": 1, "CAN": 1, "COC": 1},
        "offence_group": {"USE": 2, "INF": 1, "ACQ": 2},
    }
    measures["graduations"]["by"] |= {
        "age_band": {"Y18T24": 1, "Y25T34": 1, "Y35T44": 1},
        "population_group": dict.fromkeys(sorted(POPULATION_GROUPS), 3),
    }
    return document


def is_number(value: object) -> bool:
    return isinstance(value, int)


# Where the arithmetic is: elsewhere a changed number breaks the sum of a breakdown at most.
BOUND = [
    place
    for place in places(month_at_its_bounds())
    if is_number(found_at(month_at_its_bounds(), place))
    and place[1]
    in {
        *("active_open", "admissions", "reentries", "exits", "active_close", "graduations"),
        *("screened", "eligible", "not_eligible", "treatment_active_close", "drug_tests"),
        *("active_suspended_close", "ccm_active_close", "drug_tests_positive"),
        *("persons_tested", "persons_positive", "graduates_in_work_or_study"),
        *("new_charges_in_program", "followup_due", "followup_checked", "followup_new_charge"),
        *DURATIONS,
    }
]
TOTALS = [place for place in BOUND if len(place) == 3]


@st.composite
def months_that_may_not_add_up(draw: st.DrawFn) -> Document:
    """A month of sound form with some numbers moved, some codes left out, some figures gone."""
    document = month_at_its_bounds()
    somewhere = st.one_of(st.sampled_from(TOTALS), st.sampled_from(BOUND))
    for place in draw(st.lists(somewhere, max_size=8)):
        around = found_at(document, place[:-1])
        if place[-1] not in around:
            continue
        moved = around[place[-1]] + draw(st.sampled_from([-2, -1, 1, 2, 40]))
        around[place[-1]] = draw(st.sampled_from([max(moved, 0), max(moved, 0), 0]))
        if "by" in place and draw(st.booleans()):
            del around[place[-1]]
    for place in draw(st.lists(st.sampled_from(TOTALS), max_size=2)):
        document["measures"][place[1]] = gone(document["measures"][place[1]])
    return document


def gone(figure: Document) -> Document:
    numbers = {part: None for part in figure if part in ("value", "sum", "n")}
    return {**numbers, "status": "missing"}


@pytest.mark.parametrize("step", [-1, 1])
def test_one_number_moved_by_one_breaks_what_the_sentences_say(step: int) -> None:
    for place in BOUND:
        document = month_at_its_bounds()
        around = found_at(document, place[:-1])
        around[place[-1]] = max(around[place[-1]] + step, 0)
        assert set(refusals(check_alone(document))) == Naive(document).complaints(), place


@settings(max_examples=120)
@given(months_that_may_not_add_up())
def test_the_rules_say_what_their_sentences_say(document: Document) -> None:
    said = refusals(check_alone(document))

    assert set(said) == Naive(document).complaints()
    assert all(said.count(complaint) == 1 for complaint in said if complaint[0] != "H10_subset")


def test_the_second_implementation_has_nothing_to_say_of_a_sound_month() -> None:
    assert Naive(month_at_its_bounds()).complaints() == set()
    assert check_alone(month_at_its_bounds()).is_accepted


def month_before(closed: int | None) -> Document:
    """August: sound, with so many active at its end; None where it is not known."""
    document = month() | {"period": "2026-08"}
    for measure in ("active_close", "treatment_active_close"):
        if closed is None:
            document["measures"][measure] = gone(document["measures"][measure])
        else:
            breakdowns = document["measures"][measure]["by"]
            absent = {dimension: {"status": "missing"} for dimension in breakdowns}
            document["measures"][measure] |= {"value": closed, "by": absent}
    document["measures"]["active_open"] = gone({"value": 0})
    document["measures"]["relapses"]["value"] += 1  # so that September is no copy of it
    for part in ("active_suspended_close", "ccm_active_close"):
        document["measures"][part] = gone({"value": 0})
    return document


@pytest.mark.parametrize(
    ("closed", "opening", "is_continuous"),
    [
        (41, {"value": 41}, True),
        (40, {"value": 41}, False),
        (0, {"value": 41}, False),
        (None, {"value": 41}, True),
        (40, {"value": None, "status": "missing"}, True),
        (40, {"value": 41, "status": "series_break", "note": "Otro juzgado."}, True),
        (40, {"value": 41, "status": "provisional"}, False),
        (40, {"value": 41, "status": "definition_differs", "note": "Otro conteo."}, False),
    ],
)
def test_a_month_opens_with_those_of_the_close_before_unless_the_series_breaks(
    closed: int | None, opening: Document, is_continuous: bool
) -> None:
    document = month()
    document["measures"]["active_open"] = opening
    july = read(month_before(7) | {"period": "2026-07"})
    october = read(month_before(9) | {"period": "2026-10"})
    august = read(month_before(closed))

    outcome = check(load_all(), document, now=NOW, history=[october, august, july])

    difference = [("H02_continuity", "/measures/active_open/value")]
    assert complaints(outcome) == ([] if is_continuous else difference)
    assert outcome.report is not None
    assert misfits(outcome.report, (), now=NOW, history=[august]) == list(outcome.findings)


def test_a_month_is_continuous_with_nothing_where_the_month_before_is_not_known() -> None:
    july = read(month_before(7) | {"period": "2026-07"})

    assert check(load_all(), month(), now=NOW, history=[july]).is_accepted


def test_december_goes_before_january() -> None:
    january = month() | {"period": "2026-01"}
    december = read(month_before(40) | {"period": "2025-12"})

    outcome = check(load_all(), january, now=NOW, history=[december])

    assert complaints(outcome) == [("H02_continuity", "/measures/active_open/value")]


COUNTS: list[Place] = [
    ("measures", "relapses", "value"),
    ("measures", "admission_to_treatment_days", "sum"),
    ("measures", "active_close", "by", "population_group", "CAR"),
    ("measures", "team_close", "by", "profession", "CCM"),
]


@pytest.mark.parametrize("place", COUNTS, ids=str)
@pytest.mark.parametrize(
    "number",
    [
        -1,
        -0.5,
        0.5,
        2147483648,
        2147483648.0,
        1e300,
        float("inf"),
        True,
        False,
        "4",
        "",
        [],
        {},
    ],
)
def test_what_is_no_count_is_refused_as_that_alone(place: Place, number: Any) -> None:
    document = month()
    found_at(document, place[:-1])[place[-1]] = number

    pointer = "/" + "/".join(str(key) for key in place)
    assert complaints(check_alone(document)) == [("H05_nonneg_int", pointer), GAP]


@pytest.mark.parametrize("number", [0, 0.0, -0.0, 4, 4.0, 2147483647, 2147483647.0])
def test_a_count_may_be_written_with_a_point_and_reach_the_bound(number: float) -> None:
    document = month()
    document["measures"]["relapses"]["value"] = number

    assert read(document).document["measures"]["relapses"] == {"value": int(number)}
    assert type(read(document).document["measures"]["relapses"]["value"]) is int


def test_a_rule_says_nothing_where_a_figure_is_absent() -> None:
    document = month()
    document["measures"]["exits"] = gone({"value": 0})
    document["measures"]["reentries"]["value"] = 17  # whatever came in, nobody knows who left

    assert check_alone(document).is_accepted


def test_a_code_that_may_be_misspelt_is_not_taken_for_zero_by_other_rules() -> None:
    document = month()
    reasons = document["measures"]["exits"]["by"]["exit_reason"]
    reasons["GRAD"] = reasons.pop("GRD")

    assert complaints(check_alone(document)) == [
        ("H19_codes", "/measures/exits/by/exit_reason/GRAD"),
        GAP,
    ]


def test_what_one_rule_finds_stands_in_the_order_of_the_cells() -> None:
    document = month_at_its_bounds()
    unknown = {"_U": 5}
    document["measures"]["exits"]["by"] |= {
        "sex": unknown,
        "offence_group": unknown,
        "substance": unknown,
        "age_band": unknown,
    }

    pointers = [pointer for _, pointer in refusals(check_alone(document))]

    graduations = CONTRACT.measures["graduations"].breakdowns
    assert pointers == [
        f"/measures/graduations/by/{dimension}/{code}"
        for dimension in ("sex", "age_band", "substance", "offence_group")
        for code in graduations[dimension].positions
        if document["measures"]["graduations"]["by"][dimension].get(code)
    ]
