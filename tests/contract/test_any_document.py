"""The check answers whatever it is given, and repeats none of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.months import (
    CONTRACT,
    GAP,
    Document,
    Place,
    check_alone,
    complaints,
    found_at,
    json_values,
    month,
    mutated_months,
    places,
    rendered,
)


@settings(max_examples=80)
@given(json_values)
def test_any_json_value_gets_an_outcome(value: object) -> None:
    outcome = check_alone(value)

    assert outcome.of("error")
    assert not outcome.is_accepted


@settings(max_examples=80)
@given(mutated_months())
def test_a_month_with_faults_anywhere_gets_an_outcome(document: Document) -> None:
    outcome = check_alone(document)

    assert outcome.is_accepted or outcome.of("error") or outcome.of("confirm")
    assert all(finding.rule in CONTRACT.rules for finding in outcome.findings)
    assert complaints(check_alone(document)) == complaints(outcome)


@pytest.mark.parametrize("depth", [1, 1_000, 100_000])
def test_nesting_of_any_depth_gets_an_outcome(depth: int) -> None:
    deep: Any = []
    for _ in range(depth):
        deep = [deep]
    for place in [("measures", "relapses", "value"), ("measures", "exits", "by", "sex")]:
        document = month()
        found_at(document, place[:-1])[place[-1]] = deep

        assert not check_alone(document).is_accepted
    assert not check_alone(deep).is_accepted


def test_an_integer_too_long_to_be_written_is_out_of_range() -> None:
    document = month()
    document["measures"]["relapses"]["value"] = 10**10_000

    assert complaints(check_alone(document)) == [
        ("H05_nonneg_int", "/measures/relapses/value"),
        GAP,
    ]


PERSONAL = [
    "XEXX010101HNEXXXA4",  # a CURP
    "XEXX010101000",  # an RFC
    "XEXX010101",  # an RFC without its last three
    "43078512345",  # an NSS
    "8112345678",  # a telephone
    "+52 81 1234 5678",
    "canario@correo.mx",
    "exp_1234_2026",
    "1234/2026-C",
    "19-2026-04512",
    "la señora Canario",
    "Canario Pérez, José",
    "canario/../~1<b>{measure}",
    "canario_de_mas_de_veinte_letras",
]
beside = st.sampled_from(["", " ", "_", "x"])
personal = st.builds("{}{}{}".format, beside, st.sampled_from(PERSONAL), beside)


@settings(max_examples=80)
@given(mutated_months(), st.data())
def test_nothing_personal_is_repeated_from_keys_or_values(
    document: Document, data: st.DataObject
) -> None:
    planted = data.draw(st.lists(personal, min_size=1, max_size=4))
    for text in planted:
        plant(document, text, data)

    said = f"{check_alone(document).findings!r} {rendered(check_alone(document))}"

    assert [text for text in planted if text.strip(" _x") in said] == []


def plant(document: Document, text: str, data: st.DataObject) -> None:
    """Put a text anywhere: as a value, as a key, or as both."""
    here: list[Place] = [(), *places(document)]
    place = data.draw(st.sampled_from(here))
    around = found_at(document, place)
    if isinstance(around, dict):
        around[text] = data.draw(st.sampled_from([text, 1, None, {text: text}]))
    elif isinstance(around, list):
        around.append(text)
    else:
        found_at(document, place[:-1])[place[-1]] = text


@settings(max_examples=100)
@given(st.sampled_from(places(month())), st.data())
def test_no_text_is_repeated_from_a_value_even_if_it_looks_like_an_id(
    place: Place, data: st.DataObject
) -> None:
    document = month()
    found_at(document, place[:-1])[place[-1]] = data.draw(
        st.sampled_from(["Canario", ["Canario"], {"rule": "Canario"}, {"status": "Canario"}])
    )

    outcome = check_alone(document)

    assert "Canario" not in f"{outcome.findings!r} {rendered(outcome)}"


@pytest.mark.parametrize("number", [8112345678, 8112345678.5, -8112345678])
def test_no_number_is_repeated_that_is_no_count(number: float) -> None:
    for place in places(month()):
        document = month()
        found_at(document, place[:-1])[place[-1]] = number
        assert "8112345678" not in rendered(check_alone(document))


def test_a_key_that_may_not_be_named_is_counted_off_at_its_parent() -> None:
    document = month()
    document["measures"] = {"8112345678": {"value": 1}, **document["measures"]}
    document["measures"]["Canario Pérez"] = {"value": 1}

    findings = check_alone(document).as_json(CONTRACT.labels["es"])["errors"]

    assert isinstance(findings, list)
    assert [(found["pointer"], found["ordinal"]) for found in findings] == [
        ("/measures", 1),
        ("/measures", 48),
    ]


def test_a_key_that_looks_like_an_id_is_named_with_what_is_near() -> None:
    document = month()
    document["measures"]["residencial_days"] = document["measures"].pop("residential_days")

    (finding,) = check_alone(document).of("error")

    assert finding.pointer == "/measures/residencial_days"
    assert str(finding.figures["nearest"]).split(", ")[0] == "residential_days"
    assert "ordinal" not in finding.as_json(CONTRACT.labels["es"])
