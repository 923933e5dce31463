"""cauce-service signing-key: the keys by which the service signs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cauce.access.signing_keys import KINDS, rotate
from cauce.app import system_clock
from cauce.commands.installation import settings_of, stop

signing_key = typer.Typer(help="The keys by which the service signs.", no_args_is_help=True)


@signing_key.command("rotate")
def signing_key_rotate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=", ".join(KINDS))],
) -> None:
    """Let the next key of a kind sign from now on; a service that runs takes it up at once.

    What was signed before still verifies: receipts and checkpoints for ever, access tokens
    until they end.
    """
    if kind not in KINDS:
        raise stop(f"KIND is one of: {', '.join(KINDS)}.")
    held = rotate(settings_of().data_dir, kind, system_clock())
    kids = {
        "kind": kind,
        "active": held.active.public.kid,
        "next": held.following.public.kid,
        "retired": [each.key.kid for each in held.retired],
    }
    typer.echo(json.dumps(kids, indent=1))


@signing_key.callback()
def _group() -> None:
    """Else typer takes the one command for the group."""
