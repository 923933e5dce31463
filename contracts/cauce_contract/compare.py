"""What changes from a version to the next: for who reports, for who reads, and for the series.

A change's level says which number of the version it moves at the least: patch for words, minor
for what nobody has to do anything about, major for the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from cauce_contract.change import COMPARABILITIES, LEVELS, Change, Comparability, Level
from cauce_contract.common_grain import CommonGrain
from cauce_contract.concordance import Concordance, Fate
from cauce_contract.describe import summary
from cauce_contract.lint_words import every_text
from cauce_contract.model import Code, Contract, Measure
from cauce_contract.source import Fault


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes from one version to a later one, step by step where others lie between."""

    earlier: Contract
    later: Contract
    changes: tuple[Change, ...]

    @property
    def level(self) -> Level | None:
        levels = [change.level for change in self.changes]
        return max(levels, key=LEVELS.index, default=None)

    @property
    def comparability(self) -> Comparability:
        found = [change.comparability for change in self.changes]
        return max(found, key=COMPARABILITIES.index, default="same")

    @property
    def gravest(self) -> int:
        """How many of the changes leave of the series as little as any of them does."""
        return sum(change.comparability == self.comparability for change in self.changes)

    @property
    def least_version(self) -> str:
        """The lowest number that the later version may have for what it changes."""
        kept = {None: 3, "patch": 2, "minor": 1, "major": 0}[self.level]
        number = list(self.earlier.number)
        raised = [*number[:kept], *(n + 1 for n in number[kept : kept + 1])]
        return ".".join(map(str, [*raised, 0, 0][:3]))

    def as_json(self, language: str) -> dict[str, object]:
        """What `GET /v1/contracts/diff` answers."""
        return {
            "from": self.earlier.version,
            "to": self.later.version,
            "versions": [summary(self.earlier), summary(self.later)],
            "level": self.level,
            "least_version": self.least_version,
            "comparability": self.comparability,
            "changes": [change.as_json(language) for change in self.changes],
        }


@cache
def compare(earlier: Contract, later: Contract) -> Comparison:
    """What changes from a version to a later one; KeyError where it does not follow from it."""
    changes: list[Change] = []
    step = later
    while step.version != earlier.version:
        if step.concordance is None:
            raise KeyError(earlier.version)
        changes = [*_changes(step.concordance, step), *changes]
        step = step.concordance.earlier
    return Comparison(earlier, later, tuple(changes))


def number_faults(later: Contract) -> list[Fault]:
    """A version whose number, or whose ids, say that less has changed than has."""
    related = later.concordance
    assert related is not None  # noqa: S101  asked of a version that follows another
    earlier = related.earlier
    faults = []
    least = compare(earlier, later).least_version
    if later.number < tuple(map(int, least.split("."))):
        why = f"its changes since {earlier.version} need {least} at the least"
        faults.append(Fault("contract.toml", f"version {later.version}: {why}"))
    grain = CommonGrain(related, later)
    for after, before in related.indicators.items():
        old, new = earlier.indicators[before], later.indicators[after]
        same = (old.unit, old.is_each_month) == (new.unit, new.is_each_month)
        if not same or not grain.is_same_indicator(old, new):
            faults.append(
                Fault(f"indicators.toml, {after}", "is another figure: it needs a new id")
            )
    until = earlier.accepts_until
    if until and until < later.accepts_from:
        what = f"no month can be reported under it and under {earlier.version}"
        faults.append(Fault("contract.toml", f"accepts_from: {what}"))
    return faults


def _changes(related: Concordance, later: Contract) -> Iterator[Change]:
    yield from _measures(related, later)
    yield from _dimensions(related, later)
    yield from _indicators(related, later)
    yield from _rules(related, later)
    yield from _terms(related, later)


def _of(related: Concordance, kind: str, relation: str) -> Iterator[Fate]:
    return (f for f in related.fates if f.kind == kind and f.relation == relation)


