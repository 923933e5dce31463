"""Formulas and checks of two versions, said in figures that both have.

`exits[exit_reason: ADM, MED]` of one version is `exits[exit_reason: ADM_MED]` of the next: both
are the same grain of the concordance, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from cauce_contract.concordance import Concordance, Grain
from cauce_contract.formula import Cells, Formula, Latest, Programmes
from cauce_contract.model import Contract, Indicator
from cauce_contract.rules.subject import Check

# A grain as both versions name it: positions in the earlier, positions in the later.
_Shared = tuple[tuple[int, ...], tuple[int, ...]]


class CommonGrain:
    """What two versions say of the same figures, made comparable."""

    def __init__(self, related: Concordance, later: Contract) -> None:
        self.related = related
        earlier = related.earlier
        ids = (
            {each: each for each in earlier.measures},
            {each: each for each in earlier.dimensions},
        )
        self._earlier = _Side(earlier, related.backward, *ids, is_earlier=True)
        self._later = _Side(
            later, related.forward, related.measures, related.dimensions, is_earlier=False
        )
        self._goes_on = set(related.measures.values())

    def is_same_indicator(self, old: Indicator, new: Indicator) -> bool:
        """Whether both divide the same sums; not where one reads what the other has not."""
        before = [self._earlier.sums(f) for f in (old.numerator, old.denominator) if f]
        after = [self._later.sums(f) for f in (new.numerator, new.denominator) if f]
        return None not in before and before == after

    def of_earlier(self, check: Check) -> Hashable:
        return self._earlier.said(check)

    def of_later(self, check: Check) -> Hashable:
        return self._later.said(check)

    def is_of_earlier_alone(self, check: Check) -> bool:
        """Whether the check reads a measure or breakdown that the later version has not."""
        return self._earlier.reads_only_here(check, self._goes_on)

    def is_of_later_alone(self, check: Check) -> bool:
        return self._later.reads_only_here(check, set(self.related.measures))


class _Side:
    """One of the versions, with the earlier ids of what it has."""

    def __init__(
        self,
        contract: Contract,
        grains: tuple[Grain, ...],
        measures: Mapping[str, str],
        dimensions: Mapping[str, str],
        *,
        is_earlier: bool,
    ) -> None:
        self.contract, self.grains = contract, grains
        self.measures, self.dimensions = measures, dimensions
        self.is_earlier = is_earlier

    def sums(self, formula: Formula) -> Hashable | None:
        """How often each common figure is in it; None where it needs a finer one."""
        often: dict[int, int] = defaultdict(int)
        for sign, position in self.contract.positions(formula):
            often[position] += sign
        found: dict[Hashable, int] = {}
        for position, times in often.items():
            grain = self.grains[position]
            whole = all(often.get(at) == times for at in grain.cells)
            if not grain.sources or not whole:
                return None
            found[self._shared(grain)] = times
        for term in formula.terms:
            if isinstance(term.operand, Programmes):
                found[term.operand.which] = term.sign
            elif isinstance(term.operand, Latest):
                grain = self.grains[self.contract.measures[term.operand.measure].position]
                if not grain.sources:
                    return None
                found[self._shared(grain), term.operand.months] = term.sign
        return frozenset(found.items())

    def _shared(self, grain: Grain) -> _Shared:
        if self.is_earlier:
            return grain.cells, grain.sources
        return grain.sources, grain.cells

    def said(self, check: Check) -> Hashable:
        """The check with its formulas as sums of common figures, ids as the earlier ones."""
        operands = [
            self._operand(str(operand.type), getattr(check, operand.name))
            for operand in fields(check)  # type: ignore[arg-type]  # every kind is a dataclass
        ]
        return type(check).__name__, *operands

    def _operand(self, declared: str, value: Any) -> Hashable:
        if isinstance(value, Formula):
            # Without a common figure it is what it says, and equals nothing of the other.
            return self.sums(value) or (self.is_earlier, value.text)
        if isinstance(value, list | tuple):
            return tuple(self._operand(declared, each) for each in value)
        if isinstance(value, dict):
            return frozenset(value.items())
        if "MeasureId" in declared:
            return str(self.measures.get(value, value))
        if "DimensionId" in declared:
            return str(self.dimensions.get(value, value))
        return value  # type: ignore[no-any-return]  # a number, a truth, or another id

    def reads_only_here(self, check: Check, going_on: set[str]) -> bool:
        for operand in fields(check):  # type: ignore[arg-type]  # every kind is a dataclass
            value = getattr(check, operand.name)
            values = value if isinstance(value, list | tuple) else [value]
            for each in values:
                if isinstance(each, Formula):
                    if self._is_only_here(each, going_on):
                        return True
                elif "MeasureId" in str(operand.type) and each not in going_on:
                    return True
        return False

    def _is_only_here(self, formula: Formula, going_on: set[str]) -> bool:
        read = [t.operand for t in formula.terms if isinstance(t.operand, Cells | Latest)]
        if any(operand.measure not in going_on for operand in read):
            return True
        return any(
            self._is_whole_breakdown(self.grains[at])
            for _, at in self.contract.positions(formula)
        )

    def _is_whole_breakdown(self, grain: Grain) -> bool:
        """Whether the other version has but the total of what is broken down here."""
        cells: Iterable[int] = grain.cells
        first = self.contract.cells[next(iter(cells))]
        if first.dimension is None:
            return False
        breakdown = self.contract.measures[first.measure].breakdowns[first.dimension]
        return not grain.sources or grain.cells == tuple(breakdown.positions.values())
