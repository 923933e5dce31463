"""The examples beside the contract: what the check must say of each, word for word."""

from __future__ import annotations

import pytest

from support.months import CONTRACT, EXAMPLES, Example, complaints, examples

ACCEPTED, REJECTED = examples("accepted"), examples("rejected")


def name_of(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("example", [*ACCEPTED, *REJECTED], ids=name_of)
def test_an_example_gives_exactly_its_findings(example: Example) -> None:
    assert complaints(example.outcome()) == example.expected()


@pytest.mark.parametrize("example", ACCEPTED, ids=name_of)
def test_an_accepted_example_is_accepted(example: Example) -> None:
    assert example.outcome().is_accepted


@pytest.mark.parametrize("example", REJECTED, ids=name_of)
def test_a_rejected_example_is_refused_under_the_rule_it_is_named_for(
    example: Example,
) -> None:
    outcome = example.outcome()

    assert not outcome.is_accepted
    assert {finding.rule[:3] for finding in outcome.findings} == {example.name[:3]}


@pytest.mark.parametrize("example", REJECTED, ids=name_of)
def test_an_example_gives_the_same_findings_however_its_keys_are_ordered(
    example: Example,
) -> None:
    turned = Example(example.name, backwards(example.document), example.sidecar)

    assert complaints(turned.outcome()) == example.expected()


def backwards(value: object) -> object:
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [backwards(item) for item in value]
    return value


def test_every_document_has_its_findings_beside_it() -> None:
    for folder in EXAMPLES.iterdir():
        files = {path.name for path in folder.iterdir()}
        documents = {name for name in files if not name.endswith(".findings.json")}

        assert files == documents | {
            name.replace(".json", ".findings.json") for name in documents
        }


def test_every_rule_that_refuses_has_an_example_for_each_thing_it_says() -> None:
    texts = CONTRACT.labels["es"].texts["rule"]
    errors = [rule.id for rule in CONTRACT.rules.values() if rule.severity == "error"]
    shown = {(f.rule, f.variant) for example in REJECTED for f in example.outcome().findings}

    assert {(rule, variant) for rule in errors for variant in texts[rule]["message"]} == shown
