"""The examples beside the contract: what the check must say of each, word for word."""

from __future__ import annotations

import pytest

from cauce_contract.model import Rule
from cauce_contract.rules.plausible import Ratio
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
    assert {finding.rule[:3] for finding in outcome.refused_for} == {example.name[:3]}


def given_by(example: Example) -> set[str]:
    """The rules that find something, but N01 where the sidecar has no earlier month."""
    rules = {finding.rule[:3] for finding in example.outcome().findings}
    is_expected = "history" not in example.sidecar and not example.name.startswith("N01")
    return rules - {"N01"} if is_expected else rules


@pytest.mark.parametrize("example", [*ACCEPTED, *REJECTED], ids=name_of)
def test_what_an_example_is_not_named_for_it_does_not_give(example: Example) -> None:
    assert given_by(example) <= {example.name[:3]}


@pytest.mark.parametrize("rule", [rule[:3] for rule in CONTRACT.rules])
def test_a_rule_has_an_example_that_breaks_it_and_one_just_inside_its_bound(rule: str) -> None:
    named = [each for each in [*ACCEPTED, *REJECTED] if each.name.startswith(rule)]

    assert any(given_by(each) == {rule} for each in named)
    assert any(given_by(each) == set() for each in named)


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


def test_everything_that_a_rule_can_say_is_said_by_an_example() -> None:
    shown = {
        (finding.rule, finding.variant)
        for example in [*ACCEPTED, *REJECTED]
        for finding in example.outcome().findings
    }

    assert shown == {
        (rule.id, variant)
        for rule in CONTRACT.rules.values()
        for variant in CONTRACT.labels["es"].texts["rule"][rule.id]["message"]
        if variant not in never_said(rule)
    }


def never_said(rule: Rule) -> set[str]:
    """Messages about bounds that the version, or a ratio, does not have.

    Those about other versions' ids are given in test_ids_of_other_versions, and no version is
    retired yet.
    """
    if rule.id == "H19_codes":
        said = CONTRACT.labels["es"].texts["rule"][rule.id]["message"]
        others = {variant for variant in said if variant.startswith(("became_", "comes_"))}
        return others | {"version_retired"}
    if rule.id == "H18_period":
        return {"after_version"} if CONTRACT.accepts_until is None else set()
    ratios = [check for check in rule.checks if isinstance(check, Ratio)]
    bounds = {"above": "most", "below": "least", "exactly": "never"}
    return {
        variant
        for variant, bound in bounds.items()
        if ratios and all(getattr(ratio, bound) is None for ratio in ratios)
    }
