"""The files of a version, read and not yet understood."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

Row = Mapping[str, str]
Table = Mapping[str, Any]

_TABLES = ("contract", "measures", "dimensions", "indicators", "rules")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that makes a version unsound: the file and entry, and what is wrong there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Source:
    """What stands in a version's folder.

    tables       by name, such as `measures`; numbers with a point in rules.toml are text, so
                 that a bound is exact as it is written
    lists        the rows of codes/<name>.csv, by name
    labels       by language
    concordance  what became of the ids of the version before; None in a first version
    """

    name: str
    tables: Mapping[str, Table]
    lists: Mapping[str, list[Row]]
    labels: Mapping[str, Table]
    concordance: Table | None


def read(folder: Traversable) -> tuple[Source | None, list[Fault]]:
    """The version's files; None where one of them is missing or cannot be read."""
    faults: list[Fault] = []

    def whole(path: str, understood: Callable[[str], Any]) -> Any:
        try:
            return understood(folder.joinpath(*path.split("/")).read_text("utf-8"))
        except OSError:
            faults.append(Fault(path, "is missing"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            faults.append(Fault(path, f"cannot be read: {fault}"))
        return None

    tables = {name: whole(f"{name}.toml", _exact if name == "rules" else tomllib.loads)
              for name in _TABLES}  # fmt: skip
    lists = {
        name: whole(f"codes/{name}.csv", _rows) for name in _named(folder, "codes", ".csv")
    }
    labels = {
        name: whole(f"labels/{name}.toml", tomllib.loads)
        for name in _named(folder, "labels", ".toml")
    }
    has_concordance = folder.joinpath("concordance.toml").is_file()
    concordance = whole("concordance.toml", tomllib.loads) if has_concordance else None
    if faults:
        return None, faults
    return Source(folder.name, tables, lists, labels, concordance), []


def _named(folder: Traversable, inside: str, suffix: str) -> list[str]:
    """The files of a kind in a folder of the version, by name without suffix."""
    place = folder / inside
    names = [entry.name for entry in place.iterdir()] if place.is_dir() else []
    return sorted(name.removesuffix(suffix) for name in names if name.endswith(suffix))


def _exact(text: str) -> Table:
    return tomllib.loads(text, parse_float=str)


def _rows(text: str) -> list[Row]:
    return list(csv.DictReader(text.splitlines()))
