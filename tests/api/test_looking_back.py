"""A month at the door is checked against what stands before it, and its sender told."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from support.centre import Centre, Client
from support.months import steady

COPY = {"rule": "S03_copy", "pointer": "/measures", "explanation": "El mes fue igual."}


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


async def test_what_is_to_confirm_is_refused_until_the_document_acknowledges_it(
    nle: Client,
) -> None:
    await nle.accepted(steady("2026-07"))
    august = steady("2026-08")

    refused = await nle.put(august)
    dry = await nle.put(august, "?dry_run=true")
    elsewhere = COPY | {"pointer": "/measures/sanctions"}
    of_another = await nle.put(august | {"acknowledgements": [elsewhere]})
    confirmed = await nle.put(august | {"acknowledgements": [COPY]})

    assert refused.status_code == dry.status_code == of_another.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["rule"], error["severity"]) == ("S03_copy", "confirm")
    assert refused.json()["core_digest"].startswith("sha-256:")
    assert dry.json()["errors"] == refused.json()["errors"]
    assert [each["acknowledged"] for each in dry.json()["confirm"]] == [False]
    assert confirmed.status_code == 201
    assert confirmed.json()["flags"] == []


async def test_a_warning_is_accepted_listed_and_due_until_it_is_explained(nle: Client) -> None:
    sent = steady("2026-07", capacity_slots=20)
    answer = await nle.accepted(sent)

    (warning,) = answer["warnings"]
    assert warning["rule"] == "S06_capacity"
    assert warning["explained"] is False
    assert "20" in warning["message"]
    assert answer["flags"] == ["explanation_due"]
    assert [notice["rule"] for notice in answer["notices"]] == ["N01_gap"]

    explained = {**COPY, "rule": "S06_capacity", "pointer": warning["pointer"]}
    of_august = steady("2026-08", capacity_slots=20, relapses=8)
    told = await nle.accepted(of_august | {"acknowledgements": [explained]})

    assert [each["explained"] for each in told["warnings"]] == [True]
    assert told["flags"] == []


async def test_what_was_told_is_told_again_whatever_came_since(nle: Client) -> None:
    sent = steady("2026-08", capacity_slots=20)
    first = await nle.accepted(sent)
    again = await nle.accepted(sent)
    read = (await nle.get("/v1/submissions/MX-NLE-01/2026-08", Accept_Language="fr")).json()

    assert again == first | {"changed": False}
    assert [each["rule"] for each in read["warnings"]] == ["S06_capacity"]
    assert read["warnings"][0]["message"] != first["warnings"][0]["message"]
    assert read["flags"] == first["flags"] == ["explanation_due"]
    assert [each["rule"] for each in first["notices"]] == ["N01_gap"]

    await nle.accepted(steady("2026-07", opens=42, relapses=8))
    later = (await nle.get("/v1/submissions/MX-NLE-01/2026-08")).json()

    assert [each["rule"] for each in later["notices"]] == ["N01_gap"]
    assert later["flags"] == ["explanation_due"]


async def test_a_month_whose_predecessor_changed_under_it_is_flagged(nle: Client) -> None:
    await nle.accepted(steady("2026-08"))
    july = steady("2026-07", opens=42, closes=42, relapses=8)

    told = await nle.accepted(july)
    august = (await nle.get("/v1/submissions/MX-NLE-01/2026-08")).json()

    assert told["needs_correction"] == ["2026-08"]
    assert august["flags"] == ["needs_correction"]


async def test_rules_look_as_far_back_as_two_years(nle: Client) -> None:
    """A cohort of 24 months is compared with the graduations of its month (S23)."""
    origin = steady("2024-07", relapses=8, graduations=2)
    await nle.accepted(origin)
    later = steady("2026-07")
    for measure, number in (("due", 3), ("checked", 3), ("new_charge", 0)):
        later["measures"][f"followup_{measure}"] = {
            "value": number,
            "by": {"followup_window": {"M24": number}},
        }

    told = await nle.accepted(later)

    assert ("S23_cohort_origin", "/measures/followup_due/by/followup_window/M24") in [
        (each["rule"], each["pointer"]) for each in told["warnings"]
    ]


@contextmanager
def statements(centre: Centre) -> Iterator[list[str]]:
    """The SQL that is run meanwhile."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    engine = centre.app.state.running.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_two_years_of_history_come_in_one_query(centre: Centre, nle: Client) -> None:
    for number in range(1, 9):
        await nle.accepted(steady(f"2026-{number:02}", relapses=number))
    changed = steady("2026-04", relapses=30) | {
        "revision_reason": {"code": "error", "text": "Faltaban varias."}
    }
    tag = (await nle.get("/v1/submissions/MX-NLE-01/2026-04")).headers["ETag"]
    with statements(centre) as seen:
        await nle.accepted(changed, If_Match=tag)

    assert sum(" revision" in each and "SELECT" in each.upper() for each in seen) == 1
    read = (await nle.get("/v1/submissions/MX-NLE-01/2026-04")).json()
    assert read["revision"] == 2
    assert copy.deepcopy(read["document"])["measures"]["relapses"]["value"] == 30
