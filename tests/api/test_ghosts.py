"""What a replacement leaves out is gone from every figure, as if it had never been sent."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from support import centre as under_test
from support.centre import Centre, Client, Databases
from support.months import CONTRACT, Document, steady

PERIODS = ("2026-08", "2026-09")
WHO = {"MX-NLE": ("MX-NLE-01", "MX-NLE-02"), "MX-CHH": ("MX-CHH-01",)}


def questions() -> Iterator[str]:
    """Every figure that can be asked for: whole, by state, and by each dimension."""
    span = f"from={PERIODS[0]}&to={PERIODS[-1]}&area=MX,MX-NLE,MX-NLE-01"
    for kind, known in (("indicators", CONTRACT.indicators), ("measures", CONTRACT.measures)):
        for id_ in known:
            yield f"/v1/{kind}/{id_}?{span}"
            yield f"/v1/{kind}/{id_}?{span}&by=area"
    for measure in CONTRACT.measures.values():
        for dimension in measure.breakdowns:
            yield f"/v1/measures/{measure.id}?{span}&by={dimension}"
    yield f"/v1/completeness?from={PERIODS[0]}&to={PERIODS[-1]}"


async def everything(reader: Client) -> dict[str, Any]:
    """The answers to all questions, without the instants at which they were given."""
    answers = {}
    for question in questions():
        answer = await reader.get(question)
        assert answer.status_code == 200, question
        answers[question] = answer.json()["items"]
    return answers


def full(programme: str, period: str) -> Document:
    """A month with all that is optional."""
    return steady(period, programme, relapses=int(period[-2:]) + int(programme[-2:]))


def without_the_optional(document: Document) -> Document:
    """The month without optional measures and breakdowns, and with another one not kept."""
    left = copy.deepcopy(document)
    for measure in CONTRACT.measures.values():
        if not measure.is_required:
            left["measures"].pop(measure.id, None)
            continue
        by = left["measures"][measure.id].get("by", {})
        for dimension, breakdown in measure.breakdowns.items():
            if not breakdown.is_required:
                by.pop(dimension, None)
    left["measures"]["drug_tests"] = {"value": None, "status": "not_collected"}
    left["measures"]["hearings"]["by"]["attendance"] = {"status": "not_collected"}
    return left


async def stored(centre: Centre) -> dict[str, Client]:
    """The roster, and a client of each state."""
    for programmes in WHO.values():
        for programme in programmes:
            await centre.programme(programme)
    return {state: await centre.state(state) for state in WHO}


@pytest.mark.heavy
async def test_what_a_replacement_drops_leaves_no_ghost_in_any_figure(
    centre: Centre, databases: Databases
) -> None:
    """All figures are those of a database that has only ever seen the last documents."""
    clients = await stored(centre)
    sent = {
        (p, period): full(p, period) for ps in WHO.values() for p in ps for period in PERIODS
    }
    for (programme, _), document in sent.items():
        await clients[programme[:6]].accepted(document)
    nation = await centre.coordinator()
    before = await everything(nation)

    for programme, period in (("MX-NLE-01", "2026-09"), ("MX-CHH-01", "2026-08")):
        last = without_the_optional(sent[programme, period])
        await clients[programme[:6]].replaced(last)
        sent[programme, period] = last
    after = await everything(nation)
    async with under_test.centre(databases) as fresh:
        others = await stored(fresh)
        for (programme, _), document in sent.items():
            await others[programme[:6]].accepted(document)
        expected = await everything(await fresh.coordinator())

    changed = [question for question in before if before[question] != after[question]]
    assert len(changed) > 20
    for question in expected:
        assert _figures(after, question) == _figures(expected, question), question


def _figures(answers: dict[str, Any], question: str) -> list[dict[str, Any]]:
    """The items, but for the number of the revision that they are of."""
    return [
        {name: value for name, value in item.items() if name != "revision"}
        for item in answers[question]
    ]
