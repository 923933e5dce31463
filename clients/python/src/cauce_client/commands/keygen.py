"""cauce keygen: a key pair, of which the private half stays where it was made."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cauce_client.keys import PrivateKey
from cauce_client.screen import Misuse, Screen

PRIVATE, PUBLIC = 0o600, 0o644


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
    _write(out, key.private_jwk(), PRIVATE)
    _write(public, key.public_jwk(), PUBLIC)
    screen.say("keys_made", private=out, public=public, kid=key.kid)


def _write(path: Path, jwk: Mapping[str, str], mode: int) -> None:
    """Write a new file that has its mode from the first byte on; never over another."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Misuse("file_exists", path=path) from None
    except OSError as fault:
        raise Misuse("file_unwritable", path=path, reason=fault.strerror) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(jwk, file, indent=1)
        file.write("\n")
