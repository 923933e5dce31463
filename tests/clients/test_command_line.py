"""`cauce` as people run it: a process of its own, with files, text and exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cauce_client import PrivateKey
from cauce_contract import load_all
from support.command_line import OVER, sound
from support.months import check_alone

CAUCE = Path(sys.executable).with_name("cauce")


def cauce(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with nothing of this machine's own settings but these."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [CAUCE, *arguments],
        cwd=folder,
        env=kept | dict(environment or {}),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def written(folder: Path, value: dict[str, Any]) -> str:
    (folder / "m.json").write_text(json.dumps(value), "utf-8")
    return "m.json"


def unbalanced() -> dict[str, Any]:
    broken = sound()
    broken["measures"]["active_close"]["value"] += 1
    return broken


def test_keygen_makes_a_pair_that_only_its_owner_can_read(tmp_path: Path) -> None:
    done = cauce(tmp_path, "keygen")

    assert done.returncode == 0
    private, public = tmp_path / "cauce.jwk", tmp_path / "cauce.pub.jwk"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    key = json.loads(private.read_bytes())
    assert json.loads(public.read_bytes()) == {k: v for k, v in key.items() if k != "d"}
    assert key["kid"] in done.stdout
    assert "cauce-service client add" in done.stdout
    assert key["d"] not in done.stdout + done.stderr


def test_check_accepts_a_sound_month_from_standard_input(tmp_path: Path) -> None:
    done = cauce(tmp_path, "check", "-", stdin=json.dumps(sound()).encode())
    assert done.returncode == 0
    assert f"MX-NLE-01 {OVER}" in done.stdout


def test_check_shows_rule_place_and_message_of_each_finding(tmp_path: Path) -> None:
    (finding, *_) = check_alone(unbalanced()).findings

    done = cauce(tmp_path, "check", written(tmp_path, unbalanced()), "--lang", "en")

    assert done.returncode == 1
    message = finding.as_json(load_all()["1.0.0"].labels["en"])["message"]
    for part in (finding.rule, finding.pointer, str(message)[:40]):
        assert part in done.stdout
    assert "\x1b" not in done.stdout


def test_wrong_usage_is_2_and_leaves_standard_output_empty(tmp_path: Path) -> None:
    done = cauce(tmp_path, "check", "-", stdin=b'{\n "contract" 1}')
    assert (done.returncode, done.stdout) == (2, "")
    assert "línea 2, columna 13" in done.stderr


def test_no_service_is_4(tmp_path: Path) -> None:
    (tmp_path / "cauce.jwk").write_text(json.dumps(PrivateKey.new().private_jwk()))
    nobody = {
        "CAUCE_URL": "http://127.0.0.1:9",
        "CAUCE_CLIENT_ID": "x",
        "CAUCE_KEY": "cauce.jwk",
    }
    done = cauce(tmp_path, "status", environment=nobody)
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr


def test_colours_are_for_terminals_where_they_are_wanted(tmp_path: Path) -> None:
    name = written(tmp_path, unbalanced())
    red = "\x1b[31m"
    # FORCE_COLOR makes rich believe in a terminal: then there are colours to leave out.
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}

    assert red in cauce(tmp_path, "check", name, environment=forced).stdout
    unwanted = cauce(tmp_path, "check", name, environment=forced | {"NO_COLOR": "1"})
    assert red not in unwanted.stdout
