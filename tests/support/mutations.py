"""What goes wrong with a month on its way: one to five changes anywhere in it.

Each leaves a JSON document. Some leave a month without a fault: not every change is one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cauce_contract import Month
from cauce_contract.rules.plausible import flows
from support.free_texts import hostile, innocent
from support.months import CONTRACT, Document

FLOWS = [flow.id for flow in flows(CONTRACT)]
SCALARS = (
    None,
    True,
    False,
    -1,
    0,
    4.0,
    1.5,
    1e300,
    2**31,
    10**30,
    "",
    "12",
    "missing",
    "ﬁn ①",
)
OTHERS: Sequence[object] = ([], {}, [1, 2], {"value": 3}, {"status": "missing"}, [["GRD", 1]])
KEYS = ("Canario Pérez", "8112345678", "value", "status", "by", "_U", "M24", "extra", "sex")


@dataclass(frozen=True, slots=True)
class Around:
    """What a change may draw from: its month and the one before, the programmes there are."""

    month: Month
    before: Document | None
    programmes: Sequence[str]


Change = Callable[[random.Random, Document, Around], None]


def mutated(rng: random.Random, document: Document, around: Around) -> object:
    """The document with one to five changes; now and then something that is no month at all."""
    if rng.random() < 0.01:
        return _anything(rng)
    changed: Document = json.loads(json.dumps(document))
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4, 5])):
        change = rng.choices(list(_CHANGES), list(_CHANGES.values()))[0]
        change(rng, changed, around)
    return changed


def _anything(rng: random.Random) -> object:
    """A value of any type, of one's own to change again."""
    return json.loads(json.dumps(rng.choice((*SCALARS, *OTHERS))))


def _measures(document: Document) -> Document:
    """The measures that still are objects."""
    measures = document.get("measures")
    found = measures.items() if isinstance(measures, dict) else ()
    return {measure: figure for measure, figure in found if isinstance(figure, dict)}


def _some_measure(rng: random.Random, document: Document) -> Document:
    found: list[Document] = list(_measures(document).values())
    return rng.choice(found) if found else {}


def _slots(value: object, depth: int = 6) -> Iterator[tuple[Any, Any]]:
    """Where something stands in a JSON value: the object or list, and its key there."""
    if isinstance(value, dict | list) and depth:
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _slots(value[key], depth - 1)


def _an_object(rng: random.Random, document: Document) -> Document:
    inside = (around[key] for around, key in _slots(document))
    objects = [document, *(value for value in inside if isinstance(value, dict))]
    return rng.choice(objects)


def _a_figure_off(rng: random.Random, document: Document, _: Around) -> None:
    slots = [(around, key) for around, key in _slots(document) if type(around[key]) is int]
    for around, key in rng.sample(slots, min(1, len(slots))):
        around[key] += rng.choice([-5, -1, 1, 1, 2, 7, 100])


def _a_case_elsewhere(rng: random.Random, document: Document, _: Around) -> None:
    """One case under another code: the total stays."""
    by = _some_measure(rng, document).get("by")
    counts = rng.choice(list(by.values())) if isinstance(by, dict) and by else None
    if isinstance(counts, dict) and all(type(count) is int for count in counts.values()):
        one, other = (
            (rng.choice(list(counts)), rng.choice(list(counts))) if counts else ("", "")
        )
        if counts.get(one):
            counts[one] -= 1
            counts[other] += 1


def _anything_anywhere(rng: random.Random, document: Document, _: Around) -> None:
    around, key = rng.choice(list(_slots(document)) or [({}, "")])
    around[key] = _anything(rng)


def _drop(rng: random.Random, document: Document, _: Around) -> None:
    around, key = rng.choice(list(_slots(document)) or [({"": 0}, "")])
    del around[key]


def _misspell(rng: random.Random, document: Document, _: Around) -> None:
    named = _an_object(rng, document)
    for key in rng.sample(list(named), min(1, len(named))):
        written = rng.choice([f"{key}s", key[:-1], key.lower(), key.upper(), rng.choice(KEYS)])
        named[written] = named.pop(key)


def _add(rng: random.Random, document: Document, _: Around) -> None:
    _an_object(rng, document)[rng.choice(KEYS)] = _anything(rng)


