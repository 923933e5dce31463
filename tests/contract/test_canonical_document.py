"""The canonical document: one for one content, however that was written."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cauce_contract import NOT_SENT, canonical
from support.months import CONTRACT, Document, accepted_months, check_alone, month, read


@settings(max_examples=40)
@given(accepted_months())
def test_a_canonical_document_is_accepted_and_its_own_canonical_form(
    document: Document,
) -> None:
    first = read(document)

    again = read(first.document)

    assert again.document == first.document
    assert again.content_digest == first.content_digest
    assert (again.numbers, again.statuses, again.notes) == (
        first.numbers,
        first.statuses,
        first.notes,
    )


@settings(max_examples=40)
@given(accepted_months(), st.randoms(use_true_random=True))
def test_how_a_month_is_written_leaves_no_trace(
    document: Document, chance: random.Random
) -> None:
    assert read(rewritten(document, chance)).content_digest == read(document).content_digest


def rewritten(document: Document, chance: random.Random) -> Document:
    """The same content: keys in another order, zeros in or out, 4.0 for 4, defaults said."""
    measures = {
        measure: figure_rewritten(figure, chance)
        for measure, figure in document["measures"].items()
    }
    reason = {"code": "error", "text": "Un conteo."}
    said = {"rule": "S03_copy", "pointer": "/measures", "explanation": "Cotejado."}
    return shuffled(
        {
            **document,
            "measures": shuffled(measures, chance),
            "acknowledgements": [said],
            "revision_reason": reason,
        },
        chance,
    )


def figure_rewritten(figure: Document, chance: random.Random) -> Document:
    by = {
        dimension: counts_rewritten(dimension, counts, chance)
        for dimension, counts in figure.get("by", {}).items()
    }
    default = {"status": "reported"} if chance.random() < 0.5 else {}
    numbers = {part: written(number, chance) for part, number in figure.items()}
    return shuffled({**default, **numbers, **({"by": by} if by else {})}, chance)


def counts_rewritten(dimension: str, counts: Document, chance: random.Random) -> Document:
    codes = [code.id for code in CONTRACT.dimensions[dimension].codes]
    if "status" not in counts and not CONTRACT.dimensions[dimension].is_multi_response:
        kept = {code: count for code, count in counts.items() if count or chance.random() < 0.5}
        counts = {code: 0 for code in codes if chance.random() < 0.5} | kept
    return shuffled({code: written(n, chance) for code, n in counts.items()}, chance)


def written(value: Any, chance: random.Random) -> Any:
    """A number as it may also be written."""
    return float(value) if isinstance(value, int) and chance.random() < 0.3 else value


def shuffled(value: Document, chance: random.Random) -> Document:
    keys = list(value)
    chance.shuffle(keys)
    return {key: value[key] for key in keys}


def test_the_digest_is_over_what_a_reader_would_write_down_by_hand() -> None:
    by_hand = month()
    for measure in CONTRACT.measures.values():
        for dimension, counts in by_hand["measures"][measure.id].get("by", {}).items():
            for code in CONTRACT.dimensions[dimension].codes:
                counts.setdefault(code.id, 0)
    written = json.dumps(by_hand, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    report = read(month())

    assert canonical(report.document) == written.encode()
    assert report.content_digest == f"sha-256:{hashlib.sha256(written.encode()).hexdigest()}"


def changed(measure: str, **members: Any) -> Document:
    document = month()
    document["measures"][measure] |= members
    return document


def test_another_number_status_or_note_is_another_content() -> None:
    contents = [
        month(),
        changed("relapses", value=10),
        changed("relapses", value=0),
        changed("relapses", value=None, status="missing"),
        changed("relapses", value=None, status="not_collected"),
        changed("relapses", status="provisional"),
        changed("relapses", note="Sin novedad."),
        changed("relapses", note="Con novedad."),
        changed("sanctions", by={"sanction_type": {"status": "not_collected"}}),
        changed("declined", by={"sex": {"M": 2}}),
        changed("declined", by={"sex": {"F": 2}}),
        changed("declined", by={"sex": {"status": "not_collected"}}),
        month() | {"period": "2026-08"},
        month() | {"programme": "MX-NLE-02"},
    ]

    assert len({read(content).content_digest for content in contents}) == len(contents)


def test_a_note_counts_by_its_normal_form() -> None:
    notes = ["ﬁn de año", " fin de an\u0303o\n", "\u00a0ﬁn de\u2003a\u00f1o"]

    assert {read(changed("relapses", note=note)).notes["relapses"] for note in notes} == {
        "fin de año"
    }


def test_zero_missing_and_not_sent_stay_three_different_things() -> None:
    document = month()
    document["measures"]["residential_days"] = {"value": 0}
    document["measures"]["team_close"] = {"value": None, "status": "missing"}
    del document["measures"]["trainers_certified"]

    report = read(document)

    def cell(measure: str) -> tuple[int | None, str | None]:
        position = CONTRACT.measures[measure].position
        number = report.statuses[position]
        status = CONTRACT.status_by_number[number].id if number != NOT_SENT else None
        return report.numbers[position], status

    assert cell("residential_days") == (0, "reported")
    assert cell("team_close") == (None, "missing")
    assert cell("trainers_certified") == (None, None)
    assert "trainers_certified" not in report.document["measures"]


def test_where_there_is_no_total_its_parts_are_absent_for_the_same_reason() -> None:
    silent, said = month(), month()
    silent["measures"]["exits"] = {"value": None, "status": "missing"}
    said["measures"]["exits"] = {
        "value": None,
        "status": "missing",
        "by": {"sex": {"status": "missing"}, "exit_reason": {"status": "missing"}},
    }

    assert read(silent).content_digest == read(said).content_digest
    assert read(said).document["measures"]["exits"] == {"value": None, "status": "missing"}
    position = CONTRACT.measures["exits"].breakdowns["exit_reason"].positions["GRD"]
    assert CONTRACT.status_by_number[read(silent).statuses[position]].id == "missing"


def test_a_document_that_is_refused_has_no_content_digest() -> None:
    refused = check_alone(changed("relapses", value=-1)).as_json(CONTRACT.labels["es"])
    accepted = check_alone(month()).as_json(CONTRACT.labels["es"])

    assert refused["content_digest"] is None
    assert accepted["content_digest"] == read(month()).content_digest
    assert accepted["core_digest"] == refused["core_digest"] == CONTRACT.core_digest