def _measures(related: Concordance, later: Contract) -> Iterator[Change]:
    earlier = related.earlier
    for relation in ("renamed", "redefined"):
        for fate in _of(related, "measure", relation):
            yield Change(f"measure_{relation}", fate.before, fate.after)
    for fate in _of(related, "measure", "removed"):
        yield from (Change("measure_removed", before=(each,)) for each in fate.before)
    for fate in _of(related, "measure", "added"):
        for each in fate.after:
            required = "_required" if later.measures[each].is_required else ""
            yield Change(f"measure_added{required}", after=(each,))
    for after, before in related.measures.items():
        old, new = earlier.measures[before], later.measures[after]
        if old.is_required != new.is_required:
            now = "required" if new.is_required else "optional"
            yield Change(f"measure_now_{now}", (before,), (after,))
        if old.is_owed_after_closing != new.is_owed_after_closing:
            how = "now" if new.is_owed_after_closing else "no_longer"
            yield Change(f"measure_{how}_owed_after_closing", (before,), (after,))
        yield from _breakdowns(related, old, new)


def _breakdowns(related: Concordance, old: Measure, new: Measure) -> Iterator[Change]:
    met = set()
    for dimension, breakdown in new.breakdowns.items():
        same = old.breakdowns.get(related.dimensions.get(dimension, ""))
        if same is None:
            required = "_required" if breakdown.is_required else ""
            yield Change(f"breakdown_added{required}", after=(dimension,), measure=new.id)
            continue
        met.add(same.dimension)
        if same.is_required != breakdown.is_required:
            now = "required" if breakdown.is_required else "optional"
            ids = (same.dimension,), (dimension,)
            yield Change(f"breakdown_now_{now}", *ids, measure=new.id)
    for dimension in old.breakdowns.keys() - met:
        yield Change("breakdown_removed", before=(dimension,), measure=new.id)


def _dimensions(related: Concordance, later: Contract) -> Iterator[Change]:
    for relation in ("renamed", "redefined"):
        for fate in _of(related, "dimension", relation):
            yield Change(f"dimension_{relation}", fate.before, fate.after)
    for after, before in related.dimensions.items():
        reached = tuple(m.id for m in later.measures.values() if after in m.breakdowns)
        for fate in related.fates:
            if fate.kind == "code" and fate.dimension == before:
                several = later.dimensions[after].is_multi_response
                change = _codes(fate, after, reached, several=several)
                yield _named(change, related.earlier, before, later)
        old, new = related.earlier.dimensions[before].codes, later.dimensions[after].codes
        for change in _groups(old, new, after):
            yield _named(change, related.earlier, before, later)


def _codes(fate: Fate, dimension: str, reached: tuple[str, ...], *, several: bool) -> Change:
    """`several`: a person may have several of the codes, so that none is a sum of others."""
    kind = f"codes_{fate.relation}" if fate.relation == "redefined" else f"code_{fate.relation}"
    if several and fate.relation != "renamed":
        is_alone = not fate.parent and fate.relation in ("added", "removed")
        kind = f"{kind}_among_several" if is_alone else "codes_changed_among_several"
    figures = {"parent": fate.parent} if fate.parent else {}
    return Change(
        kind,
        fate.before,
        fate.after,
        dimension=dimension,
        measures=reached,
        figures=figures,
    )


def _named(change: Change, earlier: Contract, dimension: str, later: Contract) -> Change:
    """The change with what its codes are called; those of both versions as in the later one.

    dimension  what the change's dimension is called in the earlier version
    """
    dimensions = (earlier, dimension), (later, change.dimension)
    names: dict[str, dict[str, str]] = {language: {} for language in later.labels}
    for contract, each in dimensions:
        for language in contract.labels.keys() & names.keys():
            names[language] |= contract.labels[language].texts["dimension"][each]["code"]
    return replace(change, names=names)


def _groups(old: Sequence[Code], new: Sequence[Code], dimension: str) -> Iterator[Change]:
    groups = {code.id: code.group for code in old}
    moved = tuple(c.id for c in new if c.id in groups and groups[c.id] != c.group)
    if moved:
        yield Change("code_grouped_otherwise", moved, moved, dimension=dimension)


