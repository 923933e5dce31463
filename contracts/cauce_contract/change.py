"""One change between two versions: its kind, what it means to whom, and the words for it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

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
    "measure_now_owed_after_closing": ("major", "same", "must_report", "coverage_changes"),
    "measure_no_longer_owed_after_closing": ("major", "same", "stop", "coverage_changes"),
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
    "code_added": ("minor", "mapped_with_loss", "record_finer", "add_to_parent"),
    "code_removed": ("major", "mapped_with_loss", "report_sum", "add_parent_up"),
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
    names               what codes are called, by language and code
    """

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    measure: str | None = None
    dimension: str | None = None
    measures: tuple[str, ...] = ()
    figures: Mapping[str, int | str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

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
            "text": self.text(language),
            "producers": {"effect": producers, "text": self.for_producers(language)},
            "consumers": {"effect": consumers, "text": self.for_consumers(language)},
        }

    def text(self, language: str) -> str:
        """The change itself, in one sentence, where codes stand with what they are called."""
        names = self.names.get(language, {})
        return self._sentence("change", self.kind, language, names)

    def for_producers(self, language: str) -> str:
        """What who reports has to do."""
        return self._sentence("producers", KINDS[self.kind][2], language)

    def for_consumers(self, language: str) -> str:
        """What who reads the figures has to know."""
        return self._sentence("consumers", KINDS[self.kind][3], language)

    def _sentence(
        self, about: str, key: str, language: str, names: Mapping[str, str] = {}
    ) -> str:
        def named(each: str) -> str:
            # Square, since what codes are called has round ones.
            return f"{each} [{names[each]}]" if each in names else each

        figures = {name: named(str(figure)) for name, figure in self.figures.items()}
        return word(about, key, language).format(
            before=_listed([named(each) for each in self.before], language),
            after=_listed([named(each) for each in self.after], language),
            measure=self.measure,
            dimension=self.dimension,
            measures=_listed(self.measures, language),
            **figures,
        )


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
