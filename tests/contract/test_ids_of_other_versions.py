"""An id of another version, or none: the message says what stands here in its place."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cauce_contract import LANGUAGES, Contract, Outcome, check, load_all
from cauce_contract.concordance import Fate
from cauce_contract.examples import examples
from support.months import CONTRACT, check_alone, month

VERSIONS = load_all()
FIRST, SECOND = VERSIONS["1.0.0"], VERSIONS["2.0.0"]
LATER: Any = next(e for e in examples("2.0.0") if e.is_accepted)


def outcome(document: Any) -> Outcome:
    return check(VERSIONS, document, now=LATER.now)


def with_id(contract: Contract, fate: Fate, each: str) -> tuple[Any, str]:
    """A document of a version with an id that it has not, and where."""
    measures: dict[str, Any]
    if fate.kind == "measure":
        measures, pointer = {each: {"value": 1}}, f"/measures/{each}"
    else:
        dimension = each if fate.kind == "dimension" else str(fate.dimension)
        measure = next(
            m for m in contract.measures.values() if fate.dimension in {None, *m.breakdowns}
        )
        counts: dict[str, int] = {each: 1} if fate.kind == "code" else {}
        measures = {measure.id: {"value": 1, "by": {dimension: counts}}}
        at = f"/measures/{measure.id}/by"
        pointer = f"{at}/{each}" if fate.kind == "dimension" else f"{at}/{dimension}/{each}"
    return {**month(), "contract": contract.version, "measures": measures}, pointer


def told() -> list[Any]:
    """Every id of either version that the other has not, with what stands there."""
    assert SECOND.concordance is not None
    declared = [fate for fate in SECOND.concordance.fates if fate.kind != "indicator"]
    return [
        pytest.param(contract, fate, each, others, id=f"{contract.version}-{each}")
        for fate in declared
        for contract, ids, others in (
            (SECOND, fate.before, fate.after),
            (FIRST, fate.after, fate.before),
        )
        for each in ids
    ]


@pytest.mark.parametrize(("contract", "fate", "each", "others"), told())
def test_an_id_of_another_version_is_named_with_what_became_of_it(
    contract: Contract, fate: Fate, each: str, others: tuple[str, ...]
) -> None:
    document, pointer = with_id(contract, fate, each)
    found = outcome(document)

    (finding,) = [f for f in found.findings if f.pointer == pointer and f.rule == "H19_codes"]
    other = FIRST if contract is SECOND else SECOND
    for language in LANGUAGES:
        said = str(finding.as_json(found.labels(language))["message"])
        assert {each, other.version, contract.version} <= set(re.findall(r"[\w.]*\w", said))
        assert all(beside in said for beside in (*others, *filter(None, [fate.parent])))


def test_the_split_of_a_code_is_said_in_a_sentence() -> None:
    assert SECOND.concordance is not None
    (split,) = [f for f in SECOND.concordance.fates if f.before == ("OPI",)]
    found = outcome(with_id(SECOND, split, "OPI")[0])

    said = [f.as_json(found.labels("es"))["message"] for f in found.findings]
    assert (
        "OPI es de la versión 1.0.0 del contrato: en la 2.0.0 se dividió en FEN, HER y OPO."
        " Repartir ahí sus casos."
    ) in said


def test_of_few_codes_all_are_told_with_their_labels() -> None:
    document = month()
    sex = document["measures"]["admissions"]["by"]["sex"]
    sex["H"] = sex.pop("M")
    (finding, *_) = check_alone(document).findings

    assert finding.pointer == "/measures/admissions/by/sex/H"
    for labels in CONTRACT.labels.values():
        said = str(finding.as_json(labels)["message"])
        for code in CONTRACT.dimensions["sex"].codes:
            assert f"{code.id} ({labels.code('sex', code.id)})" in said


def test_where_nothing_is_near_the_message_does_not_say_that_something_is() -> None:
    document = month()
    document["measures"]["zzz"] = {"value": 1}
    document["measures"]["admision"] = {"value": 1}
    said = {
        f.pointer: str(f.as_json(CONTRACT.labels["es"])["message"])
        for f in check_alone(document).findings
    }

    assert "Las que hay: referrals, screened" in said["/measures/zzz"]
    assert "Las más parecidas: admissions" in said["/measures/admision"]
