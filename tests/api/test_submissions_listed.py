"""Many months' submissions: newest first, and the same on every page while more comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.pages import cursor_at
from cauce.store import log
from cauce.store.connect import Reach, transaction
from support.centre import Centre, Client, later
from support.months import Document, steady

ALL = "/v1/submissions"
QUERY = ["submissions", "MX-NLE", *[None] * 5]  # of Nuevo León, without parameters
Item = dict[str, Any]


@pytest.fixture
async def nle(centre: Centre) -> Client:
    for number in (1, 2):
        await centre.programme(f"MX-NLE-0{number}")
    return await centre.state("MX-NLE")


@pytest.fixture
async def chh(centre: Centre) -> Client:
    await centre.programme("MX-CHH-01")
    return await centre.state("MX-CHH")


async def sent(client: Client, *documents: Document) -> None:
    for document in documents:
        later(client.centre.clock, seconds=1)
        await client.accepted(document)


def places(items: list[Item]) -> list[tuple[str, str, int]]:
    return [(item["programme"], item["period"], item["revision"]) for item in items]


async def pages(client: Client, path: str) -> AsyncIterator[list[Item]]:
    """The pages of a collection, each asked for by the link that leads to it."""
    url: str | None = path
    while url:
        page = await client.get(url)
        assert page.status_code == 200, page.text
        yield page.json()["items"]
        link = page.headers.get("Link")
        assert (link is None) == (page.json()["next"] is None)
        url = link.split(">")[0][1:] if link else None


async def listed(client: Client, path: str = ALL) -> list[Item]:
    return [item async for page in pages(client, path) for item in page]


async def test_the_newest_comes_first_and_of_each_month_its_last_revision(
    centre: Centre, nle: Client, chh: Client
) -> None:
    july, august = steady("2026-07"), steady("2026-08", relapses=8)
    await sent(nle, july, august)
    await sent(chh, steady("2026-08", "MX-CHH-01"))
    await nle.replaced(steady("2026-07", relapses=7))

    nation = await listed(await centre.coordinator())
    own = await listed(nle)

    assert places(nation) == [
        ("MX-NLE-01", "2026-07", 2),
        ("MX-CHH-01", "2026-08", 1),
        ("MX-NLE-01", "2026-08", 1),
    ]
    assert own == [item for item in nation if item["state"] == "MX-NLE"]
    first = (await nle.get("/v1/submissions/MX-NLE-01/2026-07/revisions/2")).json()
    shared = first.keys() - {"document", "acknowledgements"}
    assert own[0] == {name: first[name] for name in shared} | {"status": "accepted"}


async def test_each_parameter_leaves_out_what_it_says(
    centre: Centre, nle: Client, chh: Client
) -> None:
    await sent(nle, steady("2026-07"), steady("2026-08", relapses=8))
    await sent(nle, steady("2026-08", "MX-NLE-02"))
    await sent(chh, steady("2026-08", "MX-CHH-01"))
    nation = await centre.coordinator()
    why = {"code": "other", "text": "Revisar."}
    await nation.post("/v1/submissions/MX-NLE-01/2026-08/return", why)
    every = await listed(nation)
    third = every[1]["received_at"]

    def those(**members: str) -> list[Item]:
        return [each for each in every if members.items() <= each.items()]

    assert len(every) == 4
    for query, expected in (
        ("state=MX-NLE", those(state="MX-NLE")),
        ("programme=MX-NLE-01", those(programme="MX-NLE-01")),
        ("period=2026-08", those(period="2026-08")),
        ("status=returned", those(programme="MX-NLE-01", period="2026-08")),
        ("status=accepted&state=MX-NLE", those(state="MX-NLE", status="accepted")),
        (f"since={third}", every[:2]),
        ("since=2026-11-23T13:00:00Z", []),
        ("programme=MX-NLE-01&period=2026-07", those(period="2026-07")),
        ("state=MX-CHH&programme=MX-NLE-01", []),
    ):
        assert await listed(nation, f"{ALL}?{query}") == expected, query
        assert await listed(nation, f"{ALL}?{query}&limit=1") == expected, query
    assert those(status="returned") == those(programme="MX-NLE-01", period="2026-08")


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("state=MX-XXX", [("state", "unknown_state")]),
        ("programme=MX-NLE-77", [("programme", "unknown_programme")]),
        ("period=2026-13", [("period", "not_a_month")]),
        ("period=2026-11", [("period", "not_over")]),
        ("status=late", [("status", "unknown_status")]),
        ("programme=", [("programme", "unknown_programme")]),
        ("since=2026-10-04", [("since", "not_an_instant")]),
        ("since=2026-10-04T16:20:11-06:00", [("since", "not_an_instant")]),
        ("since=2026-02-30T00:00:00Z", [("since", "not_an_instant")]),
        ("limit=0", [("limit", "not_a_limit")]),
        ("limit=501", [("limit", "not_a_limit")]),
        ("limit=1e2", [("limit", "not_a_limit")]),
        (f"limit={'9' * 5000}", [("limit", "not_a_limit")]),
        ("limit=x&state=&status=", [(n, None) for n in ("limit", "state", "status")]),
    ],
)
async def test_a_parameter_that_means_nothing_is_refused_with_what_there_is(
    query: str, faults: list[tuple[str, str | None]], nle: Client
) -> None:
    answer = await nle.get(f"{ALL}?{query}")

    assert answer.status_code == 422
    found = [(each["parameter"], each["rule"]) for each in answer.json()["errors"]]
    assert [name for name, _ in found] == [name for name, _ in faults]
    assert all(rule in (None, said) for (_, rule), (_, said) in zip(faults, found, strict=True))


async def test_a_state_asks_about_itself_alone(nle: Client, chh: Client) -> None:
    for query in ("state=MX-CHH", "programme=MX-CHH-01"):
        answer = await nle.get(f"{ALL}?{query}")
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/not-your-state"


async def test_pages_that_are_read_while_others_commit_join_to_what_stood(
    centre: Centre, nle: Client, chh: Client
) -> None:
    """Between any two pages a month is sent, one replaced, one returned."""
    months = [f"2026-{number:02}" for number in range(1, 9)]
    for number, period in enumerate(months):
        await sent(nle, steady(period, relapses=number))
    nation = await centre.coordinator()
    await nation.post("/v1/submissions/MX-NLE-01/2026-02/return", WHY)
    stood = await listed(nation)

    read: list[Item] = []
    changes = iter(months)
    async for page in pages(nation, f"{ALL}?limit=2"):
        read += page
        period = next(changes)
        await sent(chh, steady(period, "MX-CHH-01", relapses=len(read)))
        await nle.replaced(steady(period, relapses=60 + len(read)))
        later_month = months[-1 - len(read) // 2]
        await nation.post(f"/v1/submissions/MX-NLE-01/{later_month}/return", WHY)

    assert read == stood
    assert [item["status"] for item in read].count("returned") == 1
    now = await listed(nation)
    assert len(now) == len(stood) + 4
    assert now != stood


WHY = {"code": "inconsistent", "text": "No cuadra."}


@asynccontextmanager
async def held_open(centre: Centre, state: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that has added to a state's log and is not committed yet."""
    async with transaction(centre.engine, Reach("state", state)) as tx:
        await log.add(tx, state, "explanation", programme=f"{state}-01", period="2026-07")
        yield tx


