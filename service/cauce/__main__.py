"""cauce-service: the centre's command line."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, TypeVar

import typer
import uvicorn
from rich.console import Console
from rich.progress import track
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import clients
from cauce.access.scopes import BadScope, read_scopes
from cauce.access.tokens import BadKey, PublicKey
from cauce.app import create_app, system_clock
from cauce.demo.fill import Demo, FillingFailed, fill
from cauce.demo.nation import Arrival
from cauce.settings import Settings, SettingsError
from cauce.store import migrate, roster
from cauce.store.connect import ADMIN, PUBLIC, DatabaseUnavailable, connect, transaction
from cauce.store.embedded import EmbeddedUnavailable
from cauce.store.migrate import WrongDatabase
from cauce.store.open import Addresses, database
from cauce_contract import Month, in_force, is_programme_id, load_all

Found = TypeVar("Found")

cli = typer.Typer(
    help="Cauce, the exchange between therapeutic-justice programmes: the centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
programme = typer.Typer(help="The roster of programmes.", no_args_is_help=True)
client = typer.Typer(help="The machines that may call.", no_args_is_help=True)
cli.add_typer(programme, name="programme")
cli.add_typer(client, name="client")


def say(text: str) -> None:
    typer.echo(text, err=True)


def stop(text: str) -> typer.Exit:
    """An exit that says what is wrong: 2, for wrong usage."""
    say(text)
    return typer.Exit(2)


@contextmanager
def installation(kind: Literal["national", "demo"], settings: Settings) -> Iterator[Addresses]:
    """The installation's database, migrated where it is embedded; else the command ends."""
    try:
        with database(settings, say) as addresses:
            if addresses.is_embedded:
                asyncio.run(migrated(addresses, kind))
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


def settings_of(data_dir: str = ".cauce", **given: str | int | None) -> Settings:
    names = {f"CAUCE_{name.upper()}": str(value) for name, value in given.items() if value}
    try:
        return Settings.read({**os.environ, **names}, data_dir)
    except SettingsError as fault:
        raise stop(str(fault)) from None


def administer(work: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
    """Do one piece of an administrator's work in a transaction."""

    async def done(addresses: Addresses) -> Found:
        engine = connect(addresses.app, pool_size=1)
        try:
            async with transaction(engine, ADMIN) as tx:
                return await work(tx)
        finally:
            await engine.dispose()

    with installation("national", settings_of()) as addresses:
        if not addresses.is_embedded:
            asyncio.run(require_migrated(addresses))
        return asyncio.run(done(addresses))


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
) -> None:
    """Serve the centre; without CAUCE_DATABASE_URL on a PostgreSQL of its own."""
    settings = settings_of(host=host, port=port)
    with listener(settings) as socket_, installation("national", settings) as addresses:
        if not addresses.is_embedded:
            asyncio.run(require_migrated(addresses))
        say(f"Cauce at {settings.issuer} · data in {settings.data_dir} · Ctrl-C ends it")
        logging.basicConfig(format=LOG_FORMAT, level="INFO")
        listen(settings, addresses, socket_)


LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


async def require_migrated(addresses: Addresses) -> None:
    """Refuse to serve a database that `migrate` has not brought to this build's head."""
    engine = connect(addresses.app)
    try:
        async with transaction(engine, PUBLIC) as tx:
            at = await migrate.current(tx)
        if at != migrate.head():
            raise WrongDatabase("The database is not migrated: run `cauce-service migrate`.")
        await migrate.settle(engine, load_all(), "national")
    finally:
        await engine.dispose()


def listener(settings: Settings) -> socket.socket:
    """The socket to listen on, taken before anything slow is done."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as fault:
        raise stop(
            f"Cannot listen on {settings.host}:{settings.port}: {fault.strerror}."
            " Choose another port, as in CAUCE_PORT=8001."
        ) from None


def listen(
    settings: Settings, addresses: Addresses, socket_: socket.socket, *, is_demo: bool = False
) -> None:
    """Answer requests until a signal ends it; what is in flight is finished first."""
    app = create_app(settings, addresses.app, is_demo=is_demo)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    uvicorn.Server(config).run([socket_])


@cli.command("demo")
def demo_command(
    until: Annotated[
        str | None, typer.Option(help="last of the 24 months, such as 2026-10")
    ] = None,
) -> None:
    """Fill a database of its own with a synthetic nation, once, and serve it."""
    settings = settings_of(".cauce-demo")
    if settings.database_url:
        raise stop("A demo runs on its own database: unset CAUCE_DATABASE_URL.")
    contract = in_force(load_all())
    last_over = Month.last_over(system_clock(), contract.utc_offset_hours)
    last = month_of(until, "--until") if until else last_over
    if last > last_over:
        raise stop(f"--until: the last month that is over is {last_over}.")
    with listener(settings) as socket_, installation("demo", settings) as addresses:
        work = fill(settings, addresses.app, last, system_clock(), with_progress)
        try:
            filled = asyncio.run(work)
        except FillingFailed as fault:
            raise stop(
                f"The demo could not be filled. {fault}\nIf another version began to fill it,"
                f" remove {settings.data_dir} and start again."
            ) from None
        introduce(settings, filled, last)
        listen(settings, addresses, socket_, is_demo=True)


def with_progress(left: Sequence[Arrival]) -> Iterable[Arrival]:
    """Show how many of the reports have been sent, on the terminal."""
    console = Console(stderr=True)
    return track(left, "Filling a synthetic nation", console=console)


def introduce(settings: Settings, demo: Demo, last: Month) -> None:
    """Say where to look, how to sign in, and what to try next."""
    state, nation = demo.clients["MX-NLE"], demo.clients["national"]
    typer.echo(f"""
