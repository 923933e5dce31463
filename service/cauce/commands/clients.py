"""cauce-service client: the machines that may call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import clients
from cauce.access.scopes import BadScope, read_scopes
from cauce.access.tokens import BadKey, PublicKey
from cauce.app import system_clock
from cauce.commands.installation import administer, stop
from cauce_contract import in_force, load_all

client = typer.Typer(help="The machines that may call.", no_args_is_help=True)


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
