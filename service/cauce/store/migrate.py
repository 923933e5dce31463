"""Bringing a database to the newest migration, and knowing whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import cauce
from cauce.store.connect import ADMIN, transaction
from cauce.store.tables import ContractLayout, Installation
from cauce_contract import Contract


class WrongDatabase(Exception):
    """The database is not one that this command, or this build, may work on; says why."""


def _folder() -> Path:
    """Where the migrations lie: in the installed package, or beside it in the repository."""
    package = Path(cauce.__file__).parent
    packaged = package / "migrations"
    return packaged if packaged.is_dir() else package.parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def head() -> str:
    """The id of the newest migration that this build has."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise WrongDatabase("this build has no migrations")
    return newest


async def upgrade(engine: AsyncEngine, to: str = "head") -> None:
    await _run(engine, lambda config: command.upgrade(config, to))


async def downgrade(engine: AsyncEngine, to: str) -> None:
    await _run(engine, lambda config: command.downgrade(config, to))


async def _run(engine: AsyncEngine, step: Callable[[Config], None]) -> None:
    def work(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        step(config)

    async with engine.begin() as connection:
        await connection.run_sync(work)


async def current(connection: AsyncConnection) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    return await connection.run_sync(
        lambda sync: MigrationContext.configure(sync).get_current_revision()
    )


async def settle(engine: AsyncEngine, contracts: Mapping[str, Contract], kind: str) -> None:
    """Mark a new database as a nation's or a demo's, and note the order of its cells.

    Raises WrongDatabase where it is marked as the other kind, or where it holds figures in
    another order of cells than this build's contract has.
    """
    async with transaction(engine, ADMIN) as tx:
        await tx.execute(
            insert(Installation).values(single=True, kind=kind).on_conflict_do_nothing()
        )
        for contract in contracts.values():
            row = {"version": contract.version, "layout_digest": contract.layout_digest}
            await tx.execute(insert(ContractLayout).values(row).on_conflict_do_nothing())
        marked = (await tx.execute(select(Installation.kind))).scalar_one()
        layouts = (
            await tx.execute(select(ContractLayout.version, ContractLayout.layout_digest))
        ).all()
    if marked != kind:
        raise WrongDatabase(_MARKED[marked])
    for version, layout in layouts:
        if version not in contracts or contracts[version].layout_digest != layout:
            raise WrongDatabase(
                f"The database holds figures in the cells of a contract {version} that this"
                " build does not have. Run the build that wrote them, or use an empty database."
            )


_MARKED = {
    "demo": "This database is a demo's, filled with a synthetic nation: `serve` refuses it."
    " Use another CAUCE_DATA_DIR, or `cauce-service demo`.",
    "national": "This database is a nation's, not a demo's. Use another CAUCE_DATA_DIR.",
}