def _a_status(rng: random.Random, document: Document, _: Around) -> None:
    figure = _some_measure(rng, document)
    figure["status"] = rng.choice([*CONTRACT.statuses, "perdido"])
    if rng.random() < 0.5:
        figure |= {part: None for part in ("value", "sum", "n") if part in figure}
        figure.pop("by", None)
    if rng.random() < 0.5:
        figure["note"] = innocent(rng).written


def _a_note(rng: random.Random, document: Document, _: Around) -> None:
    draw = hostile if rng.random() < 0.4 else innocent
    _some_measure(rng, document)["note"] = draw(rng).written


def _a_version(rng: random.Random, document: Document, _: Around) -> None:
    document["contract"] = rng.choice(["2.0.0", "9.9.9", "1.0", None, 1, ["1.0.0"]])


def _a_month(rng: random.Random, document: Document, around: Around) -> None:
    near = [str(around.month + step) for step in (-13, -2, -1, 1, 2)]
    odd = ["2099-01", "2012-12", "2026-13", "2026-9", " 2026-09", 202609, None]
    document["period"] = rng.choice([*near, *near, *odd])


def _a_programme(rng: random.Random, document: Document, around: Around) -> None:
    odd = ["MX-CHH-01", "MX-NLE-99", "MX-NLE-1", "MX-XXX-01", "Canario", 1, None]
    document["programme"] = rng.choice([*around.programmes, *odd, *odd])


def _acknowledge(rng: random.Random, document: Document, rule: str, pointer: str) -> None:
    said = {"rule": rule, "pointer": pointer, "explanation": innocent(rng).written}
    given = document.get("acknowledgements")
    document["acknowledgements"] = [*(given if isinstance(given, list) else ()), said]


def _acknowledgements(rng: random.Random, document: Document, _: Around) -> None:
    """Of what nobody asked, mostly; now and then of more than anybody would."""
    for _at in range(rng.choice([1, 2, 201])):
        rule = rng.choice(["S03_copy", "S08_hearing_intensity", "s06"])
        pointer = rng.choice(["/measures", "/measures/hearings/value", "measures"])
        _acknowledge(rng, document, rule, pointer)


def _a_reason(rng: random.Random, document: Document, _: Around) -> None:
    code = rng.choice(["late_data", "error", "other", "because"])
    document["revision_reason"] = {"code": code, "text": innocent(rng).written}


def _an_empty_form(rng: random.Random, document: Document, _: Around) -> None:
    for measure, figure in _measures(document).items():
        if measure in FLOWS:
            document["measures"][measure] = {"value": 0} | (
                {"by": {}} if "by" in figure else {}
            )
    if rng.random() < 0.5:
        _acknowledge(rng, document, "S02_all_zero", "/measures")


def _the_month_before_again(rng: random.Random, document: Document, around: Around) -> None:
    """With its stocks too, which a broken series allows."""
    if around.before:
        document["measures"] = json.loads(json.dumps(around.before["measures"]))
        broken = {"status": "series_break", "note": "Se depuró el registro."}
        document["measures"]["active_open"] |= broken
        if rng.random() < 0.5:
            _acknowledge(rng, document, "S03_copy", "/measures")


def _overfull(rng: random.Random, document: Document, _: Around) -> None:
    if "capacity_slots" in _measures(document):
        document["measures"]["capacity_slots"] = {"value": 10}
        if rng.random() < 0.5:
            _acknowledge(rng, document, "S06_capacity", "/measures/active_close/value")


def _ten_times(rng: random.Random, document: Document, _: Around) -> None:
    figure = _some_measure(rng, document)
    if type(figure.get("value")) is int:
        figure["value"] *= 10


_CHANGES: dict[Change, int] = {
    _a_figure_off: 6,
    _a_case_elsewhere: 4,
    _anything_anywhere: 3,
    _drop: 3,
    _misspell: 2,
    _add: 1,
    _a_status: 2,
    _a_note: 3,
    _a_version: 1,
    _a_month: 2,
    _a_programme: 1,
    _acknowledgements: 2,
    _a_reason: 2,
    _an_empty_form: 1,
    _the_month_before_again: 2,
    _overfull: 2,
    _ten_times: 2,
}
