"""Figures as the interface gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cauce.aggregate.figures import Coverage, Figure, rounded
from cauce.aggregate.question import Question, Subject
from cauce_contract import Contract
from cauce_contract.describe import indicator_entry, measure_entry
from cauce_contract.labels import Labels


def figures(
    contract: Contract,
    question: Question,
    found: Sequence[Figure],
    known_at: str,
    labels: Labels,
) -> dict[str, Any]:
    """The answer of /v1/indicators/{id} and /v1/measures/{id}."""
    subject = question.subject
    return {
        subject.kind: _subject(subject, labels),
        "query": {
            "from": str(question.first),
            "to": str(question.last),
            "window": "month",
            "area": list(question.areas),
            "by": question.by,
            "contract": contract.version,
        },
        "known_at": known_at,
        "items": [_figure(question, figure) for figure in found],
        "next": None,
    }


def _subject(subject: Subject, labels: Labels) -> dict[str, Any]:
    label = labels.indicator if subject.kind == "indicator" else labels.measure
    return {
        "id": subject.id,
        "label": label(subject.id),
        "unit": subject.unit,
        "formula": subject.text,
    }


def _figure(question: Question, figure: Figure) -> dict[str, Any]:
    parts = (figure.numerator, figure.denominator)
    names = ("sum", "n") if question.subject.is_duration else ("numerator", "denominator")
    return {
        "period": str(figure.period),
        "area": figure.area,
        **({question.dimension: figure.code} if question.dimension else {}),
        "value": rounded(figure.value),
        **dict(zip(names, parts, strict=True)),
        "status": figure.status,
        "coverage": _coverage(figure.coverage),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "expected": coverage.expected,
        "reporting": coverage.reporting,
        "share": rounded(coverage.share),
        "missing": list(coverage.missing),
        "waived": list(coverage.waived),
    }


def indicators(contract: Contract, labels: Labels) -> dict[str, Any]:
    """The catalogue of indicators, in the reader's language."""
    items = [
        {
            **indicator_entry(indicator),
            "label": labels.indicator(indicator.id),
            "unit_label": labels.unit(indicator.unit),
            "caveat": labels.texts["indicator"][indicator.id]["caveat"],
        }
        for indicator in contract.indicators.values()
    ]
    return {"items": items, "next": None}


def measures(contract: Contract, labels: Labels) -> dict[str, Any]:
    """The catalogue of measures, in the reader's language."""
    items = [
        {
            **measure_entry(measure),
            "label": labels.measure(measure.id),
            "unit_label": labels.unit(measure.unit),
            "definition": labels.texts["measure"][measure.id]["definition"],
        }
        for measure in contract.measures.values()
    ]
    return {"items": items, "next": None}
