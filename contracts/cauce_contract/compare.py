"""What changes from a version to the next: for who reports, for who reads, and for the series.

A change's level says which number of the version it moves at the least: patch for words, minor
for what nobody has to do anything about, major for the rest.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from cauce_contract.common_grain import CommonGrain
from cauce_contract.concordance import Concordance, Fate
from cauce_contract.lint_words import every_text
from cauce_contract.model import Code, Contract, Measure
from cauce_contract.source import Fault

Level = Literal["patch", "minor", "major"]
Comparability = Literal["same", "mapped_without_loss", "mapped_with_loss", "broken"]

LEVELS: tuple[Level, ...] = ("patch", "minor", "major")
COMPARABILITIES: tuple[Comparability, ...] = (
    *("same", "mapped_without_loss"),
    *("mapped_with_loss", "broken"),
)

# Of each kind of change: its level, what it leaves of the series, and what producers and
# consumers have to do; the words for all of these are in compare.toml.
_Meaning = tuple[Level, Comparability, str, str]
KINDS: Mapping[str, _Meaning] = {
    "measure_added": ("minor", "same", "may_report", "new_series"),
    "measure_added_required": ("major", "same", "must_report", "new_series"),
    "measure_removed": ("major", "broken", "stop", "series_ends"),
    "measure_renamed": ("major", "mapped_without_loss", "use_new_id", "follow_id"),
    "measure_redefined": ("major", "broken", "count_anew", "series_breaks"),
    "measure_now_required": ("major", "same", "must_report", "coverage_changes"),
    "measure_now_optional": ("major", "same", "may_report", "coverage_changes"),
    "breakdown_added": ("minor", "same", "may_report", "new_series"),
    "breakdown_added_required": ("major", "same", "must_report", "new_series"),
    "breakdown_removed": ("major", "mapped_with_loss", "stop", "only_total"),
    "breakdown_now_required": ("major", "same", "must_report", "coverage_changes"),
    "breakdown_now_optional": ("major", "same", "may_report", "coverage_changes"),
    "dimension_renamed": ("major", "mapped_without_loss", "use_new_id", "follow_id"),
    "dimension_redefined": ("major", "broken", "count_anew", "series_breaks"),
    "code_renamed": ("major", "mapped_without_loss", "use_new_id", "follow_id"),
    "code_split": ("major", "mapped_with_loss", "record_finer", "add_new_up"),
    "code_merged": ("major", "mapped_with_loss", "report_sum", "add_old_up"),
    "code_added": ("minor", "mapped_with_loss", "record_finer", "add_new_up"),
    "code_removed": ("major", "mapped_with_loss", "report_sum", "add_old_up"),
    "codes_redefined": ("major", "mapped_with_loss", "count_anew", "only_together"),
    "code_added_among_several": ("major", "same", "must_report", "new_series"),
    "code_removed_among_several": ("major", "broken", "stop", "series_ends"),
    "codes_changed_among_several": ("major", "broken", "count_anew", "series_breaks"),
    "code_grouped_otherwise": ("major", "same", "nothing", "add_groups_anew"),
    "indicator_added": ("minor", "same", "nothing", "new_series"),
    "indicator_removed": ("major", "broken", "nothing", "series_ends"),
    "indicator_renamed": ("major", "mapped_without_loss", "nothing", "follow_id"),
    "indicator_redefined": ("major", "broken", "nothing", "series_breaks"),
    "indicator_rewritten": ("patch", "mapped_without_loss", "nothing", "goes_on"),
    "indicator_windows": ("major", "same", "nothing", "ask_other_windows"),
    "rule_added": ("major", "same", "check_again", "nothing"),
    "rule_removed": ("major", "same", "nothing", "nothing"),
    "rule_changed": ("major", "same", "check_again", "nothing"),
    "statuses": ("major", "same", "check_again", "read_statuses"),
    "states": ("major", "same", "nothing", "coverage_changes"),
    "bounds": ("major", "same", "check_again", "nothing"),
    "sources": ("patch", "same", "read_again", "read_again"),
    "words": ("patch", "same", "read_again", "read_again"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as ids: those before and those after, and whose they are.

    measure, dimension  where the change is within one of them
    measures            that a change of codes reaches
    figures             numbers and names for its sentence
    """

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    measure: str | None = None
    dimension: str | None = None
    measures: tuple[str, ...] = ()
    figures: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return KINDS[self.kind][0]

    @property
    def comparability(self) -> Comparability:
        return KINDS[self.kind][1]

    def as_json(self, language: str) -> dict[str, object]:
        """The change with its effects, each as an id and in words."""
        level, comparability, producers, consumers = KINDS[self.kind]
        where = {"measure": self.measure, "dimension": self.dimension}
        return {
            "change": self.kind,
            **{key: value for key, value in where.items() if value},
            "before": list(self.before),
            "after": list(self.after),
            **({"measures": list(self.measures)} if self.measures else {}),
            "level": level,
            "comparability": comparability,
            "text": self.sentence("change", self.kind, language),
            "producers": self._effect("producers", producers, language),
            "consumers": self._effect("consumers", consumers, language),
        }

    def _effect(self, who: str, effect: str, language: str) -> dict[str, str]:
        return {"effect": effect, "text": self.sentence(who, effect, language)}

    def sentence(self, about: str, key: str, language: str) -> str:
        return word(about, key, language).format(
            before=_listed(self.before, language),
            after=_listed(self.after, language),
            measure=self.measure,
            dimension=self.dimension,
            measures=_listed(self.measures, language),
            **self.figures,
        )


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
            "level": self.level,
            "least_version": self.least_version,
            "comparability": self.comparability,
            "changes": [change.as_json(language) for change in self.changes],
        }


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
            faults.append(Fault(f"indicators.toml, {after}", "is another figure: it needs a new id"))
    until = earlier.accepts_until
    if until and until < later.accepts_from:
        what = f"no month can be reported under it and under {earlier.version}"
        faults.append(Fault("contract.toml", f"accepts_from: {what}"))
    return faults


