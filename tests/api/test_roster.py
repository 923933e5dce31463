"""The roster as data: entered, replaced, closed, merged and split, and every refusal."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cauce_contract import Month
from support.centre import Centre, Client
from support.coordination import Entry, done, enter, entry, logged, send
from support.lives import follow_up_alone
from support.months import CONTRACT, steady

OPEN = ("active", "2024-01", None)
PATH = "/v1/programmes/MX-NLE-01"


@pytest.fixture
async def coordinator(centre: Centre) -> Client:
    return await centre.coordinator()


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/bad-act"
    return [(error["rule"], error["pointer"]) for error in answer.json()["errors"]]


async def test_a_programme_is_entered_read_and_logged(
    centre: Centre, coordinator: Client
) -> None:
    given = entry(OPEN, name="Guadalupe", backfill_until="2027-03-31")

    answer = await send(coordinator, "PUT", PATH, given)

    assert answer.status_code == 201
    whole = {"programme": "MX-NLE-01", "state": "MX-NLE", **given}
    assert answer.json() == whole
    assert (await centre.http.get(PATH)).json() == whole
    assert (await centre.http.get("/v1/programmes")).json() == {"items": [whole], "next": None}
    (said,) = await logged(centre, "roster")
    assert json.loads(said) == {
        "kind": "roster",
        "programme": "MX-NLE-01",
        "entry": whole,
        "at": "2026-11-23T12:00:00Z",
        "by": coordinator.id,
    }


async def test_the_same_entry_again_is_no_act(centre: Centre, coordinator: Client) -> None:
    await enter(coordinator, "MX-NLE-01", entry(OPEN))

    again = await send(coordinator, "PUT", PATH, entry(OPEN))
    read = (await centre.http.get(PATH)).json()
    sent_back = await send(coordinator, "PUT", PATH, read)

    assert (again.status_code, sent_back.status_code) == (200, 200)
    assert again.json() == sent_back.json() == read
    assert len(await logged(centre, "roster")) == 1


async def test_another_entry_takes_the_place_of_the_whole_one(
    centre: Centre, coordinator: Client
) -> None:
    await enter(coordinator, "MX-NLE-01", entry(OPEN, backfill_until="2027-03-31"))
    changed = entry(("active", "2025-01", "2025-06"), ("active", "2026-01", None), name="Otro")

    answer = await send(coordinator, "PUT", PATH, changed)

    assert answer.status_code == 200
    assert (await centre.http.get(PATH)).json() == answer.json()
    assert answer.json().items() >= changed.items()
    assert len(await logged(centre, "roster")) == 2
    for month, count in (("2024-12", 0), ("2025-03", 1), ("2025-07", 0), ("2030-01", 1)):
        listed = (await centre.http.get(f"/v1/programmes?at={month}")).json()["items"]
        assert len(listed) == count, month


@pytest.mark.parametrize(
    "name",
    ["Tribunal de la licenciada María Pérez", "Tribunal (81 1234 5678)", "ana@example.org"],
)
async def test_a_name_that_shows_somebody_is_refused_and_not_repeated(
    name: str, centre: Centre, coordinator: Client
) -> None:
    answer = await send(coordinator, "PUT", PATH, entry(OPEN, name=name))

    assert faults(answer) == [("H22_no_personal", "/name")]
    for word in name.split():
        assert len(word) < 5 or word not in answer.text
    assert (await centre.http.get("/v1/programmes")).json()["items"] == []
    assert await centre.entries("roster") == []


async def test_intervals_are_read_back_in_order(coordinator: Client) -> None:
    after, before = ("follow_up", "2026-06", "2028-05"), ("active", "2024-01", "2026-05")

    entered = await enter(coordinator, "MX-NLE-01", entry(after, before))

    assert [each["since"] for each in entered["intervals"]] == ["2024-01", "2026-06"]
    again = await send(coordinator, "PUT", PATH, entry(before, after))
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": " "}, [("not_a_name", "/name")]),
        ({"name": 7}, [("not_a_name", "/name")]),
        ({"name": "x" * 201}, [("not_a_name", "/name")]),
        ({"name": "a\u200bb"}, [("not_a_name", "/name")]),
        ({"kind": "tribunal"}, [("not_one_of", "/kind")]),
        ({"replaces": "MX-NLE-02"}, [("not_a_list_of", "/replaces")]),
        ({"replaces": ["MX-NLE-2", 5]}, [("not_a_programme", f"/replaces/{n}") for n in "01"]),
        ({"replaces": ["MX-NLE-01"]}, [("replaced_twice", "/replaces/0")]),
        ({"replaces": ["MX-CHH-01"]}, [("of_another_state", "/replaces/0")]),
        ({"replaces": ["MX-NLE-09"]}, [("not_on_the_roster", "/replaces/0")]),
        ({"backfill_until": "2027-02-30"}, [("not_a_day", "/backfill_until")]),
        ({"backfill_until": ""}, [("not_a_day", "/backfill_until")]),
        ({"intervals": []}, [("no_interval", "/intervals")]),
        ({"intervals": None}, [("not_a_list_of", "/intervals")]),
        ({"intervals": [[]]}, [("not_an_object", "/intervals/0")]),
        ({"programme": "MX-NLE-02"}, [("not_the_address", "/programme")]),
        ({"state": "MX-CHH"}, [("not_the_address", "/state")]),
        ({"nombre": "x"}, [("not_a_member", "/nombre")]),
    ],
)
async def test_a_faulty_entry_is_refused_with_the_place_of_each_fault(
    centre: Centre, coordinator: Client, change: Entry, expected: list[tuple[str, str]]
) -> None:
    answer = await send(coordinator, "PUT", PATH, entry(OPEN) | change)

    assert faults(answer) == expected
    assert (await centre.http.get("/v1/programmes")).json()["items"] == []
    assert await logged(centre, "roster") == []


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([("active", "2024-05", "2024-04")], [("from_after_to", "/intervals/0/since")]),
        ([("active", "2012-12", None)], [("before_contract", "/intervals/0/since")]),
        ([("active", "24-1", None)], [("not_a_month", "/intervals/0/since")]),
        ([("closed", "2024-01", None)], [("not_one_of", "/intervals/0/kind")]),
        (
            [("active", "2024-01", "2024-06"), ("follow_up", "2024-06", "2026-05")],
            [("intervals_overlap", "/intervals/1")],
        ),
        (
            [("follow_up", "2024-06", "2026-05"), ("active", "2024-01", None)],
            [("intervals_overlap", "/intervals/0")],
        ),
        (
            [("active", "2024-01", None), ("active", "2024-01", None)],
            [("intervals_overlap", "/intervals/1")],
        ),
    ],
)
async def test_intervals_that_cannot_be_are_refused(
    coordinator: Client,
    intervals: list[tuple[str, str, str | None]],
    expected: list[tuple[str, str]],
) -> None:
    assert faults(await send(coordinator, "PUT", PATH, entry(*intervals))) == expected


async def test_every_fault_is_told_at_once(coordinator: Client) -> None:
    given = entry(("active", "2024-13", "?"), ("x", "2024-01", None), kind="", name="")
    del given["replaces"]

    assert faults(await send(coordinator, "PUT", PATH, given)) == [
        ("member_missing", "/replaces"),
        ("not_a_name", "/name"),
        ("not_one_of", "/kind"),
        ("not_a_month", "/intervals/0/since"),
        ("not_a_month", "/intervals/0/until"),
        ("not_one_of", "/intervals/1/kind"),
    ]


@pytest.mark.parametrize("programme", ["MX-XXX-01", "MX-NLE-1", "MX-NLE", "x"])
async def test_a_programme_of_no_state_of_the_contract_is_refused(
    coordinator: Client, programme: str
) -> None:
    answer = await send(coordinator, "PUT", f"/v1/programmes/{programme}", entry(OPEN))

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["rule"], error["parameter"]) == ("not_a_programme", "programme")
    assert "MX-" in error["message"]
    assert (await coordinator.get(f"/v1/programmes/{programme}")).status_code == 404


async def test_what_was_accepted_stays_on_the_roster(
    centre: Centre, coordinator: Client
) -> None:
    window = {"backfill_until": "2027-03-31"}
    await enter(coordinator, "MX-NLE-01", entry(OPEN, **window))
    state = await centre.state("MX-NLE")
    for month, incentives in (("2026-08", 5), ("2026-09", 6)):
        assert (await state.put(steady(month, incentives=incentives))).status_code == 201

    late = entry(("active", "2026-09", None), **window)
    gone = entry(("active", "2024-01", "2026-07"), **window)
    for given, months in ((late, "2026-08"), (gone, "2026-08, 2026-09")):
        answer = await send(coordinator, "PUT", PATH, given)
        assert faults(answer) == [("months_off_roster", "/intervals")]
        assert f": {months}." in answer.json()["errors"][0]["message"]

    kept = entry(("active", "2026-08", "2026-09"), **window)
    assert (await send(coordinator, "PUT", PATH, kept)).status_code == 200


async def test_only_coordination_writes_the_roster(centre: Centre) -> None:
    for client in (
        await centre.state("MX-NLE"),
        await centre.client("analyst", "indicators:read"),
    ):
        answer = await send(client, "PUT", PATH, entry(OPEN))
        assert (answer.status_code, answer.json()["type"]) == (
            403,
            "/problems/insufficient-scope",
        )
    assert (await centre.http.get("/v1/programmes")).json()["items"] == []


async def test_a_month_off_the_roster_is_refused_with_the_months_that_are_on_it(
    centre: Centre, coordinator: Client
) -> None:
    past = entry(("active", "2024-01", "2025-12"), ("active", "2026-10", None))
    await enter(coordinator, "MX-NLE-01", past)
    state = await centre.state("MX-NLE")

    for query in ("", "?dry_run=true"):
        answer = await state.put(steady("2026-09"), query, Accept_Language="en")

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-on-roster")
        assert "2024-01 – 2025-12, 2026-10 – …" in answer.json()["detail"]


async def test_a_programme_that_joins_brings_its_past_until_its_window_ends(
    centre: Centre, coordinator: Client
) -> None:
    state = await centre.state("MX-NLE")
    await enter(coordinator, "MX-NLE-01", entry(OPEN))
    closed = await state.put(steady("2025-01"))
    assert (closed.status_code, closed.json()["type"]) == (409, "/problems/past-closing")
    assert "2026-02-10" in closed.json()["detail"]

    await enter(coordinator, "MX-NLE-01", entry(OPEN, backfill_until="2026-12-31"))
    accepted = await state.put(steady("2025-01"))
    assert (accepted.status_code, accepted.json()["timeliness"]) == (201, "late")

    centre.clock.now = datetime(2027, 1, 1, 5, 59, 59, tzinfo=UTC)  # 31 December's last second
    state.held.clear()
    assert (await state.put(steady("2025-02", incentives=5))).status_code == 201
    centre.clock.now = datetime(2027, 1, 1, 6, tzinfo=UTC)
    state.held.clear()
    shut = await state.put(steady("2025-03", incentives=6))
    assert (shut.status_code, shut.json()["type"]) == (409, "/problems/past-closing")
    assert "2026-12-31" in shut.json()["detail"]


async def test_two_courts_merge_into_a_consolidated_programme(
    centre: Centre, coordinator: Client
) -> None:
    window = {"backfill_until": str(date(2027, 3, 31))}
    courts = ("MX-NLE-01", "MX-NLE-02")
    for court in courts:
        await enter(coordinator, court, entry(OPEN, **window))
    merged = entry(
        ("active", "2026-08", None), kind="consolidated", replaces=list(courts), **window
    )
    path = "/v1/programmes/MX-NLE-10"
    assert faults(await send(coordinator, "PUT", path, merged)) == [
        ("replaced_goes_on", "/replaces/0"),
        ("replaced_goes_on", "/replaces/1"),
    ]
    for court in courts:
        intervals = [("active", "2024-01", "2026-07"), ("follow_up", "2026-08", "2028-07")]
        await enter(coordinator, court, entry(*intervals, **window))

    entered = await enter(coordinator, "MX-NLE-10", merged)

    assert entered["replaces"] == list(courts)
    state = await centre.state("MX-NLE")
    for court in courts:
        await state.accepted(steady("2026-07", court))
        await state.accepted(follow_up_alone(steady("2026-08", court, incentives=6)))
    merged_month = steady("2026-08", "MX-NLE-10", opens=86, closes=86)
    first = await state.put(merged_month, Accept_Language="en")
    assert first.status_code == 201, first.text
    told = [each["rule"] for each in (*first.json()["warnings"], *first.json()["notices"])]
    assert not {"H02_continuity", "N01_gap"} & set(told)
    second = await state.put(steady("2026-09", "MX-NLE-10", opens=87, closes=87, incentives=7))
    assert [error["rule"] for error in second.json()["errors"]] == ["H02_continuity"]
    rows = (await done(coordinator, "GET", "/v1/completeness?from=2026-07&to=2026-08", None))[
        "items"
    ]
    expected = {(r["programme"], r["period"]): r["cells"]["expected"] for r in rows}
    whole = expected["MX-NLE-10", "2026-08"]
    for court in courts:
        assert expected[court, "2026-07"] == whole
        assert 0 < expected[court, "2026-08"] < whole
    assert expected["MX-NLE-10", "2026-07"] == 0
    # For the nation nobody came or went: it opens with what the two closed with.
    for measure, period, reporting in (
        ("active_close", "2026-07", 2),
        ("active_open", "2026-08", 1),
        ("active_close", "2026-08", 1),
    ):
        path = f"/v1/measures/{measure}?from={period}&to={period}"
        (figure,) = (await done(coordinator, "GET", path))["items"]
        assert figure["value"] == 86
        coverage = {"expected": reporting, "reporting": reporting, "share": 1, "missing": []}
        assert coverage.items() <= figure["coverage"].items(), measure


async def test_a_programme_that_closes_sends_follow_up_for_two_years_and_no_more(
    centre: Centre, coordinator: Client
) -> None:
    ended = [("active", "2024-01", "2024-09"), ("follow_up", "2024-10", "2026-09")]
    await enter(coordinator, "MX-NLE-01", entry(*ended))
    await enter(coordinator, "MX-NLE-02", entry(OPEN))
    state = await centre.state("MX-NLE")

    async def sent(month: Month, document: Any) -> Any:
        centre.clock.now = month.ends_at(-6) + timedelta(days=5)
        state.held.clear()
        return await state.put(document)

    for number, month in enumerate(Month(2024, 8).through(Month(2026, 9)), start=1):
        whole = steady(str(month), incentives=number)
        is_closed = month > Month(2024, 9)
        answer = await sent(month, follow_up_alone(whole) if is_closed else whole)
        assert (answer.status_code, answer.json()["timeliness"]) == (201, "on_time"), month
        # The steady month's cohorts are larger than the graduates that it has every month.
        told = {warning["rule"] for warning in answer.json()["warnings"]}
        assert told <= {"S23_cohort_origin"}, month
    over = await sent(Month(2026, 10), follow_up_alone(steady("2026-10")))
    assert (over.status_code, over.json()["type"]) == (409, "/problems/not-on-roster")
    assert "2024-10 – 2026-09" in over.json()["detail"]

    path = "/v1/completeness?from=2024-09&to=2026-10"
    rows = (await done(coordinator, "GET", path))["items"]
    own = [row for row in rows if row["programme"] == "MX-NLE-01"]
    assert [row["status"] for row in own] == [*["on_time"] * 25, "not_expected"]
    for row in own[1:-1]:
        assert row["cells"] == {**own[1]["cells"], "share": 1}
    assert 0 < own[1]["cells"]["expected"] < own[0]["cells"]["expected"]
    for figure, expected in (("followup_due", 2), ("recidivism_12m", 2), ("exits", 1)):
        kind = "indicators" if figure == "recidivism_12m" else "measures"
        asked = f"/v1/{kind}/{figure}?from=2026-09&to=2026-09"
        (item,) = (await done(coordinator, "GET", asked))["items"]
        assert item["coverage"]["expected"] == expected
        assert item["coverage"]["missing"] == ["MX-NLE-02"]
        assert item["coverage"]["share"] == (expected - 1) / expected


async def test_one_court_is_split_into_two(coordinator: Client) -> None:
    await enter(coordinator, "MX-NLE-01", entry(("active", "2024-01", "2026-05")))

    for part in ("MX-NLE-11", "MX-NLE-12"):
        split = entry(("active", "2026-06", None), replaces=["MX-NLE-01"])
        assert (await enter(coordinator, part, split))["replaces"] == ["MX-NLE-01"]


async def test_who_was_replaced_stays_so(coordinator: Client) -> None:
    ended = entry(("active", "2024-01", "2026-05"))
    await enter(coordinator, "MX-NLE-01", ended)
    successor = entry(("active", "2026-06", None), replaces=["MX-NLE-01"])
    await enter(coordinator, "MX-NLE-10", successor)

    for intervals in ([OPEN], [("active", "2026-06", "2026-06")]):
        answer = await send(coordinator, "PUT", PATH, entry(*intervals))
        assert faults(answer) == [("replaced_by_another", "/intervals")]
        assert "MX-NLE-10" in answer.json()["errors"][0]["message"]
    circle = entry(("active", "2024-01", "2026-05"), replaces=["MX-NLE-10"])
    assert faults(await send(coordinator, "PUT", PATH, circle)) == [
        ("replaced_is_younger", "/replaces/0")
    ]
    # The court's last month may be the successor's first: each reports its part of it.
    mid_month = entry(("active", "2024-01", "2026-06"))
    assert (await send(coordinator, "PUT", PATH, mid_month)).status_code == 200


async def test_a_whole_report_of_a_closed_programme_is_told_what_of_it_counts(
    centre: Centre, coordinator: Client
) -> None:
    ended = [("active", "2024-01", "2026-07"), ("follow_up", "2026-08", "2028-07")]
    await enter(coordinator, "MX-NLE-01", entry(*ended))
    state = await centre.state("MX-NLE")
    owed = [m.id for m in CONTRACT.measures.values() if m.is_owed_after_closing]
    july, august = steady("2026-07"), steady("2026-08", incentives=2)

    path, dry = "/v1/submissions/MX-NLE-01/2026-08", "?dry_run=true"

    assert (await state.put(july, dry)).json()["counts_only"] == []
    assert (await state.put(july)).json()["counts_only"] == []
    assert (await state.put(august, dry)).json()["counts_only"] == owed
    for told in (await state.put(august), await state.put(august), await state.get(path)):
        assert told.json()["counts_only"] == owed
    assert (await state.replaced(follow_up_alone(august)))["counts_only"] == []
