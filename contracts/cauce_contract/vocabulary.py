"""The ids that a version has, and what its formulas may say with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cauce_contract.formula import Cells, Formula, FormulaError, Latest, Operand, parse
from cauce_contract.source import Table


@dataclass(frozen=True)
class Vocabulary:
    """The ids of a version whose soundness is in question; entries as its files have them.

    dimensions  the codes of each
    groups      of codes, for each dimension that has any
    reasons     why a later revision replaces an earlier one
    """

    measures: Mapping[str, Table]
    dimensions: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, frozenset[str]]
    reasons: frozenset[str]
    statuses: frozenset[str]
    indicators: tuple[Table, ...]

    @cached_property
    def named(self) -> dict[str, Formula]:
        """The formulas of indicators without a denominator, which stand in others by name."""
        found: dict[str, Formula] = {}
        for indicator in self.indicators:
            if "denominator" not in indicator and (
                formula := self.formula(indicator["numerator"], found)
            ):
                found[indicator["id"]] = formula
        return found

    def formula(self, text: str, named: dict[str, Formula] | None = None) -> Formula | None:
        """The formula, None where it is none."""
        try:
            return parse(text, self.named if named is None else named)
        except FormulaError:
            return None

    def faults_of(self, text: object) -> Iterator[str]:
        """What is wrong with a formula: its form, every dangling id, the units it adds."""
        formula = self.formula(text) if isinstance(text, str) else None
        if formula is None:
            yield f"not a formula: {text!r}"
            return
        for term in formula.terms:
            yield from self._dangling(term.operand)
        units = self.units_of(formula)
        if len(units) > 1:
            yield f"{text} adds {' to '.join(sorted(units))}"

    def measures_in(self, text: str) -> set[str]:
        """The measures that a formula reads and that are there."""
        formula = self.formula(text)
        operands = [term.operand for term in formula.terms] if formula else []
        read = {o.measure for o in operands if isinstance(o, Cells | Latest)}
        return read & self.measures.keys()

    def units_of(self, formula: Formula) -> set[str]:
        """The units of its terms, one of them in a sound formula; without dangling ones."""
        return {unit for term in formula.terms if (unit := self._unit(term.operand))}

    def _unit(self, operand: Operand) -> str | None:
        if not isinstance(operand, Cells | Latest):
            return "programmes"
        if operand.measure not in self.measures:
            return None
        if isinstance(operand, Cells) and operand.part == "n":
            return "persons"
        return str(self.measures[operand.measure]["unit"])

    def _dangling(self, operand: Operand) -> Iterator[str]:
        if not isinstance(operand, Cells | Latest):
            return
        measure = self.measures.get(operand.measure)
        if measure is None:
            yield f"there is no measure {operand.measure}"
            return
        part = operand.part if isinstance(operand, Cells) else "value"
        if (measure["kind"] == "duration") == (part == "value"):
            yield f"{operand.measure} has no part {part}"
        if not isinstance(operand, Cells) or operand.dimension is None:
            return
        if operand.dimension not in measure.get("breakdowns", {}):
            yield f"{operand.measure} is not broken down by {operand.dimension}"
            return
        codes = self.dimensions.get(operand.dimension, operand.codes)
        for code in operand.codes:
            if code not in codes:
                yield f"{operand.dimension} has no code {code}"
            if operand.codes.count(code) > 1:
                yield f"{operand.measure}[{operand.dimension}] adds {code} twice"
