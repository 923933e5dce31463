"""`cauce-service` run in this process on a centre's database."""

from __future__ import annotations

import asyncio

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
