"""A warning is explained after its month was accepted, once, and nothing of it is changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cauce.access import tokens
from cauce.access.signing_keys import published
from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce_contract import load_all
from support.centre import Centre, Client
from support.months import steady

MONTH = "/v1/submissions/MX-NLE-01/2026-09"
EXPLANATIONS = f"{MONTH}/explanations"
CAPACITY = {"rule": "S06_capacity", "pointer": "/measures/active_close/value"}
HEARINGS = {"rule": "S08_hearing_intensity", "pointer": "/measures/hearings/value"}
WAITING = CAPACITY | {"explanation": "Hay lista de espera, con atención."}


@pytest.fixture
async def nle(centre: Centre) -> Client:
    """MX-NLE-01, whose September has two warnings."""
    await centre.programme("MX-NLE-01")
    client = await centre.state("MX-NLE")
    sent = steady("2026-09", capacity_slots=20)
    sent["measures"]["hearings"] = {"value": 20, "by": {"attendance": {"ATT": 19, "MEX": 1}}}
    told = await client.accepted(sent)
    assert [_place(warning) for warning in told["warnings"]] == [CAPACITY, HEARINGS]
    return client


def _place(warning: dict[str, Any]) -> dict[str, str]:
    return {"rule": warning["rule"], "pointer": warning["pointer"]}


async def flags(client: Client) -> tuple[list[str], list[str]]:
    """What is left to do, as the month says it and as completeness does."""
    rows = (await client.get("/v1/completeness?from=2026-09&to=2026-09")).json()["items"]
    return (await client.get(MONTH)).json()["flags"], rows[0]["flags"]


async def test_a_month_is_due_until_its_last_warning_is_explained(
    centre: Centre, nle: Client
) -> None:
    first = await nle.post(EXPLANATIONS, WAITING)
    left = await flags(nle)
    second = await nle.post(EXPLANATIONS, HEARINGS | {"explanation": "Huelga de juzgados."})
    month = (await nle.get(MONTH)).json()

    assert (first.status_code, second.status_code) == (201, 201)
    assert left == (["explanation_due"], ["explanation_due"])
    assert first.json()["flags"] == ["explanation_due"]
    assert await flags(nle) == ([], [])
    assert second.json()["flags"] == []
    told = [(each["explained"], each["explanation"]) for each in month["warnings"]]
    assert told == [(True, WAITING["explanation"]), (True, "Huelga de juzgados.")]
    assert month["receipt"] == first.json()["receipt"]
    assert (await centre.entries("explanation"))[0] == {
        "kind": "explanation",
        "programme": "MX-NLE-01",
        "period": "2026-09",
        "revision": 1,
        **WAITING,
        "at": "2026-11-23T12:00:00Z",
        "by": nle.id,
    }


async def test_the_same_again_adds_nothing_and_another_is_refused(
    centre: Centre, nle: Client
) -> None:
    first = await nle.post(EXPLANATIONS, WAITING)

    again = await nle.post(
        EXPLANATIONS, WAITING | {"explanation": f" {WAITING['explanation']}"}
    )
    other = await nle.post(EXPLANATIONS, CAPACITY | {"explanation": "Otra cosa."})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"changed": False}
    assert other.status_code == 409
    assert other.json()["type"] == "/problems/already-explained"
    assert len(await centre.entries("explanation")) == 1


async def test_eight_explanations_at_once_are_one(centre: Centre, nle: Client) -> None:
    answers = await asyncio.gather(*(nle.post(EXPLANATIONS, WAITING) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(await centre.entries("explanation")) == 1


async def test_what_the_document_explained_is_not_explained_again(
    centre: Centre, nle: Client
) -> None:
    sent = steady("2026-09", capacity_slots=20, relapses=8) | {"acknowledgements": [WAITING]}
    await nle.replaced(sent)

    same = await nle.post(EXPLANATIONS, WAITING)
    other = await nle.post(EXPLANATIONS, CAPACITY | {"explanation": "Otra cosa."})

    assert (same.status_code, other.status_code) == (200, 409)
    assert await centre.entries("explanation") == []


async def test_a_warning_that_did_not_fire_is_refused_with_those_that_did(
    centre: Centre, nle: Client
) -> None:
    elsewhere = await nle.post(EXPLANATIONS, WAITING | {"pointer": "/measures"})
    unheard = await nle.post(EXPLANATIONS, WAITING | {"rule": "PEGJ800101HNLRRN09"})
    notice = await nle.post(EXPLANATIONS, WAITING | {"rule": "N01_gap", "pointer": "/period"})

    for answer, pointer in ((elsewhere, "/pointer"), (unheard, "/rule"), (notice, "/rule")):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["rule"], error["pointer"]) == ("did_not_fire", pointer)
        for fired in (CAPACITY, HEARINGS):
            assert f"{fired['rule']} {fired['pointer']}" in error["message"]
    assert "PEGJ" not in unheard.text
    assert await centre.entries("explanation") == []


async def test_a_replacement_wants_its_own_explanations(centre: Centre, nle: Client) -> None:
    await nle.post(EXPLANATIONS, WAITING)

    replaced = await nle.replaced(steady("2026-09", capacity_slots=20, relapses=8))
    again = await nle.post(EXPLANATIONS, WAITING)

    assert [warning["explained"] for warning in replaced["warnings"]] == [False]
    assert replaced["flags"] == ["explanation_due"]
    assert (again.status_code, again.json()["flags"]) == (201, [])
    assert [each["revision"] for each in await centre.entries("explanation")] == [1, 2]


async def test_what_was_explained_of_the_same_figures_is_not_asked_for_again(
    centre: Centre, nle: Client
) -> None:
    """Confirmed after a return; and when they come back after other figures."""
    confirms = {"code": "confirmed", "text": "Verificado."}
    same = (await nle.get(MONTH)).json()["document"]
    await nle.post(EXPLANATIONS, WAITING)
    await (await centre.coordinator()).post(
        f"{MONTH}/return", {"code": "incomplete", "text": "Falta explicar las audiencias."}
    )

    confirmed = await nle.replaced(same, **confirms)
    lost_answer = await nle.replaced(same, **confirms)
    left = await flags(nle)
    again = await nle.post(EXPLANATIONS, WAITING)
    other = await nle.post(EXPLANATIONS, CAPACITY | {"explanation": "Otra cosa."})
    done = await nle.post(EXPLANATIONS, HEARINGS | {"explanation": "Huelga de juzgados."})
    await nle.replaced(steady("2026-09", capacity_slots=20, relapses=8))
    back = await nle.replaced(same)

    assert (confirmed["revision"], confirmed["returned"]) == (2, None)
    assert [each["explained"] for each in confirmed["warnings"]] == [True, False]
    assert lost_answer == confirmed | {"changed": False}
    assert left == (["explanation_due"], ["explanation_due"])
    assert (again.status_code, other.status_code) == (200, 409)
    assert done.json()["flags"] == []
    assert (back["revision"], back["flags"]) == (4, [])
    told = [each["explanation"] for each in back["warnings"]]
    assert told == [WAITING["explanation"], "Huelga de juzgados."]
    assert len(await centre.entries("explanation")) == 2
    keys = centre.app.state.running.keys.public()
    verified = await verify(
        centre.engine,
        load_all(),
        Keys(published(keys, tokens.RECEIPT), published(keys, tokens.CHECKPOINT)),
    )
    assert verified.faults.listed == []


async def test_a_dry_run_knows_what_was_explained_as_the_real_thing_does(
    centre: Centre, nle: Client
) -> None:
    """Of what stands; of the same figures once others stood; and what has another warning."""
    sent = (await nle.get(MONTH)).json()["document"]
    other = steady("2026-09", capacity_slots=20, relapses=8)
    reason = {"revision_reason": {"code": "error", "text": "Se contó otra vez."}}
    await nle.post(EXPLANATIONS, WAITING)

    expected = [[True, False], [False], [True, False]]
    for document, explained in zip((sent, other, sent), expected, strict=True):
        tag = (await nle.get(MONTH)).headers["ETag"]
        rehearsed = await nle.put(document | reason, "?dry_run=true", If_Match=tag)
        real = await nle.accepted(document | reason, If_Match=tag)

        assert [each["explained"] for each in real["warnings"]] == explained
        without_texts = [
            {name: value for name, value in each.items() if name != "explanation"}
            for each in real["warnings"]
        ]
        assert rehearsed.json()["warnings"] == without_texts
        assert rehearsed.json()["notices"] == real["notices"]


async def test_only_the_revision_that_was_read_is_explained(nle: Client) -> None:
    read = await nle.get(MONTH)
    await nle.replaced(steady("2026-09", capacity_slots=20, relapses=8))

    stale = await nle.post(EXPLANATIONS, WAITING, If_Match=read.headers["ETag"])

    assert stale.status_code == 412


async def test_a_returned_month_is_explained_and_stays_returned(
    centre: Centre, nle: Client
) -> None:
    why = {"code": "incomplete", "text": "Falta explicar el cupo."}
    await (await centre.coordinator()).post(f"{MONTH}/return", why)

    told = await nle.post(EXPLANATIONS, WAITING)

    assert told.json()["returned"]["text"] == why["text"]
    assert told.json()["flags"] == ["returned", "explanation_due"]


async def test_nobody_explains_for_a_state_but_itself(centre: Centre, nle: Client) -> None:
    chh, nation = await centre.state("MX-CHH"), await centre.coordinator()
    reader = await centre.client("lee", "submissions:read", "MX-NLE")

    for other, slug in (
        (chh, "not-your-state"),
        (nation, "insufficient-scope"),
        (reader, "insufficient-scope"),
    ):
        answer = await other.post(EXPLANATIONS, WAITING)
        assert (answer.status_code, answer.json()["type"]) == (403, f"/problems/{slug}")
    assert await centre.entries("explanation") == []


async def test_what_was_not_reported_has_nothing_to_explain(
    centre: Centre, nle: Client
) -> None:
    await centre.programme("MX-NLE-02")

    for address in ("MX-NLE-02/2026-09", "MX-NLE-99/2026-09", "MX-NLE-01/2026-00"):
        answer = await nle.post(f"/v1/submissions/{address}/explanations", WAITING)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-submission")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("member_missing", f"/{each}") for each in WAITING]),
        (WAITING | {"regla": "x"}, [("not_a_member", "/regla")]),
        (WAITING | {"María Pérez": 1}, [("not_a_member", "")]),
        (
            WAITING | {"rule": 1, "pointer": None},
            [("not_a_text", "/rule"), ("not_a_text", "/pointer")],
        ),
        (WAITING | {"explanation": "x" * 501}, [("H22_no_personal", "/explanation")]),
        (WAITING | {"explanation": "\x07"}, [("H22_no_personal", "/explanation")]),
        (
            WAITING | {"explanation": "La señora María Pérez"},
            [("H22_no_personal", "/explanation")],
        ),
        (WAITING | {"explanation": "81 1234 5678"}, [("H22_no_personal", "/explanation")]),
    ],
)
async def test_every_fault_of_an_explanation_is_told_and_nothing_repeated(
    body: dict[str, Any], faults: list[tuple[str, str]], centre: Centre, nle: Client
) -> None:
    answer = await nle.post(EXPLANATIONS, body)

    assert answer.status_code == 422
    assert [(each["rule"], each["pointer"]) for each in answer.json()["errors"]] == faults
    assert answer.json()["error_count"] == len(faults)
    for secret in ("Pérez", "5678", "xxx"):
        assert secret not in answer.text
    assert await centre.entries("explanation") == []
