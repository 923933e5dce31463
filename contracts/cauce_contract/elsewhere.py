"""What another version's id is called here: measures, breakdowns and codes, by concordance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cauce_contract.concordance import Fate, Kind
from cauce_contract.model import Contract

# What a later version's relation is, seen from the version before.
_BACKWARD = {
    "renamed": "comes_renamed",
    "split": "comes_part",
    "merged": "comes_merged",
    "redefined": "comes_redefined",
}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An id that a version has not and another has, and what stands here in its place.

    variant  of the rule H19_codes' messages
    figures  name, version (which has it), and, as the variant needs them, here (which has it
             not any more, or not yet) and others, ids separated by commas
    """

    variant: str
    figures: Mapping[str, str]


Place = tuple[Kind, str | None, str]  # kind, a code's dimension as it is called here, id


def ids_elsewhere(
    contracts: Mapping[str, Contract], contract: Contract
) -> Mapping[Place, Elsewhere]:
    """The ids of other versions that this one has not; of several the nearest version's."""
    found: dict[Place, Elsewhere] = {}
    versions = sorted(contracts.values(), key=lambda each: each.number)
    steps = [(a, b) for a, b in pairwise(versions) if b.concordance]
    before = [step for step in steps if step[1].number <= contract.number]
    after = [step for step in steps if step[0].number >= contract.number]
    for earlier, later in reversed(before):
        for place, said in _gone(contract, earlier, later):
            found.setdefault(place, said)
    for earlier, later in after:
        for place, said in _to_come(contract, earlier, later):
            found.setdefault(place, said)
    return found


def _gone(
    contract: Contract, earlier: Contract, later: Contract
) -> Iterator[tuple[Place, Elsewhere]]:
    """What became, in the later version, of the earlier one's ids."""
    for fate in _fates(later):
        others = fate.after or ((fate.parent,) if fate.parent else ())
        relation = "part" if fate.relation == "removed" and others else fate.relation
        for each in fate.before:
            figures = {"name": each, "version": earlier.version, "here": later.version}
            if others:
                figures["others"] = ", ".join(others)
            place = (fate.kind, _dimension_here(contract, later, fate), each)
            if not _has(contract, place):
                yield place, Elsewhere(f"became_{relation}", figures)


def _to_come(
    contract: Contract, earlier: Contract, later: Contract
) -> Iterator[tuple[Place, Elsewhere]]:
    """What the later version's ids are in the earlier one."""
    for fate in _fates(later):
        others = fate.before or ((fate.parent,) if fate.parent else ())
        variant = _BACKWARD.get(fate.relation, "comes_part" if others else "comes_added")
        for each in fate.after:
            figures = {"name": each, "version": later.version, "here": earlier.version}
            if others:
                figures["others"] = ", ".join(others)
            place = (fate.kind, fate.dimension, each)
            if not _has(contract, place):
                yield place, Elsewhere(variant, figures)


def _fates(later: Contract) -> Iterator[Fate]:
    declared = later.concordance.fates if later.concordance else ()
    return (fate for fate in declared if fate.kind != "indicator")


def _dimension_here(contract: Contract, later: Contract, fate: Fate) -> str | None:
    """A code's dimension, which the later version may have renamed."""
    if later is not contract or later.concordance is None:
        return fate.dimension
    renamed = later.concordance.dimensions.items()
    return next((now for now, was in renamed if was == fate.dimension), fate.dimension)


def _has(contract: Contract, place: Place) -> bool:
    kind, dimension, each = place
    if kind == "measure":
        return each in contract.measures
    if kind == "dimension":
        return each in contract.dimensions
    known = contract.dimensions.get(dimension) if dimension else None
    return known is not None and each in {code.id for code in known.codes}
