"""cauce-service person: who may sign in to the dashboard, and as what."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce import instants
from cauce.access import invitations, people
from cauce.access.people import ROLES, BadEmail, EmailTaken, PersonRecord, Role
from cauce.app import system_clock
from cauce.commands.coordination import BY
from cauce.commands.installation import administer, settings_of, stop
from cauce_contract import in_force, load_all

person = typer.Typer(help="Who may sign in to the dashboard.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="the e-mail address that they sign in with")]


@person.command("add")
def person_add(
    email: Email,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    state: Annotated[str | None, typer.Option(help="whose staff, for state_staff")] = None,
) -> None:
    """Enter a person and print the link by which they set their password.

    It is good once, for 72 hours: hand it over where only they read it.
    """
    address, known = _email(email), _role(role, state)

    async def add(tx: AsyncConnection) -> str:
        now = system_clock()
        try:
            added = await people.add(tx, address, known, state, BY, now)
        except EmailTaken:
            raise stop("Somebody has that address: see `person list`.") from None
        return await invitations.invite(tx, added.id, BY, now)

    _print_link(administer(add))


@person.command("invite")
def person_invite(email: Email) -> None:
    """Print another link; password, second factor and sessions from before end at once."""

    async def invite(tx: AsyncConnection) -> str:
        found = await _found(tx, email)
        return await invitations.invite(tx, found.id, BY, system_clock())

    _print_link(administer(invite))


@person.command("disable")
def person_disable(email: Email) -> None:
    """End a person's account and sessions, for ever; the address is free for another one."""

    async def disable(tx: AsyncConnection) -> None:
        found = await _found(tx, email)
        await people.disable(tx, found.id, BY, system_clock())

    administer(disable)


@person.command("list")
def person_list() -> None:
    """List all people as JSON, those who were disabled too."""
    shown = [_as_json(found) for found in administer(people.listed)]
    typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))


def _as_json(found: PersonRecord) -> dict[str, object]:
    disabled = found.disabled_at
    return {
        "person": found.id,
        "email": found.email,
        "role": found.role,
        "state": found.state,
        "disabled_at": instants.written(disabled) if disabled else None,
    }


def _print_link(token: str) -> None:
    typer.echo(f"{settings_of().issuer}/invitation/{token}")


async def _found(tx: AsyncConnection, email: str) -> PersonRecord:
    found = await people.find(tx, _email(email))
    if found is None:
        raise stop("Nobody has that address: see `person list`.")
    return found


def _email(text: str) -> str:
    try:
        return people.read_email(text)
    except BadEmail:
        raise stop("EMAIL is an address, such as ana@example.org.") from None


def _role(text: str, state: str | None) -> Role:
    role = next((role for role in ROLES if role == text), None)
    if role is None:
        raise stop(f"--role is one of {', '.join(ROLES)}.")
    if (role == "state_staff") != (state is not None):
        raise stop("--state is for state_staff, who have one, and for nobody else.")
    if state is not None and state not in in_force(load_all()).states:
        raise stop("--state is a state's ISO code, such as MX-NLE.")
    return role
