"""A month is replaced, with a reason, beside others that are sent at once."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest

from support.centre import Centre, Client, moved

REASON = {"code": "late_data", "text": "una recaída se registró dos veces"}


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


def corrected(month: dict[str, Any], relapses: int = 8) -> dict[str, Any]:
    document = copy.deepcopy(month) | {"revision_reason": REASON}
    document["measures"]["relapses"]["value"] = relapses
    return document


async def test_a_replacement_needs_the_tag_of_what_it_replaces(
    nle: Client, month: dict[str, Any]
) -> None:
    first = await nle.put(month)

    without = await nle.put(corrected(month))
    stale = await nle.put(corrected(month), If_Match='"9-0123456789abcdef"')
    right = await nle.put(corrected(month), If_Match=first.headers["ETag"])

    assert (without.status_code, stale.status_code) == (428, 412)
    assert right.status_code == 200
    assert right.json()["revision"] == 2
    assert right.json()["revision_reason"] == REASON
    current = await nle.get("/v1/submissions/MX-NLE-01/2026-09")
    assert current.json()["document"]["measures"]["relapses"] == {"value": 8}
    assert current.headers["ETag"] == right.headers["ETag"] != first.headers["ETag"]


async def test_a_replacement_without_a_reason_is_refused_with_the_reasons_there_are(
    nle: Client, month: dict[str, Any]
) -> None:
    first = await nle.put(month)
    document = corrected(month)
    del document["revision_reason"]

    answer = await nle.put(document, If_Match=first.headers["ETag"])

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/revision_reason"
    assert "late_data" in error["message"]


async def test_eight_first_revisions_at_once_are_one(
    nle: Client, month: dict[str, Any]
) -> None:
    await nle.token()

    answers = await asyncio.gather(*(nle.put(month) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["receipt"] for answer in answers}) == 1


async def test_a_dry_run_says_what_would_change_and_stores_nothing(
    nle: Client, month: dict[str, Any]
) -> None:
    before = await nle.put(month, "?dry_run=true")
    assert before.status_code == 200
    assert (await nle.get("/v1/submissions/MX-NLE-01/2026-09")).status_code == 404
    await nle.put(month)

    dry = await nle.put(corrected(month), "?dry_run=true")

    assert dry.status_code == 200
    assert dry.json()["differences"] == [
        {
            "pointer": "/measures/relapses/value",
            "before": 9,
            "after": 8,
            "status_before": "reported",
            "status_after": "reported",
        }
    ]
    assert dry.json()["errors"] == []
    stands = (await nle.get("/v1/submissions/MX-NLE-01/2026-09")).json()
    assert stands["revision"] == 1


async def test_a_dry_run_of_a_broken_month_gives_the_findings_of_the_offline_check(
    nle: Client, month: dict[str, Any]
) -> None:
    month["measures"]["active_close"]["value"] = 44

    dry = await nle.put(month, "?dry_run=true")

    assert dry.status_code == 422
    rules = [error["rule"] for error in dry.json()["errors"]]
    assert rules[0] == "H01_balance"
    assert dry.json()["contract"] == "1.0.0"
    assert dry.json()["warnings"] == []


async def test_a_month_that_does_not_go_on_from_the_month_before_is_refused(
    nle: Client, month: dict[str, Any]
) -> None:
    await nle.put(month)
    october = moved(month, "MX-NLE-01", "2026-10")
    october["measures"]["relapses"]["value"] = 8

    answer = await nle.put(october)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["rule"], error["expected"], error["actual"]) == ("H02_continuity", 43, 41)


async def test_a_month_that_stands_is_answered_whatever_became_of_its_neighbours(
    nle: Client, month: dict[str, Any]
) -> None:
    first = await nle.put(month)
    august = moved(month, "MX-NLE-01", "2026-08")  # closes with 43, September opens with 41
    assert (await nle.put(august)).status_code == 201

    again = await nle.put(month)

    assert again.status_code == 200
    assert not again.json()["changed"]
    assert again.json()["receipt"] == first.json()["receipt"]


async def test_two_months_at_once_are_checked_one_after_the_other(
    nle: Client, month: dict[str, Any]
) -> None:
    await nle.token()
    october = moved(month, "MX-NLE-01", "2026-10")  # does not go on from September

    answers = await asyncio.gather(nle.put(month), nle.put(october))

    named = [answer.json().get("needs_correction") for answer in answers]
    refused = [answer.status_code for answer in answers].count(422)
    assert refused == 1 or ["2026-10"] in named


async def test_figures_that_cannot_stand_are_not_taken_for_what_stands(
    nle: Client, month: dict[str, Any]
) -> None:
    """Counts below a total that has no number: the canonical form would leave them out."""
    month["measures"]["relapses"] = {"value": None, "status": "not_collected"}
    month["measures"]["screened"] = {"value": None, "status": "not_collected"}
    assert (await nle.put(month)).status_code == 201
    month["measures"]["screened"]["by"] = {"sex": {"M": 9, "F": 3}}

    answer = await nle.put(month)

    assert answer.status_code == 422
    assert "H03_breakdown_sum" in [error["rule"] for error in answer.json()["errors"]]
