"""The service's figures against a second, naive implementation over all documents."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from cauce_contract import load_all
from support.centre import Centre, moved
from support.coordination import enter, entry
from support.lives import follow_up_alone

CONTRACT = load_all()["1.0.0"]
MONTHS = ("2026-08", "2026-09")
NULLS = ("missing", "not_collected", "not_applicable")
Document = dict[str, Any]


@dataclass
class Expected:
    """What plain Python over the documents says of a figure."""

    numerator: int | None
    denominator: int | None
    reporting: int
    missing: list[str]

    @property
    def value(self) -> float | int | None:
        if self.numerator is None or self.denominator == 0:
            return None
        exact = Fraction(self.numerator, 1 if self.denominator is None else self.denominator)
        scaled = exact * 10**6
        floor = scaled.numerator // scaled.denominator
        rest = scaled - floor
        up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2 == 1)
        return (floor + up) / 10**6


def number(document: Document, term: str) -> Any:
    """A term as domain.md writes it: `exits[GRD]`, `x.sum`, `active_open`; None without one."""
    if "[" in term:
        measure, codes = term.rstrip("]").split("[")
        dimension, wanted = codes.split(":")
        by = document["measures"].get(measure, {}).get("by", {}).get(dimension)
        if by is None or "status" in by or document["measures"][measure].get("value") is None:
            return None
        return sum(by.get(code, 0) for code in wanted.split(","))
    measure, _, part = term.partition(".")
    figure = document["measures"].get(measure)
    return figure.get(part or "value") if figure else None


SERVED = ("+active_open", "+admissions", "+reentries")
DECISIVE = ("+exits", "-exits[exit_reason:ADM,TRF,MED,DEA,OTH,_U]")
# Written by hand from the field's definitions, not read from the contract.
FORMULAS: dict[str, tuple[tuple[str, ...], tuple[str, ...] | None]] = {
    "participants_served": (SERVED, None),
    "eligibility_rate": (("+eligible",), ("+screened",)),
    "uptake_rate": (("+admissions",), ("+eligible",)),
    "mean_days_referral_to_admission": (
        ("+referral_to_admission_days.sum",),
        ("+referral_to_admission_days.n",),
    ),
    "occupancy": (("+active_close",), ("+capacity_slots",)),
    "hearing_attendance_rate": (
        ("+hearings[attendance:ATT]",),
        ("+hearings", "-hearings[attendance:_U]"),
    ),
    "hearings_per_participant": (("+hearings[attendance:ATT]",), SERVED),
    "drug_test_positivity": (("+drug_tests_positive",), ("+drug_tests",)),
    "graduation_rate": (("+exits[exit_reason:GRD]",), DECISIVE),
    "unsuccessful_termination_rate": (
        ("+exits[exit_reason:UNS_NCO,UNS_NEW,UNS_ABS]",),
        DECISIVE,
    ),
    "voluntary_withdrawal_rate": (("+exits[exit_reason:VOL]",), DECISIVE),
    "mean_days_to_graduation": (
        ("+days_in_program_graduates.sum",),
        ("+days_in_program_graduates.n",),
    ),
    "in_program_new_charge_rate": (("+new_charges_in_program",), SERVED),
    **{
        f"recidivism_{k}m": (
            (f"+followup_new_charge[followup_window:M{k}]",),
            (f"+followup_checked[followup_window:M{k}]",),
        )
        for k in (6, 12, 24)
    },
    **{
        f"followup_coverage_{k}m": (
            (f"+followup_checked[followup_window:M{k}]",),
            (f"+followup_due[followup_window:M{k}]",),
        )
        for k in (6, 12, 24)
    },
    "service_linkage_ratio": (("+service_linkages",), ("+service_referrals",)),
    "ccm_coverage": (("+ccm_active_close",), ("+active_close",)),
    "share_female": (("+active_close[sex:F]",), ("+active_close",)),
    "training_reach": (("+training_participants",), None),
}


# What a programme that has closed still owes: the follow-up of its graduates, and what courts
# decide about those who left.
AFTER_CLOSING = {
    *(f"{figure}_{k}m" for k in (6, 12, 24) for figure in ("recidivism", "followup_coverage")),
    *("followup_due", "followup_checked", "followup_new_charge"),
    *("charges_dropped", "returns_to_ordinary"),
}
MEASURES = ("admissions", "exits", "charges_dropped", "returns_to_ordinary", "followup_due")


def total(document: Document, terms: tuple[str, ...]) -> int | None:
    found = [(term[0], number(document, term[1:])) for term in terms]
    if any(value is None for _, value in found):
        return None
    return sum(int(value) if sign == "+" else -int(value) for sign, value in found)


def naive(nation: dict[str, Document], expected: list[str], figure: str) -> Expected:
    """nation: the reports by programme; expected: those who owe this very figure."""
    above, below = FORMULAS.get(figure) or ((f"+{figure}",), None)
    given = {}
    for programme in expected:
        if programme not in nation:
            continue
        document = nation[programme]
        parts = total(document, above), total(document, below) if below else 0
        if None not in parts:
            given[programme] = parts
    missing = [programme for programme in expected if programme not in given]
    if not given:
        return Expected(None, None, 0, missing)
    sums = [sum(part[side] or 0 for part in given.values()) for side in (0, 1)]
    return Expected(sums[0], sums[1] if below else None, len(given), missing)


def varied(month: Document, chance: random.Random) -> Document:
    """The example with other figures that still meet every rule, and some without a number."""
    document = copy.deepcopy(month)
    measures = document["measures"]
    for measure in ("relapses", "incentives", "detention_days", "charges_dropped"):
        measures[measure]["value"] = chance.randrange(90)
    tests = chance.randrange(1, 200)
    measures["drug_tests"]["value"] = tests
    measures["drug_tests_positive"]["value"] = chance.randrange(tests + 1)
    for measure in ("persons_tested", "persons_positive", "residential_days"):
        measures[measure] = {"value": None, "status": "not_collected"}
    no_show = chance.randrange(30)
    seen = chance.randrange(30)
    by = {"attendance": {"ATT": seen, "MUN": no_show, "_U": chance.randrange(3)}}
    measures["hearings"] = {"value": sum(by["attendance"].values()), "by": by}
    measures["capacity_slots"]["value"] = chance.randrange(1, 80)
    measures["new_charges_in_program"]["value"] = chance.randrange(5)
    for measure in ("capacity_slots", "drug_tests", "hearings", "new_charges_in_program"):
        if chance.random() < 0.2:
            measures[measure] = {"value": None, "status": chance.choice(NULLS)}
    if measures["drug_tests"].get("value") is None:
        measures["drug_tests_positive"] = {"value": None, "status": "missing"}
    if chance.random() < 0.3:
        del measures["training_participants"]
    if chance.random() < 0.2:
        measures["service_linkages"]["by"] = {"service_sector": {"status": "not_collected"}}
    for dimension in ("attendance",):
        if measures["hearings"].get("value") is not None and chance.random() < 0.2:
            measures["hearings"]["by"] = {dimension: {"status": "not_collected"}}
    return document


@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_equals_plain_python_over_random_nations(
    centre: Centre, month: Document, seed: int
) -> None:
    chance = random.Random(seed)
    active = ["MX-CHH-01", "MX-DUR-01", "MX-NLE-01", "MX-NLE-02", "MX-NLE-03"]
    closed = ["MX-CHH-02", "MX-DUR-02", "MX-NLE-04"]
    ended = entry(("active", "2024-01", "2026-06"), ("follow_up", "2026-07", "2028-06"))
    states = {state: await centre.state(state) for state in ("MX-CHH", "MX-DUR", "MX-NLE")}
    nation = await centre.coordinator()
    sent: dict[str, Document] = {}
    for programme in [*active, *closed]:
        document = moved(varied(month, chance), programme)
        if programme in active:
            await centre.programme(programme)
        else:
            await enter(nation, programme, ended)
            document = follow_up_alone(document)
        if chance.random() < 0.8:
            answer = await states[programme[:6]].put(document)
            assert answer.status_code == 201, answer.text
            sent[programme] = document

    for area in ("MX", "MX-NLE", "MX-NLE-02", "MX-NLE-04"):
        for kind, figures in (("indicators", FORMULAS), ("measures", MEASURES)):
            for figure in figures:
                path = f"/v1/{kind}/{figure}?from=2026-09&to=2026-09&area={area}"
                (item,) = (await nation.get(path)).json()["items"]
                owing = [*active, *closed] if figure in AFTER_CLOSING else active
                inside = sorted(p for p in owing if area in ("MX", p, p[:6]))
                expected = naive(sent, inside, figure)
                told = (item["numerator"], item["denominator"], item["value"])
                assert told == (expected.numerator, expected.denominator, expected.value), path
                coverage = item["coverage"]
                assert coverage["expected"] == len(inside), path
                assert coverage["reporting"] == expected.reporting, path
                assert coverage["missing"] == expected.missing, path


async def test_a_state_with_closed_programmes_alone_is_in_what_they_still_owe(
    centre: Centre, month: Document
) -> None:
    nation, state = await centre.coordinator(), await centre.state("MX-DUR")
    await centre.programme("MX-NLE-01")
    ended = entry(("active", "2024-01", "2026-06"), ("follow_up", "2026-07", "2026-09"))
    await enter(nation, "MX-DUR-02", ended)
    answer = await state.put(follow_up_alone(moved(month, "MX-DUR-02")))
    assert answer.status_code == 201, answer.text

    for figure, areas in (("followup_due", ["MX-DUR", "MX-NLE"]), ("admissions", ["MX-NLE"])):
        path = f"/v1/measures/{figure}?from=2026-09&to=2026-09&by=area"
        items = (await nation.get(path)).json()["items"]
        assert [item["area"] for item in items] == areas
    after = "/v1/measures/followup_due?from=2026-10&to=2026-10"
    (item,) = (await nation.get(after)).json()["items"]
    assert item["coverage"]["expected"] == 1  # the three months of follow-up are over


def test_the_naive_formulas_cover_every_indicator_but_those_of_the_roster() -> None:
    roster = {"reporting_coverage", "caseload_coverage"}
    assert FORMULAS.keys() | roster == CONTRACT.indicators.keys()
