"""A coordinator sends a month back; its state sees why, and replaces or confirms it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from support.centre import Centre, Client
from support.coordination import done, local, send
from support.months import steady

MONTH = "/v1/submissions/MX-NLE-01/2026-09"
RETURN = f"{MONTH}/return"
WHY = {"code": "implausible", "text": "Las audiencias se duplicaron: revisar."}
UNTIL = "2030-01-01"  # as long as the programme brings its past


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


async def test_the_state_sees_why_its_month_came_back_and_it_stays_in_force(
    centre: Centre, nle: Client
) -> None:
    sent = await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()

    returned = await nation.post(RETURN, WHY)
    seen = await nle.get(MONTH)
    rows = (await nle.get("/v1/completeness?from=2026-09&to=2026-09")).json()["items"]

    assert returned.status_code == 200
    assert (returned.json()["changed"], returned.json()["status"]) == (True, "returned")
    assert seen.json()["returned"] == WHY | {
        "at": "2026-11-23T12:00:00Z",
        "open_until": UNTIL,
    }
    assert seen.json()["returned"] == returned.json()["returned"]
    assert seen.json()["flags"] == rows[0]["flags"] == ["returned"]
    assert rows[0]["status"] == sent["timeliness"]
    assert seen.json()["receipt"] == sent["receipt"]
    assert await centre.entries("return") == [
        {
            "kind": "return",
            "programme": "MX-NLE-01",
            "period": "2026-09",
            "revision": 1,
            **WHY,
            "open_until": UNTIL,
            "at": "2026-11-23T12:00:00Z",
            "by": nation.id,
        }
    ]


async def test_a_kept_copy_of_the_month_does_not_hide_that_it_was_returned(
    centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09"))
    kept = (await nle.get(MONTH)).headers["ETag"]
    assert (await nle.get(MONTH, If_None_Match=kept)).status_code == 304

    await (await centre.coordinator()).post(RETURN, WHY)

    assert (await nle.get(MONTH, If_None_Match=kept)).json()["flags"] == ["returned"]


async def test_the_same_return_again_changes_nothing_and_another_waits(
    centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()
    first = await nation.post(RETURN, WHY)

    again = await nation.post(RETURN, WHY | {"text": f"  {WHY['text']}\n"})
    other = await nation.post(RETURN, WHY | {"code": "incomplete"})

    assert (again.status_code, again.json()) == (200, first.json() | {"changed": False})
    assert other.status_code == 409
    assert other.json()["type"] == "/problems/already-returned"
    assert len(await centre.entries("return")) == 1


async def test_eight_returns_at_once_are_one(centre: Centre, nle: Client) -> None:
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()
    await nation.token()

    answers = await asyncio.gather(*(nation.post(RETURN, WHY) for _ in range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["changed"] for answer in answers) == [False] * 7 + [True]
    assert len(await centre.entries("return")) == 1


async def test_a_replacement_ends_a_return_and_the_month_can_be_returned_again(
    centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()
    await nation.post(RETURN, WHY)

    replaced = await nle.replaced(steady("2026-09", relapses=8))
    again = await nation.post(RETURN, WHY)

    assert (replaced["status"], replaced["returned"], replaced["flags"]) == (
        "accepted",
        None,
        [],
    )
    assert again.json()["changed"]
    assert [entry["revision"] for entry in await centre.entries("return")] == [1, 2]


async def test_a_returned_month_is_confirmed_by_the_same_figures_once(
    centre: Centre, nle: Client
) -> None:
    first = await nle.put(steady("2026-09"))
    tag = first.headers["ETag"]
    confirms = {"revision_reason": {"code": "confirmed", "text": "Verificado en expedientes."}}
    before = await nle.put(steady("2026-09") | confirms, If_Match=tag)
    await (await centre.coordinator()).post(RETURN, WHY)

    unmoved = await nle.put(steady("2026-09"), If_Match=tag)
    late = {"revision_reason": {"code": "late_data", "text": "Nada nuevo."}}
    for_another_reason = await nle.put(steady("2026-09") | late, If_Match=tag)
    changed = await nle.put(steady("2026-09", relapses=3) | confirms, If_Match=tag)
    without_tag = await nle.put(steady("2026-09") | confirms)
    confirmed = await nle.put(steady("2026-09") | confirms, If_Match=tag)
    lost_answer = await nle.put(steady("2026-09") | confirms, If_Match=tag)

    for unchanged in (before, unmoved, for_another_reason):
        assert (unchanged.status_code, unchanged.json()["revision"]) == (200, 1)
        assert unchanged.json()["receipt"] == first.json()["receipt"]
    assert [unmoved.json()["status"], before.json()["status"]] == ["returned", "accepted"]
    assert unmoved.json()["returned"]["text"] == WHY["text"]
    assert changed.status_code == 422
    assert changed.json()["errors"][0]["rule"] == "confirmed_but_changed"
    assert without_tag.status_code == 428
    assert (confirmed.status_code, confirmed.json()["revision"]) == (200, 2)
    assert (confirmed.json()["changed"], confirmed.json()["flags"]) == (True, [])
    assert confirmed.json()["content_digest"] == first.json()["content_digest"]
    assert confirmed.json()["receipt"] != first.json()["receipt"]
    assert lost_answer.json() == confirmed.json() | {"changed": False}
    diff = await nle.get(f"{MONTH}/revisions/2/diff?against=1")
    assert diff.json()["differences"] == []


async def test_a_return_after_closing_lets_the_answer_in(centre: Centre) -> None:
    """Until its last day is over; and a return before closing shortens nothing."""
    await centre.programme("MX-NLE-01", backfill_until=None)
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    confirms = {"code": "confirmed", "text": "Verificado en expedientes."}

    async def put(when: str, reason: dict[str, str]) -> httpx.Response:
        centre.clock.now = local(when)
        nle.held.clear()
        tag = (await nle.get(MONTH)).headers["ETag"]
        return await nle.put(steady("2026-09") | {"revision_reason": reason}, If_Match=tag)

    await nle.accepted(steady("2026-09"))
    early = await done(nation, "POST", RETURN, WHY)
    assert early["returned"]["open_until"] == "2027-10-10"  # its closing
    assert (await put("2027-10-10 23:59", confirms)).json()["revision"] == 2

    centre.clock.now = local("2027-12-01 09:00")
    returned = await done(nation, "POST", RETURN, WHY)
    seen = await send(nle, "GET", MONTH)
    late = await put("2028-01-01 00:00", confirms)
    answered = await put("2027-12-31 23:59", confirms)

    assert returned["returned"]["open_until"] == "2027-12-31"
    assert seen.json()["returned"] == returned["returned"]
    assert (late.status_code, late.json()["type"]) == (409, "/problems/past-closing")
    assert "2027-12-31" in late.json()["detail"]
    assert (answered.status_code, answered.json()["flags"]) == (200, [])


async def test_only_the_revision_that_was_read_is_returned(centre: Centre, nle: Client) -> None:
    first = await nle.put(steady("2026-09"))
    await nle.replaced(steady("2026-09", relapses=8))
    nation = await centre.coordinator()

    stale = await nation.post(RETURN, WHY, If_Match=first.headers["ETag"])
    read = await nation.get(MONTH)
    right = await nation.post(RETURN, WHY, If_Match=read.headers["ETag"])

    assert (stale.status_code, right.status_code) == (412, 200)


@pytest.mark.parametrize(
    "address", ["MX-NLE-01/2026-08", "MX-NLE-99/2026-09", "x/2026-09", "MX-NLE-01/2026-13"]
)
async def test_a_month_that_is_not_there_is_not_returned(
    address: str, centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()

    answer = await nation.post(f"/v1/submissions/{address}/return", WHY)

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/no-submission"


async def test_a_state_returns_nothing_not_even_its_own(centre: Centre, nle: Client) -> None:
    await nle.accepted(steady("2026-09"))

    answer = await nle.post(RETURN, WHY)

    assert answer.status_code == 403
    assert (await nle.get(MONTH)).json()["flags"] == []


async def test_every_fault_of_a_return_is_told_at_once(centre: Centre, nle: Client) -> None:
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()

    both = await nation.post(RETURN, {"code": "ugly", "txt": "x"})
    empty = await nation.post(RETURN, {"code": "other", "text": " \n"})
    long = await nation.post(RETURN, {"code": "other", "text": "a" * 501})
    other_kinds = await nation.post(RETURN, {"code": ["other"], "text": 7})
    no_object = await nation.post(RETURN, ["other"])

    assert [_fault(error) for error in both.json()["errors"]] == [
        ("not_a_member", "/txt"),
        ("member_missing", "/text"),
        ("not_one_of", "/code"),
    ]
    assert "text" in both.json()["errors"][0]["message"]
    assert "implausible" in both.json()["errors"][2]["message"]
    assert [_fault(error) for error in empty.json()["errors"]] == [("H22_no_personal", "/text")]
    assert [_fault(error) for error in long.json()["errors"]] == [("H22_no_personal", "/text")]
    assert [_fault(error) for error in other_kinds.json()["errors"]] == [
        ("not_one_of", "/code"),
        ("H22_no_personal", "/text"),
    ]
    assert [_fault(error) for error in no_object.json()["errors"]] == [("not_an_object", "")]
    for answer in (both, empty, long, other_kinds, no_object):
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/bad-act"
    assert await centre.entries("return") == []


def _fault(error: dict[str, Any]) -> tuple[str, str]:
    return error["rule"], error["pointer"]


PERSONAL = [
    "La señora María Pérez faltó.",
    "CURP PEGJ800101HNLRRN09",
    "Llamar al 81 1234 5678",
    "Expediente 123/2025",
    "ana@example.org",
]


@pytest.mark.parametrize("words", PERSONAL)
async def test_a_reason_that_shows_somebody_is_refused_and_not_repeated(
    words: str, centre: Centre, nle: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await nle.accepted(steady("2026-09"))
    nation = await centre.coordinator()
    tag = (await nle.get(MONTH)).headers["ETag"]
    reason = {"revision_reason": {"code": "error", "text": words}}

    returned = await nation.post(RETURN, {"code": "other", "text": words})
    replaced = await nle.put(steady("2026-09", relapses=8) | reason, If_Match=tag)

    for answer, pointer in ((returned, "/text"), (replaced, "/revision_reason/text")):
        assert answer.status_code == 422
        assert {_fault(each) for each in answer.json()["errors"]} == {
            ("H22_no_personal", pointer)
        }
        for word in words.split():
            assert len(word) < 5 or word not in answer.text + caplog.text
    assert (await nle.get(MONTH)).json()["flags"] == []
