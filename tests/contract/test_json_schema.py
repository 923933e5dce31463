"""The JSON Schema: accepts what the check accepts, and refuses what a schema can refuse."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from itertools import cycle

import jsonschema_rs
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from cauce_contract import Contract, Month, json_schema, load_all
from cauce_contract.examples import Example, examples
from support.months import (
    CONTRACT,
    Document,
    accepted_months,
    check_alone,
    month,
    mutated_months,
    read,
)

SCHEMA = json_schema(CONTRACT)
VALIDATOR = Draft202012Validator(SCHEMA)

ALL = [example for version in load_all() for example in examples(version)]
ACCEPTED = [example for example in ALL if example.is_accepted]
REJECTED = [example for example in ALL if not example.is_accepted]
VALIDATORS = {
    version: Draft202012Validator(json_schema(contract))
    for version, contract in load_all().items()
}

# What a schema can find, by rule and message; all of a rule's messages where none is named. The
# rest takes arithmetic, history, the clock, a count of characters after NFKC, or reading.
OF_FORM = {
    ("H03_breakdown_sum", "total_missing"),
    ("H04_multi_response", "code_missing"),
    ("H05_nonneg_int", None),
    ("H11_duration_n", "sum_without_n"),
    ("H18_period", "not_a_month"),
    ("H18_period", "before_version"),
    ("H18_period", "after_version"),
    ("H19_codes", None),
    ("H20_status", None),
    ("H22_no_personal", "not_text"),
}


def is_about_form(example: Example) -> bool:
    found = example.outcome(load_all()).findings
    return any({(f.rule, f.variant), (f.rule, None)} & OF_FORM for f in found)


def name_of(example: Example) -> str:
    return f"{example.version}-{example.name}"


def fits(example: Example) -> bool:
    return bool(VALIDATORS[example.version].is_valid(example.document))


def test_every_version_has_examples_of_both_kinds() -> None:
    of_both = {example.version for example in ACCEPTED} & {
        example.version for example in REJECTED
    }
    assert of_both == load_all().keys()


@pytest.mark.parametrize("contract", load_all().values(), ids=lambda each: each.version)
def test_the_schema_is_a_schema(contract: Contract) -> None:
    schema = json_schema(contract)
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("example", ACCEPTED, ids=name_of)
def test_an_accepted_example_and_its_canonical_form_fit(example: Example) -> None:
    report = example.outcome(load_all()).report

    assert report is not None
    assert fits(example)
    assert VALIDATORS[example.version].is_valid(report.document)


@pytest.mark.parametrize(
    "example", [example for example in REJECTED if is_about_form(example)], ids=name_of
)
def test_wrong_structure_codes_and_statuses_do_not_fit(example: Example) -> None:
    assert not fits(example)


@pytest.mark.parametrize(
    "example", [example for example in REJECTED if not is_about_form(example)], ids=name_of
)
def test_what_only_the_check_can_find_fits(example: Example) -> None:
    assert fits(example)


@settings(max_examples=20)
@given(accepted_months())
def test_every_accepted_month_fits(document: Document) -> None:
    assert VALIDATOR.is_valid(document)
    assert VALIDATOR.is_valid(read(document).document)


@pytest.mark.parametrize(
    "note",
    [
        "x" * 500,
        "\N{GREEK SMALL LETTER ALPHA WITH PSILI AND VARIA AND YPOGEGRAMMENI}" * 500,
        " \n\t\u00a0x" + "\u3000" * 1900,
        "\ufeffx",
        "x\u200d",
        "\ufdfa" * 10,
    ],
)
def test_every_text_that_is_accepted_fits(note: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        document = month()
        document["measures"]["relapses"]["note"] = unicodedata.normalize(form, note)
        assert check_alone(document).is_accepted
        assert VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    "note", ["", " ", "\u3000\n", "a\rb", "a\u0085b", "\u007f", "x" * 2001, " " * 2001 + "x"]
)
def test_a_text_that_does_not_fit_is_not_accepted(note: str) -> None:
    document = month()
    document["measures"]["relapses"]["note"] = note
    assert not VALIDATOR.is_valid(document)
    assert not check_alone(document).is_accepted


def test_what_every_finding_is_called_can_be_acknowledged() -> None:
    document = month()
    document["acknowledgements"] = [
        {"rule": rule, "pointer": cell.pointer, "explanation": "Se revisó."}
        for rule, cell in zip(cycle(CONTRACT.rules), CONTRACT.cells[::2], strict=False)
    ]
    assert len(document["acknowledgements"]) > 190
    assert check_alone(document).is_accepted
    assert VALIDATOR.is_valid(document)


@pytest.mark.parametrize("first", ["1900-01", "1999-12", "2013-01", "2026-10", "2990-05"])
@pytest.mark.parametrize("months", [1, 14, None])
def test_the_periods_that_fit_are_those_of_the_version(first: str, months: int | None) -> None:
    begins = Month.parse(first)
    ends = begins + (months - 1) if months else None
    changed = replace(CONTRACT, accepts_from=begins, accepts_until=ends)
    periods = Draft202012Validator(json_schema(changed)["properties"]["period"])

    last = ends or Month(2999, 12)
    for period in Month(1900, 1).through(Month(2999, 12))[:: 1 if months == 14 else 7]:
        assert periods.is_valid(str(period)) == (begins <= period <= last)
    for text in (
        "2026-13",
        "2026-09\n",
        "2026-00",
        "2026-1",
        "3000-01",
        "2026-09-01",
        " 2026-09",
        "202609",
    ):
        assert not periods.is_valid(text)


@pytest.mark.parametrize("place", ["programme", "period", "rule", "pointer"])
@pytest.mark.parametrize("after", ["\n", "\n\n", "\r", "\r\n", "\u2028", "\u0085"])
def test_an_id_with_a_line_end_after_it_does_not_fit(place: str, after: str) -> None:
    said = {"rule": "S03_copy", "pointer": "/measures", "explanation": "Se revisó."}
    document = month() | {"acknowledgements": [said]}
    assert VALIDATOR.is_valid(document)

    (said if place in said else document)[place] += after

    assert not VALIDATOR.is_valid(document)
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(document)
    assert not check_alone(document).is_accepted


def test_another_validator_judges_the_examples_alike() -> None:
    rust = {
        version: jsonschema_rs.Draft202012Validator(json_schema(contract))
        for version, contract in load_all().items()
    }
    for example in ALL:
        assert rust[example.version].is_valid(example.document) == fits(example)


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
