"""What is asked about, against a second implementation written from the rules' sentences alone.

Like the one of test_rules.py it reads documents as a person would: no formulas, no cells.
Medians and roots are decimal numbers of fifty digits, shares are fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isqrt
from statistics import median
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cauce_contract import Finding, Month, check, load_all
from cauce_contract.read import Reader
from support.months import CONTRACT, NOW, Document

LAST = Month(2026, 9)
Figures = dict[str, Any]  # what a document has under measures
Months = Sequence[Figures | None]  # oldest first; None is a month without a report


def document(month: Month, figures: Figures) -> Document:
    """A month with nothing but these figures: what is missing does not bear on these rules."""
    return {
        "contract": "1.0.0",
        "programme": "MX-NLE-01",
        "period": str(month),
        "measures": figures,
    }


def findings(months: Months, rule: str) -> list[Finding]:
    """What a rule finds in the last of the months."""
    *earlier, last = [
        document(month, figures)
        for month, figures in zip((LAST + (1 - len(months))).through(LAST), months, strict=True)
        if figures is not None
    ]
    reports = [report for each in earlier if (report := Reader(CONTRACT, each).report)]
    outcome = check(load_all(), last, now=NOW, history=reports)
    return [finding for finding in outcome.findings if finding.rule == rule]


def said(months: Months, rule: str) -> set[str]:
    return {finding.pointer for finding in findings(months, rule)}


def run(months: Months, *measures: str) -> list[Figures]:
    """The months without a gap up to the last; none before a break of one of these measures."""
    found: list[Figures] = []
    for figures in reversed(months):
        if figures is None or len(found) == 12:
            break
        found.insert(0, figures)
        if any(figures.get(each, {}).get("status") == "series_break" for each in measures):
            break
    return found


def value(figures: Figures, measure: str) -> Any:
    return figures.get(measure, {}).get("value")


def values(months: Sequence[Figures], measure: str) -> list[int] | None:
    """The measure in each of the months; None where one of them has no number."""
    found = [value(figures, measure) for figures in months]
    return None if None in found else found


small = st.integers(0, 40)


def maybe_missing(number: int | None) -> Figures:
    return {"value": number} if number is not None else {"value": None, "status": "missing"}


@st.composite
def figures_near(draw: st.DrawFn, wholes: Mapping[str, Sequence[int]]) -> Figures:
    """Figures at and about the given numbers, now and then missing."""
    return {
        measure: maybe_missing(
            draw(st.none() | st.sampled_from(near) | st.sampled_from(near) | small)
        )
        for measure, near in wholes.items()
    }


RATIOS: Mapping[str, Sequence[int]] = {
    "active_open": (4, 5, 9, 10),
    "admissions": (0, 5, 6),
    "reentries": (0, 1),
    "active_close": (10, 11, 12, 22, 23),
    "capacity_slots": (9, 10, 20),
    "hearings": (4, 5, 19, 20, 49, 50, 60, 61),
    "drug_tests": (4, 5, 99, 100, 150, 151),
    "drug_tests_positive": (0, 60, 61, 10, 20, 21),
    "relapses": (0, 1),
    "sanctions": (9, 10, 20),
    "followup_due": (4, 5, 10),
    "followup_checked": (3, 4, 7, 8),
}


@st.composite
def months_about_the_bounds(draw: st.DrawFn) -> Figures:
    figures = draw(figures_near(RATIOS))
    if (held := value(figures, "hearings")) is not None:
        attended = draw(st.sampled_from([held, held * 3 // 5, max(held * 3 // 5 - 1, 0)]))
        counts = {"ATT": attended, "MUN": held - attended}
        figures["hearings"]["by"] = {"attendance": counts}
    for measure, bounds in [
        ("referral_to_admission_days", (0, 1, 180)),
        ("days_in_program_graduates", (179, 180, 1095)),
    ]:
        n = draw(st.integers(0, 9))
        days = n * draw(st.sampled_from(bounds)) + draw(st.integers(-1, 1))
        figures[measure] = {"sum": max(days, 0), "n": n}
    return figures


def naive_ratios(figures: Figures) -> set[tuple[str, str]]:
    """S06 to S10, S14 and S15, each with the measure at fault."""
    return {
        *naive_stocks(figures),
        *naive_intensities(figures),
        *naive_tests(figures),
        *naive_durations(figures),
    }


def naive_stocks(figures: Figures) -> Iterator[tuple[str, str]]:
    active, slots = value(figures, "active_close"), value(figures, "capacity_slots")
    if None not in (active, slots) and slots >= 10 and 10 * active > 11 * slots:
        yield "S06_capacity", "active_close"
    due, looked_up = value(figures, "followup_due"), value(figures, "followup_checked")
    if None not in (due, looked_up) and due >= 5 and 10 * looked_up < 8 * due:
        yield "S15_followup_gap", "followup_checked"


def naive_intensities(figures: Figures) -> Iterator[tuple[str, str]]:
    hearings = value(figures, "hearings")
    if hearings is not None:
        attended = figures["hearings"]["by"]["attendance"]["ATT"]
        too_few = hearings >= 20 and 100 * attended < 60 * hearings
        if too_few or (hearings >= 50 and attended == hearings):
            yield "S07_attendance", "hearings"
    entered = [value(figures, part) for part in ("active_open", "admissions", "reentries")]
    if None in entered or sum(entered) < 10:
        return
    served = sum(entered)
    if hearings is not None and not served <= 2 * hearings <= 12 * served:
        yield "S08_hearing_intensity", "hearings"
    tests = value(figures, "drug_tests")
    if tests is not None and not served <= 2 * tests <= 30 * served:
        yield "S09_test_intensity", "drug_tests"


def naive_tests(figures: Figures) -> Iterator[tuple[str, str]]:
    tests, positive = value(figures, "drug_tests"), value(figures, "drug_tests_positive")
    if positive is None:
        return
    if tests is not None and tests >= 100 and not 0 < 100 * positive <= 60 * tests:
        yield "S09_test_intensity", "drug_tests_positive"
    if value(figures, "relapses") == 0 and positive > 20:
        yield "S14_relapse_zero", "relapses"
    if positive >= 10 and value(figures, "sanctions") == positive:
        yield "S14_relapse_zero", "sanctions"


def naive_durations(figures: Figures) -> Iterator[tuple[str, str]]:
    for measure, shortest, longest in [
        ("referral_to_admission_days", 1, 180),
        ("days_in_program_graduates", 180, 1095),
    ]:
        days, n = figures[measure]["sum"], figures[measure]["n"]
        if n >= 5 and not shortest <= Fraction(days, n) <= longest:
            yield "S10_time", measure


@settings(max_examples=120)
@given(months_about_the_bounds())
def test_shares_and_intensities_are_asked_about_as_their_sentences_say(
    figures: Figures,
) -> None:
    outcome = check(load_all(), document(LAST, figures), now=NOW)

    assert naive_ratios(figures) == {
        (finding.rule, finding.pointer.split("/")[2])
        for finding in outcome.findings
        if finding.severity in ("warning", "notice") and finding.rule != "N01_gap"
    }


@st.composite
def series(draw: st.DrawFn, *measures: str, most: int) -> Months:
    """Mostly thirteen months of these measures, as often as not with a fault in their row."""
    length = draw(st.sampled_from([13, 13, 13, 12, 11, 7, 4, 3, 2]))
    numbers = st.integers(draw(st.integers(0, most)), most) | st.just(0)
    usual = st.lists(numbers, min_size=length, max_size=length)
    columns = {measure: draw(usual) for measure in measures}
    if draw(st.booleans()):
        columns[measures[0]][-1] = draw(st.integers(0, 3 * most))
    months: list[Figures | None] = [
        {measure: {"value": columns[measure][at]} for measure in measures}
        for at in range(length)
    ]
    at, fault = draw(st.integers(0, length - 2)), draw(st.sampled_from(FAULTS))
    if fault == "gap":
        months[at] = None
    elif fault:
        months[at] = {**(months[at] or {}), measures[0]: fault}
    return months


FAULTS: list[Any] = [
    *[None] * 4,
    "gap",
    {"value": None, "status": "missing"},
    {"value": 3, "status": "series_break", "note": "Otro conteo."},
]


def naive_outlier(numbers: Sequence[int]) -> bool:
    """Whether the last lies outside median ± max(4 MAD, 3√median, 5)."""
    with localcontext() as context:
        context.prec = 50
        middle = median(map(Decimal, numbers))
        mad = median(abs(number - middle) for number in map(Decimal, numbers))
        return abs(numbers[-1] - middle) > max(4 * mad, 3 * middle.sqrt(), Decimal(5))


@settings(max_examples=80)
@given(series("incentives", "graduations", most=40))
def test_a_flow_is_out_of_the_usual_as_the_sentence_says(months: Months) -> None:
    numbers = values(run(months, "incentives"), "incentives")
    is_out = numbers is not None and len(numbers) == 12 and naive_outlier(numbers)

    assert said(months, "S04_outlier") == ({"/measures/incentives/value"} if is_out else set())


@st.composite
def years_with_an_odd_end(draw: st.DrawFn) -> list[int]:
    """Eleven months about a level, and one that may be anywhere, mostly at the bounds."""
    level, width = draw(st.integers(0, 150)), draw(st.sampled_from([0, 1, 2, 8, 60]))
    about = st.integers(max(0, level - width), level + width)
    usual = draw(st.lists(about, min_size=11, max_size=11))
    reach = max(3 * isqrt(level), 5) + draw(st.integers(-2, 4))
    return [*usual, max(0, draw(st.sampled_from([level - reach, level + reach, 3 * level])))]


@settings(max_examples=120)
@given(years_with_an_odd_end())
def test_a_full_year_is_judged_as_the_sentence_says(numbers: list[int]) -> None:
    months: Months = [{"incentives": {"value": number}} for number in numbers]

    found = findings(months, "S04_outlier")

    assert bool(found) == naive_outlier(numbers)
    for finding in found:
        assert not int(finding.figures["low"]) <= numbers[-1] <= int(finding.figures["high"])


@settings(max_examples=60)
@given(years_with_an_odd_end(), st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_exits_are_judged_without_the_graduations(
    others: list[int], graduated: list[int]
) -> None:
    months: Months = [
        {"exits": {"value": other + grd, "by": {"exit_reason": {"ADM": other, "GRD": grd}}}}
        for other, grd in zip(others, graduated, strict=True)
    ]

    assert bool(findings(months, "S04_outlier")) == naive_outlier(others)


@settings(max_examples=80)
@given(series("incentives", "graduations", "exits", most=5))
def test_a_zero_after_six_months_well_above_it_is_asked_about(months: Months) -> None:
    expected = set()
    for measure in ("incentives", "exits"):  # graduations come in batches
        numbers = [value(figures, measure) for figures in run(months, measure)]
        if (
            len(numbers) >= 7
            and numbers[-1] == 0
            and all(numbers[-7:-1])
            and sum(numbers[-7:-1]) >= 18
        ):
            expected.add(f"/measures/{measure}/value")

    assert said(months, "S01_zero_after_nonzero") == expected


def exceeds(
    months: Months, parts: Sequence[str], whole: str, shortest: int, longest: int
) -> bool:
    """Whether over the latest months of the run the parts add up to more than the whole."""
    span = run(months, *parts, whole)
    if len(span) < shortest:
        return False
    span = span[-longest:]
    added = [values(span, measure) for measure in (*parts, whole)]
    if any(numbers is None for numbers in added):
        return False
    *sums, limit = [sum(numbers or []) for numbers in added]
    return sum(sums) > limit


@settings(max_examples=80)
@given(series("declined", "admissions", "eligible", "charges_dropped", "graduations", most=8))
def test_sums_over_the_run_are_compared_as_the_sentences_say(months: Months) -> None:
    screened = exceeds(months, ("declined", "admissions"), "eligible", 4, 12)
    dismissed = exceeds(months, ("charges_dropped",), "graduations", 12, 12)
    admitted = exceeds(months, ("admissions",), "eligible", 3, 3)

    assert bool(said(months, "S20_screen_lag")) == screened
    assert bool(said(months, "S22_charges")) == dismissed
    assert bool(said(months, "S11_uptake")) == admitted


REASONS = ("GRD", "UNS_NCO", "UNS_NEW", "UNS_ABS", "VOL", "ADM", "OTH")
some_exits = st.fixed_dictionaries({reason: st.integers(0, 3) for reason in REASONS})


@settings(max_examples=60)
@given(st.lists(st.tuples(some_exits, st.integers(0, 9)), min_size=1, max_size=13))
def test_returns_are_compared_with_the_exits_that_lead_to_one(
    lived: list[tuple[dict[str, int], int]],
) -> None:
    months: Months = [
        {
            "exits": {"value": sum(reasons.values()), "by": {"exit_reason": reasons}},
            "returns_to_ordinary": {"value": returned},
        }
        for reasons, returned in lived
    ]
    year = lived[-12:]
    leading = sum(
        number
        for reasons, _ in year
        for reason, number in reasons.items()
        if reason.startswith("UNS_") or reason in ("VOL", "OTH")
    )
    too_many = len(year) >= 4 and sum(returned for _, returned in year) > leading

    assert bool(said(months, "S21_returns")) == too_many


def mix(codes: Sequence[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({code: st.integers(0, 20) for code in codes})


@settings(max_examples=120)
@given(mix(["M", "F", "_U"]), mix(["M", "F", "_U"]), mix(["PH1", "PH2"]), st.booleans())
def test_a_mix_shifts_as_the_sentence_says(
    before: dict[str, int], now: dict[str, int], phases: dict[str, int], is_broken: bool
) -> None:
    then = {"active_close": {"value": sum(before.values()), "by": {"sex": before}}}
    later: Figures = {"active_close": {"value": sum(now.values()), "by": {"sex": now}}}
    later["active_close"]["by"]["phase"] = phases  # not in the month before: not compared
    if is_broken:
        later["active_close"] |= {"status": "series_break", "note": "Otro padrón."}
    sizes = (sum(before.values()), sum(now.values()))
    has_shifted = not is_broken and min(sizes) >= 20 and distance(before, now) > Fraction(1, 4)

    expected = {"/measures/active_close/by/sex"} if has_shifted else set()
    assert said([then, later], "S18_mix_shift") == expected


def distance(before: dict[str, int], now: dict[str, int]) -> Fraction:
    """The share of one mix that would have to move to make it the other."""
    whole_before, whole_now = sum(before.values()), sum(now.values())
    gained = [
        Fraction(now[code], whole_now) - Fraction(before[code], whole_before) for code in now
    ]
    return sum((gain for gain in gained if gain > 0), Fraction(0))


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=11, max_size=13))
def test_womens_access_is_measured_as_the_sentence_says(
    lived: list[tuple[int, int, int, int]],
) -> None:
    months: Months = [
        {
            "referrals": {"value": f + m, "by": {"sex": {"F": f, "M": m}}},
            "admissions": {"value": g + n, "by": {"sex": {"F": g, "M": n}}},
        }
        for f, m, g, n in lived
    ]
    women_referred, men_referred, women, men = (
        sum(numbers) for numbers in zip(*lived[-12:], strict=True)
    )
    is_low = (
        len(lived) >= 12
        and women_referred >= 10
        and women + men > 0
        and 2 * Fraction(women, women + men)
        < Fraction(women_referred, women_referred + men_referred)
    )

    assert bool(said(months, "S19_women_access")) == is_low


@settings(max_examples=60)
@given(st.integers(0, 60), st.integers(0, 20), st.sampled_from(["sex", "referral_source"]))
def test_what_is_unknown_is_asked_about_from_a_fifth_on(
    total: int, unknown: int, dimension: str
) -> None:
    first = {"sex": "F", "referral_source": "JUD"}[dimension]
    counts = {first: max(total - unknown, 0), "_U": unknown}
    months: Months = [{"referrals": {"value": total, "by": {dimension: counts}}}]
    is_much = total >= 10 and 5 * unknown > total

    assert bool(said(months, "S05_unknown_share")) == is_much
