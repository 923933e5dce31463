"""`cauce-service` run in this process on a centre's database."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner, Result

from cauce.__main__ import cli
from support.centre import Centre


async def run(centre: Centre, *arguments: str) -> Result:
    """A command, to its end."""
    settings = {
        "CAUCE_DATABASE_URL": centre.database_url,
        "CAUCE_DATA_DIR": str(centre.settings.data_dir),
        "CAUCE_ISSUER": centre.settings.issuer,
    }
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, arguments, env=settings))


async def said(centre: Centre, *arguments: str) -> Any:
    """What a command prints that must succeed."""
    done = await run(centre, *arguments)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


async def refused(centre: Centre, *arguments: str) -> str:
    """What a command says that must be refused, and says it as wrong usage."""
    done = await run(centre, *arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr
