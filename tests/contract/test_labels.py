"""Words: every id has them, in every language, and every finding can be said."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from hypothesis import given, settings

from cauce_contract import LANGUAGES, Labels
from support.months import (
    CONTRACT,
    Document,
    check_alone,
    examples,
    json_values,
    mutated_months,
)

LABELS = list(CONTRACT.labels.values())


def texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a language with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, f"{at}/{key}")
    else:
        yield at, value


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def language_of(labels: Labels) -> str:
    return labels.language


def test_spanish_is_the_source() -> None:
    assert tuple(CONTRACT.labels) == LANGUAGES == ("es", "en", "pt", "fr")


@pytest.mark.parametrize("labels", LABELS[1:], ids=language_of)
def test_another_language_says_as_much_as_spanish(labels: Labels) -> None:
    spanish, other = dict(texts(LABELS[0].texts)), dict(texts(labels.texts))

    assert list(spanish) == list(other)
    assert {at: fields(text) for at, text in spanish.items()} == {
        at: fields(text) for at, text in other.items()
    }


@pytest.mark.parametrize("labels", LABELS, ids=language_of)
def test_no_text_is_empty_or_ragged(labels: Labels) -> None:
    for at, text in texts(labels.texts):
        assert text == text.strip() != "", at


@pytest.mark.parametrize("labels", LABELS, ids=language_of)
def test_every_id_has_its_words_and_no_words_are_left_over(labels: Labels) -> None:
    words = labels.texts
    units = {measure.unit for measure in CONTRACT.measures.values()}

    assert labels.language == words["language"]
    assert words["measure"].keys() == CONTRACT.measures.keys()
    assert words["dimension"].keys() == CONTRACT.dimensions.keys()
    assert words["status"].keys() == CONTRACT.statuses.keys()
    assert words["indicator"].keys() == CONTRACT.indicators.keys()
    assert words["rule"].keys() == CONTRACT.rules.keys()
    assert words["kind"].keys() == {measure.kind for measure in CONTRACT.measures.values()}
    assert words["severity"].keys() == {rule.severity for rule in CONTRACT.rules.values()}
    assert words["window"].keys() == {
        w for i in CONTRACT.indicators.values() for w in i.windows
    }
    assert list(words["reason"]) == list(CONTRACT.revision_reasons)
    assert words["unit"].keys() == units | {i.unit for i in CONTRACT.indicators.values()}
    for dimension in CONTRACT.dimensions.values():
        said, codes = words["dimension"][dimension.id], [code.id for code in dimension.codes]
        assert list(said["code"]) == list(said["code_definition"]) == codes
        groups = {code.group for code in dimension.codes} - {None}
        assert said.get("group", {}).keys() == groups
        parts = {"label", "definition", "code", "code_definition"}
        assert said.keys() == parts | ({"group"} if groups else set())
        assert all(
            group.keys() == {"label", "definition"} for group in said.get("group", {}).values()
        )
    for kind in ("status", "reason"):
        assert all(each.keys() == {"label", "definition"} for each in words[kind].values())
    for measure in words["measure"].values():
        assert measure.keys() == {"label", "definition", "includes", "excludes"}
    for indicator in words["indicator"].values():
        assert indicator.keys() == {"label", "definition", "caveat"}
    for rule in words["rule"].values():
        assert rule.keys() == {"title", "explanation", "message"}
        assert rule["message"]


@pytest.mark.parametrize("labels", LABELS, ids=language_of)
def test_every_id_is_found_by_the_name_it_is_asked_for(labels: Labels) -> None:
    assert all(labels.measure(measure) for measure in CONTRACT.measures)
    assert all(labels.indicator(indicator) for indicator in CONTRACT.indicators)
    assert all(labels.status(status) for status in CONTRACT.statuses)
    assert all(labels.unit(measure.unit) for measure in CONTRACT.measures.values())
    for dimension in CONTRACT.dimensions.values():
        assert labels.dimension(dimension.id)
        assert all(labels.code(dimension.id, code.id) for code in dimension.codes)


@pytest.mark.parametrize("labels", LABELS, ids=language_of)
def test_no_two_codes_of_a_list_read_the_same(labels: Labels) -> None:
    for dimension in labels.texts["dimension"].values():
        said = list(dimension["code"].values())
        assert len(said) == len(set(said))


def assert_every_finding_reads_well(document: object) -> None:
    for finding in check_alone(document).findings:
        for labels in LABELS:
            message = finding.as_json(labels)["message"]
            assert isinstance(message, str)
            assert not {"{", "}"} & set(message)
            assert ": ." not in message  # a list of proposals is never empty


@pytest.mark.parametrize("labels", LABELS, ids=language_of)
def test_every_message_is_filled_by_what_its_finding_has(labels: Labels) -> None:
    for example in [*examples("accepted"), *examples("rejected")]:
        for finding in example.outcome().findings:
            template = labels.texts["rule"][finding.rule]["message"][finding.variant]
            message = labels.message(finding.rule, finding.variant, finding.figures)
            assert fields(template) <= finding.figures.keys()
            assert not {"{", "}"} & set(message)


@settings(max_examples=60)
@given(mutated_months())
def test_whatever_is_wrong_with_a_month_can_be_said(document: Document) -> None:
    assert_every_finding_reads_well(document)


@settings(max_examples=60)
@given(json_values)
def test_whatever_was_sent_instead_of_a_figure_the_answer_can_be_said(value: object) -> None:
    measures = dict.fromkeys(CONTRACT.measures, value)
    document = {"contract": "1.0.0", "programme": value, "period": value, "measures": measures}

    assert_every_finding_reads_well(document)
    assert_every_finding_reads_well(document | {"programme": "MX-NLE-01", "period": "2026-09"})
    assert_every_finding_reads_well(value)
