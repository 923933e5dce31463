"""Months to check: the contract's examples, and random documents made from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from cauce_contract import Address, Contract, Measure, Month, Outcome, Report, check, load_all

CONTRACT: Contract = load_all()["1.0.0"]
EXAMPLES = Path(__file__).parents[2] / "contracts" / "1.0.0" / "examples"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

GAP = ("N01_gap", "/period")  # what is said of any month whose history is not given

Document = dict[str, Any]
Place = tuple[str | int, ...]

_MONTH = (EXAMPLES / "accepted" / "MX-NLE-01-2026-09.json").read_text("utf-8")


def month() -> Document:
    """A programme's full month without a fault, new at every call."""
    document: Document = json.loads(_MONTH)
    return document


_ENTERED = ("sex", "M"), ("age_band", "Y25T34"), ("substance", "MET"), ("offence_group", "USE")
_USUAL = 43  # participants at the beginning and end of a steady month


def steady(
    period: str,
    programme: str = "MX-NLE-01",
    *,
    opens: int = _USUAL,
    closes: int = _USUAL,
    graduations: int = 3,
    **values: int,
) -> Document:
    """A month that another such one can follow, for ever: as many leave as enter.

    opens, closes  participants at its beginning and end, 32 or more; they join where the close
                   of one is the opening of the next
    graduations    1 to 3 of the five who leave
    values         of other measures, by id; two months in a row differ in one at least
    """
    document = month() | {"programme": programme, "period": period}
    measures = document["measures"]
    measures["active_open"]["value"] = opens
    measures["admissions"] = {"value": 4, "by": {way: {code: 4} for way, code in _ENTERED}}
    for days in ("referral_to_admission_days", "arrest_to_admission_days"):
        measures[days] = {"sum": 80, "n": 4}
    fewer = 3 - graduations
    measures["graduations"] = {"value": graduations, "by": {"sex": {"M": graduations}}}
    measures["graduates_in_work_or_study"]["value"] = 1
    measures["days_in_program_graduates"] = {"sum": 460 * graduations, "n": graduations}
    measures["days_in_program_non_graduates"] = {"sum": 150 * (2 + fewer), "n": 2 + fewer}
    reasons = {"GRD": graduations, "UNS_ABS": 1, "VOL": 1 + fewer}
    measures["exits"]["by"]["exit_reason"] = reasons
    more = closes - opens
    measures["reentries"]["value"] = 1 + max(0, more)
    measures["exits"]["value"] += max(0, -more)
    measures["exits"]["by"]["exit_reason"]["VOL"] += max(0, -more)
    measures["exits"]["by"]["sex"]["M"] += max(0, -more)
    of_close = {**dict(_ENTERED), "phase": "PH1", "treatment_modality": "OPD"}
    for stock in ("active_close", "treatment_active_close"):
        measures[stock]["value"] = closes
        for way, counts in measures[stock]["by"].items():
            if way in of_close:
                counts[of_close[way]] += closes - _USUAL
    for way in ("legal_route", "population_group"):
        del measures["active_close"]["by"][way]
    for measure, value in values.items():
        measures[measure]["value"] = value
    return document


def check_alone(document: object) -> Outcome:
    """The check of a document without history, address or roster."""
    return check(load_all(), document, now=NOW)


def read(document: object) -> Report:
    """The report in a document that must be accepted."""
    outcome = check_alone(document)
    assert outcome.is_accepted, outcome.findings
    assert outcome.report is not None
    return outcome.report


def refusals(outcome: Outcome) -> list[tuple[str, str]]:
    """What stands in the way of the month: rule and pointer, in the check's order."""
    return [(finding.rule, finding.pointer) for finding in outcome.refused_for]


def complaints(outcome: Outcome) -> list[tuple[str, str]]:
    """What was found: rule and pointer of each finding, in the check's order."""
    return [(finding.rule, finding.pointer) for finding in outcome.findings]


