"""The JSON Schema: accepts what the check accepts, and refuses what a schema can refuse."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from cauce_contract import json_schema
from support.months import (
    CONTRACT,
    Document,
    Example,
    accepted_months,
    check_alone,
    examples,
    month,
    mutated_months,
    read,
)

SCHEMA = json_schema(CONTRACT)
VALIDATOR = Draft202012Validator(SCHEMA)

ACCEPTED = examples("accepted")
REJECTED = examples("rejected")

# What only arithmetic, history, the clock or a count of characters can find.
BEYOND_A_SCHEMA = {
    "H18-a-second-before-the-month-is-over",
    "H18-before-the-contract-begins",
    "H18-before-the-programme-began",
    "H20-a-note-of-501-characters",
    "H21-another-month",
    "H21-another-programme",
}
STRUCTURAL = {"H05", "H18", "H19", "H20"}
OF_FORM = {"H03-counts-without-a-total", "H04-a-code-left-out"}


def is_about_form(example: Example) -> bool:
    name = example.name
    return name in OF_FORM or (name[:3] in STRUCTURAL and name not in BEYOND_A_SCHEMA)


def name_of(example: Example) -> str:
    return example.name


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("example", ACCEPTED, ids=name_of)
def test_an_accepted_example_and_its_canonical_form_fit(example: Example) -> None:
    report = example.outcome().report

    assert report is not None
    assert VALIDATOR.is_valid(example.document)
    assert VALIDATOR.is_valid(report.document)


@pytest.mark.parametrize(
    "example", [example for example in REJECTED if is_about_form(example)], ids=name_of
)
def test_wrong_structure_codes_and_statuses_do_not_fit(example: Example) -> None:
    assert not VALIDATOR.is_valid(example.document)


@pytest.mark.parametrize(
    "example", [example for example in REJECTED if not is_about_form(example)], ids=name_of
)
def test_what_only_the_check_can_find_fits(example: Example) -> None:
    assert VALIDATOR.is_valid(example.document)


@settings(max_examples=20)
@given(accepted_months())
def test_every_accepted_month_fits(document: Document) -> None:
    assert VALIDATOR.is_valid(document)
    assert VALIDATOR.is_valid(read(document).document)


@settings(max_examples=50)
@given(mutated_months())
def test_nothing_that_is_accepted_does_not_fit(document: Document) -> None:
    if check_alone(document).is_accepted:
        assert VALIDATOR.is_valid(document)


@pytest.mark.parametrize("status", list(CONTRACT.statuses))
@pytest.mark.parametrize("is_noted", [True, False])
def test_a_status_fits_wherever_the_check_takes_it_and_nowhere_else(
    status: str, is_noted: bool
) -> None:
    note = {"note": "Por un motivo."} if is_noted else {}
    figures: list[tuple[str, Document]] = [
        ("relapses", {"value": 9, "status": status, **note}),
        ("relapses", {"value": None, "status": status, **note}),
        ("arrest_to_admission_days", {"sum": 0, "n": 0, "status": status, **note}),
        ("arrest_to_admission_days", {"sum": None, "n": None, "status": status, **note}),
        ("sanctions", {"value": 14, "by": {"sanction_type": {"status": status}}, **note}),
        ("sanctions", {"value": None, "status": status, **note}),
    ]
    for measure, figure in figures:
        document = month()
        document["measures"][measure] = figure
        assert VALIDATOR.is_valid(document) == check_alone(document).is_accepted
