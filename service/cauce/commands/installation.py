"""What every command stands on: settings, their database, and how a command ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import typer
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cauce.settings import Settings, SettingsError
from cauce.store import migrate
from cauce.store.connect import (
    ADMIN,
    PUBLIC,
    DatabaseUnavailable,
    Reach,
    connect,
    transaction,
    until_not_overtaken,
)
from cauce.store.embedded import EmbeddedUnavailable
from cauce.store.migrate import WrongDatabase
from cauce.store.open import Addresses, database
from cauce_contract import Month, load_all

Found = TypeVar("Found")


def say(text: str) -> None:
    typer.echo(text, err=True)


def stop(text: str) -> typer.Exit:
    """An exit that says what is wrong: 2, for wrong usage."""
    say(text)
    return typer.Exit(2)


def settings_of(data_dir: str = ".cauce", **given: str | int | None) -> Settings:
    names = {f"CAUCE_{name.upper()}": str(value) for name, value in given.items() if value}
    try:
        return Settings.read({**os.environ, **names}, data_dir)
    except SettingsError as fault:
        raise stop(str(fault)) from None


def month_of(text: str, option: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise stop(f"{option} is a month, such as 2024-01.") from None


@contextmanager
def installation(kind: Literal["national", "demo"], settings: Settings) -> Iterator[Addresses]:
    """The installation's database, migrated where it is embedded; else the command ends."""
    with opened(settings) as addresses:
        if addresses.is_embedded:
            asyncio.run(migrated(addresses, kind))
        yield addresses


@contextmanager
def opened(settings: Settings) -> Iterator[Addresses]:
    """The installation's database as it is, of whatever kind; else the command ends."""
    try:
        with database(settings, say) as addresses:
            yield addresses
    except (EmbeddedUnavailable, WrongDatabase) as fault:
        raise stop(str(fault)) from None
    except (DatabaseUnavailable, OSError, ArgumentError) as fault:
        raise stop(
            f"The database does not answer ({type(fault).__name__}): see CAUCE_DATABASE_URL."
        ) from None


async def migrated(addresses: Addresses, kind: Literal["national", "demo"]) -> None:
    """Bring the database to the newest migration and mark what it is."""
    owner = connect(addresses.owner, role=None)
    app = connect(addresses.app)
    try:
        await migrate.upgrade(owner)
        await migrate.settle(app, load_all(), kind)
    finally:
        await owner.dispose()
        await app.dispose()


async def require_migrated(addresses: Addresses) -> None:
    """Refuse to serve a database that `migrate` has not brought to this build's head."""
    engine = connect(addresses.app)
    try:
        await require_head(engine)
        await migrate.settle(engine, load_all(), "national")
    finally:
        await engine.dispose()


async def require_head(engine: AsyncEngine) -> None:
    async with transaction(engine, PUBLIC) as tx:
        at = await migrate.current(tx)
    if at != migrate.head():
        raise WrongDatabase("The database is not migrated: run `cauce-service migrate`.")


def administer(
    work: Callable[[AsyncConnection], Awaitable[Found]],
    reach: Reach = ADMIN,
    *,
    claim: str = "",
) -> Found:
    """Do one piece of an administrator's or a coordinator's work in a transaction.

    claim  what it holds until then: a programme, a client's id or its name
    """

    async def done(addresses: Addresses) -> Found:
        engine = connect(addresses.app, pool_size=1)

        async def once() -> Found:
            async with transaction(engine, reach, claim=claim) as tx:
                return await work(tx)

        try:
            return await until_not_overtaken(once)
        finally:
            await engine.dispose()

    with installation("national", settings_of()) as addresses:
        if not addresses.is_embedded:
            asyncio.run(require_migrated(addresses))
        return asyncio.run(done(addresses))