async def test_a_transaction_held_open_across_a_cursor_is_neither_missed_nor_in_the_past(
    centre: Centre, nle: Client, chh: Client
) -> None:
    """A PUT waits for its place in the log behind a writer that does not commit."""
    await sent(nle, *(steady(f"2026-{n:02}", relapses=n) for n in range(4, 8)))
    nation = await centre.coordinator()
    await nation.token()
    await chh.token()
    stood = await listed(nation)

    async with held_open(centre, "MX-NLE"):
        waiting = asyncio.create_task(chh.put(steady("2026-07", "MX-CHH-01")))
        await centre.until_somebody_waits()
        first = await nation.get(f"{ALL}?limit=3")
        cursor = first.json()["next"]
        assert first.json()["items"] == stood[:3]
    assert (await waiting).status_code == 201
    await nle.replaced(steady("2026-04", relapses=40))
    last = await nation.get(f"{ALL}?limit=3&cursor={cursor}")

    assert first.json()["items"] + last.json()["items"] == stood
    assert last.json()["next"] is None
    assert places(await listed(nation))[:2] == [
        ("MX-NLE-01", "2026-04", 2),
        ("MX-CHH-01", "2026-07", 1),
    ]


async def test_whoever_commits_later_has_the_later_place(centre: Centre, nle: Client) -> None:
    """What is received first and committed last is the newest, and no page has skipped it."""
    await nle.token()
    waiting: asyncio.Task[Any]
    async with held_open(centre, "MX-CHH"):
        waiting = asyncio.create_task(nle.put(steady("2026-07")))
        await centre.until_somebody_waits()
        received = centre.clock.now
        later(centre.clock, minutes=5)
        assert await listed(nle) == []
    await waiting
    await sent(nle, steady("2026-08", relapses=8))

    items = await listed(nle)

    assert [item["period"] for item in items] == ["2026-08", "2026-07"]
    assert items[1]["received_at"] == received.isoformat().replace("+00:00", "Z")


