"""One byte changed, one row removed, one tail cut in a copy of the database: it is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cauce.access import tokens
from cauce.access.signing_keys import published
from cauce.access.tokens import Signer, new_private_jwk
from cauce.log.attested import Kept
from cauce.log.checkpoint import current
from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce.store.connect import LOG, transaction
from cauce_contract import Month, canonical, digest, load_all
from support import centre as under_test
from support import tampering
from support.centre import ISSUER, Databases, later
from support.months import CONTRACT, steady
from support.tampering import TABLES, Copy, Nation, changed, columns_of

COLUMNS = columns_of(TABLES)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def nation(databases: Databases) -> AsyncIterator[Nation]:
    async with under_test.centre(databases) as centre:
        database = centre.database_url.partition("@/")[2].partition("?")[0]
        yield await tampering.live(centre, database)


@pytest.fixture(scope="module")
async def a_copy(databases: Databases, nation: Nation) -> AsyncIterator[Copy]:
    async with tampering.copied(databases, nation) as found:
        yield found
        print(f"edits tried {found.tried}, detected {found.detected}")


@pytest.fixture
async def copy(a_copy: Copy) -> AsyncIterator[Copy]:
    yield a_copy
    await a_copy.back()


async def test_a_database_that_nobody_touched_fits(copy: Copy) -> None:
    found = await copy.verified(
        [Kept(str(each["number"]), each["statement"]) for each in copy.nation.checkpoints],
        [Kept(str(at), receipt) for at, receipt in enumerate(copy.nation.receipts)],
    )

    assert found.faults.listed == []
    assert (found.logs, found.revisions, found.checkpoints) == (3, 10, 3)
    assert found.entries == found.revisions + 9
    assert found.unread == {}


async def test_the_months_that_are_tampered_with_have_a_life(copy: Copy) -> None:
    for flag in ("needs_correction", "explanation_due", "returned"):
        months = await copy.sql.fetch(f"SELECT FROM month WHERE {flag}")
        assert len(months) == 1, flag


@pytest.mark.parametrize(
    ("table", "column", "kind"), COLUMNS, ids=[f"{table}.{name}" for table, name, _ in COLUMNS]
)
async def test_a_changed_value_is_found(table: str, column: str, kind: str, copy: Copy) -> None:
    rows = await copy.sql.fetch(f"SELECT ctid, * FROM {table} ORDER BY ctid")  # noqa: S608  ours
    acts = [row for row in rows if table == "log_entry" and row["kind"] != "revision"]
    for row in (rows[0], *acts[:1], rows[len(rows) // 2], rows[-1]):
        done = await copy.sql.execute(
            f"UPDATE {table} SET {column} = {changed(column, kind)} WHERE ctid = $1",  # noqa: S608  ours
            row["ctid"],
        )
        assert done == "UPDATE 1"

        await copy.expect_found(f"{table}.{column} of {dict(row)}")


@pytest.mark.parametrize("table", TABLES)
async def test_a_removed_row_is_found(table: str, copy: Copy) -> None:
    rows = await copy.sql.fetch(f"SELECT ctid FROM {table} ORDER BY ctid")  # noqa: S608  ours
    # The last checkpoint is the tail of a log of its own: see below.
    for row in rows[: -1 if table == "checkpoint" else None]:
        await copy.sql.execute(f"DELETE FROM {table} WHERE ctid = $1", row["ctid"])  # noqa: S608  ours
        await copy.expect_found(f"{table} without {row}")


@pytest.mark.parametrize("table", [table for table in TABLES if table != "state_log"])
async def test_a_row_that_is_there_twice_is_found(table: str, copy: Copy) -> None:
    rows = await copy.sql.fetch(f"SELECT ctid FROM {table} ORDER BY ctid")  # noqa: S608  ours
    await copy.sql.execute(
        f"INSERT INTO {table} SELECT * FROM {table} WHERE ctid = $1",  # noqa: S608  ours
        rows[len(rows) // 2]["ctid"],
    )
    await copy.expect_found(f"{table} with a row twice")


async def test_the_first_place_that_does_not_fit_is_named_in_each_log(copy: Copy) -> None:
    await copy.sql.execute("UPDATE revision SET client = 'cl_x' WHERE log_position IN (2, 3)")
    await copy.sql.execute(
        "UPDATE revision SET client = 'cl_x' WHERE log_position = 1 AND state = 'MX-NLE'"
    )

    found = await copy.verified()

    assert [str(fault) for fault in found.faults.listed] == [
        "MX-CHH 2 MX-CHH-01 2026-06 revision 1: the revision's client is not that of its entry",
        "MX-NLE 1 MX-NLE-01 2026-05 revision 1: the revision's client is not that of its entry",
    ]
    assert found.faults.more == 3


async def cut(copy: Copy) -> None:
    """Take NLE's last entry away, with all that came of it: MX-NLE-01's August 2026."""
    for statement in (
        "DELETE FROM log_entry WHERE state = 'MX-NLE' AND position = 11",
        "DELETE FROM revision WHERE state = 'MX-NLE' AND log_position = 11",
        "DELETE FROM month WHERE programme = 'MX-NLE-01' AND period = '2026-08-01'",
        "DELETE FROM checkpoint WHERE number = 3",
    ):
        assert await copy.sql.execute(statement) == "DELETE 1"
    await copy.chain("MX-NLE")


async def test_a_tail_that_is_cut_off_shows_by_a_receipt_or_checkpoint_that_was_kept(
    copy: Copy,
) -> None:
    """What is left fits in itself: nothing in the database can tell."""
    nation = copy.nation
    checkpoints = [Kept("c.json", each["statement"]) for each in nation.checkpoints]
    await cut(copy)

    assert await copy.found() == []
    assert await copy.found(checkpoints=checkpoints[:2]) == []
    assert await copy.found(checkpoints=checkpoints[2:]) == [
        "checkpoints 3: c.json: it is not there any more"
    ]
    assert await copy.found(receipts=[Kept("r.jws", nation.receipts[-2])]) == []
    assert await copy.found(receipts=[Kept("r.jws", nation.receipts[-1])]) == [
        "MX-NLE 11 MX-NLE-01 2026-08 revision 1: r.jws: its entry is not there"
    ]


async def test_a_tail_that_was_cut_off_and_has_grown_again_shows_too(copy: Copy) -> None:
    """Another entry stands where the receipt's was, under another checkpoint of its number."""
    await cut(copy)
    await copy.sql.execute(
        "INSERT INTO log_entry SELECT state, 11, 99, entry, salt, head, kind, programme, period"
        " FROM log_entry WHERE state = 'MX-NLE' AND position = 10"
    )
    await copy.sql.execute("SELECT setval('log_sequence', 99)")
    await copy.chain("MX-NLE")
    signer = copy.nation.centre.app.state.running.keys.checkpoint
    async with transaction(copy.engine, LOG) as tx:
        await current(tx, signer, ISSUER, copy.nation.centre.clock.now, timedelta(0))

    receipt = Kept("r.jws", copy.nation.receipts[-1])
    third = Kept("c.json", copy.nation.checkpoints[2]["statement"])

    assert await copy.found() == []
    assert (await copy.found(receipts=[receipt]))[0].endswith("is not that of the entry")
    assert await copy.found(checkpoints=[third]) == [
        "checkpoints 3: c.json: it has another root than was kept"
    ]


