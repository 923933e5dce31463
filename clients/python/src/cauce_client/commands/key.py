"""cauce key: the client's own keys, changed by the client itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cauce_client.client import Cauce
from cauce_client.commands.key_files import key_at
from cauce_client.errors import CauceError
from cauce_client.keys import PrivateKey
from cauce_client.screen import Screen
from cauce_client.settings import ClientId, KeyFile, Language, Url, connected

key = typer.Typer(help="Change this client's keys.", no_args_is_help=True)


@key.command("rotate")
def rotate(
    context: typer.Context,
    language: Language = "",
    url: Url = "",
    client_id: ClientId = "",
    key_file: KeyFile = "",
) -> None:
    """Put a new key in the place of the one in CAUCE_KEY, and revoke that.

    The new one is kept beside it as FILE.new until it has worked. If anything was cut off
    before, the same command again goes on where it stopped.
    """
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key_file) as cauce:
        path = Path(key_file).resolve()  # what is replaced is the file, not a link to it
        fresh_path = path.with_name(f"{path.name}.new")
        old = PrivateKey.load(path).kid
        fresh = key_at(fresh_path)
        with screen.working("asking"):
            cauce.add_key(fresh.public_jwk())
    with Cauce(url, client_id, fresh, language=screen.language) as cauce:
        cauce.me()
        fresh_path.replace(path)
        try:
            cauce.revoke_key(old)
        except CauceError:
            screen.warn("old_key_stays", kid=old)
            raise
    screen.say("key_rotated", path=path, kid=fresh.kid, old=old)


@key.command("revoke")
def revoke(
    context: typer.Context,
    kid: Annotated[str, typer.Argument(help="Its thumbprint: see `cauce me`.")],
    language: Language = "",
    url: Url = "",
    client_id: ClientId = "",
    key_file: KeyFile = "",
) -> None:
    """Revoke a key of this client for ever, such as one that leaked."""
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key_file) as cauce, screen.working("asking"):
        cauce.revoke_key(kid)
    screen.say("key_revoked", kid=kid)
