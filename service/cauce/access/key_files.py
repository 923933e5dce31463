"""Files with keys: readable by their owner alone, and never half written."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def folder(data_dir: Path) -> Path:
    return data_dir / "keys"


def made_folder(data_dir: Path) -> Path:
    found = folder(data_dir)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def keep_first(path: Path, text: str) -> None:
    """Write a file that is not there yet; of two processes that do so at once, one wins."""
    made = draft(path.parent, text)
    with suppress(FileExistsError):
        path.hardlink_to(made)
    made.unlink()


def draft(folder: Path, text: str) -> Path:
    """A new file with this text, which only its owner can read."""
    handle, made = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(made)