async def test_a_figure_that_is_rewritten_everywhere_shows_by_its_receipt(copy: Copy) -> None:
    """Cells, document, digests, entry, chain and end say it alike: the signature does not."""
    where = "WHERE state = 'MX-NLE' AND log_position = 11"
    text = await copy.sql.fetchval(f"SELECT document FROM revision {where}")  # noqa: S608  ours
    document = json.loads(text)
    document["measures"]["relapses"]["value"] += 1
    at = CONTRACT.measures["relapses"].position + 1
    await copy.sql.execute(
        f"UPDATE revision SET document = $1, content_digest = $2,"  # noqa: S608  ours
        f" numbers[{at}] = numbers[{at}] + 1 {where}",
        *(canonical(document).decode(), digest(document)),
    )
    await copy.say("MX-NLE", 11, content_digest=digest(document))
    await copy.chain("MX-NLE")
    await copy.sql.execute("DELETE FROM checkpoint WHERE number = 3")

    found = await copy.found()

    assert found[0] == (
        "MX-NLE 11 MX-NLE-01 2026-08 revision 1:"
        " the receipt's content_digest is not that of the entry"
    )


async def test_an_entry_taken_out_of_the_middle_shows_by_the_receipts_after_it(
    copy: Copy,
) -> None:
    await copy.sql.execute("DELETE FROM log_entry WHERE state = 'MX-NLE' AND position = 7")
    await copy.sql.execute("DELETE FROM checkpoint")
    await copy.chain("MX-NLE")

    found = await copy.found()

    assert found[0].startswith("MX-NLE 8 MX-NLE-01 2026-06")  # the ninth until then
    assert "receipt" in found[0]


