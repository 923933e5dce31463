"""What is no text is no argument of any command, and never reaches the database."""

from __future__ import annotations

import os
import subprocess

import pytest

from support.centre import Centre
from support.service import PROGRAMS

NO_TEXT = b"\xff"


@pytest.mark.parametrize(
    "arguments",
    [
        (b"client", b"revoke", NO_TEXT),
        (b"audit", b"list", b"--person", NO_TEXT),
        (b"person", b"disable", NO_TEXT + b"@example.org"),
    ],
)
async def test_an_argument_that_is_no_text_is_refused_as_wrong_usage(
    arguments: tuple[bytes, ...], centre: Centre
) -> None:
    settings = {
        "CAUCE_DATABASE_URL": centre.database_url,
        "CAUCE_DATA_DIR": str(centre.settings.data_dir),
    }

    done = subprocess.run(  # noqa: ASYNC221  the centre has nothing to do meanwhile
        [os.fsencode(PROGRAMS / "cauce-service"), *arguments],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )

    said = f"Argument {len(arguments)} is not text in UTF-8: nothing has such an id or name.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
