"""Waivers, and extensions asked for and granted: what each does, and that all of it is seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from support.centre import Centre, Client
from support.coordination import done, enter, entry, local, logged, send
from support.months import steady
from support.operating import said as printed

SEPTEMBER = "/v1/submissions/MX-NLE-01/2026-09"
STRIKE = {"code": "strike", "text": "Huelga del poder judicial, todo el mes."}
MORE = {"until": "2026-10-20", "text": "Falla de red en el juzgado."}
CURP = "la persona GOMC960912HNLMRR04 no aparece"


@pytest.fixture
async def coordinator(centre: Centre) -> Client:
    """In a country with one programme, on 5 October 2026: September opened on the first."""
    centre.clock.now = local("2026-10-05 12:00")
    found = await centre.coordinator()
    await enter(found, "MX-NLE-01", entry(("active", "2024-01", "2027-12")))
    return found


@pytest.fixture
async def state(centre: Centre, coordinator: Client) -> Client:
    return await centre.state("MX-NLE")


async def put(state: Client, at: str, period: str = "2026-09", **values: Any) -> Any:
    state.centre.clock.now = local(at)
    state.held.clear()
    return await state.put(steady(period, **values), Accept_Language="en")


async def row(coordinator: Client, period: str = "2026-09") -> Any:
    path = f"/v1/completeness?from={period}&to={period}"
    (found,) = (await done(coordinator, "GET", path))["items"]
    return found


async def acts(client: Client, path: str = SEPTEMBER) -> Any:
    return (await done(client, "GET", f"{path}/acts"))["items"]


def refused(answer: Any, status: int, slug: str) -> Any:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    return answer.json()


# A waiver.


async def test_a_waived_month_is_owed_no_more_and_yet_not_reported(
    centre: Centre, coordinator: Client
) -> None:
    answer = await send(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)

    assert answer.status_code == 201
    said = {
        "kind": "waiver",
        "programme": "MX-NLE-01",
        "period": "2026-09",
        **STRIKE,
        "at": "2026-10-05T18:00:00Z",
        "by": coordinator.id,
    }
    assert answer.json() == {**said, "position": 2}  # the roster entry is the first
    (entry_,) = await logged(centre, "waiver")
    assert json.loads(entry_) == said
    centre.clock.now = local("2026-10-11 00:00")
    found = await row(coordinator)
    assert (found["status"], found["revision"], found["days_late"]) == ("waived", None, None)
    (figure,) = (
        await done(coordinator, "GET", "/v1/measures/admissions?from=2026-09&to=2026-09")
    )["items"]
    silent = {"missing": ["MX-NLE-01"], "waived": ["MX-NLE-01"]}
    assert figure["coverage"] == {"expected": 1, "reporting": 0, "share": 0, **silent}


async def test_the_same_waiver_again_is_no_act_and_another_reason_is(
    centre: Centre, coordinator: Client
) -> None:
    other = {"code": "disaster", "text": "Inundación del archivo."}

    answers = [
        await send(coordinator, "PUT", f"{SEPTEMBER}/waiver", body)
        for body in (STRIKE, STRIKE, other, {**STRIKE, "text": f"  {STRIKE['text']}\n"})
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 201, 201]
    assert answers[0].json() == answers[1].json()
    assert [act["code"] for act in await acts(coordinator)] == ["strike", "disaster", "strike"]


async def test_a_waived_month_in_the_middle_leaves_a_gap_that_is_told_and_no_more(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    assert (await put(state, "2026-09-05 12:00", "2026-08")).status_code == 201
    centre.clock.now = local("2026-10-05 12:00")
    await done(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)

    october = await put(state, "2026-11-05 12:00", "2026-10", opens=50, incentives=3)

    assert october.status_code == 201, october.text
    told = october.json()
    assert [each["rule"] for each in told["notices"]] == ["N01_gap"]
    assert (told["warnings"], told["flags"], told["needs_correction"]) == ([], [], [])
    path = "/v1/completeness?from=2026-08&to=2026-10"
    found = await done(coordinator, "GET", path)
    assert [each["status"] for each in found["items"]] == ["on_time", "waived", "on_time"]
    assert [each["waived"] for each in found["periods"]] == [0, 1, 0]


async def test_a_correction_ripples_past_a_waived_month_only_once_that_month_comes(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    july = await put(state, "2026-08-05 12:00", "2026-07", incentives=3)
    centre.clock.now = local("2026-09-05 12:00")
    await done(coordinator, "PUT", "/v1/submissions/MX-NLE-01/2026-08/waiver", STRIKE)
    september = await put(state, "2026-10-05 12:00", "2026-09", incentives=5)
    assert (july.status_code, september.status_code) == (201, 201)

    # What it closes with is no longer what September opens with: August would stand between.
    corrected = await state.replaced(steady("2026-07", closes=44, incentives=3))
    flagged = (await row(coordinator))["flags"]
    august = await put(state, "2026-10-06 12:00", "2026-08", opens=44, closes=44, incentives=4)

    assert (corrected["revision"], corrected["needs_correction"], flagged) == (2, [], [])
    assert (august.status_code, august.json()["needs_correction"]) == (201, ["2026-09"])
    assert august.json()["timeliness"] == "late"
    assert (await row(coordinator))["flags"] == ["needs_correction"]
    fits = await state.replaced(steady("2026-09", opens=44, closes=44, incentives=5))
    assert (fits["flags"], fits["warnings"]) == ([], [])


async def test_a_waived_month_that_comes_after_all_is_reported(
    coordinator: Client, state: Client
) -> None:
    await done(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)

    assert (await put(state, "2026-10-09 12:00")).status_code == 201

    assert (await row(coordinator))["status"] == "on_time"
    again = await send(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE | {"code": "other"})
    refused(again, 409, "already-reported")


async def test_a_withdrawn_waiver_leaves_the_month_missing_and_both_acts_seen(
    centre: Centre, coordinator: Client
) -> None:
    path = f"{SEPTEMBER}/waiver/withdrawal"
    why = {"text": "La huelga terminó el día 4."}
    refused(await send(coordinator, "POST", path, why), 409, "not-waived")
    await done(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)

    answers = [await send(coordinator, "POST", path, why) for _ in range(2)]
    other = await send(coordinator, "POST", path, {"text": "Otra razón."})

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    refused(other, 409, "not-waived")
    assert (await row(coordinator))["status"] == "missing"
    assert [act["kind"] for act in await acts(coordinator)] == ["waiver", "waiver_withdrawal"]
    anew = await send(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)
    assert anew.status_code == 201
    assert (await row(coordinator))["status"] == "waived"


# An extension.


async def test_an_extension_before_the_due_day_is_over_moves_it(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    centre.clock.now = local("2026-10-10 23:59:59")

    granted = await send(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE)

    assert granted.status_code == 201
    assert granted.json()["moves_due"] is True
    assert (await row(coordinator))["due"] == "2026-10-20"
    in_time = await put(state, "2026-10-20 23:59:59")
    assert (in_time.status_code, in_time.json()["timeliness"]) == (201, "on_time")
    assert (await row(coordinator))["days_late"] == 0


async def test_a_report_after_the_day_it_was_moved_to_is_late(
    coordinator: Client, state: Client
) -> None:
    await done(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE)

    late = await put(state, "2026-10-21 00:00")

    assert (late.status_code, late.json()["timeliness"]) == (201, "late")
    found = await row(coordinator)
    assert (found["status"], found["days_late"]) == ("late", 1)


async def test_an_extension_after_closing_lets_the_month_in_and_it_is_late(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    shut = await put(state, "2027-10-11 00:00")
    assert "until 2027-10-10" in refused(shut, 409, "past-closing")["detail"]
    until = {"until": "2027-10-31", "text": "Se recuperó el archivo."}

    granted = await send(coordinator, "POST", f"{SEPTEMBER}/extensions", until)

    assert (granted.status_code, granted.json()["moves_due"]) == (201, False)
    shut = await put(state, "2027-11-01 00:00")
    assert "until 2027-10-31" in refused(shut, 409, "past-closing")["detail"]
    late = await put(state, "2027-10-31 23:59:59")
    assert (late.status_code, late.json()["timeliness"]) == (201, "late")
    found = await row(coordinator)
    assert (found["status"], found["due"], found["days_late"]) == ("late", "2026-10-10", 386)


async def test_a_due_day_moved_past_closing_moves_the_closing_too(
    coordinator: Client, state: Client
) -> None:
    far = {"until": "2027-12-31", "text": "Reconstrucción del registro."}
    await done(coordinator, "POST", f"{SEPTEMBER}/extensions", far)

    in_time = await put(state, "2027-12-31 12:00")

    assert (in_time.status_code, in_time.json()["timeliness"]) == (201, "on_time")


async def test_a_calendar_that_gives_more_than_the_extension_holds(
    coordinator: Client,
) -> None:
    await done(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE)
    days = {"opens": "2026-10-01", "due": "2026-10-25", "closes": "2027-10-10"}

    await done(coordinator, "PUT", "/v1/calendar/2026-09", days)

    assert (await row(coordinator))["due"] == "2026-10-25"


@pytest.mark.parametrize(
    ("at", "until", "rule", "day"),
    [
        ("2026-10-05 12:00", "2026-10-10", "in_time_anyway", "2026-10-10"),
        ("2026-10-11 00:00", "2027-10-10", "open_anyway", "2027-10-10"),
        ("2027-10-20 12:00", "2027-10-19", "day_too_early", "2027-10-20"),
        ("2026-10-05 12:00", "20 de octubre", "not_a_day", "2026-10-10"),
    ],
)
async def test_days_that_are_none_more_are_refused_with_those_there_are(
    centre: Centre, coordinator: Client, state: Client, at: str, until: str, rule: str, day: str
) -> None:
    centre.clock.now = local(at)
    body = MORE | {"until": until}

    for client, path in ((coordinator, "extensions"), (state, "extension-requests")):
        answer = await send(client, "POST", f"{SEPTEMBER}/{path}", body)
        (error,) = refused(answer, 422, "bad-act")["errors"]
        assert (error["rule"], error["pointer"]) == (rule, "/until")
        assert day in error["message"]
    assert await acts(coordinator) == []


async def test_within_its_window_a_joining_programme_needs_no_extension(
    centre: Centre, coordinator: Client
) -> None:
    window = {"backfill_until": "2027-12-31"}
    await enter(coordinator, "MX-NLE-01", entry(("active", "2024-01", "2027-12"), **window))
    centre.clock.now = local("2027-11-01 12:00")

    answer = await send(
        coordinator, "POST", f"{SEPTEMBER}/extensions", MORE | {"until": "2027-12-31"}
    )

    (error,) = refused(answer, 422, "bad-act")["errors"]
    assert (error["rule"], "2027-12-31" in error["message"]) == ("open_anyway", True)


async def test_a_state_asks_and_coordination_grants_and_all_of_it_is_seen(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    asked = [
        await send(state, "POST", f"{SEPTEMBER}/extension-requests", MORE) for _ in range(2)
    ]
    assert [answer.status_code for answer in asked] == [201, 200]
    assert asked[0].json() == asked[1].json()
    assert (await row(coordinator))["due"] == "2026-10-10"  # asking changes nothing
    centre.clock.now = local("2026-10-06 12:00")
    granted = [
        await send(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE | {"text": "Se da."})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in granted] == [201, 200]
    await done(state, "POST", f"{SEPTEMBER}/extension-requests", MORE | {"until": "2026-10-25"})

    seen = await acts(state)

    assert seen == await acts(coordinator)
    assert [(act["kind"], act["until"], act["by"], act["at"]) for act in seen] == [
        ("extension_request", "2026-10-20", state.id, "2026-10-05T18:00:00Z"),
        ("extension", "2026-10-20", coordinator.id, "2026-10-06T18:00:00Z"),
        ("extension_request", "2026-10-25", state.id, "2026-10-06T18:00:00Z"),
    ]
    assert [act["position"] for act in seen] == [2, 3, 4]


async def test_what_was_asked_for_and_granted_can_be_asked_for_again(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    await done(state, "POST", f"{SEPTEMBER}/extension-requests", MORE)
    await done(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE)

    answer = await send(state, "POST", f"{SEPTEMBER}/extension-requests", MORE)

    (error,) = refused(answer, 422, "bad-act")["errors"]
    assert (error["rule"], "2026-10-20" in error["message"]) == ("in_time_anyway", True)


async def test_what_was_asked_for_waits_until_it_is_answered(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    """In the order of asking; by an extension, by a waiver, or because the month came."""
    await enter(coordinator, "MX-CHH-01", entry(("active", "2024-01", None)))
    chh = await centre.state("MX-CHH")

    async def asked(client: Client, programme: str, period: str, until: str) -> Any:
        path = f"/v1/submissions/{programme}/{period}/extension-requests"
        return await done(client, "POST", path, MORE | {"until": until})

    async def waiting() -> Any:
        found = await done(coordinator, "GET", "/v1/extension-requests")
        assert await printed(centre, "extension-requests") == found["items"]
        assert found["next"] is None
        return found["items"]

    assert await waiting() == []
    first = await asked(state, "MX-NLE-01", "2026-09", "2026-10-20")
    other = await asked(chh, "MX-CHH-01", "2026-09", "2026-10-20")
    october = await asked(chh, "MX-CHH-01", "2026-10", "2026-11-20")
    assert await waiting() == [first, other, october]
    more = await asked(state, "MX-NLE-01", "2026-09", "2026-10-25")
    assert await waiting() == [other, october, more]

    await done(coordinator, "POST", f"{SEPTEMBER}/extensions", MORE)
    assert await waiting() == [other, october]
    again = await asked(state, "MX-NLE-01", "2026-09", "2026-10-30")
    assert await waiting() == [other, october, again]
    assert (await put(state, "2026-10-06 12:00")).status_code == 201
    assert await waiting() == [other, october]
    await done(coordinator, "PUT", "/v1/submissions/MX-CHH-01/2026-09/waiver", STRIKE)
    assert await waiting() == [october]


# Any act.

ALL = [
    ("PUT", "waiver", STRIKE),
    ("POST", "waiver/withdrawal", {"text": "Ya no."}),
    ("POST", "extension-requests", MORE),
    ("POST", "extensions", MORE),
]


def who(path: str, coordinator: Client, state: Client) -> Client:
    return state if path == "extension-requests" else coordinator


@pytest.mark.parametrize(("method", "path", "body"), ALL)
async def test_an_act_about_a_month_that_there_is_not_says_which_there_are(
    coordinator: Client, state: Client, method: str, path: str, body: Any
) -> None:
    client = who(path, coordinator, state)
    for month, slug, said in (
        ("2028-01", "not-on-roster", "2024-01 – 2027-12"),
        ("2023-12", "not-on-roster", "2024-01 – 2027-12"),
        ("2026-11", "not-begun", "2026-11-01"),
    ):
        at = f"/v1/submissions/MX-NLE-01/{month}/{path}"
        problem = refused(await send(client, method, at, body), 409, slug)
        assert said in problem["detail"]
    unknown = await send(client, method, f"/v1/submissions/MX-NLE-07/2026-09/{path}", body)
    refused(unknown, 404, "unknown-programme")
    no_month = await send(client, method, f"/v1/submissions/MX-NLE-01/2026-9/{path}", body)
    refused(no_month, 422, "bad-query")


@pytest.mark.parametrize(("method", "path", "body"), ALL)
async def test_a_text_about_somebody_is_refused_and_not_repeated(
    centre: Centre, coordinator: Client, state: Client, method: str, path: str, body: Any
) -> None:
    client = who(path, coordinator, state)
    for text in (CURP, "", " ", "x" * 501, 5, None):
        answer = await send(client, method, f"{SEPTEMBER}/{path}", body | {"text": text})
        (error,) = refused(answer, 422, "bad-act")["errors"]
        assert (error["rule"], error["pointer"]) == ("H22_no_personal", "/text")
        assert "GOMC" not in answer.text
    assert await acts(coordinator) == []


@pytest.mark.parametrize(("method", "path", "body"), ALL)
async def test_every_fault_of_a_body_is_told_at_once(
    coordinator: Client, state: Client, method: str, path: str, body: Any
) -> None:
    client = who(path, coordinator, state)

    answer = await send(client, method, f"{SEPTEMBER}/{path}", {"texto": "x"})

    errors = refused(answer, 422, "bad-act")["errors"]
    assert [(error["rule"], error["pointer"]) for error in errors] == [
        ("not_a_member", "/texto"),
        *(("member_missing", f"/{member}") for member in body),
    ]
    assert "text" in errors[0]["message"]


@pytest.mark.parametrize(("method", "path", "body"), ALL)
async def test_nobody_acts_for_another(
    centre: Centre, coordinator: Client, state: Client, method: str, path: str, body: Any
) -> None:
    neighbour = await centre.state("MX-CHH")
    is_asking = path == "extension-requests"
    for client in (neighbour, coordinator if is_asking else state):
        answer = await send(client, method, f"{SEPTEMBER}/{path}", body)
        is_another = is_asking and client is neighbour
        refused(answer, 403, "not-your-state" if is_another else "insufficient-scope")
    assert await acts(coordinator) == []


async def test_another_states_acts_are_as_absent_as_no_ones(
    centre: Centre, coordinator: Client, state: Client
) -> None:
    await done(coordinator, "PUT", f"{SEPTEMBER}/waiver", STRIKE)
    neighbour = await centre.state("MX-CHH")

    theirs = await send(neighbour, "GET", f"{SEPTEMBER}/acts")
    nobodys = await send(neighbour, "GET", "/v1/submissions/MX-NLE-77/2026-09/acts")
    no_id = await send(neighbour, "GET", "/v1/submissions/nadie/2026-09/acts")

    for answer in (theirs, nobodys, no_id):
        refused(answer, 404, "no-submission")
    assert await acts(state, "/v1/submissions/MX-NLE-01/2026-08") == []
    assert len(await acts(state)) == 1


async def test_acts_and_a_report_at_the_same_time_all_stand(
    coordinator: Client, state: Client
) -> None:
    clients = (coordinator, state)
    headers = {client.id: await client.headers() for client in clients}

    async def at_once(client: Client, method: str, path: str, body: Any) -> Any:
        http = client.centre.http
        return await http.request(
            method, f"{SEPTEMBER}{path}", json=body, headers=headers[client.id]
        )

    answers = await asyncio.gather(
        at_once(state, "PUT", "", steady("2026-09")),
        *(at_once(coordinator, "POST", "/extensions", MORE) for _ in range(3)),
        at_once(state, "POST", "/extension-requests", {**MORE, "until": "2026-10-30"}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 201, 201, 201]
    found = await row(coordinator)
    assert (found["status"], found["due"], found["revision"]) == ("on_time", "2026-10-20", 1)
    seen = await acts(coordinator)
    assert sorted(act["kind"] for act in seen) == ["extension", "extension_request"]
