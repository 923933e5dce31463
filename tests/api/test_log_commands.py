"""`cauce-service log`: what it prints, what it ends with, and what it takes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cauce.__main__ import main
from cauce.access import tokens
from cauce.coordinate.actor import Actor
from cauce.coordinate.days import set_days
from cauce.store.connect import COORDINATION, connect, transaction
from cauce_contract import Month
from support import centre as under_test
from support import tampering
from support.centre import ISSUER, Databases
from support.command_line import cauce
from support.months import CONTRACT
from support.service import PROGRAMS
from support.tampering import Nation

# They were entered without an act, as before there were logs.
NOTE = (
    "note: 3 programmes are on the roster by no entry of a log: MX-CHH-01, MX-NLE-01, MX-NLE-02"
)
CLIENTS = "note: 3 clients are registered by no entry of a log: cl_…, cl_…, cl_…"


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was printed, with clients' ids cut short: they are others in every run."""
    return re.sub(r"\bcl_[0-9a-f]{16}\b", "cl_…", done.stdout).splitlines()


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def nation(databases: Databases) -> AsyncIterator[Nation]:
    async with under_test.centre(databases) as centre:
        database = centre.database_url.partition("@/")[2].partition("?")[0]
        yield await tampering.live(centre, database)


def settings(nation: Nation) -> dict[str, str]:
    """Those of an operator of the nation's service."""
    return {
        "CAUCE_DATABASE_URL": nation.centre.database_url,
        "CAUCE_DATA_DIR": str(nation.centre.settings.data_dir),
        "CAUCE_ISSUER": ISSUER,
    }


async def log(
    nation: Nation, *arguments: object, url: str = "", **changed: str
) -> subprocess.CompletedProcess[str]:
    """A command of `cauce-service log` on the nation's database, or on another's."""
    kept = {name: value for name, value in os.environ.items() if "CAUCE" not in name}
    usual = settings(nation) | ({"CAUCE_DATABASE_URL": url} if url else {})

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / "cauce-service", "log", *map(str, arguments)],
            env=kept | usual | changed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return await asyncio.to_thread(run)


def kept(folder: Path, nation: Nation) -> tuple[list[Path], list[Path]]:
    """Files of the checkpoints, as the service answered them, and of the receipts."""
    checkpoints, receipts = [], []
    for at, answer in enumerate(nation.checkpoints):
        checkpoints.append(folder / f"{at}.json")
        checkpoints[-1].write_text(json.dumps(answer))
    for at, receipt in enumerate(nation.receipts):
        receipts.append(folder / f"{at}.jws")
        receipts[-1].write_text(receipt + "\n")
    return checkpoints, receipts


async def test_what_fits_ends_with_0_and_how_much_was_looked_at(
    nation: Nation, tmp_path: Path
) -> None:
    checkpoints, receipts = kept(tmp_path, nation)

    done = await log(nation, "verify", "--checkpoint", *checkpoints, "--receipt", *receipts)

    assert (done.returncode, done.stderr) == (0, "")
    counts = "3 logs, 19 entries, 10 revisions, 3 checkpoints"
    told = f"{counts}, 13 kept elsewhere: all of it fits."
    assert lines(done) == [NOTE, CLIENTS, told]


async def test_what_does_not_fit_ends_with_1_and_each_log_s_first_place(
    databases: Databases, nation: Nation, tmp_path: Path
) -> None:
    checkpoints, _ = kept(tmp_path, nation)
    async with tampering.copied(databases, nation) as copy:
        await copy.sql.execute("UPDATE revision SET client = 'cl_x'")
        await copy.sql.execute("DELETE FROM checkpoint WHERE number = 3")
        url = copy.engine.url.render_as_string(hide_password=False)

        done = await log(nation, "verify", "--checkpoint", checkpoints[2], url=url)

    assert done.returncode == 1
    what = "revision 1: the revision's client is not that of its entry"
    counts = "3 logs, 19 entries, 10 revisions, 2 checkpoints, 1 kept elsewhere"
    assert lines(done) == [
        f"MX-CHH 1 MX-CHH-01 2026-05 {what}",
        f"MX-NLE 1 MX-NLE-01 2026-05 {what}",
        f"checkpoints 3: {checkpoints[2]}: it is not there any more",
        NOTE,
        CLIENTS,
        f"{counts}: 3 faults at the first places that do not fit, 8 after them.",
    ]


async def test_an_auditor_brings_the_published_keys(nation: Nation, tmp_path: Path) -> None:
    """Without a key of the installation; its own directory stays as it was."""
    jwks = (await nation.centre.http.get("/.well-known/jwks.json")).json()
    (tmp_path / "jwks.json").write_text(json.dumps(jwks))
    elsewhere = {"CAUCE_DATA_DIR": str(tmp_path / "none")}

    with_keys = await log(nation, "verify", "--keys", tmp_path / "jwks.json", **elsewhere)
    without = await log(nation, "verify", **elsewhere)

    assert with_keys.returncode == 0, with_keys.stdout
    assert (without.returncode, without.stdout) == (2, "")
    assert "--keys FILE" in without.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--receipt", "missing.jws"),
        ("--receipt", "empty"),
        ("--receipt", "text"),
        ("--receipt", "number.json"),
        ("--receipt", "bytes"),
        ("--checkpoint", "object.json"),
        ("--checkpoint",),
        ("--keys", "text"),
        ("--keys", "object.json"),
        ("--keys", "other-keys.json"),
        ("--receipt", "text", "--nonsense"),
    ],
)
def test_files_that_are_none_are_wrong_usage(
    arguments: tuple[str, ...], nation: Nation, tmp_path: Path
) -> None:
    other: dict[str, Any] = {"keys": [{"kty": "RSA"}]}
    for name, data in {
        "empty": b"",
        "text": b"a receipt",
        "number.json": b"7",
        "bytes": b"\xff\xfe",
        "object.json": b'{"number": 7}',
        "other-keys.json": json.dumps(other).encode(),
    }.items():
        (tmp_path / name).write_bytes(data)
    given = [part if part.startswith("-") else str(tmp_path / part) for part in arguments]

    done = cauce("log", "verify", *given, settings=settings(nation), command=main)

    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


async def test_a_checkpoint_is_made_and_printed_where_a_log_has_grown(
    databases: Databases, nation: Nation
) -> None:
    """At once: whoever gives the command does not wait for a minute to pass."""
    async with databases.fresh(of=nation.database) as name:
        url = databases.cluster.url("cauce_app", name)
        engine = connect(url, pool_size=1)

        same = await log(nation, "checkpoint", url=url)
        actor = Actor(CONTRACT, "cauce-service", nation.centre.clock.now)
        for number in (4, 5):
            due = f"2027-02-1{number}"
            days = {"opens": "2027-02-01", "due": due, "closes": "2028-02-10"}
            async with transaction(engine, COORDINATION) as tx:
                await set_days(tx, actor, Month(2027, 1), days)
            made = await log(nation, "checkpoint", url=url)
            assert json.loads(made.stdout)["number"] == number, made.stderr
        found = await log(nation, "verify", url=url)
        await engine.dispose()

    said = json.loads(same.stdout)
    assert (said["number"], said["size"], said["iss"]) == (3, 3, ISSUER)
    assert said["statement"] == nation.checkpoints[2]["statement"]
    claims = tokens.opened(said["statement"], nation.keys.checkpoints, tokens.CHECKPOINT)
    assert claims["root"] == said["root"]
    assert "5 checkpoints: all of it fits." in found.stdout
