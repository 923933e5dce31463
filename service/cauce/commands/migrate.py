"""cauce-service migrate: the tables, as this build knows them."""

from __future__ import annotations

import asyncio

import typer

from cauce.commands.installation import installation, migrated, settings_of
from cauce.store.migrate import head


def migrate() -> None:
    """Bring the database to the newest migration; makes the embedded one if need be."""
    settings = settings_of()
    with installation("national", settings) as addresses:
        if not addresses.is_embedded:
            asyncio.run(migrated(addresses, "national"))
        typer.echo(f"at migration {head()}")
