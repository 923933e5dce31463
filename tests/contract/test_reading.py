"""Reading a document: the forms that are taken, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from cauce_contract import is_programme_id
from support.months import CONTRACT, GAP, Document, check_alone, complaints, month, read


def with_figure(measure: str, **members: Any) -> Document:
    document = month()
    document["measures"][measure] |= members
    return document


@pytest.mark.parametrize("text", ["MX-NLE-01", "MX-CMX-99", "MX-MEX-00"])
def test_a_programme_is_a_state_and_two_digits(text: str) -> None:
    assert is_programme_id(CONTRACT, text)


NO_PROGRAMMES = [
    *("", "MX-NLE", "MX-NLE-1", "MX-NLE-001", "MX-NLE-0A", "MX-NLE-\u0661\u0662", "NLE-01"),
    *("MX-DIF-01", "mx-nle-01", "MX-NLE-01 ", "MX-NLE--1", "MX-01", "19-01"),
]
NO_NOTES: list[Any] = [
    *("", " \n", "\u2003", "a\0b", "a\x07b", "a\x85b", "a\x7fb", "a\ud800", "\udc00"),
    *("ñ" * 501, "ﷺ" * 28, None, 5, True, ["x"], {}),
]


@pytest.mark.parametrize("text", NO_PROGRAMMES)
def test_nothing_else_is_a_programme(text: str) -> None:
    assert not is_programme_id(CONTRACT, text)
    assert complaints(check_alone(month() | {"programme": text})) == [
        ("H19_codes", "/programme")
    ]


@pytest.mark.parametrize("text", ["x", "Uno,\ndos\ty tres.", "ñ" * 500, "ﷺ" * 27, "😀"])
def test_a_note_is_text_of_at_most_500_characters(text: str) -> None:
    assert "relapses" in read(with_figure("relapses", note=text)).notes


@pytest.mark.parametrize("text", NO_NOTES)
def test_no_other_note_is_taken_and_that_is_said_once(text: Any) -> None:
    refused = [("H22_no_personal", "/measures/relapses/note"), GAP]

    assert complaints(check_alone(with_figure("relapses", note=text))) == refused
    needed = with_figure("relapses", note=text, status="definition_differs")
    assert complaints(check_alone(needed)) == refused


@pytest.mark.parametrize("status", list(CONTRACT.statuses))
def test_a_breakdown_has_counts_or_a_status_that_holds_no_number(status: str) -> None:
    document = with_figure("sanctions", by={"sanction_type": {"status": status}})

    is_taken = status in ("missing", "not_collected", "not_applicable", "included_elsewhere")
    assert check_alone(document).is_accepted == is_taken
    if not is_taken:
        ((rule, pointer), *gap) = complaints(check_alone(document))
        assert gap == [GAP]
        assert rule == "H20_status"
        assert pointer.startswith("/measures/sanctions/by/sanction_type")


@pytest.mark.parametrize("status", list(CONTRACT.statuses))
@pytest.mark.parametrize("value", [9, None])
def test_a_status_goes_with_a_number_or_with_null_as_its_meaning_is(
    status: str, value: int | None
) -> None:
    document = with_figure("relapses", value=value, status=status, note="Por un motivo.")

    entry = CONTRACT.statuses[status]
    goes = entry.is_accepted and entry.holds_number == (value is not None)
    assert check_alone(document).is_accepted == goes


def test_both_parts_of_a_duration_are_there_or_neither() -> None:
    half = with_figure("admission_to_treatment_days", sum=None)
    neither = with_figure("admission_to_treatment_days", sum=None, n=None, status="missing")
    other_half = with_figure("admission_to_treatment_days", n=None, status="missing")

    at = "/measures/admission_to_treatment_days"
    assert complaints(check_alone(half)) == [("H20_status", f"{at}/sum"), GAP]
    assert check_alone(neither).is_accepted
    assert complaints(check_alone(other_half)) == [("H20_status", f"{at}/sum"), GAP]


@pytest.mark.parametrize(
    "required", [m.id for m in CONTRACT.measures.values() if m.is_required]
)
def test_a_required_measure_is_missed(required: str) -> None:
    document = month()
    del document["measures"][required]

    assert complaints(check_alone(document)) == [("H20_status", "/measures"), GAP]
    finding = check_alone(document).findings[0]
    assert finding.figures["measure"] == required


@pytest.mark.parametrize(
    "optional", [m.id for m in CONTRACT.measures.values() if not m.is_required]
)
def test_an_optional_measure_is_not_missed(optional: str) -> None:
    document = month()
    del document["measures"][optional]

    assert check_alone(document).is_accepted


@pytest.mark.parametrize(
    ("measure", "dimension"),
    [
        (measure.id, breakdown.dimension)
        for measure in CONTRACT.measures.values()
        for breakdown in measure.breakdowns.values()
        if breakdown.dimension in month()["measures"][measure.id].get("by", {})
    ],
)
def test_a_breakdown_is_missed_only_where_it_is_required(measure: str, dimension: str) -> None:
    document = month()
    del document["measures"][measure]["by"][dimension]

    is_required = CONTRACT.measures[measure].breakdowns[dimension].is_required
    expected = [("H20_status", f"/measures/{measure}")] if is_required else []
    assert complaints(check_alone(document)) == [*expected, GAP]


@pytest.mark.parametrize("member", ["contract", "programme", "period", "measures"])
def test_a_missing_member_is_missed(member: str) -> None:
    document = month()
    del document[member]

    assert complaints(check_alone(document)) == [("H19_codes", "")]


def test_acknowledgements_and_the_reason_are_read_with_their_texts_in_normal_form() -> None:
    said = {"rule": "S03_copy", "pointer": "/measures", "explanation": " Mes ﬁel. "}
    reason = {"code": "late_data", "text": "Llegó\u00a0tarde."}

    report = read(month() | {"acknowledgements": [said], "revision_reason": reason})

    assert report.acknowledgements == (said | {"explanation": "Mes fiel."},)
    assert report.revision_reason == reason | {"text": "Llegó tarde."}
    assert read(month() | {"revision_reason": None}).revision_reason is None


SOUND = {"rule": "S03_copy", "pointer": "/measures", "explanation": "Cotejado."}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (None, "/acknowledgements"),
        ({}, "/acknowledgements"),
        ([SOUND, "S03_copy"], "/acknowledgements/1"),
        ([SOUND, SOUND | {"explanation": 1}], "/acknowledgements/1"),
        ([SOUND, {**SOUND, "by": "x"}], "/acknowledgements/1/by"),
        ([SOUND, {"rule": "S03_copy", "pointer": "/measures"}], "/acknowledgements/1"),
    ],
)
def test_an_acknowledgement_of_another_form_is_refused_where_it_stands(
    given: Any, pointer: str
) -> None:
    document = month() | {"acknowledgements": given}

    assert complaints(check_alone(document)) == [("H19_codes", pointer), GAP]


@pytest.mark.parametrize(
    "code", ["late_data", "error", "reclassification", "confirmed", "other"]
)
def test_a_revision_has_one_of_five_reasons(code: str) -> None:
    reason = {"code": code, "text": "Un conteo."}

    assert read(month() | {"revision_reason": reason}).revision_reason == reason


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("error", ("H19_codes", "/revision_reason")),
        ({"code": "error"}, ("H19_codes", "/revision_reason")),
        ({"code": ["error"], "text": "x"}, ("H19_codes", "/revision_reason/code")),
        ({"code": "error", "text": ""}, ("H22_no_personal", "/revision_reason/text")),
        ({"code": "error", "text": "x", "by": 1}, ("H19_codes", "/revision_reason/by")),
    ],
)
def test_a_reason_of_another_form_is_refused_where_it_stands(
    given: Any, complaint: tuple[str, str]
) -> None:
    assert complaints(check_alone(month() | {"revision_reason": given})) == [complaint, GAP]


@pytest.mark.parametrize(
    ("part", "kept"),
    [("rule", "PEGJ850101HNLRRN09"), ("pointer", "/Juan Pérez"), ("pointer", "/0123456789")],
)
def test_an_acknowledgement_keeps_nothing_but_ids(part: str, kept: str) -> None:
    document = month() | {"acknowledgements": [SOUND | {part: kept}]}

    outcome = check_alone(document)

    assert complaints(outcome) == [("H19_codes", f"/acknowledgements/0/{part}"), GAP]
    assert all(kept not in str(f.as_json(CONTRACT.labels["es"])) for f in outcome.findings)


@pytest.mark.parametrize(("member", "value"), [("programme", "NLE"), ("period", "2026-13")])
def test_a_month_that_cannot_be_placed_is_checked_all_the_same(member: str, value: str) -> None:
    document = month() | {member: value}
    document["measures"]["active_close"]["value"] = 44

    rules = {rule for rule, _ in complaints(check_alone(document))}

    assert {"H01_balance", "H03_breakdown_sum", "H09_treatment_identity"} < rules
    assert len(rules) == 4  # and what is wrong with the member itself


def test_a_month_before_the_version_is_told_from_one_before_the_programme() -> None:
    said = check_alone(month() | {"period": "2012-12"}).findings

    assert [(finding.rule, finding.variant) for finding in said] == [
        ("H18_period", "before_version"),
        ("N01_gap", "gap"),
    ]
