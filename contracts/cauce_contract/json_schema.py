"""The JSON Schema (2020-12) of a submission, as strict as a schema can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cauce_contract.free_text import MOST_COMPOSED
from cauce_contract.model import Breakdown, Contract, Measure, Rule
from cauce_contract.month import Month
from cauce_contract.read import MOST_ACKNOWLEDGEMENTS

# White space is what JavaScript and Python both take for it: they differ on U+FEFF.
_NOT_BLANK = r"[\S\uFEFF]"
_NO_CONTROL = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$"
_RULE = r"^[A-Z][0-9]{2}_[a-z0-9_]{1,30}$"


def json_schema(contract: Contract) -> dict[str, Any]:
    """Accepts every document that the check accepts.

    What takes arithmetic, other months, the clock or reading a text is left to the check.
    """
    states = "|".join(state.removeprefix("MX-") for state in contract.states)
    measures = contract.measures.values()
    text = {"$ref": "#/$defs/text"}
    longest_key = max(20, *(len(measure.id) for measure in measures))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cauce:contract:{contract.version}:submission",
        "title": f"Cauce submission, contract {contract.version}",
        **_object(
            {
                "contract": {"const": contract.version},
                "programme": _matching(f"^MX-({states})-[0-9]{{2}}$"),
                "period": _period(contract),
                "measures": _object(
                    {measure.id: _measure(contract, measure) for measure in measures},
                    [measure.id for measure in measures if measure.is_required],
                ),
                "acknowledgements": {
                    "type": "array",
                    "maxItems": MOST_ACKNOWLEDGEMENTS,
                    "items": _object(
                        {
                            "rule": _matching(_RULE),
                            "pointer": _matching(
                                f"^(/[A-Za-z0-9_]{{1,{longest_key}}}){{0,6}}$"
                            ),
                            "explanation": text,
                        },
                        ["rule", "pointer", "explanation"],
                    ),
                },
                "revision_reason": {
                    "anyOf": [
                        {"type": "null"},
                        _object(
                            {"code": {"enum": list(contract.revision_reasons)}, "text": text},
                            ["code", "text"],
                        ),
                    ]
                },
            },
            ["contract", "programme", "period", "measures"],
        ),
        "$defs": {
            **{f"by_{name}": _counts(of) for name, of in _breakdowns(contract).items()},
            "not_kept": _object({"status": {"enum": _absent(contract)}}, ["status"]),
            "count": {"type": "integer", "minimum": 0, "maximum": contract.largest_integer},
            "text": {
                "type": "string",
                # Characters before NFKC, which can make one of several.
                "maxLength": MOST_COMPOSED * contract.text_limit,
                "allOf": [{"pattern": _NOT_BLANK}, {"pattern": _NO_CONTROL}],
            },
        },
    }


def _matching(pattern: str, but_not: str | None = None) -> dict[str, Any]:
    """Strings that the pattern takes whole: in Python `$` lets a line end follow it."""
    refused = r"\n" if but_not is None else rf"\n|{but_not}"
    return {"type": "string", "pattern": pattern, "not": {"pattern": refused}}


def _period(contract: Contract) -> dict[str, Any]:
    until = contract.accepts_until
    return _matching(_since(contract.accepts_from), _since(until + 1) if until else None)


def _since(first: Month) -> str:
    """The months from this one through 2999-12 as a pattern."""
    year, any_month = f"{first.year}", "(0[1-9]|1[0-2])"
    rest_of_year = "|".join(f"{month:02}" for month in range(first.number, 13))
    later = [
        f"{year[:at]}[{int(digit) + 1}-{highest}]{'[0-9]' * (3 - at)}"
        for at, (digit, highest) in enumerate(zip(year, "2999", strict=True))
        if digit < highest
    ]
    return f"^({year}-({rest_of_year})|({'|'.join(later)})-{any_month})$"


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _measure(contract: Contract, measure: Measure) -> dict[str, Any]:
    """Four forms: a number or none, and with or without the duty to add a note."""
    parts = ["sum", "n"] if measure.kind == "duration" else ["value"]
    accepted = [status for status in contract.statuses.values() if status.is_accepted]
    required_by = [b.dimension for b in measure.breakdowns.values() if b.is_required]
    numbers: dict[str, Any] = {part: {"$ref": "#/$defs/count"} for part in parts}
    nulls: dict[str, Any] = {part: {"type": "null"} for part in parts}
    note = {"note": {"$ref": "#/$defs/text"}}
    kept = {dimension: {"$ref": f"#/$defs/by_{dimension}"} for dimension in measure.breakdowns}
    absent = {dimension: {"$ref": "#/$defs/not_kept"} for dimension in measure.breakdowns}
    with_by = {"by": _object(kept, required_by)} if kept else {}
    without_by = {"by": _object(absent, [])} if absent else {}
    by = ["by"] if required_by else []
    forms = []
    for needs_note in (False, True):
        for holds_number in (True, False):
            ids = [
                s.id
                for s in accepted
                if s.needs_note == needs_note and s.holds_number == holds_number
            ]
            default = ["reported"] if "reported" in ids else []
            forms.append(
                _object(
                    {
                        **(numbers if holds_number else nulls),
                        **(with_by if holds_number else without_by),
                        **note,
                        "status": {"enum": ids},
                    },
                    [
                        *parts,
                        *([] if default else ["status"]),
                        *(["note"] if needs_note else []),
                        *(by if holds_number else []),
                    ],
                )
            )
    without_n = measure.kind == "duration" and _sums_are_0_without_n(contract.rules.values())
    return {"anyOf": forms, **(_ZERO_WITHOUT_N if without_n else {})}


_ZERO_WITHOUT_N: dict[str, Any] = {
    "if": {"properties": {"n": {"const": 0}}},
    "then": {"properties": {"sum": {"const": 0}}},
}


def _sums_are_0_without_n(rules: Iterable[Rule]) -> bool:
    return any(
        check.wants_zero_without_n
        for rule in rules
        if rule.severity == "error"
        for check in rule.checks
    )


def _breakdowns(contract: Contract) -> dict[str, Breakdown]:
    """One breakdown by each dimension: by the same one, all have the same codes."""
    return {
        dimension: breakdown
        for measure in contract.measures.values()
        for dimension, breakdown in measure.breakdowns.items()
    }


def _counts(breakdown: Breakdown) -> dict[str, Any]:
    codes = list(breakdown.positions)
    counts = _object(
        {code: {"$ref": "#/$defs/count"} for code in codes},
        codes if breakdown.is_multi_response else [],
    )
    return {"anyOf": [counts, {"$ref": "#/$defs/not_kept"}]}


def _absent(contract: Contract) -> list[str]:
    statuses = contract.statuses.values()
    return [each.id for each in statuses if each.is_accepted and not each.holds_number]
