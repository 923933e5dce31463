"""Files with keys: written once, never over another, and read by their owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from cauce_client.keys import PrivateKey
from cauce_client.screen import Misuse

PRIVATE, PUBLIC = 0o600, 0o644


def write_key(path: Path, jwk: Mapping[str, str], mode: int) -> None:
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


def key_at(path: Path) -> PrivateKey:
    """The key in a file, made if it is not there: what was cut off goes on with it."""
    if path.exists():
        return PrivateKey.load(path)
    key = PrivateKey.new()
    write_key(path, key.private_jwk(), PRIVATE)
    return key