async def test_a_cursor_that_was_not_given_for_the_query_is_refused(
    centre: Centre, nle: Client, chh: Client
) -> None:
    await sent(nle, *(steady(f"2026-{n:02}", relapses=n) for n in range(4, 8)))
    await sent(chh, steady("2026-07", "MX-CHH-01"), steady("2026-08", "MX-CHH-01", relapses=3))
    cursor = (await nle.get(f"{ALL}?limit=1")).json()["next"]
    of_others = (await chh.get(f"{ALL}?limit=1")).json()["next"]
    of_history = "/v1/submissions/MX-NLE-01/2026-07/revisions"
    await nle.replaced(steady("2026-07", relapses=9))
    elsewhere = (await nle.get(f"{of_history}?limit=1")).json()["next"]
    at, before, check = cursor.split(".")
    made_up = [
        "",
        "x",
        "..",
        "1",
        "é",
        "\0",
        "a" * 5000,
        "e30.e30.e30",
        f"{at}.{before}.",
        f"{int(at) + 1}.{before}.{check}",
        f"{before}.{check}",
        f"{at}.{before}.{before}.{check}",
        f"0{at}.{before}.{check}",
        f"-{at}.{before}.{check}",
        f"{at}.²{before}.{check}",
        f"{at}. {before}.{check}",
        cursor_at({"at": 0, "before": 1}, QUERY),
        cursor_at({"at": 1, "before": 2**63}, QUERY),
        cursor[:-1],
        of_others,
        elsewhere,
        await nle.token(),
    ]

    for each in made_up:
        answer = await nle.get(f"{ALL}?{urlencode({'limit': 1, 'cursor': each})}")
        assert answer.status_code == 400, each
        assert answer.json()["type"] == "/problems/bad-cursor"
    last = cursor_at({"at": 2**63 - 1, "before": 2**63 - 1}, QUERY)
    assert (await nle.get(f"{ALL}?cursor={last}")).status_code == 200
    for number, status in ((10**9 - 1, 200), (10**9, 400)):
        query = ["revisions", "MX-NLE-01", "2026-07"]
        made = cursor_at({"before": number}, query)
        assert (await nle.get(f"{of_history}?cursor={made}")).status_code == status
    assert (await nle.get(f"{ALL}?state=MX-NLE&cursor={cursor}")).status_code == 400
    assert (await nle.get(f"{of_history}?cursor={cursor}")).status_code == 400
    assert (await nle.get(f"{ALL}?cursor={cursor}")).status_code == 200
    assert (await nle.get(f"{ALL}?limit=3&cursor={cursor}")).status_code == 200
    headers = {"Authorization": f"Bearer {cursor}"}
    assert (await centre.http.get(ALL, headers=headers)).status_code == 401


async def test_a_list_that_is_as_it_was_is_not_sent_again(nle: Client) -> None:
    await sent(nle, *(steady(f"2026-{n:02}", relapses=n) for n in range(4, 8)))
    for path in (ALL, f"{ALL}?limit=2"):
        etag = (await nle.get(path)).headers["ETag"]
        assert (await nle.get(path, If_None_Match=etag)).status_code == 304
        await nle.replaced(steady("2026-07", relapses=len(path)))
        assert (await nle.get(path, If_None_Match=etag)).status_code == 200
