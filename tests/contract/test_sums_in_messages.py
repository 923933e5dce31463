"""The message about a sum shows what it was added up from, in the formula's order."""

from __future__ import annotations

import re

import pytest

from cauce_contract import LANGUAGES
from support.months import CONTRACT, check_alone, examples, month

SUM = re.compile(r"= ([0-9(][0-9( +−)×]*[+−][0-9( +−)×]*?) = (\d+)")


def messages(language: str) -> list[tuple[str, str]]:
    return [
        (finding.rule, str(finding.as_json(CONTRACT.labels[language])["message"]))
        for example in [*examples("accepted"), *examples("rejected")]
        for finding in example.outcome().findings
        if {"left_parts", "right_parts"} & finding.figures.keys()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_give_the_sum(language: str) -> None:
    rules = set()
    for rule, said in messages(language):
        found = SUM.findall(said)
        assert found, said
        for parts, added in found:
            assert value(parts) == int(added), said
        rules.add(rule)

    assert {
        "H01_balance",
        "H06_screening",
        "H10_subset",
        "H14_detention",
        "H15_residential",
    } <= rules


def value(parts: str) -> int:
    """What `(41 + 6 + 1) × 30` and `41 + 6 − 5` come to."""
    sum_, _, times = parts.replace("(", "").replace(")", "").partition(" × ")
    numbers = re.sub(r"([+−]) ", lambda sign: "-" if sign[1] == "−" else "", sum_).split()
    return sum(map(int, numbers)) * int(times or 1)


def test_a_balance_shows_its_figures_in_order() -> None:
    document = month()
    document["measures"]["active_close"]["value"] += 1
    measures = document["measures"]
    opened, admitted, back, left = (
        measures[each]["value"] for each in ("active_open", "admissions", "reentries", "exits")
    )
    finding = next(f for f in check_alone(document).findings if f.rule == "H01_balance")

    said = finding.as_json(CONTRACT.labels["es"])
    assert f"= {opened} + {admitted} + {back} − {left} = {said['expected']}, pero" in str(
        said["message"]
    )


def test_a_formula_that_goes_by_a_name_is_said_with_what_it_is_made_of() -> None:
    said = [text for rule, text in messages("es") if rule == "H14_detention"]

    assert (
        "participants_served × 30 = (active_open + admissions + reentries) × 30 = (" in said[0]
    )