def _indicators(related: Concordance, later: Contract) -> Iterator[Change]:
    for relation in ("renamed", "redefined"):
        for fate in _of(related, "indicator", relation):
            yield Change(f"indicator_{relation}", fate.before, fate.after)
    for fate in _of(related, "indicator", "removed"):
        yield from (Change("indicator_removed", before=(each,)) for each in fate.before)
    for fate in _of(related, "indicator", "added"):
        yield from (Change("indicator_added", after=(each,)) for each in fate.after)
    for after, before in related.indicators.items():
        old, new = related.earlier.indicators[before], later.indicators[after]
        if old.formula != new.formula:
            yield Change("indicator_rewritten", (before,), (after,))
        if old.windows != new.windows:
            yield Change("indicator_windows", (before,), (after,))


def _rules(related: Concordance, later: Contract) -> Iterator[Change]:
    """Rules that say something else of the same figures.

    A check of a figure that only one of the versions has comes and goes with that figure, and
    is no change of its own.
    """
    old, new = related.earlier.rules, later.rules
    grain = CommonGrain(related, later)
    for rule in new.values():
        before = old.get(rule.id)
        added = Counter(
            grain.of_later(c) for c in rule.checks if not grain.is_of_later_alone(c)
        )
        gone = Counter(
            grain.of_earlier(c)
            for c in (before.checks if before else ())
            if not grain.is_of_earlier_alone(c)
        )
        if before is None and added:
            yield Change("rule_added", after=(rule.id,))
        elif before and (added != gone or before.severity != rule.severity):
            yield Change("rule_changed", (rule.id,), (rule.id,))
    for rule in old.values():
        if rule.id not in new:
            yield Change("rule_removed", before=(rule.id,))


def _terms(related: Concordance, new: Contract) -> Iterator[Change]:
    """What holds for all figures: statuses, states, bounds, sources and words."""
    old = related.earlier
    statuses = [{s.id: s for s in c.statuses.values()} for c in (old, new)]
    if statuses[0] != statuses[1]:
        yield Change("statuses", *_moved(statuses[0], statuses[1]))
    if old.states.keys() != new.states.keys():
        yield Change("states", *_moved(old.states, new.states))
    bounds = [
        {
            "utc_offset_hours": c.utc_offset_hours,
            "largest_integer": c.largest_integer,
            "text_limit": c.text_limit,
            "revision_reasons": c.revision_reasons,
        }
        for c in (old, new)
    ]
    if bounds[0] != bounds[1]:
        yield Change("bounds", *_moved(bounds[0], bounds[1]))
    sources = [_sources(c) for c in (old, new)]
    # Of a code that gains or loses another's cases the concordance says that it changes.
    moved = {
        f"{fate.dimension}: {code}"
        for fate in related.fates
        if fate.kind == "code"
        for code in (fate.parent, *fate.before, *fate.after)
    }
    kept = sources[0].keys() & sources[1].keys() - moved
    if cited := sorted(each for each in kept if sources[0][each] != sources[1][each]):
        yield Change("sources", tuple(cited), tuple(cited))
    for language in new.labels.keys() & old.labels.keys():
        texts = [dict(every_text(c.labels[language].texts)) for c in (old, new)]
        both = texts[0].keys() & texts[1].keys()
        if count := sum(texts[0][place] != texts[1][place] for place in both):
            yield Change("words", figures={"language": language, "count": count})


def _sources(contract: Contract) -> dict[str, tuple[str | None, ...]]:
    """What each id is said to come from, or to be called elsewhere."""
    return {
        **{measure.id: (measure.source,) for measure in contract.measures.values()},
        **{i.id: (i.source, i.reference) for i in contract.indicators.values()},
        **{
            f"{dimension.id}: {code.id}": (code.mapping,)
            for dimension in contract.dimensions.values()
            for code in dimension.codes
        },
    }


def _moved(
    old: Mapping[str, object], new: Mapping[str, object]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids whose entries are not the same in both, of the one and of the other."""
    changed = [k for k in {**old, **new} if (k in old, old.get(k)) != (k in new, new.get(k))]
    return tuple(k for k in changed if k in old), tuple(k for k in changed if k in new)
