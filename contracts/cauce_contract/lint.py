"""What is unsound in a version by itself: every fault at once, each named by file and entry.

What must hold between a version and the one before it is said in concordance.py and compare.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from cauce_contract.lint_rules import rule_faults
from cauce_contract.lint_words import word_faults
from cauce_contract.model import Kind, Window
from cauce_contract.month import Month
from cauce_contract.source import Fault, Row, Source, Table
from cauce_contract.vocabulary import Vocabulary

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[A-Z0-9_]+")
_STATE = re.compile(r"MX-[A-Z]{3}")
_INEGI = re.compile(r"[0-9]{2}")
_LARGEST_STATUS = 32767  # a smallint, as months are stored

_CONTRACT_STATUSES = ("draft", "active", "deprecated", "retired")
_LISTS_OF_THEIR_OWN = ("obs_status", "ref_area")  # lists that no measure is broken down by

# The keys of an entry, with the type of each; those behind the second are optional.
_Keys = Mapping[str, type]
_CONTRACT: tuple[_Keys, _Keys] = (
    {
        "version": str,
        "status": str,
        "accepts_from": str,
        "utc_offset_hours": int,
        "largest_integer": int,
        "text_limit": int,
        "revision_reasons": list,
    },
    {"accepts_until": str},
)
_ENTRIES: Mapping[str, tuple[_Keys, _Keys]] = {
    "measure": (
        {"id": str, "kind": str, "unit": str, "required": bool, "source": str},
        {"breakdowns": dict, "after_closing": bool},
    ),
    "dimension": ({"id": str}, {"multi_response": bool}),
    "indicator": (
        {"id": str, "unit": str, "numerator": str, "windows": list, "source": str},
        {"denominator": str, "each_month": bool, "reference": str},
    ),
    "rule": ({"id": str, "severity": str, "checks": list}, {}),
}
_COLUMNS = {
    "obs_status": (
        *("number", "code", "sdmx_obs_status", "sdmx_conf_status"),
        *("holds", "accepted", "note"),
    ),
    "ref_area": ("code", "inegi", "name", "official_name", "abbreviation"),
}


def faults_in(source: Source) -> list[Fault]:
    """All faults of the version by itself, in the order of its files."""
    entries, faults = _entries(source)
    rows, list_faults = _lists(source)
    known = Vocabulary(
        measures={entry["id"]: entry for entry in entries["measure"]},
        dimensions={
            entry["id"]: tuple(row["code"] for row in rows.get(entry["id"], ()))
            for entry in entries["dimension"]
        },
        groups=_groups(rows, entries["dimension"]),
        reasons=_reasons(source),
        statuses=frozenset(row["code"] for row in rows.get("obs_status", ())),
        indicators=tuple(entries["indicator"]),
    )
    return [
        *faults,
        *list_faults,
        *_contract(source),
        *_measures(known),
        *_dimensions(known, entries["dimension"], source),
        *_statuses(rows.get("obs_status", ())),
        *_states(rows.get("ref_area", ())),
        *_indicators(known),
        *rule_faults(known, entries["rule"]),
        *word_faults(source, known, entries["rule"]),
    ]


def _groups(
    rows: Mapping[str, list[Row]], dimensions: list[Table]
) -> dict[str, frozenset[str]]:
    found = {
        entry["id"]: frozenset(
            group for row in rows.get(entry["id"], ()) if (group := row.get("group"))
        )
        for entry in dimensions
    }
    return {dimension: groups for dimension, groups in found.items() if groups}


def _reasons(source: Source) -> frozenset[str]:
    """Those declared; none where they are no list of texts, which is a fault of its own."""
    declared = source.tables["contract"].get("revision_reasons")
    reasons = declared if isinstance(declared, list) else []
    return frozenset(reason for reason in reasons if isinstance(reason, str))


def _entries(source: Source) -> tuple[dict[str, list[Table]], list[Fault]]:
    """The entries of each table that have the keys they need, and the faults of the others."""
    sound: dict[str, list[Table]] = {}
    faults: list[Fault] = []
    for name, (needed, optional) in _ENTRIES.items():
        file = f"{name}s.toml"
        table = source.tables[f"{name}s"]
        faults += [Fault(file, f"has no place for {key}") for key in table if key != name]
        sound[name] = []
        ids: Counter[str] = Counter()
        listed = table.get(name, [])
        for ordinal, entry in enumerate(listed if isinstance(listed, list) else [], start=1):
            given = entry.get("id") if isinstance(entry, dict) else None
            where = f"{file}, {given if isinstance(given, str) else f'entry {ordinal}'}"
            wrong = _keys(where, entry, needed, optional)
            if not wrong:
                sound[name].append(entry)
            if isinstance(given, str):
                ids[given] += 1
                if name != "rule" and not _ID.fullmatch(given):
                    wrong.append(Fault(where, "an id is written in lower case, a-z 0-9 _"))
            faults += wrong
        faults += [
            Fault(f"{file}, {given}", f"stands {count} times")
            for given, count in ids.items()
            if count > 1
        ]
        if not listed:
            faults.append(Fault(file, f"has no {name}"))
    return sound, faults


def _keys(where: str, entry: object, needed: _Keys, optional: _Keys) -> list[Fault]:
    if not isinstance(entry, dict):
        return [Fault(where, "is no table")]
    known = {**needed, **optional}
    missing = [Fault(where, f"has no {key}") for key in needed if key not in entry]
    unknown = [Fault(where, f"has no place for {key}") for key in entry if key not in known]
    mistyped = [
        Fault(where, f"{key} is no {known[key].__name__}")
        for key, value in entry.items()
        # `true` is no integer here, whatever Python says.
        if key in known and type(value) is not known[key]
    ]
    return missing + unknown + mistyped


def _lists(source: Source) -> tuple[dict[str, list[Row]], list[Fault]]:
    """The rows of each code list that are whole, and the faults of the others."""
    sound: dict[str, list[Row]] = {}
    faults: list[Fault] = []
    for name, rows in source.lists.items():
        file = f"codes/{name}.csv"
        columns = _COLUMNS.get(name, ("code", "mapping"))
        sound[name] = []
        for line, row in enumerate(rows, start=2):
            if None in row or None in row.values() or not row.keys() >= {*columns}:
                faults.append(Fault(file, f"line {line} has not the columns of its list"))
            else:
                sound[name].append(row)
        codes = Counter(row["code"] for row in sound[name])
        faults += [
            Fault(file, f"{code} stands {n} times") for code, n in codes.items() if n > 1
        ]
        if not rows:
            faults.append(Fault(file, "has no code"))
    faults += [
        Fault(f"codes/{name}.csv", "is missing") for name in _COLUMNS if name not in sound
    ]
    return sound, faults


def _contract(source: Source) -> Iterator[Fault]:
    head, file = source.tables["contract"], "contract.toml"
    wrong = _keys(file, head, *_CONTRACT)
    yield from wrong
    if wrong:
        return
    if not _VERSION.fullmatch(head["version"]):
        yield Fault(file, "version is written 1.0.0")
    elif head["version"] != source.name:
        yield Fault(file, f"version {head['version']} lies in the folder {source.name}")
    if head["status"] not in _CONTRACT_STATUSES:
        yield Fault(file, f"status is one of {', '.join(_CONTRACT_STATUSES)}")
    window = [_month(head.get(key)) for key in ("accepts_from", "accepts_until")]
    if window[0] is None or ("accepts_until" in head and window[1] is None):
        yield Fault(file, "accepts_from and accepts_until are months, written 2026-03")
    elif window[1] and window[1] < window[0]:
        yield Fault(file, "accepts_until is before accepts_from")
    if not -12 <= head["utc_offset_hours"] <= 14:
        yield Fault(file, "utc_offset_hours is from -12 to 14")
    for key in ("largest_integer", "text_limit"):
        if head[key] < 1:
            yield Fault(file, f"{key} is at least 1")


def _month(text: str | None) -> Month | None:
    try:
        return Month.parse(text or "")
    except ValueError:
        return None


def _measures(known: Vocabulary) -> Iterator[Fault]:
    for measure in known.measures.values():
        where = f"measures.toml, {measure['id']}"
        if measure["kind"] not in get_args(Kind):
            yield Fault(where, f"kind is one of {', '.join(get_args(Kind))}")
        if measure["kind"] == "duration" and measure.get("breakdowns"):
            yield Fault(where, "a duration is not broken down")
        for dimension, need in measure.get("breakdowns", {}).items():
            if dimension not in known.dimensions:
                yield Fault(where, f"there is no dimension {dimension}")
            if need not in ("required", "optional"):
                yield Fault(where, f"the breakdown by {dimension} is required or optional")


def _dimensions(
    known: Vocabulary, dimensions: Iterable[Table], source: Source
) -> Iterator[Fault]:
    used = {b for measure in known.measures.values() for b in measure.get("breakdowns", {})}
    for dimension in dimensions:
        where = f"dimensions.toml, {dimension['id']}"
        if dimension["id"] not in source.lists:
            yield Fault(where, f"there is no codes/{dimension['id']}.csv")
        if dimension["id"] not in used:
            yield Fault(where, "no measure is broken down by it")
        for code in known.dimensions[dimension["id"]]:
            if not _CODE.fullmatch(code):
                yield Fault(f"codes/{dimension['id']}.csv", f"{code} is no code: A-Z 0-9 _")
            if code == "_T":
                yield Fault(f"codes/{dimension['id']}.csv", "_T is the measure's value")
    for name in source.lists:
        if name not in known.dimensions and name not in _LISTS_OF_THEIR_OWN:
            yield Fault(f"codes/{name}.csv", "is no dimension's list")


def _statuses(rows: Iterable[Row]) -> Iterator[Fault]:
    file = "codes/obs_status.csv"
    choices = {
        "holds": ("number", "null"),
        "accepted": ("yes", "no"),
        "note": ("required", "optional"),
    }
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers[row["number"]] += 1
        if not row["number"].isdecimal() or not 1 <= int(row["number"]) <= _LARGEST_STATUS:
            yield Fault(file, f"{row['code']}: number is from 1 to {_LARGEST_STATUS}")
        for column, choice in choices.items():
            if row[column] not in choice:
                yield Fault(file, f"{row['code']}: {column} is {' or '.join(choice)}")
    for number, count in numbers.items():
        if count > 1:
            yield Fault(file, f"{count} statuses have the number {number}")
    for default in ("reported", "not_collected"):
        if not any(row["code"] == default for row in rows):
            yield Fault(file, f"has no {default}")


def _states(rows: Iterable[Row]) -> Iterator[Fault]:
    for row in rows:
        if not _STATE.fullmatch(row["code"]) or not _INEGI.fullmatch(row["inegi"]):
            yield Fault("codes/ref_area.csv", f"{row['code']} is no state with its INEGI key")


def _indicators(known: Vocabulary) -> Iterator[Fault]:
    for indicator in known.indicators:
        where = f"indicators.toml, {indicator['id']}"
        formulas = [
            indicator[part] for part in ("numerator", "denominator") if part in indicator
        ]
        for formula in formulas:
            yield from (Fault(where, what) for what in known.faults_of(formula))
        for window in indicator["windows"]:
            if window not in get_args(Window):
                yield Fault(where, f"a window is one of {', '.join(get_args(Window))}")
        longer = set(indicator["windows"]) - {"month"}
        for measure in {m for formula in formulas for m in known.measures_in(formula)}:
            kind: Any = known.measures[measure]["kind"]
            if kind == "flow_distinct" and longer and not indicator.get("each_month"):
                yield Fault(where, f"{measure} counts distinct persons: no sum over months")
