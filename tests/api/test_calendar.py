"""The calendar: usual days and days that were set, to the second in Mexico City."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from support.centre import Centre, Client
from support.coordination import done, enter, entry, local, logged, send
from support.months import steady

SECOND = timedelta(seconds=1)
SEPTEMBER = "/v1/calendar/2026-09"
USUAL = {"opens": "2026-10-01", "due": "2026-10-10", "closes": "2027-10-10"}


@pytest.fixture
async def coordinator(centre: Centre) -> Client:
    found = await centre.coordinator()
    await enter(found, "MX-NLE-01", entry(("active", "2024-01", None)))
    return found


@pytest.fixture
async def state(centre: Centre, coordinator: Client) -> Client:
    return await centre.state("MX-NLE")


async def put(state: Client, at: str, after: timedelta = timedelta(), **values: Any) -> Any:
    """September, as it comes at a local time, or so much after it."""
    state.centre.clock.now = local(at) + after
    state.held.clear()
    return await state.put(steady("2026-09", **values), Accept_Language="en")


async def days(centre: Centre, query: str) -> Any:
    return (await centre.http.get(f"/v1/calendar{query}")).json()


async def test_a_month_opens_on_the_first_is_due_on_the_tenth_and_closes_a_year_later(
    centre: Centre,
) -> None:
    found = await days(centre, "?from=2026-09&to=2026-12")

    assert found["time_zone"] == "America/Mexico_City"
    assert found["items"][0] == {"period": "2026-09", **USUAL}
    assert found["items"][-1] == {
        "period": "2026-12",
        "opens": "2027-01-01",
        "due": "2027-01-10",
        "closes": "2028-01-10",
    }
    assert [each["period"] for each in found["items"]] == [
        "2026-09",
        "2026-10",
        "2026-11",
        "2026-12",
    ]


async def test_without_months_the_calendar_shows_the_last_that_is_over(centre: Centre) -> None:
    assert [each["period"] for each in (await days(centre, ""))["items"]] == ["2026-10"]
    ahead = (await days(centre, "?from=2027-05"))["items"]
    assert [each["period"] for each in ahead] == ["2027-05"]


async def test_a_question_about_no_months_is_refused_with_every_fault(centre: Centre) -> None:
    for query, rules in (
        ("?from=2026-13&to=x", ["not_a_month", "not_a_month"]),
        ("?from=2026-09&to=2026-08", ["from_after_to"]),
        ("?from=2000-01&to=2026-08", ["too_many_months"]),
    ):
        answer = await centre.http.get(f"/v1/calendar{query}")
        assert answer.status_code == 422
        assert [error["rule"] for error in answer.json()["errors"]] == rules


async def test_who_has_the_calendar_is_not_sent_it_again(centre: Centre) -> None:
    first = await centre.http.get("/v1/calendar")

    again = await centre.http.get(
        "/v1/calendar", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("at", "after", "status", "timeliness"),
    [
        ("2026-10-01 00:00", -SECOND, 422, None),
        ("2026-10-01 00:00", timedelta(), 201, "on_time"),
        ("2026-10-11 00:00", -SECOND, 201, "on_time"),
        ("2026-10-11 00:00", timedelta(), 201, "late"),
        ("2027-10-11 00:00", -SECOND, 201, "late"),
        ("2027-10-11 00:00", timedelta(), 409, None),
    ],
)
async def test_days_begin_and_end_at_midnight_in_mexico_city(
    state: Client, at: str, after: timedelta, status: int, timeliness: str | None
) -> None:
    answer = await put(state, at, after)

    assert answer.status_code == status, answer.text
    assert answer.json().get("timeliness") == timeliness
    if status == 422:
        (error,) = answer.json()["errors"]
        assert (error["rule"], error["pointer"]) == ("H18_period", "/period")
        assert "2026-10-01" in error["message"]
    if status == 409:
        assert answer.json()["type"] == "/problems/past-closing"
        assert "until 2027-10-10" in answer.json()["detail"]


@pytest.mark.parametrize("month", ["2022-03", "2022-09", "2026-03", "2026-09"])
async def test_midnight_is_that_of_the_year_with_or_without_daylight_saving(
    centre: Centre, coordinator: Client, month: str
) -> None:
    """Until October 2022 Mexico City moved its clocks: 10 April 2022 ended at 05:00 UTC."""
    year, number = map(int, month.split("-"))
    window = {"backfill_until": "2099-12-31"}
    await enter(coordinator, "MX-NLE-02", entry(("active", "2020-01", None), **window))
    state = await centre.state("MX-NLE")
    midnight = local(f"{year}-{number + 1:02}-11 00:00")
    assert midnight.hour == (5 if month < "2022-10" else 6)

    rows = {}
    for programme, instant in (("MX-NLE-01", midnight - SECOND), ("MX-NLE-02", midnight)):
        await enter(coordinator, programme, entry(("active", "2020-01", None), **window))
        centre.clock.now = instant
        state.held.clear()
        answer = await state.put(steady(month, programme))
        assert answer.status_code == 201, answer.text
        rows[programme] = answer.json()["timeliness"]

    assert rows == {"MX-NLE-01": "on_time", "MX-NLE-02": "late"}


async def test_days_that_are_set_hold_and_are_logged_as_the_nations_act(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    given = {"opens": "2026-10-05", "due": "2026-10-15", "closes": "2027-01-31"}

    answer = await send(coordinator, "PUT", SEPTEMBER, given)

    assert (answer.status_code, answer.json()) == (200, {"period": "2026-09", **given})
    shown = (await days(centre, "?from=2026-08&to=2026-10"))["items"]
    assert shown[1] == {"period": "2026-09", **given}
    assert [each["due"] for each in shown] == ["2026-09-10", "2026-10-15", "2026-11-10"]
    (said,) = await logged(centre, "calendar", state="MX")
    assert json.loads(said) == {
        "kind": "calendar",
        "period": "2026-09",
        **given,
        "at": "2026-11-23T12:00:00Z",
        "by": coordinator.id,
    }
    early = await put(state, "2026-10-05 00:00", -SECOND)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-open-yet")
    assert "2026-10-05" in early.json()["detail"]
    shut = await put(state, "2027-02-01 00:00")
    assert (shut.status_code, shut.json()["type"]) == (409, "/problems/past-closing")
    assert "until 2027-01-31" in shut.json()["detail"]
    assert (await put(state, "2026-10-16 00:00", -SECOND)).json()["timeliness"] == "on_time"


async def test_the_same_days_again_are_no_act(centre: Centre, coordinator: Client) -> None:
    usual = await send(coordinator, "PUT", SEPTEMBER, USUAL)
    assert usual.status_code == 200
    assert await logged(centre, "calendar", state="MX") == []
    other = USUAL | {"due": "2026-10-12"}

    answers = [await send(coordinator, "PUT", SEPTEMBER, other) for _ in range(2)]
    back = await send(coordinator, "PUT", SEPTEMBER, USUAL)

    assert [answer.status_code for answer in (*answers, back)] == [200] * 3
    assert answers[0].json() == answers[1].json()
    assert len(await logged(centre, "calendar", state="MX")) == 2
    assert (await days(centre, "?from=2026-09"))["items"][0] == {"period": "2026-09", **USUAL}


async def test_reports_that_are_there_are_judged_by_the_new_days(
    coordinator: Client, state: Client
) -> None:
    await put(state, "2026-10-12 12:00")
    path = "/v1/completeness?from=2026-09&to=2026-09"
    (late,) = (await done(coordinator, "GET", path))["items"]
    assert (late["status"], late["days_late"]) == ("late", 2)

    await done(coordinator, "PUT", SEPTEMBER, USUAL | {"due": "2026-10-12"})

    (now,) = (await done(coordinator, "GET", path))["items"]
    assert (now["status"], now["days_late"]) == ("on_time", 0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"opens": "2026-09-30"}, [("day_too_early", "/opens")]),
        ({"due": "2026-09-30"}, [("day_too_early", "/due")]),
        ({"closes": "2026-10-09"}, [("day_too_early", "/closes")]),
        ({"due": "10/10/2026"}, [("not_a_day", "/due")]),
        (
            {"due": "2026-10-32", "closes": None},
            [("not_a_day", "/due"), ("not_a_day", "/closes")],
        ),
        ({"due": "0226-10-10"}, [("not_a_day", "/due")]),
        ({"cierra": "2027-10-10"}, [("not_a_member", "/cierra")]),
    ],
)
async def test_days_in_another_order_or_none_at_all_are_refused(
    centre: Centre, coordinator: Client, change: Any, expected: list[tuple[str, str]]
) -> None:
    answer = await send(coordinator, "PUT", SEPTEMBER, USUAL | change)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-act")
    assert [(e["rule"], e["pointer"]) for e in answer.json()["errors"]] == expected
    assert (await days(centre, "?from=2026-09"))["items"][0] == {"period": "2026-09", **USUAL}


async def test_only_coordination_sets_days_and_only_of_months(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    refused = await send(state, "PUT", SEPTEMBER, USUAL)
    assert (refused.status_code, refused.json()["type"]) == (
        403,
        "/problems/insufficient-scope",
    )
    no_month = await send(coordinator, "PUT", "/v1/calendar/2026-13", USUAL)
    assert no_month.status_code == 422
    assert await logged(centre, "calendar", state="MX") == []
