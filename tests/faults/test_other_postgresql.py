"""PostgreSQL from elsewhere: Debian's programs, and a server that an operator runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from cauce.store import embedded
from support.centre import scratch
from support.service import Service, service

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def debian(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The newest PostgreSQL that Debian's packages brought."""
    found = Path("/usr/lib/postgresql").glob("[1-9]*/bin")
    programs = max(found, key=lambda place: int(place.parent.name))
    monkeypatch.setenv("PG_BIN", str(programs))
    return programs


def _sent_and_read(serving: Service, month: dict[str, Any]) -> dict[str, Any]:
    entry = ("programme", "add", "MX-NLE-01", "--name", "P", "--since", "2024-01")
    assert serving.run(*entry).returncode == 0
    nle = serving.state("MX-NLE")
    serving.start()
    headers = serving.headers(nle)
    assert serving.put(headers, month).status_code == 201
    path = "/v1/indicators/eligibility_rate?from=2026-09&to=2026-09"
    (item,) = serving.get(headers, path).json()["items"]
    return dict(item)


def test_the_embedded_database_runs_on_debians_programs(month: dict[str, Any]) -> None:
    with service() as serving:
        item = _sent_and_read(serving, month)
        version = (serving.folder / "data" / "postgres" / "data" / "PG_VERSION").read_text()

    assert (item["numerator"], item["denominator"]) == (8, 12)
    assert int(version) < 18  # not the wheel's


@pytest.fixture
def operated() -> Iterator[str]:
    """A server with the roles and the database of deploy/README.md; where its socket is."""
    (script,) = re.findall(
        r"```sql\n(.*?)```", (ROOT / "deploy" / "README.md").read_text("utf-8"), re.DOTALL
    )
    with scratch() as folder, embedded.running(folder / "data") as cluster:
        host = str(cluster.socket_dir)
        asyncio.run(_prepare(host, script))
        yield host


async def _prepare(host: str, script: str) -> None:
    """As on a server of somebody else's: without what the embedded one makes."""
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    try:
        await connection.execute("DROP DATABASE cauce")
        await connection.execute("DROP ROLE cauce_owner, cauce_app")
        for line in script.splitlines():
            for statement in line.partition("--")[0].split(";"):
                if statement.strip():
                    await connection.execute(statement)
    finally:
        await connection.close()


def test_a_server_set_up_by_the_deployment_guide_serves(
    operated: str, month: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"@/cauce?host={quote(operated, safe='')}"
    with service() as serving:
        serving.more["CAUCE_DATABASE_URL"] = f"postgresql://cauce_serve{where}"
        behind = serving.run("serve")
        serving.more["CAUCE_DATABASE_URL"] = f"postgresql://cauce_migrate{where}"
        migrated = serving.run("migrate")
        again = serving.run("migrate")
        serving.more["CAUCE_DATABASE_URL"] = f"postgresql://cauce_serve{where}"
        item = _sent_and_read(serving, month)

    assert behind.returncode == 2
    assert "cauce-service migrate" in behind.stderr
    assert migrated.returncode == 0, migrated.stderr
    assert again.returncode == 0, again.stderr
    assert (item["numerator"], item["denominator"]) == (8, 12)
