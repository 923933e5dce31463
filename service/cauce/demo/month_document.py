"""Counting a programme's month, and writing the count as a document of the contract."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cauce.demo.person import Person
from cauce_contract import Breakdown, Measure, Month

CONTRACT = "1.0.0"

_NOT_COLLECTED: Mapping[str, Any] = {"value": None, "status": "not_collected"}
_ALSO_DECLARED = (
    "Además de los resultados de laboratorio se cuenta el consumo que la persona declara."
)

# What some programmes do not send, by programme or state: a breakdown as measure/dimension.
_LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "MX-MOR": ("admissions/offence_type", "trainers_certified", "trainers_active_close"),
    "MX-HID": ("arrest_to_admission_days", "training_participants/sex"),
    "MX-MEX-04": ("eligible/offence_group", "exits/age_band", "graduations/age_band"),
}

# What some programmes send in other words.
_PUT_OTHERWISE: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "MX-CHP": {"residential_days": _NOT_COLLECTED},
    "MX-MOR-01": {"capacity_slots": _NOT_COLLECTED},
    "MX-BCS-01": {"ccm_active_close": {"value": None, "status": "not_applicable"}},
    "MX-CHH-01": {"relapses": {"status": "definition_differs", "note": _ALSO_DECLARED}},
}

_WITHOUT_GROUPS = "MX-DUR"  # a state that does not keep population_group


class Tally:
    """A programme's month while it is counted.

    A person or event is counted once for a measure, under one code of each breakdown that the
    contract has for it; so every breakdown adds up because nothing else can happen.
    """

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self.measures = measures
        self.values: Counter[str] = Counter()
        self.codes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.days: Counter[str] = Counter()

    def add(self, measure: str, number: int = 1, **codes: str) -> None:
        """Count events, all of them under these codes."""
        self.values[measure] += number
        for dimension, code in codes.items():
            self.codes[measure, dimension][code] += number

    def each(self, measure: str, dimension: str, codes: Sequence[str]) -> None:
        """Count events that have one code each, of the measure's only breakdown."""
        self.values[measure] += len(codes)
        self.codes[measure, dimension].update(codes)

    def person(self, measure: str, person: Person, **codes: str) -> None:
        """Count a person, under these codes and those that the person has."""
        self.values[measure] += 1
        for dimension in self.measures[measure].breakdowns:
            counted = self.codes[measure, dimension]
            held = codes.get(dimension) or person.traits.get(dimension)
            for code in (held,) if held else person.groups:
                counted[code] += 1

    def duration(self, measure: str, days: int) -> None:
        """Count a person's days towards a duration."""
        self.values[measure] += 1
        self.days[measure] += days


def document(tally: Tally, programme: str, period: Month) -> dict[str, Any]:
    """The month as this programme sends it."""
    left_out = {item for key in _applying(_LEFT_OUT, programme) for item in _LEFT_OUT[key]}
    measures = {
        measure.id: _figure(tally, measure, left_out)
        for measure in tally.measures.values()
        if measure.id not in left_out
    }
    for key in _applying(_PUT_OTHERWISE, programme):
        for measure_id, members in _PUT_OTHERWISE[key].items():
            measures[measure_id] |= members
    if programme.startswith(_WITHOUT_GROUPS):
        for figure in measures.values():
            if "population_group" in figure.get("by", {}):
                figure["by"]["population_group"] = {"status": "not_collected"}
    return {
        "contract": CONTRACT,
        "programme": programme,
        "period": str(period),
        "measures": measures,
    }


def _applying(table: Mapping[str, Any], programme: str) -> list[str]:
    return [key for key in table if programme.startswith(key)]


def _figure(tally: Tally, measure: Measure, left_out: set[str]) -> dict[str, Any]:
    value = tally.values[measure.id]
    if measure.kind == "duration":
        return {"sum": tally.days[measure.id], "n": value}
    by = {
        dimension: _counts(tally.codes[measure.id, dimension], breakdown)
        for dimension, breakdown in measure.breakdowns.items()
        if f"{measure.id}/{dimension}" not in left_out
    }
    return {"value": value, "by": by} if by else {"value": value}


def _counts(counted: Counter[str], breakdown: Breakdown) -> dict[str, int]:
    """Codes in the contract's order; zeros only where the sum does not prove them."""
    return {
        code: counted[code]
        for code in breakdown.positions
        if counted[code] or breakdown.is_multi_response
    }
