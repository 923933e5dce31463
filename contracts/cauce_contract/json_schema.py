"""The JSON Schema (2020-12) of a submission, as strict as a schema can be."""

from __future__ import annotations

from typing import Any

from cauce_contract.model import Breakdown, Contract, Measure

_PERIOD = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$"


def json_schema(contract: Contract) -> dict[str, Any]:
    """Accepts every document that the check accepts; sums are left to the check."""
    states = "|".join(state.removeprefix("MX-") for state in contract.states)
    measures = contract.measures.values()
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cauce:contract:{contract.version}:submission",
        "title": f"Cauce submission, contract {contract.version}",
        **_object(
            {
                "contract": {"const": contract.version},
                "programme": {"type": "string", "pattern": f"^MX-({states})-[0-9]{{2}}$"},
                "period": {"type": "string", "pattern": _PERIOD},
                "measures": _object(
                    {measure.id: _measure(contract, measure) for measure in measures},
                    [measure.id for measure in measures if measure.is_required],
                ),
                "acknowledgements": {
                    "type": "array",
                    "items": _object(
                        {"rule": {"type": "string"}, "pointer": {"type": "string"}}
                        | {"explanation": text},
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
            "count": {"type": "integer", "minimum": 0, "maximum": contract.largest_integer},
            "note": text,
        },
    }


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
    note = {"note": {"$ref": "#/$defs/note"}}
    kept = {b.dimension: _counts(contract, b) for b in measure.breakdowns.values()}
    absent = {b.dimension: _absent(contract) for b in measure.breakdowns.values()}
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
    return {"anyOf": forms}


def _counts(contract: Contract, breakdown: Breakdown) -> dict[str, Any]:
    codes = list(breakdown.positions)
    counts = _object(
        {code: {"$ref": "#/$defs/count"} for code in codes},
        codes if breakdown.is_multi_response else [],
    )
    return {"anyOf": [counts, _absent(contract)]}


def _absent(contract: Contract) -> dict[str, Any]:
    ids = [s.id for s in contract.statuses.values() if s.is_accepted and not s.holds_number]
    return _object({"status": {"enum": ids}}, ["status"])
