"""cauce-service client: the machines that may call, and their keys."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce import instants
from cauce.access import (
    client_keys,
    client_wire,
    clients,
    enrolments,
    key_wire,
    registrations,
)
from cauce.access.client_keys import KeyRecord, TooManyKeys
from cauce.access.clients import ClientRecord, Taken
from cauce.access.registrations import NewClient
from cauce.access.scopes import BadScope, read_scopes
from cauce.access.tokens import BadKey, PublicKey
from cauce.act_body import ActBody
from cauce.app import system_clock
from cauce.commands.coordination import BY
from cauce.commands.installation import administer, settings_of, stop
from cauce.errors import Refusal, words
from cauce_contract import in_force, load_all

client = typer.Typer(help="The machines that may call.", no_args_is_help=True)
key = typer.Typer(help="The keys of one.", no_args_is_help=True)
client.add_typer(key, name="key")

Found = TypeVar("Found")

Name = Annotated[str, typer.Argument(help="whose machine it is")]
ScopeList = Annotated[str, typer.Option(help="what it may do, by spaces")]
State = Annotated[str | None, typer.Option(help="its state; none: a national client")]
Jwk = Annotated[Path, typer.Option(help="its public key, as `cauce keygen` writes it")]
ClientId = Annotated[str, typer.Argument(help="its client_id, as `client list` has it")]
Instant = Annotated[str | None, typer.Option(help="in UTC, such as 2027-01-31T06:00:00Z")]


@client.command("add")
def client_add(name: Name, scope: ScopeList, jwk: Jwk, state: State = None) -> None:
    """Register a client with its public key; prints JSON with its client_id."""
    new, public = _new(name, scope, state), _public(jwk)

    async def add(tx: AsyncConnection) -> ClientRecord:
        made, _ = await registrations.register(tx, new, public, BY, system_clock())
        return made

    made = _administered(add, claim=new.name)
    _print(client_wire.client(made) | {"kid": public.kid})


@client.command("enrol")
def client_enrol(name: Name, scope: ScopeList, state: State = None) -> None:
    """Print a link by which a state registers its client itself, with a key it makes itself.

    It is good once, for 72 hours: hand it over where only they read it. Another link for the
    same name takes the place of one that was not used.
    """
    new = _new(name, scope, state)

    async def invite(tx: AsyncConnection) -> str:
        return await enrolments.invite(tx, new, system_clock())

    token = _administered(invite, claim=new.name)
    typer.echo(enrolments.link(settings_of().issuer, token))


@client.command("list")
def client_list() -> None:
    """List the registered clients as JSON."""
    _print(client_wire.clients(administer(clients.listed))["items"])


@client.command("revoke")
def client_revoke(client_id: ClientId) -> None:
    """End a client with all its keys and tokens, for ever: refused within a second."""

    async def revoke(tx: AsyncConnection, found: ClientRecord) -> ClientRecord:
        await clients.revoke(tx, found, BY, system_clock())
        return await _client(tx, client_id)

    _print(client_wire.client(_of_client(client_id, revoke)))


@key.command("add")
def key_add(
    client_id: ClientId, jwk: Jwk, not_before: Instant = None, not_after: Instant = None
) -> None:
    """Add a public key to a client's; the others stay."""
    public, now = _public(jwk), system_clock()
    begins, ends = _instant(not_before, "--not-before"), _instant(not_after, "--not-after")
    if begins is not None and begins > now + client_keys.AHEAD:
        raise stop(
            f"--not-before: a key may begin at most {client_keys.AHEAD.days} days ahead."
        )
    if ends is not None and ends <= max(now, begins or now):
        raise stop("--not-after: the key would end before it holds.")

    async def add(tx: AsyncConnection, found: ClientRecord) -> KeyRecord:
        added, _ = await client_keys.add(
            tx, found, public, BY, now, not_before=begins, not_after=ends
        )
        return added

    _print(key_wire.key(_of_client(client_id, add), now))


@key.command("revoke")
def key_revoke(
    client_id: ClientId, kid: Annotated[str, typer.Argument(help="the key's thumbprint")]
) -> None:
    """Revoke a key for ever, even the last: it and its tokens are refused within a second."""
    now = system_clock()

    async def revoke(tx: AsyncConnection, found: ClientRecord) -> KeyRecord:
        revoked = await client_keys.revoke(tx, found, kid, BY, now)
        if revoked is None:
            raise stop("That client has no key of that thumbprint: see `client key list`.")
        return revoked

    _print(key_wire.key(_of_client(client_id, revoke), now))


@key.command("list")
def key_list(client_id: ClientId) -> None:
    """List all keys that a client ever had as JSON."""

    async def listed(tx: AsyncConnection, found: ClientRecord) -> list[KeyRecord]:
        return list(await client_keys.of(tx, found.id))

    now = system_clock()
    found = _of_client(client_id, listed)
    typer.echo(json.dumps([key_wire.key(each, now) for each in found], indent=1))


def _administered(
    work: Callable[[AsyncConnection], Awaitable[Found]], claim: str = ""
) -> Found:
    try:
        return administer(work, claim=claim)
    except Taken as fault:
        raise stop(_sentence(fault.slug)) from None
    except TooManyKeys:
        raise stop(_sentence("too-many-keys", most=client_keys.MOST)) from None


def _of_client(
    client_id: str, work: Callable[[AsyncConnection, ClientRecord], Awaitable[Found]]
) -> Found:
    async def done(tx: AsyncConnection) -> Found:
        return await work(tx, await _client(tx, client_id))

    return _administered(done, claim=client_id)


async def _client(tx: AsyncConnection, client_id: str) -> ClientRecord:
    found = await clients.find(tx, client_id)
    if found is None:
        raise stop("There is no client of that id: see `client list`.")
    return found


def _sentence(slug: str, **figures: int) -> str:
    return words(slug, "en")["detail"].format(**figures)


def _new(name: str, scope: str, state: str | None) -> NewClient:
    contract = in_force(load_all())
    if state is not None and state not in contract.states:
        raise stop("--state is a state's ISO code, such as MX-NLE.")
    try:
        scopes = read_scopes(scope, state)
    except BadScope as fault:
        raise stop(f"--scope: {fault}.") from None
    read = ActBody(contract, {"name": name}, ["name"])
    called = read.name("name")
    try:
        read.require_sound()
    except Refusal as refusal:
        said = refusal.errors[0].as_json(contract.labels["en"])
        raise stop(f"NAME: {said['message']}") from None
    return NewClient(called, state, scopes)


def _public(jwk: Path) -> PublicKey:
    try:
        return PublicKey.read(json.loads(jwk.read_text()))
    except OSError as fault:
        raise stop(f"--jwk: the file cannot be read: {fault.strerror}.") from None
    except BadKey as fault:
        raise stop(f"--jwk: {fault}") from None
    except (ValueError, RecursionError):
        raise stop("--jwk: the file is not JSON.") from None


def _instant(text: str | None, option: str) -> datetime | None:
    try:
        return instants.read(text) if text is not None else None
    except ValueError:
        raise stop(f"{option} is an instant in UTC, such as 2027-01-31T06:00:00Z.") from None


def _print(value: object) -> None:
    typer.echo(json.dumps(value, indent=1))
