"""What is unsound in rules.toml: kinds, operands, and what the operands name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from typing import Any, get_args

from cauce_contract.model import Severity
from cauce_contract.rules import KINDS
from cauce_contract.source import Fault, Table
from cauce_contract.vocabulary import Vocabulary

# What the check finds while it reads a document, before any rule's own checks.
READ_BY_THE_CHECK = (
    "H03_breakdown_sum",
    "H05_nonneg_int",
    "H18_period",
    "H19_codes",
    "H20_status",
    "H21_key",
    "H22_no_personal",
)


def rule_faults(known: Vocabulary, rules: Iterable[Table]) -> Iterator[Fault]:
    ids = set()
    for rule in rules:
        where = f"rules.toml, {rule['id']}"
        ids.add(rule["id"])
        if rule["severity"] not in get_args(Severity):
            yield Fault(where, f"severity is one of {', '.join(get_args(Severity))}")
        if not rule["checks"]:
            yield Fault(where, "checks nothing")
        for check in rule["checks"]:
            yield from (Fault(where, what) for what in _check(known, check))
    for needed in READ_BY_THE_CHECK:
        if needed not in ids:
            yield Fault("rules.toml", f"has no {needed}, which the reading of a document needs")


def _check(known: Vocabulary, check: Any) -> Iterator[str]:
    kind = str(check.get("kind")) if isinstance(check, dict) else ""
    if kind not in KINDS:
        yield f"there is no kind of check {kind}"
        return
    operands = {field.name.rstrip("_"): field for field in fields(KINDS[kind])}  # type: ignore[arg-type]  # every kind is a dataclass
    for name in check:
        if name != "kind" and name not in operands:
            yield f"{kind} has no operand {name}"
    for name, field in operands.items():
        if name in check:
            yield from _operand(known, check, name, str(field.type))
        elif field.default is MISSING and field.default_factory is MISSING:
            yield f"{kind} has no {name}"
    equated = KINDS[kind].like_units  # a figure equals only what has its unit
    if equated and all(isinstance(check.get(name), str) for name in equated):
        formulas = [known.formula(check[name]) for name in equated]
        left, right = (known.units_of(formula) if formula else set() for formula in formulas)
        if len(left) == len(right) == 1 and left != right:
            yield f"{kind} sets {', '.join(left)} against {', '.join(right)}"


def _operand(known: Vocabulary, check: Table, name: str, declared: str) -> Iterator[str]:
    value = check[name]
    match declared.removesuffix(" | None"):
        case "Formula":
            yield from known.faults_of(value)
        case "Sequence[Formula]":
            for text in value if isinstance(value, list) else [value]:
                yield from known.faults_of(text)
        case "int" | "bool" as plain:
            if type(value).__name__ != plain:
                yield f"{name} is no {plain}"
        case "Fraction":
            if not _is_number(value):
                yield f"{name} is no number"
        case _:
            yield from NAMES[declared](known, check, value)


def _is_number(value: object) -> bool:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return False
    try:
        Fraction(value)
    except ValueError:
        return False
    return True


def _measure(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:  # noqa: ARG001  as all in NAMES
    if value not in known.measures:
        yield f"there is no measure {value}"


def _measures(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:
    for measure in value if isinstance(value, list) else [value]:
        yield from _measure(known, check, measure)


def _dimension(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:
    measure = known.measures.get(check.get("measure", ""))
    if value not in known.dimensions:
        yield f"there is no dimension {value}"
    elif measure and value not in measure.get("breakdowns", {}):
        yield f"{measure['id']} is not broken down by {value}"


def _by_code(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:
    codes = known.dimensions.get(check.get("dimension", ""), ())
    for code in value:
        if codes and code not in codes:
            yield f"{check['dimension']} has no code {code}"


def _status(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:  # noqa: ARG001  as all in NAMES
    if value not in known.statuses:
        yield f"there is no status {value}"


def _code(known: Vocabulary, check: Table, value: Any) -> Iterator[str]:  # noqa: ARG001  as all in NAMES
    if not any(value in codes for codes in known.dimensions.values()):
        yield f"no dimension has a code {value}"


# What an operand that is no formula and no number names, by how its field is declared.
NAMES: Mapping[str, Callable[[Vocabulary, Table, Any], Iterator[str]]] = {
    "MeasureId": _measure,
    "Sequence[MeasureId]": _measures,
    "DimensionId": _dimension,
    "MonthsByCode": _by_code,
    "StatusId": _status,
    "CodeId": _code,
}
