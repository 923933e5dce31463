"""`cauce` run in this process: the whole command, with arguments, files, text and exit code."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from cauce_client.__main__ import main
from support.months import Document, month

OVER = "2024-09"  # a month that is over whenever tests run
SETTINGS = ("CAUCE_URL", "CAUCE_CLIENT_ID", "CAUCE_KEY", "CAUCE_LANG", "LANG")


@dataclass(frozen=True)
class Done:
    code: object
    out: str
    err: str


Run = Callable[..., Done]


def cauce(
    *arguments: str,
    stdin: bytes = b"",
    settings: Mapping[str, str] = {},
    command: Callable[[], None] = main,
) -> Done:
    """Run the command with these settings and none of this machine's own."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["cauce", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            command()
    return Done(ended.value.code, out.getvalue(), err.getvalue())


def sound() -> Document:
    """A month without a fault that is over."""
    return month() | {"period": OVER}


def write(name: str, value: object) -> None:
    Path(name).write_text(json.dumps(value), "utf-8")
