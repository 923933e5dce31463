"""cauce keygen: a key pair, of which the private half stays where it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cauce_client.commands.key_files import PRIVATE, PUBLIC, write_key
from cauce_client.keys import PrivateKey
from cauce_client.screen import Misuse, Screen


def keygen(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", help="Where the private key goes; its public half beside.")
    ] = Path("cauce.jwk"),
) -> None:
    """Make a key pair: the private JWK (yours alone) and the public one (to be registered)."""
    screen: Screen = context.obj
    public = out.with_name(f"{out.stem}.pub{out.suffix}")
    for path in (out, public):
        if path.exists():
            raise Misuse("file_exists", path=path)
    key = PrivateKey.new()
    write_key(out, key.private_jwk(), PRIVATE)
    write_key(public, key.public_jwk(), PUBLIC)
    screen.say("keys_made", private=out, public=public, kid=key.kid)
