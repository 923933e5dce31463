"""What was accepted stays readable: every revision, and what differs between any two."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from cauce.store import log, submissions
from cauce.store.connect import Reach, transaction
from cauce.store.submissions import Accepted
from cauce_contract import Report, load_all
from cauce_contract.history import read_report
from support.centre import STATE_SCOPE, Centre, Client
from support.months import steady

MONTH = "/v1/submissions/MX-NLE-01/2026-09"
REVISIONS = f"{MONTH}/revisions"


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


async def revised(nle: Client, times: int = 2) -> list[dict[str, Any]]:
    """The results of a month sent and replaced, so many times in all."""
    first = await nle.accepted(steady("2026-09", relapses=1))
    later = [
        await nle.replaced(steady("2026-09", relapses=number), text=f"Corrección {number}.")
        for number in range(2, times + 1)
    ]
    return [first, *later]


async def test_the_history_has_every_revision_newest_first_with_who_sent_it_and_why(
    centre: Centre, nle: Client
) -> None:
    first = await nle.accepted(steady("2026-09", relapses=1))
    other_machine = await centre.client("otra", STATE_SCOPE, "MX-NLE")
    second = await other_machine.replaced(steady("2026-09", relapses=2), text="Faltaba una.")

    found = (await nle.get(REVISIONS)).json()

    assert found["next"] is None
    newest, oldest = found["items"]
    assert [newest["revision"], oldest["revision"]] == [2, 1]
    assert [newest["client"], oldest["client"]] == [other_machine.id, nle.id]
    assert newest["revision_reason"] == {"code": "error", "text": "Faltaba una."}
    assert oldest["revision_reason"] is None
    for told, result in ((newest, second), (oldest, first)):
        shared = told.keys() & result.keys()
        assert {"receipt", "received_at", "content_digest", "cells", "warnings"} < shared
        assert all(told[name] == result[name] for name in shared - {"warnings"})
        assert "document" not in told


async def test_a_revision_never_changes_whatever_becomes_of_its_month(
    centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09", relapses=1, capacity_slots=20))
    before = await nle.get(f"{REVISIONS}/1")
    assert before.json()["document"]["measures"]["relapses"] == {"value": 1}

    explanation = {"rule": "S06_capacity", "pointer": "/measures/active_close/value"}
    told = await nle.post(f"{MONTH}/explanations", explanation | {"explanation": "Hay más."})
    assert told.status_code == 201, told.text
    await (await centre.coordinator()).post(
        f"{MONTH}/return", {"code": "other", "text": "Revisar."}
    )
    await nle.replaced(steady("2026-09", relapses=2))
    after = await nle.get(f"{REVISIONS}/1")
    kept = await nle.get(f"{REVISIONS}/1", If_None_Match=before.headers["ETag"])
    second = await nle.get(f"{REVISIONS}/2")

    assert after.json() == before.json()
    assert after.headers["ETag"] == before.headers["ETag"]
    assert not before.headers["ETag"].startswith("W/")
    assert (kept.status_code, kept.content) == (304, b"")
    assert second.headers["ETag"] != before.headers["ETag"]
    assert second.json()["document"]["measures"]["relapses"] == {"value": 2}


async def test_a_revision_shows_what_was_acknowledged_in_it(nle: Client) -> None:
    given = {"rule": "S06_capacity", "pointer": "/measures/active_close/value"}
    acknowledged = [given | {"explanation": "Hay lista de espera."}]
    sent = steady("2026-09", capacity_slots=20) | {"acknowledgements": acknowledged}
    await nle.accepted(sent)

    read = (await nle.get(f"{REVISIONS}/1")).json()
    month = (await nle.get(MONTH)).json()

    assert read["acknowledgements"] == acknowledged
    (warning,) = month["warnings"]
    assert (warning["explained"], warning["explanation"]) == (True, "Hay lista de espera.")


async def test_the_history_comes_in_pages_that_newer_revisions_do_not_disturb(
    nle: Client,
) -> None:
    await revised(nle, 5)
    first = await nle.get(f"{REVISIONS}?limit=2")
    await nle.replaced(steady("2026-09", relapses=6))

    numbers = [item["revision"] for item in first.json()["items"]]
    page = first
    while page.json()["next"]:
        assert page.headers["Link"].endswith('; rel="next"')
        page = await nle.get(page.headers["Link"].split(">")[0][1:])
        numbers += [item["revision"] for item in page.json()["items"]]

    assert numbers == [5, 4, 3, 2, 1]
    assert "Link" not in page.headers


@pytest.mark.parametrize("of", ["", "/1", "/1/diff?against=1"])
async def test_what_is_not_there_and_what_is_anothers_read_alike(
    of: str, centre: Centre, nle: Client
) -> None:
    await nle.accepted(steady("2026-09"))
    await centre.programme("MX-CHH-01")
    chh, nation = await centre.state("MX-CHH"), await centre.coordinator()

    theirs = await chh.get(f"{REVISIONS}{of}")
    absent = await chh.get(f"/v1/submissions/MX-CHH-01/2026-09/revisions{of}")
    unheard = await chh.get(f"/v1/submissions/MX-XXX-01/2026-09/revisions{of}")
    no_month = await chh.get(f"/v1/submissions/MX-CHH-01/2026-13/revisions{of}")

    for answer in (theirs, absent, unheard, no_month):
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/no-submission"
        assert answer.json()["detail"] == theirs.json()["detail"]
    assert (await nation.get(f"{REVISIONS}{of}")).status_code == 200


@pytest.mark.parametrize("number", ["0", "3", "01", "-1", "x", "1e0", "٢", "9" * 30])
async def test_a_number_that_no_revision_has_is_absent(number: str, nle: Client) -> None:
    await revised(nle)

    for path in (f"{REVISIONS}/{number}", f"{REVISIONS}/{number}/diff?against=1"):
        answer = await nle.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["type"] == "/problems/no-revision"
        assert "2" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["", "?against=", "?against=0", "?against=3", "?against=x"])
async def test_a_difference_to_no_revision_is_no_question(query: str, nle: Client) -> None:
    await revised(nle)

    answer = await nle.get(f"{REVISIONS}/1/diff{query}")

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["rule"]) == ("against", "not_a_revision")


async def test_any_two_revisions_differ_cell_by_cell_with_number_and_status(
    nle: Client,
) -> None:
    first = steady("2026-09", relapses=1)
    second = copy.deepcopy(first)
    second["measures"]["relapses"] = {"value": 4, "status": "estimated", "note": "Del libro."}
    third = copy.deepcopy(second)
    del third["measures"]["training_person_hours"]
    third["measures"]["sanctions"]["by"]["sanction_type"] = {"status": "not_collected"}
    await nle.accepted(first)
    await nle.replaced(second)
    await nle.replaced(third)

    one = (await nle.get(f"{REVISIONS}/2/diff?against=1")).json()
    back = (await nle.get(f"{REVISIONS}/1/diff?against=2")).json()
    last = (await nle.get(f"{REVISIONS}/3/diff?against=2")).json()
    none = (await nle.get(f"{REVISIONS}/2/diff?against=2")).json()

    cell = "/measures/relapses/value"
    assert one == {
        "programme": "MX-NLE-01",
        "period": "2026-09",
        "revision": 2,
        "contract": "1.0.0",
        "against": 1,
        "against_contract": "1.0.0",
        "differences": [_change(cell, (1, "reported"), (4, "estimated"))],
    }
    assert back["differences"] == [_change(cell, (4, "estimated"), (1, "reported"))]
    by_pointer = {each["pointer"]: each for each in last["differences"]}
    hours = "/measures/training_person_hours/value"
    assert by_pointer.pop(hours) == _change(hours, (384, "reported"), (None, None))
    detention = "/measures/sanctions/by/sanction_type/DET"
    gone = _change(detention, (1, "reported"), (None, "not_collected"))
    assert by_pointer[detention] == gone
    assert all(pointer.startswith("/measures/sanctions/by/") for pointer in by_pointer)
    assert none["differences"] == []


def _change(
    pointer: str, old: tuple[int | None, str | None], new: tuple[int | None, str | None]
) -> dict[str, Any]:
    statuses = {"status_before": old[1], "status_after": new[1]}
    return {"pointer": pointer, "before": old[0], "after": new[0], **statuses}


async def test_a_dry_run_gives_the_difference_that_the_history_will_show(nle: Client) -> None:
    await nle.accepted(steady("2026-09", relapses=1))
    reason = {"revision_reason": {"code": "error", "text": "Faltaban varias."}}
    correction = steady("2026-09", relapses=7, declined=1) | reason

    dry = (await nle.put(correction, "?dry_run=true")).json()
    await nle.replaced(correction)
    real = (await nle.get(f"{REVISIONS}/2/diff?against=1")).json()

    assert dry["differences"] == real["differences"]
    assert len(real["differences"]) == 2


async def test_revisions_under_two_versions_of_the_contract_are_laid_side_by_side(
    centre: Centre, nle: Client
) -> None:
    """2.0.0 takes no reports yet: its revision is put into the store as the door would."""
    await nle.accepted(steady("2026-09", relapses=1))
    contracts = load_all()
    document = steady("2026-09", relapses=1) | {"contract": "2.0.0"}
    report = read_report(contracts, document)
    assert report is not None
    await _append(centre, report)

    told = (await nle.get(f"{REVISIONS}/2")).json()
    found = (await nle.get(f"{REVISIONS}/2/diff?against=1")).json()
    items = (await nle.get(REVISIONS)).json()["items"]

    assert [item["contract"] for item in items] == ["2.0.0", "1.0.0"]
    assert (told["contract"], found["contract"]) == ("2.0.0", "2.0.0")
    assert found["against_contract"] == "1.0.0"
    cells = [{c.pointer for c in contracts[v].cells} for v in ("1.0.0", "2.0.0")]
    pointers = {each["pointer"] for each in found["differences"]}
    assert pointers
    for each in found["differences"]:
        side = "before" if each["pointer"] in cells[0] - cells[1] else "after"
        other = {"before": "after", "after": "before"}[side]
        if each["pointer"] not in cells[0] & cells[1]:
            assert each[f"status_{side}"] is not None
            assert each[f"status_{other}"] is None
            assert each[other] is None


async def _append(centre: Centre, report: Report) -> None:
    async with transaction(centre.engine, Reach("state", "MX-NLE")) as tx:
        first = await submissions.around(tx, load_all(), "MX-NLE-01", report.period)
        assert first
        assert first.current
        link = log.link(await log.take_end(tx, "MX-NLE"), '{"kind":"revision"}')
        accepted: Accepted = replace(
            first.current,
            revision=2,
            contract=report.contract.version,
            text=report.text,
            numbers=report.numbers,
            statuses=report.statuses,
            reason={"code": "other", "text": "Cambio de versión."},
            log_position=link.position,
        )
        await submissions.append(tx, accepted, link, explanation_due=False)