def word(about: str, key: str, language: str) -> str:
    """A sentence of compare.toml."""
    return str(_words()[about][key][language])


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("cauce_contract") / "compare.toml").read_text("utf-8"))


def _listed(ids: Sequence[str], language: str) -> str:
    if len(ids) < 2:
        return "".join(ids)
    return f"{', '.join(ids[:-1])} {word('list', 'and', language)} {ids[-1]}"


def _changes(related: Concordance, later: Contract) -> Iterator[Change]:
    yield from _measures(related, later)
    yield from _dimensions(related, later)
    yield from _indicators(related, later)
    yield from _rules(related, later)
    yield from _terms(related.earlier, later)


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
                yield _codes(fate, after, reached, several=several)
        old, new = related.earlier.dimensions[before].codes, later.dimensions[after].codes
        yield from _groups(old, new, after)


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
        added = Counter(grain.of_later(c) for c in rule.checks if not grain.is_of_later_alone(c))
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


def _terms(old: Contract, new: Contract) -> Iterator[Change]:
    """What holds for all figures: statuses, states, bounds and words."""
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
    kept = sources[0].keys() & sources[1].keys()
    if cited := sorted(each for each in kept if sources[0][each] != sources[1][each]):
        yield Change("sources", tuple(cited), tuple(cited))
    for language in new.labels.keys() & old.labels.keys():
        texts = [dict(every_text(c.labels[language].texts)) for c in (old, new)]
        both = texts[0].keys() & texts[1].keys()
        if count := sum(texts[0][place] != texts[1][place] for place in both):
            yield Change("words", figures={"language": language, "count": count})


def _sources(contract: Contract) -> dict[str, tuple[str | None, ...]]:
    """What each id is said to come from, or to be called elsewhere."""
    figures = [*contract.measures.values(), *contract.indicators.values()]
    return {figure.id: (figure.source, getattr(figure, "reference", None)) for figure in figures} | {
        f"{dimension.id}: {code.id}": (code.mapping,)
        for dimension in contract.dimensions.values()
        for code in dimension.codes
    }


def _moved(
    old: Mapping[str, object], new: Mapping[str, object]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids whose entries are not the same in both, of the one and of the other."""
    changed = [k for k in {**old, **new} if (k in old, old.get(k)) != (k in new, new.get(k))]
    return tuple(k for k in changed if k in old), tuple(k for k in changed if k in new)
