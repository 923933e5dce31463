"""A month is checked for anybody; nothing is read, nothing is kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cauce.app import create_app
from cauce.ingest.validate import LARGEST
from cauce.settings import Settings
from cauce_contract import load_all
from cauce_contract.rules import KINDS, over_time
from support.anybody import Anybody
from support.centre import ISSUER, Clock, later, moved
from support.months import CONTRACT, check_alone

NOWHERE = "postgresql+asyncpg://nobody@/none?host=/nonexistent"
LOOK_BACK = [
    "H02_continuity", "S03_copy", "S01_zero_after_nonzero", "S04_outlier", "S18_mix_shift",
    "S20_screen_lag", "S21_returns", "S22_charges", "S23_cohort_origin", "S11_uptake",
    "S12_grad_without_ph4", "S13_lag_charges", "S19_women_access", "S24_carryover",
]  # fmt: skip


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def service(data_dir: Path) -> AsyncIterator[Anybody]:
    clock = Clock()
    settings = Settings(data_dir, None, ISSUER, "127.0.0.1", 8000)
    app = create_app(settings, NOWHERE, clock=clock)
    yield Anybody(app, clock)
    await app.state.running.close()


@pytest.fixture
async def anybody(tmp_path: Path) -> AsyncIterator[Anybody]:
    async with service(tmp_path) as found:
        yield found


async def test_without_database_or_token_it_says_what_the_check_says(
    anybody: Anybody, month: dict[str, Any]
) -> None:
    month["measures"]["active_close"]["value"] = 44
    outcome = check_alone(month)

    answer = await anybody.post({"submission": month}, Accept_Language="en")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    expected = outcome.as_json(outcome.labels("en"))
    (gap,) = outcome.of("notice")
    said = {"message": answer.json()["notices"][0]["message"]}
    assert "2026-08, the month before, is not at hand here" in said["message"]
    expected["notices"] = [gap.as_json(outcome.labels("en")) | said]
    assert answer.json() == expected | {"not_checked": LOOK_BACK}
    assert list(answer.json()) == [*expected, "not_checked"]
    assert answer.json()["core_digest"] == CONTRACT.core_digest
    assert answer.json()["errors"][0]["rule"] == "H01_balance"


async def test_history_is_what_looking_back_goes_by(
    anybody: Anybody, month: dict[str, Any]
) -> None:
    before = moved(month, "MX-NLE-01", "2026-08")

    answer = await anybody.post({"submission": month, "history": [before]})

    found = answer.json()
    assert [error["rule"] for error in found["errors"]] == ["H02_continuity"]
    (copy,) = found["confirm"]
    assert (copy["rule"], copy["acknowledged"]) == ("S03_copy", False)
    assert found["content_digest"] is None
    still = ["S01_zero_after_nonzero", "S04_outlier", "S20_screen_lag", "S21_returns"]
    still += ["S22_charges", "S23_cohort_origin", "S11_uptake", "S13_lag_charges"]
    assert found["not_checked"] == [*still, "S19_women_access"]


async def test_with_two_years_behind_it_nothing_is_left_unchecked(
    anybody: Anybody, month: dict[str, Any]
) -> None:
    history = [
        moved(month, "MX-NLE-01", f"{year}-{number:02}")
        for year in (2024, 2025, 2026)
        for number in range(1, 13)
        if "2024-09" <= f"{year}-{number:02}" < "2026-09"
    ]
    body = {"submission": month, "history": history}
    assert len(history) == 24
    assert len(json.dumps(body)) < LARGEST

    answer = await anybody.post(body)

    assert answer.status_code == 200
    assert answer.json()["not_checked"] == []


def test_every_rule_that_looks_back_says_how_far() -> None:
    looking = {
        rule.id
        for rule in CONTRACT.rules.values()
        if any(check.months_back() for check in rule.checks)
    }
    kinds = {kind for kind in KINDS.values() if kind.__module__ == over_time.__name__}

    assert looking == set(LOOK_BACK)
    # A gap is what it finds, and how old a month is needs no other month.
    silent = {over_time.Gap, over_time.Stale}
    told = {
        type(check)
        for contract in load_all().values()
        for rule in contract.rules.values()
        for check in rule.checks
        if check.months_back()
    }
    assert told == kinds - silent


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"programme": "MX-NLE-02"}, "history_of_another"),
        ({"period": "2026-09"}, "history_not_earlier"),
        ({"period": "2026-10"}, "history_not_earlier"),
        ({"contract": "9.9.9"}, "history_unreadable"),
        ({"programme": None}, "history_unreadable"),
        ({"measures": ...}, "history_unreadable"),
    ],
)
async def test_history_that_is_something_else_is_named_by_its_place(
    anybody: Anybody, month: dict[str, Any], changes: dict[str, Any], rule: str
) -> None:
    before = moved(month, "MX-NLE-01", "2026-08")
    other = {k: v for k, v in (before | changes).items() if v is not ...}
    twice = [before, other, before, 7]

    answer = await anybody.post({"submission": month, "history": twice})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/nothing-to-check"
    assert [(each["rule"], each["pointer"]) for each in answer.json()["errors"]] == [
        (rule, "/history/1"),
        ("history_twice", "/history/2"),
        ("history_unreadable", "/history/3"),
    ]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ([], []),
        (None, []),
        ({}, [""]),
        ({"history": []}, [""]),
        ({"submission": {}, "History": []}, [""]),
        ({"submission": {}, "history": {}}, ["/history"]),
        ({"submission": {}, "history": None, "x": 1, "y": 2}, ["", "", "/history"]),
    ],
)
async def test_a_body_without_a_month_to_check_is_told_how_it_should_be(
    anybody: Anybody, body: object, places: list[str]
) -> None:
    answer = await anybody.post(body)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/nothing-to-check"
    assert "`submission`" in answer.json()["detail"]
    assert [each["pointer"] for each in answer.json().get("errors", [])] == places


async def test_a_month_that_is_not_wrapped_is_told_so_and_nothing_else(
    anybody: Anybody, month: dict[str, Any]
) -> None:
    answer = await anybody.post(month, Accept_Language="en")

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["rule"], error["pointer"]) == ("not_wrapped", "")
    assert error["message"] == 'The month goes into `submission`: {"submission": {…}}.'


@pytest.mark.parametrize("submission", [None, 7, "x", [], {}, {"contract": "9.9.9"}])
async def test_whatever_is_sent_for_a_month_gets_findings(
    anybody: Anybody, submission: object
) -> None:
    answer = await anybody.post({"submission": submission, "history": [7]})

    outcome = check_alone(submission)
    assert answer.status_code == 200
    expected = outcome.as_json(outcome.labels("es"))
    assert answer.json() == expected | {"not_checked": []}


async def test_a_draft_can_be_tried_and_is_told_that_it_is_one(
    anybody: Anybody, month: dict[str, Any]
) -> None:
    answer = await anybody.post({"submission": month | {"contract": "2.0.0"}})

    found = answer.json()
    assert found["contract"] == "2.0.0"
    assert found["errors"][0]["pointer"] == "/contract"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"submission": 1, "submission": 2}', {}, 400),
        (b'{"submission": NaN}', {}, 400),
        (b"", {}, 400),
        (b"{}", {"Content_Type": "text/csv"}, 415),
        (b"{}", {"Content_Encoding": "gzip"}, 415),
        (b" " * LARGEST + b"{}", {}, 413),
    ],
)
async def test_the_body_is_read_as_strictly_as_a_put_s(
    anybody: Anybody, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await anybody.post(content, **headers)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_findings_and_refusals_are_in_the_reader_s_language(
    anybody: Anybody, language: str
) -> None:
    found = await anybody.post({"submission": []}, Accept_Language=language)
    refused = await anybody.post({}, Accept_Language=language)

    labels = CONTRACT.labels[language]
    said = labels.texts["rule"]["H19_codes"]["message"]["not_json_object"]
    assert found.json()["errors"][0]["message"] == said
    assert refused.headers["Content-Language"] == language


async def test_an_address_may_ask_sixty_times_a_minute_and_is_told_when_again(
    anybody: Anybody,
) -> None:
    for _ in range(60):
        assert (await anybody.post({})).status_code == 422

    refused = await anybody.post({})
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert "cauce check" in refused.json()["detail"]
    assert (await anybody.post({}, address="192.0.2.9")).status_code == 422

    later(anybody.clock, seconds=int(refused.headers["Retry-After"]))
    assert (await anybody.post({})).status_code == 422