async def test_an_act_that_is_rewritten_shows_by_the_next_receipt_or_checkpoint(
    copy: Copy,
) -> None:
    """An act has no receipt: what comes after it stands for it."""
    await copy.say("MX-NLE", 10, text="Otra razón.")
    await copy.chain("MX-NLE")
    assert (await copy.found())[0].startswith("MX-NLE 11 MX-NLE-01 2026-08 revision 1: the rec")
    await copy.back()

    await copy.say("MX-NLE", 10, text="Otra razón.")
    await copy.sql.execute("DELETE FROM log_entry WHERE state = 'MX-NLE' AND position = 11")
    await copy.sql.execute("DELETE FROM revision WHERE state = 'MX-NLE' AND log_position = 11")
    await copy.sql.execute(
        "DELETE FROM month WHERE programme = 'MX-NLE-01' AND period = '2026-08-01'"
    )
    await copy.chain("MX-NLE")
    assert await copy.found() == [
        "MX-NLE 11: checkpoint 3 is over this entry, which is not there"
    ]


async def test_two_receipts_that_change_places_are_found(copy: Copy) -> None:
    await copy.sql.execute(
        "UPDATE revision r SET receipt = o.receipt FROM kept_revision o"
        " WHERE r.state = 'MX-CHH' AND o.state = 'MX-CHH' AND r.log_position < 3"
        " AND o.log_position = 3 - r.log_position"
    )
    found = await copy.found()
    assert found[0].startswith("MX-CHH 1 MX-CHH-01 2026-05 revision 1: the receipt's ")


async def test_a_receipt_or_checkpoint_that_another_key_signed_is_found(copy: Copy) -> None:
    """Also one of the service's own keys, where it signs another kind of token."""
    keys = copy.nation.centre.app.state.running.keys
    stranger = Signer.read(new_private_jwk())
    statement = copy.nation.checkpoints[0]["statement"]
    for signer in (stranger, keys.access, keys.receipt):
        forged = signer.sign(tokens.CHECKPOINT, tokens.take_apart(statement).claims)
        await copy.sql.execute("UPDATE checkpoint SET statement = $1 WHERE number = 1", forged)
        assert await copy.found() == [
            "checkpoints 1: the statement is not as it was signed (key)"
        ]
    await copy.back()
    for signer in (stranger, keys.access, keys.checkpoint):
        claims = tokens.take_apart(copy.nation.receipts[0]).claims
        forged = signer.sign(tokens.RECEIPT, claims)
        await copy.sql.execute(
            "UPDATE revision SET receipt = $1 WHERE state = 'MX-NLE' AND log_position = 1",
            forged,
        )
        (found,) = await copy.found()
        assert found.endswith("the receipt is not as it was signed (key)")


async def test_entries_that_change_their_order_over_a_checkpoint_are_found(copy: Copy) -> None:
    """Of two states, so that neither log shows it: one under the checkpoint, one after it."""
    under, after = "MX", "MX-NLE"
    first = {under: 1, after: 6}
    sequences = {
        state: await copy.sql.fetchval(
            "SELECT sequence FROM log_entry WHERE state = $1 AND position = $2", state, position
        )
        for state, position in first.items()
    }
    assert sequences[under] + 1 == sequences[after]
    for state, other in ((under, after), (after, under)):
        await copy.sql.execute(
            "UPDATE log_entry SET sequence = $3 WHERE state = $1 AND position = $2",
            *(state, first[state], sequences[other]),
        )

    assert await copy.found() == [
        "MX-NLE 6: its sequence is not after those under checkpoint 1"
    ]


async def test_what_is_reported_meanwhile_is_no_fault(databases: Databases) -> None:
    """The logs are read as they were at one instant, while states go on reporting."""
    async with under_test.centre(databases) as centre:
        clients = {}
        for state in ("MX-CHH", "MX-NLE"):
            await centre.programme(f"{state}-01")
            clients[state] = await centre.state(state)
            await clients[state].token()
        jwks = centre.app.state.running.keys.public()
        keys = Keys(published(jwks, tokens.RECEIPT), published(jwks, tokens.CHECKPOINT))
        seen = []

        async def report(state: str) -> None:
            for period in Month(2025, 1).through(Month(2026, 6)):
                document = steady(str(period), f"{state}-01", relapses=period.number)
                await clients[state].accepted(document)

        async def look() -> None:
            for _ in range(12):
                found = await verify(centre.engine, load_all(), keys)
                assert found.faults.listed == []
                seen.append(found.entries)
                await centre.http.get("/v1/log/checkpoint")
                later(centre.clock, seconds=40)

        await asyncio.gather(*map(report, clients), look())
        assert seen == sorted(seen)
        assert (await verify(centre.engine, load_all(), keys)).entries == 36
