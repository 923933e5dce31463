"""The examples of a version as a page shows them: what they depart from, and what is found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cauce_contract import Contract, Outcome, load_all
from cauce_contract.examples import FULL_MONTH, Example, examples

MOST_DIFFERENCES = 12
_LONGEST = 80  # characters of a value that are shown
_DEEPEST = 5  # keys down to a code: /measures/admissions/by/sex/F
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a document departs from its base; None where the place is not there."""

    pointer: str
    was: str | None
    is_: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An example with the outcome of its check.

    base         from which its differences are fewest: `full`, the full month, or `nothing`,
                 one of which no required measure is collected
    differences  at most MOST_DIFFERENCES of them; `more` are left out
    """

    example: Example
    outcome: Outcome
    base: str
    differences: Sequence[Difference]
    more: int


def full_month(contract: Contract) -> Any:
    """The version's example of a whole month; None where it has none."""
    accepted = [example for example in examples(contract.version) if example.is_accepted]
    named = [example for example in accepted if example.name == FULL_MONTH]
    return next((example.document for example in [*named, *accepted]), None)


@cache
def shown(contract: Contract) -> Sequence[Shown]:
    """Every example of the version, checked; the checks of one process are done once."""
    bases = {"full": full_month(contract), "nothing": _nothing_collected(contract)}
    return [_shown(example, bases) for example in examples(contract.version)]


def _shown(example: Example, bases: Mapping[str, Any]) -> Shown:
    found = {
        name: list(_differences(base, example.document, "")) for name, base in bases.items()
    }
    # Beside a figure that is collected nobody misses the status that said it is not.
    found["nothing"] = [each for each in found["nothing"] if each.is_ is not None]
    base, differences = min(found.items(), key=lambda each: len(each[1]))
    return Shown(
        example,
        example.outcome(load_all()),
        base,
        differences[:MOST_DIFFERENCES],
        max(0, len(differences) - MOST_DIFFERENCES),
    )


def _nothing_collected(contract: Contract) -> dict[str, Any]:
    """The full month's key, and every required measure without a figure."""
    full = full_month(contract) or {}
    head = {key: full.get(key) for key in ("contract", "programme", "period")}
    measures = {
        measure.id: {
            **dict.fromkeys(("sum", "n") if measure.kind == "duration" else ("value",)),
            "status": "not_collected",
        }
        for measure in contract.measures.values()
        if measure.is_required
    }
    return {**head, "measures": measures}


def _differences(was: Any, is_: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(is_, dict) and pointer.count("/") < _DEEPEST:
        for key in {**was, **is_}:
            before, after = was.get(key, _ABSENT), is_.get(key, _ABSENT)
            yield from _differences(before, after, f"{pointer}/{key}")
    elif _written(was) != _written(is_):
        yield Difference(pointer or "/", _short(was), _short(is_))


def _written(value: Any) -> str | None:
    return None if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str | None:
    """The value as JSON, cut where it is long; what cannot be seen is written as \\uXXXX."""
    text = _written(value)
    if text is None:
        return None
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST])
    return visible if len(text) <= _LONGEST else f"{visible}…"
