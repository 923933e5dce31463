"""Formulas over a report's figures: sums and differences of declared terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_SIGNED = re.compile(r"\s*([+-])?\s*((?:[^+\-\[(]|\[[^\]]*\]|\([^)]*\))+)")
_CELLS = re.compile(r"([a-z0-9_]+)(?:\.(sum|n)|\[([a-z0-9_]+):([^\]]+)\])?")
_PROGRAMMES = re.compile(r"programmes\((reported|expected)\)")
_LATEST = re.compile(r"latest\(([a-z0-9_]+),\s*([0-9]+)\)")

Part = Literal["value", "sum", "n"]


class FormulaError(ValueError):
    """A formula that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One figure of a month: a measure, a part of a duration, or some codes of a breakdown."""

    measure: str
    part: Part = "value"
    dimension: str | None = None
    codes: tuple[str, ...] = ()

    @property
    def figure(self) -> Cells | None:
        """What it reads of a month's report; None: nothing. Every operand says so."""
        return self


@dataclass(frozen=True, slots=True)
class Programmes:
    """A count of programmes by the roster: those expected, or those of them that reported."""

    which: str

    @property
    def figure(self) -> Cells | None:
        return None


@dataclass(frozen=True, slots=True)
class Latest:
    """A measure's value, or the latest of the `months` months before where there is none."""

    measure: str
    months: int

    @property
    def figure(self) -> Cells | None:
        return Cells(self.measure)


Operand = Cells | Programmes | Latest


@dataclass(frozen=True, slots=True)
class Term:
    sign: Literal[1, -1]
    operand: Operand


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum of signed terms, with the text that declared it."""

    text: str
    terms: tuple[Term, ...]

    @property
    def needs_roster(self) -> bool:
        """Whether it is a figure of every expected programme, not of the reporting ones."""
        return any(not isinstance(term.operand, Cells) for term in self.terms)

    @property
    def figures(self) -> Sequence[Cells]:
        """All that it reads of a month's report, for the month itself or for later ones."""
        found = (term.operand.figure for term in self.terms)
        return [figure for figure in found if figure]

    def cells(self) -> Sequence[tuple[int, Cells]]:
        """The signed figures of the month itself."""
        return [(t.sign, t.operand) for t in self.terms if isinstance(t.operand, Cells)]


def parse(text: str, named: dict[str, Formula] | None = None) -> Formula:
    """Read a formula; a bare name found in `named` stands for that formula's terms.

    Raises FormulaError where the text is no formula. Whether its measures and codes exist is
    for the contract to say.
    """
    terms: list[Term] = []
    at = 0
    while at < len(text):
        found = _SIGNED.match(text, at)
        if not found or (terms and not found[1]):
            raise FormulaError(f"not a formula: {text}")
        sign: Literal[1, -1] = -1 if found[1] == "-" else 1
        written = found[2].strip()
        if named and written in named:
            terms += [_flip(sign, term) for term in named[written].terms]
        else:
            terms.append(Term(sign, _operand(written, text)))
        at = found.end()
    if not terms:
        raise FormulaError("an empty formula")
    return Formula(text, tuple(terms))


def _flip(sign: Literal[1, -1], term: Term) -> Term:
    return term if sign == 1 else Term(-1 if term.sign == 1 else 1, term.operand)


def _operand(written: str, text: str) -> Operand:
    if found := _PROGRAMMES.fullmatch(written):
        return Programmes(found[1])
    if found := _LATEST.fullmatch(written):
        return Latest(found[1], int(found[2]))
    if not (found := _CELLS.fullmatch(written)):
        raise FormulaError(f"not a formula: {text}")
    if found[2]:
        return Cells(found[1], "sum" if found[2] == "sum" else "n")
    if found[3]:
        codes = tuple(code.strip() for code in found[4].split(","))
        return Cells(found[1], "value", found[3], codes)
    return Cells(found[1])
