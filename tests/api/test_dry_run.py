"""A dry run says what a month would do, to the nation too where a coordinator asks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from cauce.store import submissions
from cauce.store.connect import NATION, Reach, transaction
from cauce_contract import Month
from support.centre import Centre, Client
from support.months import CONTRACT, Document, steady

DRY = "?dry_run=true"
REASON = {"revision_reason": {"code": "error", "text": "Faltaban varias."}}


@pytest.fixture
async def nle(centre: Centre) -> Client:
    """Three programmes on the roster, of which two have reported August."""
    for programme in ("MX-NLE-01", "MX-NLE-02", "MX-CHH-01"):
        await centre.programme(programme)
    chh, nle = await centre.state("MX-CHH"), await centre.state("MX-NLE")
    await chh.accepted(steady("2026-08", "MX-CHH-01"))
    await nle.accepted(steady("2026-08"))
    return nle


Figures = dict[str, dict[str, Any]]


async def nation_s(reader: Client, period: str = "2026-08") -> Figures:
    """Every indicator of the nation in a month, by id, as the interface gives it."""
    figures = {}
    for id_ in CONTRACT.indicators:
        path = f"/v1/indicators/{id_}?from={period}&to={period}&area=MX"
        (figures[id_],) = (await reader.get(path)).json()["items"]
    return figures


def corrected() -> Document:
    """August with fewer graduations in work, another mix of decisions, and a figure dropped."""
    document = steady("2026-08", declined=5, relapses=30) | REASON
    document["measures"]["graduates_in_work_or_study"]["value"] = 0
    document["measures"]["drug_tests"] = {"value": None, "status": "not_collected"}
    return document


def broken_off() -> Document:
    """August with the same numbers, of which one ends a series."""
    document = steady("2026-08") | REASON
    document["measures"]["exits"] |= {"status": "series_break", "note": "Otro registro."}
    return document


@pytest.mark.parametrize(
    "document",
    [
        corrected(),
        steady("2026-08", capacity_slots=70) | REASON,
        broken_off(),
        steady("2026-08", "MX-NLE-02", hearings=96),
        steady("2026-07", relapses=3),
    ],
    ids=[
        "several figures",
        "one that later months go on from",
        "a status alone",
        "the first of its programme",
        "an earlier month",
    ],
)
async def test_what_a_coordinator_is_told_of_the_nation_is_what_then_comes(
    document: Document, centre: Centre, nle: Client
) -> None:
    nation = await centre.coordinator()
    period = document["period"]
    before = await nation_s(nation, period)

    told = (await nation.put(document, DRY)).json()["national"]
    unmoved = await nation_s(nation, period)
    tag = (await nle.get(_path(document))).headers.get("ETag")
    await nle.accepted(document, **({"If_Match": tag} if tag else {}))
    after = await nation_s(nation, period)

    assert unmoved == before
    changed = [id_ for id_ in before if before[id_] != after[id_]]
    assert changed
    assert told == [
        {"indicator": id_, "before": before[id_], "after": after[id_]} for id_ in changed
    ]


def _path(document: Document) -> str:
    return f"/v1/submissions/{document['programme']}/{document['period']}"


async def test_a_state_is_told_nothing_of_the_nation(nle: Client) -> None:
    tag = (await nle.get(_path(corrected()))).headers["ETag"]
    dry = await nle.put(corrected(), DRY, If_Match=tag)
    again = await nle.put(steady("2026-08"), DRY)

    assert dry.status_code == again.status_code == 200
    for answer in (dry, again):
        assert "national" not in answer.json()
        assert "coverage" not in answer.text


async def test_what_stands_already_would_change_nothing(centre: Centre, nle: Client) -> None:
    told = (await (await centre.coordinator()).put(steady("2026-08"), DRY)).json()

    assert (told["national"], told["differences"], told["needs_correction"]) == ([], [], [])


TABLES = ("revision", "month", "log_entry", "state_log")


async def _contents(centre: Centre) -> dict[str, list[Any]]:
    async with transaction(centre.engine, NATION) as tx:
        return {
            table: list(await tx.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")))  # noqa: S608  names of ours
            for table in TABLES
        }


async def test_nothing_is_left_of_a_dry_run(centre: Centre, nle: Client) -> None:
    nation = await centre.coordinator()
    before = await _contents(centre)

    for document in (corrected(), steady("2026-08", "MX-NLE-02"), steady("2026-07")):
        for sender in (nation, nle):
            assert (await sender.put(document, DRY)).status_code == 200

    assert await _contents(centre) == before


async def test_a_dry_run_names_the_later_months_that_would_need_correction(
    nle: Client,
) -> None:
    await nle.accepted(steady("2026-09", relapses=8))
    document = steady("2026-08", closes=45) | REASON

    dry = (await nle.put(document, DRY)).json()
    real = await nle.replaced(document)

    assert dry["needs_correction"] == real["needs_correction"] == ["2026-09"]


async def test_a_refused_dry_run_says_nothing_of_the_nation(
    centre: Centre, nle: Client
) -> None:
    nation = await centre.coordinator()
    broken = corrected()
    broken["measures"]["active_close"]["value"] = 44
    without_reason = corrected()
    del without_reason["revision_reason"]

    for document, status in ((broken, 422), (without_reason, 422)):
        dry = await nation.put(document, DRY)
        assert dry.status_code == status
        assert "national" not in dry.json()
    assert (await nation.put(corrected(), DRY, If_Match='"9-0"')).status_code == 412
    absent = steady("2026-08", "MX-NLE-99")
    assert (await nation.put(absent, DRY)).status_code == 404


async def test_a_coordinator_stores_nothing(centre: Centre, nle: Client) -> None:
    nation = await centre.coordinator()
    before = await _contents(centre)

    for query in ("", "?dry_run=false"):
        answer = await nation.put(corrected(), query, If_Match="*")
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/insufficient-scope"
        assert 'scope="submissions:write"' in answer.headers["WWW-Authenticate"]
    assert await _contents(centre) == before


async def test_who_only_reads_figures_rehearses_nothing(centre: Centre, nle: Client) -> None:
    analyst = await centre.client("analista", "indicators:read")
    reader = await centre.client("lee", "submissions:read", "MX-NLE")

    for caller in (analyst, reader):
        assert (await caller.put(corrected(), DRY)).status_code == 403


async def test_rehearsals_and_the_real_thing_at_once_do_not_disturb_each_other(
    centre: Centre, nle: Client
) -> None:
    """Each rehearsal compares one state of the nation with the next, whatever is committed."""
    nation = await centre.coordinator()
    await nation.token()

    async def replaces() -> None:
        for number in range(6):
            await nle.replaced(steady("2026-08", relapses=40 + number))

    async def rehearses() -> list[Any]:
        answers = [await nation.put(corrected(), DRY) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200] * 4
        return [answer.json()["national"] for answer in answers]

    _, *told = await asyncio.gather(replaces(), rehearses(), rehearses(), rehearses())

    history = (await nle.get(f"{_path(corrected())}/revisions")).json()["items"]
    assert [item["revision"] for item in history] == list(range(7, 0, -1))
    ids = [[each["indicator"] for each in national] for four in told for national in four]
    assert all(each == ids[0] for each in ids)


async def test_a_rehearsal_that_the_real_thing_overtakes_begins_again(
    centre: Centre, nle: Client
) -> None:
    nation = await centre.coordinator()
    expected = (await nation.put(corrected(), DRY)).json()

    async with transaction(centre.engine, Reach("state", "MX-NLE")) as tx:
        await submissions.mark(tx, "MX-NLE-01", Month(2026, 8), explanation_due=True)
        rehearsal = asyncio.create_task(nation.put(corrected(), DRY))
        await centre.until_somebody_waits()
    overtaken = await rehearsal

    assert overtaken.status_code == 200
    assert overtaken.json() == expected
