"""The contract in memory: what is measured, in which cells, and under which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from cauce_contract.formula import Cells, Formula
from cauce_contract.labels import Labels
from cauce_contract.month import Month

if TYPE_CHECKING:
    from cauce_contract.concordance import Concordance
    from cauce_contract.rules.subject import Check

Kind = Literal["stock_open", "stock", "flow", "flow_distinct", "duration", "cohort"]
Severity = Literal["error", "confirm", "warning", "notice"]
Window = Literal["month", "quarter", "year", "rolling12"]

NOT_SENT = 0  # the status number of a cell that the document does not have


@dataclass(frozen=True, slots=True)
class Code:
    """A member of a dimension's code list. `mapping` names other systems' codes for it."""

    id: str
    mapping: str
    group: str | None


@dataclass(frozen=True, slots=True)
class Dimension:
    id: str
    is_multi_response: bool
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A federal entity: ISO 3166-2 id, INEGI key, names."""

    id: str
    inegi: str
    name: str
    official_name: str
    abbreviation: str


@dataclass(frozen=True, slots=True)
class Status:
    """An observation status. Numbers grow with precedence when figures are put together.

    number    1..32767, how a cell's status is stored; 0 is a cell not sent
    sdmx      its SDMX CL_OBS_STATUS code;  confidentiality  its CL_CONF_STATUS code
    """

    number: int
    id: str
    sdmx: str
    confidentiality: str
    holds_number: bool
    is_accepted: bool
    needs_note: bool


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One-way counts of a measure. `positions` gives each code's cell."""

    dimension: str
    is_required: bool
    is_multi_response: bool
    positions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """One reported figure. `position` is its value's cell; a duration's sum, n after it.

    is_owed_after_closing  whether a programme that has closed still reports it
    """

    id: str
    kind: Kind
    unit: str
    is_required: bool
    is_owed_after_closing: bool
    source: str
    position: int
    breakdowns: Mapping[str, Breakdown]

    def cell(self, figure: Cells) -> tuple[int, ...]:
        """The cells whose sum is this figure of the measure."""
        if figure.dimension is not None:
            positions = self.breakdowns[figure.dimension].positions
            return tuple(positions[code] for code in figure.codes)
        return (self.position + 1,) if figure.part == "n" else (self.position,)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold. `declared` is its entry in rules.toml, `checks` what interprets it."""

    id: str
    severity: Severity
    checks: tuple[Check, ...]
    declared: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A national figure: a ratio of two formulas, or a sum where there is no denominator."""

    id: str
    unit: str
    numerator: Formula
    denominator: Formula | None
    windows: tuple[Window, ...]
    is_each_month: bool
    reference: str | None
    source: str

    @property
    def formula(self) -> str:
        if self.denominator is None:
            return self.numerator.text
        parts = (self.numerator.text, self.denominator.text)
        return " / ".join(f"({p})" if " + " in p or " - " in p else p for p in parts)


@dataclass(frozen=True, slots=True)
class Cell:
    """A position of the arrays that a report is stored in, and where a document has it."""

    position: int
    measure: str
    part: str
    dimension: str | None
    code: str | None

    @property
    def pointer(self) -> str:
        if self.dimension is None:
            return f"/measures/{self.measure}/{self.part}"
        return f"/measures/{self.measure}/by/{self.dimension}/{self.code}"


@dataclass(frozen=True, eq=False)  # one object a version: it is its own key
class Contract:
    """One version of the agreement, whole.

    core_digest    over measures, codes, rules and formulas: what receipts quote
    layout_digest  over the order of the cells alone: what stored arrays depend on
    labels_digest  over the words alone, which may improve while the meaning stays
    digest         over everything, labels too
    accepts_from, accepts_until  the first and last period that may be reported under it; the
                   windows of two versions overlap, so that programmes change one by one
    concordance    what became of the figures of the version before; None in the first
    """

    version: str
    status: str
    accepts_from: Month
    utc_offset_hours: int
    largest_integer: int
    text_limit: int
    revision_reasons: tuple[str, ...]
    states: Mapping[str, State]
    statuses: Mapping[str, Status]
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Measure]
    cells: tuple[Cell, ...]
    rules: Mapping[str, Rule]
    indicators: Mapping[str, Indicator]
    labels: Mapping[str, Labels]
    core_digest: str
    layout_digest: str
    labels_digest: str
    digest: str
    concordance: Concordance | None = None
    accepts_until: Month | None = None

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers, so that 1.10.0 comes after 1.9.0."""
        return tuple(map(int, self.version.split(".")))

    def positions(self, formula: Formula) -> Sequence[tuple[int, int]]:
        """The formula over the cells, as pairs of sign and position; roster terms have none."""
        known = self._positions.get(formula.text)
        if known and known[0] is formula:
            return known[1]
        found = tuple(
            (sign, position)
            for sign, figure in formula.cells()
            for position in self.measures[figure.measure].cell(figure)
        )
        self._positions[formula.text] = formula, found
        return found

    @cached_property
    def _positions(self) -> dict[str, tuple[Formula, Sequence[tuple[int, int]]]]:
        """Those looked up so far, with the formula, whose text may name another formula."""
        return {}

    @cached_property
    def status_by_number(self) -> dict[int, Status]:
        return {status.number: status for status in self.statuses.values()}
