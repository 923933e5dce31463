"""Formulas over a month against adding up the document's own numbers by hand."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from cauce_contract.formula import Formula, parse
from cauce_contract.rules import total
from support.months import CONTRACT, Document, accepted_months, month, read


@dataclass(frozen=True)
class Figure:
    """One figure as a person finds it in a canonical document: its path, and codes to add."""

    measure: str
    part: str
    dimension: str = ""
    codes: tuple[str, ...] = ()

    def text(self) -> str:
        if self.dimension:
            return f"{self.measure}[{self.dimension}: {', '.join(self.codes)}]"
        return self.measure if self.part == "value" else f"{self.measure}.{self.part}"

    def numbers(self, document: Document) -> list[int | None]:
        figure = document["measures"].get(self.measure, {})
        if not self.dimension:
            return [figure.get(self.part)]
        counts = figure.get("by", {}).get(self.dimension, {})
        return [counts.get(code) for code in self.codes]


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    measure = draw(st.sampled_from(list(CONTRACT.measures.values())))
    if measure.kind == "duration":
        return Figure(measure.id, draw(st.sampled_from(["sum", "n"])))
    if not measure.breakdowns or draw(st.booleans()):
        return Figure(measure.id, "value")
    dimension = draw(st.sampled_from(sorted(measure.breakdowns)))
    codes = sorted(measure.breakdowns[dimension].positions)
    chosen = draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
    return Figure(measure.id, "value", dimension, tuple(chosen))


Signed = list[tuple[int, Figure]]
sums = st.lists(st.tuples(st.sampled_from([1, -1]), figures()), min_size=1, max_size=6)


def text_of(signed: Signed) -> str:
    written = " ".join(
        f"{'+' if sign == 1 else '-'} {figure.text()}" for sign, figure in signed
    )
    return written.removeprefix("+ ")


def by_hand(signed: Signed, document: Document) -> int | None:
    """The sum of the signed figures; None where one of their numbers is not there."""
    added = 0
    for sign, figure in signed:
        for number in figure.numbers(document):
            if number is None:
                return None
            added += sign * number
    return added


@settings(max_examples=80)
@given(sums)
def test_a_formula_adds_what_its_text_says(signed: Signed) -> None:
    report = read(month())

    assert total(report, parse(text_of(signed))) == by_hand(signed, report.document)


@settings(max_examples=40)
@given(accepted_months(), st.lists(sums, min_size=1, max_size=5))
def test_a_formula_is_empty_where_a_figure_is(
    document: Document, formulas: list[Signed]
) -> None:
    report = read(document)

    for signed in formulas:
        assert total(report, parse(text_of(signed))) == by_hand(signed, report.document)


@settings(max_examples=60)
@given(sums, sums, st.sampled_from([1, -1]))
def test_a_named_formula_counts_as_if_it_stood_in_brackets(
    first: Signed, second: Signed, sign: int
) -> None:
    report = read(month())
    named = {"part": parse(text_of(second))}

    formula = parse(f"{text_of(first)} {'+' if sign == 1 else '-'} part", named)

    one, other = by_hand(first, report.document), by_hand(second, report.document)
    expected = None if one is None or other is None else one + sign * other
    assert total(report, formula) == expected


def value(formula: Formula | None) -> int | None:
    assert formula is not None
    return total(read(month()), formula)


def test_the_worked_month_has_the_rates_that_were_worked_out_by_hand() -> None:
    worked = {
        "eligibility_rate": (8, 12),
        "uptake_rate": (6, 8),
        "mean_days_referral_to_admission": (168, 6),
        "hearing_attendance_rate": (86, 96),
        "drug_test_positivity": (19, 148),
        "graduation_rate": (3, 5),
        "occupancy": (43, 60),
        "share_female": (7, 43),
        "recidivism_12m": (1, 3),
        "unsuccessful_termination_rate": (1, 5),
        "voluntary_withdrawal_rate": (1, 5),
    }
    for name, parts in worked.items():
        indicator = CONTRACT.indicators[name]
        assert (value(indicator.numerator), value(indicator.denominator)) == parts

    assert value(CONTRACT.indicators["participants_served"].numerator) == 48


def test_the_ways_out_of_the_programme_that_are_compared_make_up_their_denominator() -> None:
    rates = ["graduation_rate", "unsuccessful_termination_rate", "voluntary_withdrawal_rate"]
    indicators = [CONTRACT.indicators[name] for name in rates]

    assert len({indicator.denominator for indicator in indicators}) == 1
    added = sum(value(indicator.numerator) or 0 for indicator in indicators)
    assert added == value(indicators[0].denominator)
