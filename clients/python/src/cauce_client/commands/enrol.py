"""cauce enrol: from the link that national coordination gave to a client with its own key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cauce_client.client import Cauce
from cauce_client.commands.key_files import key_at
from cauce_client.screen import Misuse, Screen
from cauce_client.settings import Language, warn_unless_encrypted

MARK = "/#enrol="  # after it comes the token, in a part of an address that is never sent


def enrol(
    context: typer.Context,
    link: Annotated[str, typer.Argument(help="The one-time link, whole.")],
    out: Annotated[
        Path, typer.Option("--out", help="Where the private key goes, or is already.")
    ] = Path("cauce.jwk"),
    language: Language = "",
) -> None:
    """Register this machine by a one-time link, with a key pair that is made here.

    If the answer was lost, the same command again goes on where it stopped.
    """
    screen: Screen = context.obj
    screen.speak(language)
    url, mark, token = link.strip().partition(MARK)
    if not mark or not token:
        raise Misuse("not_a_link")
    warn_unless_encrypted(screen, url)
    key = key_at(out)
    with Cauce(url, "", key, language=screen.language) as cauce, screen.working("asking"):
        made = cauce.enrol(token, key.public_jwk())
    screen.say(
        "enrolled",
        name=made.name,
        kid=key.kid,
        url=made.issuer,
        client_id=made.client_id,
        path=out.absolute(),
    )
