"""What is unsound in concordance.toml: ids of either version spoken for never or twice.

Together with the grains of concordance.py, which cover every cell, this makes the relation of
two versions total and a function in both directions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from cauce_contract.concordance import Fate, Kind, Relation, fates
from cauce_contract.model import Contract, Dimension
from cauce_contract.source import Fault, Table

_FILE = "concordance.toml"
_KEYS = {"relation": str, "before": list, "after": list, "dimension": str, "parent": str}
_SIDES: Mapping[Relation, tuple[range, range]] = {  # how many ids before, how many after
    "renamed": (range(1, 2), range(1, 2)),
    "split": (range(1, 2), range(2, 1000)),
    "merged": (range(2, 1000), range(1, 2)),
    "redefined": (range(1, 1000), range(1, 1000)),
    "added": (range(1), range(1, 1000)),
    "removed": (range(1, 1000), range(1)),
}


def form_faults(declared: Table) -> list[Fault]:
    """Entries that cannot be read."""
    kinds = get_args(Kind)
    faults = [
        Fault(_FILE, f"has no place for {k}") for k in declared if k not in (*kinds, "from")
    ]
    if not isinstance(declared.get("from"), str):
        faults.append(Fault(_FILE, "does not say from which version"))
    for kind in kinds:
        entries = declared.get(kind, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            faults += [Fault(f"{_FILE}, {kind}", what) for what in _form(kind, entry)]
    return faults


def _form(kind: Kind, entry: Any) -> Iterator[str]:
    relation: Any = entry.get("relation") if isinstance(entry, dict) else None
    if relation not in get_args(Relation):
        yield f"relation is one of {', '.join(get_args(Relation))}"
        return
    for key, value in entry.items():
        if key not in _KEYS:
            yield f"has no place for {key}"
        elif not isinstance(value, _KEYS[key]):
            yield f"{key} is no {_KEYS[key].__name__}"
    for side, allowed in zip(("before", "after"), _SIDES[relation], strict=True):
        ids = entry.get(side, [])
        if isinstance(ids, list) and len(ids) not in allowed:
            yield f"{relation}: {side} names {len(ids)} ids"
    if (kind == "code") != ("dimension" in entry):
        yield "a code has a dimension, and nothing else has"
    if relation in ("split", "merged") and kind != "code":
        yield f"a {kind} is not {relation}"
    if "parent" in entry and (kind != "code" or relation not in ("added", "removed")):
        yield "only a code that is added or removed has a parent"


def meaning_faults(declared: Table, earlier: Contract, later: Contract) -> list[Fault]:
    """Ids without a fate or with two, and ids kept whose meaning is another."""
    told = fates(declared)
    faults: list[Fault] = []
    for kind, old, new in (
        ("measure", earlier.measures, later.measures),
        ("dimension", earlier.dimensions, later.dimensions),
        ("indicator", earlier.indicators, later.indicators),
    ):
        of_kind = [fate for fate in told if fate.kind == kind]
        faults += _coverage(kind, of_kind, list(old), list(new))
    dimensions = _kept(told, "dimension", earlier.dimensions, later.dimensions)
    for before, after in dimensions.items():
        of_codes = [f for f in told if f.kind == "code" and f.dimension == before]
        faults += _codes(of_codes, earlier.dimensions[before], later.dimensions[after])
    for fate in told:
        if fate.kind == "code" and fate.dimension not in dimensions:
            faults.append(Fault(_FILE, f"code: no dimension {fate.dimension} that goes on"))
    for before, after in _kept(told, "measure", earlier.measures, later.measures).items():
        a, b = earlier.measures[before], later.measures[after]
        if (a.kind, a.unit) != (b.kind, b.unit):
            faults.append(
                Fault(_FILE, f"{after} is of another kind or unit: it needs a new id")
            )
    return faults


def _kept(
    told: tuple[Fate, ...], kind: Kind, old: Mapping[str, object], new: Mapping[str, object]
) -> dict[str, str]:
    """The ids that go on, to what they are called in the later version."""
    renamed = {
        f.before[0]: f.after[0] for f in told if f.kind == kind and f.relation == "renamed"
    }
    both = {each: each for each in old if each in new} | renamed
    return {a: b for a, b in both.items() if a in old and b in new}


def _coverage(what: str, told: list[Fate], old: list[str], new: list[str]) -> Iterator[Fault]:
    """Each id that only one version has is named once; none that both have is named at all."""
    where = f"{_FILE}, {what}"
    for ids, others, named, verb in (
        (old, new, Counter(each for fate in told for each in fate.before), "became of"),
        (new, old, Counter(each for fate in told for each in fate.after), "was before"),
    ):
        for each in ids:
            if each not in others and each not in named:
                yield Fault(where, f"nothing says what {verb} {each}")
        for each, times in named.items():
            if each not in ids:
                yield Fault(where, f"there is no {each}")
            elif each in others:
                yield Fault(where, f"{each} is in both versions, and so means the same in both")
            if times > 1:
                yield Fault(where, f"says {times} times what {verb} {each}")


def _codes(told: list[Fate], before: Dimension, after: Dimension) -> Iterator[Fault]:
    where = f"{_FILE}, code of {before.id}"
    old, new = ([code.id for code in dimension.codes] for dimension in (before, after))
    yield from _coverage(f"code of {before.id}", told, old, new)
    if before.is_multi_response != after.is_multi_response:
        yield Fault(where, "no longer adds up as it did: it needs a new id")
    parents = Counter(fate.parent for fate in told if fate.parent)
    for parent, times in parents.items():
        if parent not in old or parent not in new:
            yield Fault(where, f"the parent {parent} is not in both versions")
        if times > 1:
            yield Fault(where, f"{parent} is the parent of {times} entries: name them in one")
    if after.is_multi_response:
        return
    for fate in told:
        if fate.relation in ("added", "removed") and not fate.parent:
            codes = ", ".join(fate.before + fate.after)
            yield Fault(where, f"{codes}: no parent, though cases must have been counted there")
        if fate.relation == "redefined" and min(len(fate.before), len(fate.after)) < 2:
            codes = ", ".join(fate.before)
            yield Fault(
                where, f"{codes} redefined: name every code that its cases move to or from"
            )
