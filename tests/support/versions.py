"""Versions of the contract to try: copies of a real one with some of their texts changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from cauce_contract import load_all
from cauce_contract.load import folder_of_versions

FOLDER = Path(str(folder_of_versions()))
V1, V2 = load_all()["1.0.0"], load_all()["2.0.0"]

# A file, a text in it, and what stands there instead: of labels at every line that begins so,
# for a code has a label and a definition; else at the first place.
Edit = tuple[str, str, str]


def copied(to: Path, edits: list[Edit], *, of: str = "1.0.0", version: str = "") -> Path:
    """A copy of a version's folder with these edits, under another number if one is given."""
    folder = to / (version or of)
    shutil.copytree(FOLDER / of, folder, ignore=shutil.ignore_patterns("examples", "*.json"))
    if version:
        edits = [("contract.toml", f'version = "{of}"', f'version = "{version}"'), *edits]
    for file, old, new in edits:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text, f"{file} has no {old!r}"
        is_of_lines = file.startswith("labels/") and old.startswith("\n")
        path.write_text(text.replace(old, new, -1 if is_of_lines else 1), "utf-8")
    return folder


def following(
    to: Path, version: str, edits: list[Edit], concordance: str = "", of: str = "1.0.0"
) -> Path:
    """A version after another that differs from it by these edits."""
    folder = copied(to, edits, of=of, version=version)
    (folder / "concordance.toml").write_text(f'from = "{of}"\n{concordance}', "utf-8")
    return folder
