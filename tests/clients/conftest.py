"""What the tests of the client share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cauce_client import PrivateKey
from support import command_line
from support.command_line import Run, sound, write


@pytest.fixture
def cauce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in a folder with a sound month, m.json, and a key."""
    monkeypatch.chdir(tmp_path)
    write("m.json", sound())
    write("cauce.jwk", PrivateKey.new().private_jwk())
    Path("cauce.jwk").chmod(0o600)
    return command_line.cauce