def rendered(outcome: Outcome) -> str:
    """Everything that a sender would read, in every language."""
    written = [outcome.as_json(labels) for labels in CONTRACT.labels.values()]
    return json.dumps(written, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Example:
    """A document of the contract's folder and what its sidecar says of it.

    sidecar  now, history, address and start as the check takes them, and the findings expected
    """

    name: str
    document: Any
    sidecar: Document

    def outcome(self) -> Outcome:
        now = datetime.fromisoformat(self.sidecar["now"])
        address = self.sidecar.get("address")
        start = self.sidecar.get("start")
        earlier = [
            check(load_all(), document, now=now).report
            for document in self.sidecar.get("history", [])
        ]
        return check(
            load_all(),
            self.document,
            now=now,
            history=[report for report in earlier if report],
            address=Address(address["programme"], Month.parse(address["period"]))
            if address
            else None,
            start=Month.parse(start) if start else None,
        )

    def expected(self) -> list[tuple[str, str]]:
        return [(found["rule"], found["pointer"]) for found in self.sidecar["findings"]]


def examples(folder: str) -> list[Example]:
    """The examples of `accepted` or `rejected`, by name."""
    sidecars = sorted((EXAMPLES / folder).glob("*.findings.json"))
    return [_example(sidecar) for sidecar in sidecars]


def _example(sidecar: Path) -> Example:
    name = sidecar.name.removesuffix(".findings.json")
    document = (sidecar.parent / f"{name}.json").read_text("utf-8")
    return Example(name, json.loads(document), json.loads(sidecar.read_text("utf-8")))


def places(value: object, depth: int = 6) -> list[Place]:
    """Where something stands in a JSON value, outermost first, down to a depth."""
    return list(_places(value, (), depth))


def _places(value: object, at: Place, depth: int) -> Iterator[Place]:
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, part in inside if depth else []:
        yield (*at, key)
        yield from _places(part, (*at, key), depth - 1)


def found_at(value: Any, place: Place) -> Any:
    """What stands at a place."""
    for key in place:
        value = value[key]
    return value


def _vocabulary() -> list[str]:
    members = ["contract", "programme", "period", "measures", "acknowledgements", "value", "by"]
    members += ["revision_reason", "sum", "n", "status", "note", "code", "text", "rule"]
    ids = [*CONTRACT.measures, *CONTRACT.dimensions, *CONTRACT.statuses, *CONTRACT.rules]
    codes = {code.id for d in CONTRACT.dimensions.values() for code in d.codes}
    return [*members, *ids, *sorted(codes), CONTRACT.version, "MX-NLE-01", "2026-09"]


def _nested(depth: int) -> object:
    value: object = 0
    for level in range(depth):
        value = [value] if level % 2 else {"by": value}
    return value


_half_a_pair = st.sampled_from(["\ud800", "x\udfff", "\udc00\ud800"])
_strings = st.one_of(
    st.sampled_from(_vocabulary()), st.text(max_size=30), _half_a_pair, st.just("\0")
)
_numbers = st.one_of(
    st.integers(-3, 60),
    st.integers(-(10**30), 10**30),
    st.just(10**4000),
    st.floats(allow_nan=False),
    st.integers(0, 60).map(float),
)
_scalars = st.one_of(st.none(), st.booleans(), _numbers, _strings)

json_values: st.SearchStrategy[Any] = st.one_of(
    st.recursive(
        _scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(_strings, inner, max_size=5)
        ),
        max_leaves=12,
    ),
    st.integers(1, 3000).map(_nested),
)


@st.composite
def mutated_months(draw: st.DrawFn) -> Document:
    """The month with one to five changes anywhere: replaced, dropped, renamed or copied."""
    document = month()
    for _ in range(draw(st.integers(1, 5))):
        here = places(document)
        if not here:
            break
        *path, key = draw(st.sampled_from(here))
        around = found_at(document, tuple(path))
        match draw(st.sampled_from(["replace", "drop", "rename", "copy"])):
            case "replace":
                around[key] = draw(json_values)
            case "drop":
                del around[key]
            case "rename" if isinstance(around, dict):
                around[draw(_strings)] = around.pop(key)
            case _:
                scalar = found_at(document, draw(st.sampled_from(here)))
                around[key] = None if isinstance(scalar, dict | list) else scalar
    return document


_note_characters = st.characters(exclude_categories=("Cc", "Cs"))
_notes = st.one_of(
    st.sampled_from(["Sin novedad.", "  ﬁn de mes ①\n", "cafe\u0301", "\u00a0ℌ\u00a0"]),
    st.text(_note_characters, max_size=20).map(lambda text: f"x{text}"),
)


@st.composite
def accepted_months(draw: st.DrawFn) -> Document:
    """A month without a fault that has statuses, notes and gaps at random measures."""
    document = month()
    for measure in CONTRACT.measures.values():
        if not measure.is_required and draw(st.integers(0, 5)) == 0:
            del document["measures"][measure.id]
        elif draw(st.integers(0, 4)) == 0:
            document["measures"][measure.id] = _with_status(
                draw, measure, document["measures"][measure.id]
            )
    return document


def _with_status(draw: st.DrawFn, measure: Measure, figure: Document) -> Document:
    """The figure with another status, which its number, breakdowns and note go with."""
    accepted = [status for status in CONTRACT.statuses.values() if status.is_accepted]
    status = draw(st.sampled_from(accepted))
    absent = [other.id for other in accepted if not other.holds_number]
    changed: Document = {**figure, "status": status.id}
    if status.needs_note or draw(st.booleans()):
        changed["note"] = draw(_notes)
    if not status.holds_number:
        changed |= {part: None for part in ("value", "sum", "n") if part in figure}
        changed.pop("by", None)
    for dimension, breakdown in measure.breakdowns.items():
        is_sent = dimension in changed.get("by", {})
        if draw(st.integers(0, 3)) == 0 and (is_sent or not breakdown.is_required):
            absence = {"status": draw(st.sampled_from(absent))}
            changed["by"] = {**changed.get("by", {}), dimension: absence}
    return changed
