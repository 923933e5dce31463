"""A coordinator's acts as commands of cauce-service: the same acts as over the interface."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from cauce.app import system_clock
from cauce.store.calendar import local_day
from support.centre import Centre
from support.coordination import enter
from support.months import steady
from support.operating import refused, run, said

FAR = "2099-12-31"  # after whatever day a test runs on
ADD = ("programme", "add", "--name", "Tribunal", "--since", "2024-01")


async def test_two_courts_are_entered_closed_and_merged(centre: Centre) -> None:
    for court in ("MX-NLE-01", "MX-NLE-02"):
        assert (await run(centre, *ADD, court)).exit_code == 0
    merge = [
        *("programme", "add", "MX-NLE-10", "--name", "Consolidado", "--since", "2026-01"),
        *("--kind", "consolidated", "--replaces", "MX-NLE-01,MX-NLE-02"),
        *("--backfill-until", FAR),
    ]
    told = await refused(centre, *merge)
    assert "--replaces: The replaced programme goes on being active." in told

    closed = [
        await said(centre, "programme", "close", court, "--last", "2025-12")
        for court in ("MX-NLE-01", "MX-NLE-02")
    ]
    done = await run(centre, *merge)

    assert (done.exit_code, done.stdout) == (0, "MX-NLE-10 is on the roster from 2026-01.\n")
    assert closed[0]["intervals"] == [
        {"kind": "active", "since": "2024-01", "until": "2025-12"},
        {"kind": "follow_up", "since": "2026-01", "until": "2027-12"},
    ]
    listed = await said(centre, "programme", "list")
    assert listed == (await centre.http.get("/v1/programmes")).json()["items"]
    assert [each["programme"] for each in listed] == ["MX-NLE-01", "MX-NLE-02", "MX-NLE-10"]
    assert listed[2]["replaces"] == ["MX-NLE-01", "MX-NLE-02"]
    assert listed[2]["backfill_until"] == FAR
    early = await said(centre, "programme", "list", "--at", "2025-12")
    assert [each["programme"] for each in early] == ["MX-NLE-01", "MX-NLE-02"]


async def test_an_entry_is_shown_changed_and_put_back(centre: Centre, tmp_path: Path) -> None:
    assert (await run(centre, *ADD, "MX-CHH-01")).exit_code == 0
    entry = await said(centre, "programme", "show", "MX-CHH-01")
    file = tmp_path / "entry.json"
    file.write_text(json.dumps(entry | {"name": "Otro", "backfill_until": FAR}))

    put = await said(centre, "programme", "put", "MX-CHH-01", str(file))

    assert put == entry | {"name": "Otro", "backfill_until": FAR}
    assert await said(centre, "programme", "show", "MX-CHH-01") == put
    file.write_text("{")
    assert "is not JSON" in await refused(centre, "programme", "put", "MX-CHH-01", str(file))
    assert "cannot be read" in await refused(centre, "programme", "put", "MX-CHH-01", "/none")
    assert "already" in await refused(centre, *ADD, "MX-CHH-01")


async def test_the_roster_says_what_it_cannot_do(centre: Centre) -> None:
    assert (await run(centre, *ADD, "MX-DUR-01", "--until", "2025-06")).exit_code == 0

    assert "such as MX-NLE-01" in await refused(centre, *ADD, "MX-XXX-01")
    since = (*ADD[:-1], "2012-01", "MX-DUR-02", "--until", "2011-13", "--kind", "ministry")
    told = await refused(centre, *since)
    for option in ("--kind: One of", "--since: The contract begins", "--until: Not a month"):
        assert option in told
    assert "not on the roster" in await refused(centre, "programme", "show", "MX-DUR-09")
    named = ("programme", "add", "MX-DUR-02", "--name", "Tribunal, 618 123 4567")
    told = await refused(centre, *named, "--since", "2024-01")
    assert "--name: " in told
    assert "4567" not in told
    close = ("programme", "close", "MX-DUR-01")
    assert "--last" in await refused(centre, *close, "--last", "2025-07")
    one_year = ("--last", "2025-05", "--follow-up", "12")
    closed = await said(centre, *close, *one_year)
    assert [each["until"] for each in closed["intervals"]] == ["2025-05", "2026-05"]


async def test_a_month_is_waived_and_that_is_taken_back(centre: Centre) -> None:
    assert (await run(centre, *ADD, "MX-GUA-01")).exit_code == 0
    month = ("MX-GUA-01", "2024-09")
    strike = ("waiver", *month, "--reason", "strike", "--text", "Huelga todo el mes.")

    waived = [await said(centre, *strike) for _ in range(2)]
    withdrawn = await said(centre, "waiver", *month, "--withdraw", "--text", "Duró tres días.")

    assert waived[0] == waived[1]
    assert (waived[0]["kind"], waived[0]["by"]) == ("waiver", "cauce-service")
    assert await said(centre, "acts", *month) == [waived[0], withdrawn]
    assert "either --reason" in await refused(centre, "waiver", *month, "--text", "x")
    told = await refused(
        centre, "waiver", *month, "--reason", "flood", "--text", "expediente 12/2024"
    )
    assert "--reason: One of these belongs here: disaster, strike" in told
    assert "--text: " in told
    assert "12/2024" not in told


async def test_a_closed_month_is_let_in_by_an_extension(centre: Centre) -> None:
    centre.clock.now = system_clock()
    assert (await run(centre, *ADD, "MX-JAL-01")).exit_code == 0
    jalisco = await centre.state("MX-JAL")
    document = steady("2024-09", "MX-JAL-01")
    assert (await jalisco.put(document)).status_code == 409
    extend = ("extension", "MX-JAL-01", "2024-09", "--text", "Se recuperó el archivo.")
    assert "--until: The due day is over" in await refused(
        centre, *extend, "--until", "2024-10-20"
    )

    granted = await said(centre, *extend, "--until", FAR)

    assert granted["moves_due"] is False
    accepted = await jalisco.put(document)
    assert (accepted.status_code, accepted.json()["timeliness"]) == (201, "late")
    path = "/v1/submissions/MX-JAL-01/2024-09/acts"
    assert (await jalisco.get(path)).json()["items"] == [granted]


async def test_a_months_days_are_set(centre: Centre) -> None:
    set_ = await said(centre, "calendar", "set", "2026-09", "--due", "2026-10-15")

    assert set_ == {
        "period": "2026-09",
        "opens": "2026-10-01",
        "due": "2026-10-15",
        "closes": "2027-10-10",
    }
    shown = await said(centre, "calendar", "show", "--from", "2026-09", "--to", "2026-10")
    assert shown["items"][0] == set_
    assert shown == (await centre.http.get("/v1/calendar?from=2026-09&to=2026-10")).json()
    assert "--due: " in await refused(
        centre, "calendar", "set", "2026-09", "--due", "2026-09-30"
    )
    assert "PERIOD is a month" in await refused(centre, "calendar", "set", "nunca")


async def test_a_month_is_returned_once_and_its_state_sees_why(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    await nle.accepted(steady("2026-09"))
    command = (
        "return",
        "MX-NLE-01",
        "2026-09",
        "--reason",
        "implausible",
        "--text",
        "Revisar.",
    )

    act = await said(centre, *command)
    again = await said(centre, *command)
    other = await refused(centre, *command[:-1], "Otra cosa.")

    assert act == again
    assert (act["kind"], act["by"], act["revision"]) == ("return", "cauce-service", 1)
    assert other.startswith("Returned already.")
    month = (await nle.get("/v1/submissions/MX-NLE-01/2026-09")).json()
    assert month["returned"] == {
        name: act[name] for name in ("code", "text", "at", "open_until")
    }
    assert [entry["code"] for entry in await centre.entries("return")] == ["implausible"]


async def test_a_closed_month_that_is_returned_is_answered_without_an_extension(
    centre: Centre,
) -> None:
    centre.clock.now = system_clock()
    assert (await run(centre, *ADD, "MX-JAL-01", "--backfill-until", FAR)).exit_code == 0
    jalisco = await centre.state("MX-JAL")
    await jalisco.accepted(steady("2024-09", "MX-JAL-01"))
    entry = await said(centre, "programme", "show", "MX-JAL-01")
    coordination = await centre.coordinator()
    await enter(coordination, "MX-JAL-01", entry | {"backfill_until": None})
    month = ("MX-JAL-01", "2024-09")

    act = await said(centre, "return", *month, "--reason", "other", "--text", "Revisar.")

    day = local_day(datetime.fromisoformat(act["at"]))
    assert date.fromisoformat(act["open_until"]) == day + timedelta(days=30)
    assert (await jalisco.replaced(steady("2024-09", "MX-JAL-01", relapses=3)))["flags"] == []


async def test_a_return_that_cannot_be_is_told_with_every_fault(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    why = ("--text", "Revisar.", "--reason")

    faulty = await refused(
        centre, "return", "MX-NLE-01", "2026-09", "--reason", "ugly", "--text", "ana@x.org"
    )
    absent = await refused(centre, "return", "MX-NLE-01", "2026-09", *why, "other")
    no_id = await refused(centre, "return", "MX-XXX-01", "2026-09", *why, "other")
    no_month = await refused(centre, "return", "MX-NLE-01", "2026-13", *why, "other")

    assert "--reason: " in faulty
    assert "--text: " in faulty
    assert "ana@" not in faulty
    assert absent.startswith("No submission.")
    assert "MX-NLE-01" in no_id
    assert "PERIOD" in no_month
