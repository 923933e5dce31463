"""Checkpoints: roots for everybody, a proof for each state, no word about the others."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from cauce.access import tokens
from cauce.access.signing_keys import published
from cauce.store.connect import LOG, transaction
from cauce_contract import proof
from support import months
from support.centre import ISSUER, Centre, Client, later, moved

CHECKPOINT = "/v1/log/checkpoint"
PROOF = "/v1/log/proof"
STATES = ("MX-CHH", "MX-DUR", "MX-NLE", "MX-YUC", "MX-ZAC")


@pytest.fixture
async def states(centre: Centre) -> dict[str, Client]:
    """Five states with a report each."""
    clients = {}
    for state in STATES:
        await centre.programme(f"{state}-01")
        clients[state] = await centre.state(state)
        assert (await clients[state].put(moved(months.month(), f"{state}-01"))).is_success
    return clients


async def latest(centre: Centre, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await centre.http.get(CHECKPOINT, headers=named)


async def grow(states: dict[str, Client], period: str, state: str = "MX-NLE") -> None:
    answer = await states[state].put(moved(months.month(), f"{state}-01", period))
    assert answer.is_success, answer.text


async def test_the_statement_verifies_with_the_published_keys_and_says_what_is_shown(
    centre: Centre, states: dict[str, Client]
) -> None:
    answer = (await latest(centre)).json()

    statement = answer.pop("statement")
    jwks = (await centre.http.get("/.well-known/jwks.json")).json()["keys"]
    claims = tokens.opened(statement, published(jwks, tokens.CHECKPOINT), tokens.CHECKPOINT)
    assert claims == answer
    assert claims.keys() == {"iss", "number", "at", "root", "size"}
    assert (claims["iss"], claims["number"], claims["size"]) == (ISSUER, 1, len(STATES))


async def test_a_log_without_entries_has_a_checkpoint_too(centre: Centre) -> None:
    claims = (await latest(centre)).json()
    assert (claims["number"], claims["size"]) == (1, 0)
    assert claims["root"] == proof.root([]).hex()


async def test_how_many_entries_a_state_has_cannot_be_seen(
    centre: Centre, states: dict[str, Client]
) -> None:
    """What is public has the same form and length, whichever state has sent how much."""
    first = (await latest(centre)).json()
    for period in ("2026-08", "2026-07", "2026-06"):
        await grow(states, period)
    later(centre.clock, minutes=2)

    second = (await latest(centre)).json()

    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"number", "at", "root", "statement"}
    assert second["number"] == 2
    assert len(first["statement"]) == len(second["statement"])


async def test_each_state_s_proof_leads_from_its_receipt_to_the_root(
    centre: Centre, states: dict[str, Client]
) -> None:
    root = (await latest(centre)).json()["root"]

    for at, (state, client) in enumerate(states.items()):
        answer = await client.get(PROOF)
        shown = answer.json()
        stands = (await client.get(f"/v1/submissions/{state}-01/2026-09")).json()
        log = tokens.take_apart(stands["receipt"]).claims["log"]
        assert (shown["state"], shown["position"]) == (state, 1)
        assert (shown["head"], shown["index"]) == (log["head"], at)
        leaf = proof.state_leaf(state, 1, bytes.fromhex(log["head"]))
        path = [bytes.fromhex(each) for each in shown["path"]]
        found = proof.root_over(leaf, at, shown["checkpoint"]["size"], path)
        assert found is not None
        assert found.hex() == shown["checkpoint"]["root"] == root
        assert "private" in answer.headers["Cache-Control"]


async def test_a_proof_shows_nothing_of_another_state(
    centre: Centre, states: dict[str, Client]
) -> None:
    answer = await states["MX-NLE"].get(PROOF)

    async with transaction(centre.engine, LOG) as tx:
        heads = (await tx.execute(text("SELECT heads FROM checkpoint"))).scalar_one()
    for state, _, head in heads:
        assert (state in answer.text) == (head in answer.text) == (state == "MX-NLE")


async def test_a_proof_can_be_had_under_an_earlier_checkpoint(
    centre: Centre, states: dict[str, Client]
) -> None:
    kept = (await latest(centre)).json()
    await grow(states, "2026-08")
    later(centre.clock, minutes=2)
    newer = (await states["MX-NLE"].get(PROOF)).json()

    older = (await states["MX-NLE"].get(f"{PROOF}?number=1")).json()

    assert older["checkpoint"] == kept
    assert (older["position"], newer["position"]) == (1, 2)
    assert newer["checkpoint"]["number"] == 2


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "²", "9" * 400, "1.0", ""])
async def test_a_number_of_no_checkpoint_is_refused_with_those_there_are(
    number: str, centre: Centre, states: dict[str, Client]
) -> None:
    answer = await states["MX-NLE"].get(f"{PROOF}?number={number}")

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["rule"], error["parameter"]) == ("not_a_checkpoint", "number")
    assert "1 a 1" in error["message"]


async def test_a_state_without_a_log_is_told_when_it_will_have_a_proof(
    centre: Centre, states: dict[str, Client]
) -> None:
    await latest(centre)
    await centre.programme("MX-SON-01")
    new = await centre.state("MX-SON")
    assert (await new.get(PROOF)).status_code == 404
    assert (await new.put(moved(months.month(), "MX-SON-01"))).status_code == 201

    at_once = await new.get(PROOF)
    later(centre.clock, minutes=1)
    in_a_minute = await new.get(PROOF)

    assert at_once.json()["type"] == "/problems/no-log-yet"
    assert in_a_minute.json()["index"] == STATES.index("MX-NLE") + 1


async def test_a_proof_is_for_a_state_s_client_alone(centre: Centre) -> None:
    assert (await (await centre.coordinator()).get(PROOF)).status_code == 403


async def test_nothing_new_makes_no_new_checkpoint(
    centre: Centre, states: dict[str, Client]
) -> None:
    first = await latest(centre)
    later(centre.clock, days=40)

    again = await latest(centre)
    has_it = await latest(centre, If_None_Match=first.headers["ETag"])

    assert again.json() == first.json()
    assert (has_it.status_code, has_it.content) == (304, b"")
    assert has_it.headers["ETag"] == first.headers["ETag"]


async def test_there_is_one_a_minute_at_the_most(
    centre: Centre, states: dict[str, Client]
) -> None:
    numbers = []
    for period in ("2026-08", "2026-07", "2026-06"):
        await latest(centre)
        await grow(states, period)
        later(centre.clock, seconds=59)
        numbers.append((await latest(centre)).json()["number"])
        later(centre.clock, seconds=1)
    numbers.append((await latest(centre)).json()["number"])
    assert numbers == [1, 2, 3, 4]


async def test_a_clock_that_was_put_back_makes_none(
    centre: Centre, states: dict[str, Client]
) -> None:
    first = (await latest(centre)).json()
    await grow(states, "2026-08")
    later(centre.clock, days=-1)
    # Tokens are issued by the same clock, so that only the public question is asked.
    assert (await latest(centre)).json() == first


async def test_of_twenty_who_ask_at_once_all_get_the_same_one(
    centre: Centre, states: dict[str, Client]
) -> None:
    for period in ("2026-08", "2026-07"):
        asked = await asyncio.gather(*(latest(centre) for _ in range(20)))
        assert len({answer.text for answer in asked}) == 1
        await grow(states, period)
        later(centre.clock, minutes=1)
    assert await numbers_stored(centre) == [1, 2]


async def test_checkpoints_while_states_report_are_each_over_logs_as_they_stood(
    centre: Centre, states: dict[str, Client]
) -> None:
    """Writers and askers at once: every stored head is the head of its entry."""

    periods = [f"2025-{number:02}" for number in range(1, 12, 2)]  # no two of them join
    for period in periods:
        later(centre.clock, minutes=1)
        asked = (latest(centre) for _ in range(3))
        sent = (grow(states, period, state) for state in STATES)
        await asyncio.gather(*sent, *asked)

    async with transaction(centre.engine, LOG) as tx:
        stored: list[Any] = list(await tx.execute(text("SELECT * FROM checkpoint")))
    heads = {(head[0], head[1], head[2]) for row in stored for head in row.heads}
    for state in STATES:
        reached = [
            (await states[state].get(f"/v1/submissions/{state}-01/{period}")).json()["receipt"]
            for period in ("2026-09", *periods)
        ]
        logs = [tokens.take_apart(receipt).claims["log"] for receipt in reached]
        known = {(state, log["position"], log["head"]) for log in logs}
        assert {head for head in heads if head[0] == state} <= known
    assert len(stored) > 1


async def numbers_stored(centre: Centre) -> list[int]:
    async with transaction(centre.engine, LOG) as tx:
        found = await tx.execute(text("SELECT number FROM checkpoint ORDER BY number"))
        return list(found.scalars())
