"""The README's real month, by hand: its commands are run as they stand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.service import PROGRAMS, Service, service

ROOT = Path(__file__).parents[2]


@pytest.fixture
def serving() -> Iterator[Service]:
    """`cauce-service serve` on an empty directory, as the README's first terminal has it."""
    with service() as found:
        found.start()
        yield found


def shell(serving: Service, commands: str) -> str:
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=serving.folder / "here",
        env=serving.environment | {"CAUCE_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.heavy
def test_the_readme_leads_from_an_empty_directory_to_a_figure(serving: Service) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (serve, steps, accounts, acts) = blocks
    assert "cauce-service serve" in serve
    here = serving.folder / "here"
    shutil.copytree(ROOT / "contracts", here / "contracts")
    steps = steps.replace("http://127.0.0.1:8000", serving.url)
    steps = steps.replace("$PWD/.venv/bin", str(PROGRAMS))
    before, after = steps.split("export CAUCE_CLIENT_ID=cl_…")

    registered = shell(serving, before)
    client_id = json.loads(registered[registered.index("{") :])["client_id"]
    told = shell(
        serving,
        f"export PATH={PROGRAMS}:$PATH CAUCE_URL={serving.url}\n"
        f"export CAUCE_CLIENT_ID={client_id}{after}",
    )

    assert "0.666667" in told or "66.7" in told
    assert "8" in told
    assert "12" in told
    assert "MX-NLE-01" in told

    entered = shell(serving, f"export PATH={PROGRAMS}:$PATH\n{accounts}")
    assert entered.count(f"{serving.url}/invitation/") == 3
    assert '"role": "state_staff"' in entered

    decided = shell(serving, f"export PATH={PROGRAMS}:$PATH\n{acts}")
    (waiver,) = json.loads(decided[decided.rindex("\n[") :])
    assert waiver["kind"] == "waiver"
    assert (waiver["code"], waiver["by"]) == ("strike", "cauce-service")
