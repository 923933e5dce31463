"""How to reach the service: from options, else from the environment."""

from __future__ import annotations

import os
import stat
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cauce_client.client import Cauce
from cauce_client.keys import PrivateKey
from cauce_client.screen import Misuse, Screen

Url = Annotated[
    str, typer.Option("--url", envvar="CAUCE_URL", help="The service's public origin.")
]
ClientId = Annotated[
    str, typer.Option("--client-id", envvar="CAUCE_CLIENT_ID", help="The registered client.")
]
KeyFile = Annotated[
    str, typer.Option("--key", envvar="CAUCE_KEY", help="Path of the private JWK.")
]
Language = Annotated[str, typer.Option("--lang", help="Of the messages: es, en, pt or fr.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, and nothing else.")]


def connected(screen: Screen, url: str, client_id: str, key: str) -> Cauce:
    """A connection with these settings; Misuse says which is missing and how to get it."""
    for value, missing in ((url, "no_url"), (client_id, "no_client_id"), (key, "no_key")):
        if not value:
            raise Misuse(missing)
    path = Path(key)
    private = PrivateKey.load(path)
    if _is_readable_by_others(path):
        screen.warn("key_readable_by_others", path=path)
    warn_unless_encrypted(screen, url)
    return Cauce(url, client_id, private, language=screen.language)


def warn_unless_encrypted(screen: Screen, url: str) -> None:
    if not _is_encrypted(url):
        screen.warn("not_encrypted", url=url)


def _is_readable_by_others(path: Path) -> bool:
    """By mode; Windows has none that says it."""
    readable = stat.S_IRGRP | stat.S_IROTH
    return os.name == "posix" and bool(path.stat().st_mode & readable)


def _is_encrypted(url: str) -> bool:
    """Whether nobody on the way can read it: by TLS, or because it stays on this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or _is_here(parts.hostname or "")
    except ValueError:
        return True  # no address: Cauce says so


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
