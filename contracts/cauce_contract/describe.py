"""A contract as JSON, whole: what `GET /v1/contracts/{version}` answers."""

from __future__ import annotations

from typing import Any

from cauce_contract.model import Contract, Indicator, Measure


def summary(contract: Contract) -> dict[str, Any]:
    """One line of the list of versions. `accepts` are reference periods, both ends included."""
    until = contract.accepts_until
    return {
        "version": contract.version,
        "status": contract.status,
        "accepts": {"from": str(contract.accepts_from), "until": str(until) if until else None},
        "digest": contract.digest,
        "core_digest": contract.core_digest,
        "labels_digest": contract.labels_digest,
    }


def describe(contract: Contract) -> dict[str, Any]:
    """Measures, dimensions with their codes, statuses, states, rules, indicators and labels."""
    return {
        **summary(contract),
        "measures": [measure_entry(measure) for measure in contract.measures.values()],
        "dimensions": [
            {
                "id": dimension.id,
                "multi_response": dimension.is_multi_response,
                "codes": [
                    {
                        "id": code.id,
                        "mapping": code.mapping,
                        **({"group": code.group} if code.group else {}),
                    }
                    for code in dimension.codes
                ],
            }
            for dimension in contract.dimensions.values()
        ],
        "statuses": [
            {
                "id": status.id,
                "sdmx_obs_status": status.sdmx,
                "sdmx_conf_status": status.confidentiality,
                "holds": "number" if status.holds_number else "null",
                "accepted": status.is_accepted,
                "note_required": status.needs_note,
            }
            for status in contract.statuses.values()
        ],
        "states": [
            {
                "id": state.id,
                "inegi": state.inegi,
                "name": state.name,
                "official_name": state.official_name,
                "abbreviation": state.abbreviation,
            }
            for state in contract.states.values()
        ],
        "rules": [dict(rule.declared) for rule in contract.rules.values()],
        "indicators": [indicator_entry(i) for i in contract.indicators.values()],
        "revision_reasons": list(contract.revision_reasons),
        "text_limit": contract.text_limit,
        "labels": {language: labels.texts for language, labels in contract.labels.items()},
    }


def measure_entry(measure: Measure) -> dict[str, Any]:
    return {
        "id": measure.id,
        "kind": measure.kind,
        "unit": measure.unit,
        "required": measure.is_required,
        "after_closing": measure.is_owed_after_closing,
        "breakdowns": [
            {"dimension": b.dimension, "required": b.is_required}
            for b in measure.breakdowns.values()
        ],
        "source": measure.source,
    }


def indicator_entry(indicator: Indicator) -> dict[str, Any]:
    """An indicator as the catalogue lists it, without words."""
    return {
        "id": indicator.id,
        "unit": indicator.unit,
        "formula": indicator.formula,
        "numerator": indicator.numerator.text,
        "denominator": indicator.denominator.text if indicator.denominator else None,
        "windows": list(indicator.windows),
        "reference": indicator.reference,
        "source": indicator.source,
    }