Cauce is running with a SYNTHETIC nation: nobody in it exists.

  Open           {settings.issuer}
  Sign in as a national coordinator (once, within 12 hours)
                 {demo.sign_in}

  Be a state     export CAUCE_URL={settings.issuer}
                 export CAUCE_CLIENT_ID={state.id} CAUCE_KEY={state.key_file}
  and try        .venv/bin/cauce status
                 .venv/bin/cauce indicator graduation_rate --from {last + -11}
                 .venv/bin/cauce check contracts/1.0.0/examples/accepted/MX-NLE-01-2026-09.json

  Be the nation  export CAUCE_CLIENT_ID={nation.id} CAUCE_KEY={nation.key_file}
  and try        .venv/bin/cauce indicator eligibility_rate --by area

  Ctrl-C ends it; started again it is quick. Its data lies in {settings.data_dir}
""")
    sys.stdout.flush()  # a log file should tell it too, at once


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest migration; makes the embedded one if need be."""
    settings = settings_of()
    with installation("national", settings) as addresses:
        if not addresses.is_embedded:
            asyncio.run(migrated(addresses, "national"))
        typer.echo(f"at migration {migrate.head()}")


@programme.command("add")
def programme_add(
    programme_id: Annotated[str, typer.Argument(metavar="ID", help="such as MX-NLE-01")],
    name: Annotated[str, typer.Option(help="as people know it")],
    since: Annotated[str, typer.Option(help="first month that it reports, such as 2024-01")],
    until: Annotated[str | None, typer.Option(help="last month that it reports")] = None,
    kind: Annotated[str, typer.Option(help="court or consolidated")] = "court",
) -> None:
    """Enter a programme on the roster."""
    contract = in_force(load_all())
    if not is_programme_id(contract, programme_id):
        raise stop("ID is a state and two digits, such as MX-NLE-01.")
    if kind not in ("court", "consolidated"):
        raise stop("--kind is court or consolidated.")
    if not name.strip():
        raise stop("--name is what people call it.")
    first, last = month_of(since, "--since"), month_of(until, "--until") if until else None
    if first < contract.accepts_from:
        raise stop(f"--since: the contract begins with {contract.accepts_from}.")
    if last and last < first:
        raise stop("--until is before --since.")
    state = programme_id.rpartition("-")[0]

    async def add(tx: AsyncConnection) -> None:
        is_court: Literal["court", "consolidated"] = (
            "court" if kind == "court" else "consolidated"
        )
        await roster.add(tx, programme_id, state, name, is_court, first, last)

    try:
        administer(add)
    except roster.AlreadyOnRoster:
        raise stop(f"{programme_id} is on the roster already.") from None
    typer.echo(f"{programme_id} is on the roster from {first}.")


def month_of(text: str, option: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise stop(f"{option} is a month, such as 2024-01.") from None


@client.command("add")
def client_add(
    name: Annotated[str, typer.Argument(help="whose machine it is")],
    scope: Annotated[str, typer.Option(help="what it may do, by spaces")],
    jwk: Annotated[Path, typer.Option(help="its public key, as `cauce keygen` writes it")],
    state: Annotated[
        str | None, typer.Option(help="its state; none: a national client")
    ] = None,
) -> None:
    """Register a client with its public key; prints JSON with its client_id."""
    contract = in_force(load_all())
    if state is not None and state not in contract.states:
        raise stop("--state is a state's ISO code, such as MX-NLE.")
    try:
        scopes = read_scopes(scope, state)
        key = PublicKey.read(json.loads(jwk.read_text()))
    except OSError as fault:
        raise stop(f"--jwk: the file cannot be read: {fault.strerror}.") from None
    except (BadKey, BadScope) as fault:
        raise stop(f"{'--jwk' if isinstance(fault, BadKey) else '--scope'}: {fault}.") from None
    except (ValueError, RecursionError):
        raise stop("--jwk: the file is not JSON.") from None

    async def add(tx: AsyncConnection) -> clients.ClientRecord:
        return await clients.register(tx, name, state, scopes, key, system_clock())

    try:
        found = administer(add)
    except clients.NameTaken as fault:
        raise stop(f"Not registered: {fault}.") from None
    typer.echo(json.dumps(as_json(found) | {"kid": key.kid}, indent=1))


@client.command("list")
def client_list() -> None:
    """List the registered clients as JSON."""
    typer.echo(json.dumps([as_json(found) for found in administer(clients.listed)], indent=1))


def as_json(found: clients.ClientRecord) -> dict[str, object]:
    return {
        "client_id": found.id,
        "name": found.name,
        "state": found.state,
        "scopes": list(found.scopes),
    }


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    with TemporaryDirectory() as nowhere:  # nothing is signed, and no key is left behind
        app = create_app(Settings.read({}, nowhere), "postgresql+asyncpg://")
        typer.echo(json.dumps(app.openapi(), indent=1))


def main() -> None:
    # uvicorn raises the signal that ended it once more: it must unwind, so that the embedded
    # database is stopped, rather than end the process where it stands.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        sys.exit(cli())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
