"""What became of a version's figures in the next: declared by id, worked out cell by cell.

An id that both versions have means the same in both, and nothing is declared of it. Of every
other one, concordance.toml of the later version says once what became of it:

renamed    before [A], after [B]        the same under another id
split      before [A], after [B, C]     codes: A is B and C together
merged     before [A, B], after [C]     codes: C is A and B together
redefined  before [A], after [B]        B takes A's place and counts something else: one series
                                        ends, another begins. Codes that share their cases out
                                        anew, two or more a side, stay comparable together
added      after [A], parent P          without a parent: nothing before. A code's cases were
                                        counted under P, which stays
removed    before [A], parent P         without a parent: nothing after. A code's cases are now
                                        counted under P, which stays
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from cauce_contract.model import NOT_SENT, Breakdown, Contract
from cauce_contract.report import Report
from cauce_contract.source import Table

Kind = Literal["measure", "dimension", "code", "indicator"]
Relation = Literal["renamed", "split", "merged", "redefined", "added", "removed"]

# For each cell its one source, the several that it is the sum of, or none that give it.
_Plan = Sequence[int | tuple[int, ...] | None]

_NO_FIGURE = "not_collected"  # the status of a cell for which the other version has nothing


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of some ids. A code's `dimension` has the earlier version's name."""

    kind: Kind
    relation: Relation
    before: tuple[str, ...]
    after: tuple[str, ...]
    dimension: str | None = None
    parent: str | None = None

    @property
    def together(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The codes, before and after, that count the same together; a parent among them."""
        kept = (self.parent,) if self.parent else ()
        return (*kept, *self.before), (*kept, *self.after)


@dataclass(frozen=True, slots=True)
class Grain:
    """The finest figure around a cell that both versions have.

    cells    positions in the version asked about, the cell's own among them
    sources  positions in the other version that have the same sum; none where it has no figure
    """

    cells: tuple[int, ...]
    sources: tuple[int, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the cell by itself is a sum of the other version's cells."""
        return len(self.cells) == 1 and bool(self.sources)


@dataclass(frozen=True)
class Concordance:
    """A version's relation to the one before it.

    measures, dimensions, indicators  the earlier id of each later one that means the same
    forward   for each cell of the later version, how it follows from the earlier one's
    backward  for each cell of the earlier version, how it follows from the later one's
    """

    earlier: Contract
    fates: tuple[Fate, ...]
    measures: Mapping[str, str]
    dimensions: Mapping[str, str]
    indicators: Mapping[str, str]
    forward: tuple[Grain, ...]
    backward: tuple[Grain, ...]

    @cached_property
    def forward_plan(self) -> _Plan:
        return [_sources(grain) for grain in self.forward]

    @cached_property
    def backward_plan(self) -> _Plan:
        return [_sources(grain) for grain in self.backward]


def _sources(grain: Grain) -> int | tuple[int, ...] | None:
    if not grain.is_exact:
        return None
    return grain.sources[0] if len(grain.sources) == 1 else grain.sources


def fates(declared: Table) -> tuple[Fate, ...]:
    """The entries of a sound concordance.toml."""
    return tuple(
        Fate(
            kind,
            entry["relation"],
            tuple(entry.get("before", ())),
            tuple(entry.get("after", ())),
            entry.get("dimension"),
            entry.get("parent"),
        )
        for kind in get_args(Kind)
        for entry in declared.get(kind, ())
    )


def concordance(declared: tuple[Fate, ...], earlier: Contract, later: Contract) -> Concordance:
    """The relation of two versions, from sound declarations."""
    measures = _same(declared, "measure", earlier.measures, later.measures)
    dimensions = _same(declared, "dimension", earlier.dimensions, later.dimensions)
    beside = _Beside(declared, earlier, later)
    for after, before in measures.items():
        beside.measure(before, after, dimensions)
    return Concordance(
        earlier,
        declared,
        measures,
        dimensions,
        _same(declared, "indicator", earlier.indicators, later.indicators),
        tuple(beside.forward),
        tuple(beside.backward),
    )


def _same(
    declared: tuple[Fate, ...],
    kind: Kind,
    earlier: Mapping[str, object],
    later: Mapping[str, object],
) -> dict[str, str]:
    renamed = {
        fate.after[0]: fate.before[0]
        for fate in declared
        if fate.kind == kind and fate.relation == "renamed"
    }
    return {each: each for each in later if each in earlier} | renamed


class _Beside:
    """The cells of two versions beside each other; at first each is alone."""

    def __init__(self, declared: tuple[Fate, ...], earlier: Contract, later: Contract) -> None:
        self.codes = [fate for fate in declared if fate.kind == "code"]
        self.earlier, self.later = earlier, later
        self.forward = [Grain((at,), ()) for at in range(len(later.cells))]
        self.backward = [Grain((at,), ()) for at in range(len(earlier.cells))]

    def measure(self, before: str, after: str, dimensions: Mapping[str, str]) -> None:
        old, new = self.earlier.measures[before], self.later.measures[after]
        for offset in range(2 if new.kind == "duration" else 1):
            self._pair((old.position + offset,), (new.position + offset,))
        matched = {dimensions.get(dimension, ""): b for dimension, b in new.breakdowns.items()}
        for dimension, breakdown in matched.items():
            if dimension in old.breakdowns:
                self._breakdown(old.breakdowns[dimension], breakdown)
            else:
                _only_in_one(self.forward, breakdown, old.position)
        for dimension, breakdown in old.breakdowns.items():
            if dimension not in matched:
                _only_in_one(self.backward, breakdown, new.position)

    def _pair(self, before: tuple[int, ...], after: tuple[int, ...]) -> None:
        for at in after:
            self.forward[at] = Grain(after, before)
        for at in before:
            self.backward[at] = Grain(before, after)

    def _breakdown(self, before: Breakdown, after: Breakdown) -> None:
        for old, new in self._together(before, after):
            # Where a person may have several codes, counts of two do not add up to one of both.
            if not after.is_multi_response or len(old) == len(new) == 1:
                self._pair(
                    tuple(before.positions[code] for code in old),
                    tuple(after.positions[code] for code in new),
                )

    def _together(
        self, before: Breakdown, after: Breakdown
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        told = [fate for fate in self.codes if fate.dimension == before.dimension]
        for fate in told:
            old, new = fate.together
            # One code redefined as one has no sum in common with it: its series is broken.
            if old and new and not (fate.relation == "redefined" and len(old) == len(new) == 1):
                yield old, new
        named = {code for fate in told for code in fate.together[1]}
        yield from (((code,), (code,)) for code in after.positions if code not in named)


def _only_in_one(side: list[Grain], breakdown: Breakdown, value: int) -> None:
    """A breakdown that the other version has not: all its codes together are the value."""
    if not breakdown.is_multi_response:
        cells = tuple(breakdown.positions.values())
        for at in cells:
            side[at] = Grain(cells, (value,))


def carried(report: Report, contract: Contract) -> Report:
    """The report in another version's cells: sums of its own, wherever they are derivable.

    A cell that cannot be derived has no number, and the status `not_collected`. The report
    stays what it is; this is to lay months under several versions side by side. KeyError where
    the two versions do not follow from each other.
    """
    given = report.contract
    if given.version == contract.version:
        return report
    if given.number < contract.number:
        step = _step_below(contract)
        names = step.measures
        return _mapped(carried(report, step.earlier), contract, step.forward_plan, names)
    step = _step_below(given)
    names = {before: after for after, before in step.measures.items()}
    return carried(_mapped(report, step.earlier, step.backward_plan, names), contract)


def _step_below(contract: Contract) -> Concordance:
    if contract.concordance is None:
        raise KeyError(contract.version)
    return contract.concordance


def _mapped(report: Report, contract: Contract, by: _Plan, names: Mapping[str, str]) -> Report:
    absent = contract.statuses[_NO_FIGURE].number
    number_of = {status.id: status.number for status in contract.statuses.values()}
    kept = {
        number: number_of.get(status.id, absent)
        for number, status in report.contract.status_by_number.items()
    } | {NOT_SENT: NOT_SENT}
    given, marks = report.numbers, report.statuses
    numbers: list[int | None] = []
    statuses: list[int] = []
    for sources in by:
        if isinstance(sources, int):
            numbers.append(given[sources])
            statuses.append(kept[marks[sources]])
        elif sources is None:
            numbers.append(None)
            statuses.append(absent)
        else:
            known = [figure for at in sources if (figure := given[at]) is not None]
            numbers.append(sum(known) if len(known) == len(sources) else None)
            # The status that speaks for all of them: numbers grow with precedence.
            statuses.append(kept[max(marks[at] for at in sources)])
    return Report(
        contract,
        report.programme,
        report.period,
        tuple(numbers),
        tuple(statuses),
        {after: report.notes[old] for after, old in names.items() if old in report.notes},
    )
