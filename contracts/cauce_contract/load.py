"""Loading a contract version from its folder of TOML and CSV."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from cauce_contract.canonical import digest
from cauce_contract.formula import Cells, Formula, FormulaError, Latest, parse
from cauce_contract.labels import Labels
from cauce_contract.model import (
    Breakdown,
    Cell,
    Code,
    Contract,
    Dimension,
    Indicator,
    Measure,
    Rule,
    State,
    Status,
)
from cauce_contract.month import Month
from cauce_contract.rules import KINDS, Check

LANGUAGES = ("es", "en")  # the first is the source language


class ContractError(ValueError):
    """A version that cannot be loaded. The message says what is wrong and where."""


def _folder() -> Traversable:
    """Where the versions lie: inside the installed package, or beside it in the repository."""
    packaged = files("cauce_contract") / "versions"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


@cache
def load_all() -> Mapping[str, Contract]:
    """Every version that this installation knows, oldest first."""
    found = [
        entry
        for entry in _folder().iterdir()
        if entry.is_dir() and (entry / "contract.toml").is_file()
    ]
    loaded = [load(folder) for folder in found]
    return {
        contract.version: contract
        for contract in sorted(loaded, key=lambda c: tuple(map(int, c.version.split("."))))
    }


def load(folder: Traversable) -> Contract:
    """The contract in a folder; ContractError where an id dangles or a formula is none."""
    try:
        return _Loading(folder).contract()
    except (KeyError, FormulaError) as fault:
        raise ContractError(f"{folder.name}: {fault}") from fault


class _Loading:
    """The raw data of one version, and the steps that turn it into a Contract."""

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder
        self.head = self._toml("contract")
        self.raw_measures = self._toml("measures")["measure"]
        self.raw_indicators = self._toml("indicators")["indicator"]
        # A bound such as 0.2 is exact as it is written, and only so.
        self.raw_rules = self._toml("rules", parse_float=str)["rule"]
        self.dimensions = dict(self._dimensions())
        self.cells: list[Cell] = []
        self.measures = {raw["id"]: self._measure(raw) for raw in self.raw_measures}
        self.named: dict[str, Formula] = {}
        self.indicators = {raw["id"]: self._indicator(raw) for raw in self.raw_indicators}
        self.rules = {raw["id"]: self._rule(raw) for raw in self.raw_rules}

    def contract(self) -> Contract:
        head = self.head
        labels = {language: self._toml(f"labels/{language}") for language in LANGUAGES}
        core = {
            "contract": {key: head[key] for key in head.keys() - {"status"}},
            "measures": self.raw_measures,
            "dimensions": {
                dimension.id: [
                    dimension.is_multi_response,
                    [[code.id, code.group] for code in dimension.codes],
                ]
                for dimension in self.dimensions.values()
            },
            "statuses": list(self._csv("obs_status")),
            "states": [state["code"] for state in self._csv("ref_area")],
            "rules": self.raw_rules,
            "indicators": self.raw_indicators,
        }
        return Contract(
            version=head["version"],
            status=head["status"],
            accepts_from=Month.parse(head["accepts_from"]),
            utc_offset_hours=head["utc_offset_hours"],
            largest_integer=head["largest_integer"],
            text_limit=head["text_limit"],
            revision_reasons=tuple(head["revision_reasons"]),
            states=dict(self._states()),
            statuses=dict(self._statuses()),
            dimensions=self.dimensions,
            measures=self.measures,
            cells=tuple(self.cells),
            rules=self.rules,
            indicators=self.indicators,
            labels={language: Labels(language, texts) for language, texts in labels.items()},
            core_digest=digest(core),
            layout_digest=digest([cell.pointer for cell in self.cells]),
            digest=digest([core, labels, head["status"]]),
        )

    def _toml(self, name: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
        text = (self.folder / f"{name}.toml").read_text("utf-8")
        return tomllib.loads(text, parse_float=parse_float)

    def _csv(self, name: str) -> Iterator[dict[str, str]]:
        text = (self.folder / "codes" / f"{name}.csv").read_text("utf-8")
        return csv.DictReader(text.splitlines())

    def _dimensions(self) -> Iterator[tuple[str, Dimension]]:
        for raw in self._toml("dimensions")["dimension"]:
            codes = tuple(
                Code(row["code"], row["mapping"], row.get("group"))
                for row in self._csv(raw["id"])
            )
            yield raw["id"], Dimension(raw["id"], raw.get("multi_response", False), codes)

    def _states(self) -> Iterator[tuple[str, State]]:
        for row in self._csv("ref_area"):
            names = (row["name"], row["official_name"], row["abbreviation"])
            yield row["code"], State(row["code"], row["inegi"], *names)

    def _statuses(self) -> Iterator[tuple[str, Status]]:
        for row in self._csv("obs_status"):
            yield (
                row["code"],
                Status(
                    number=int(row["number"]),
                    id=row["code"],
                    sdmx=row["sdmx_obs_status"],
                    confidentiality=row["sdmx_conf_status"],
                    holds_number=row["holds"] == "number",
                    is_accepted=row["accepted"] == "yes",
                    needs_note=row["note"] == "required",
                ),
            )

    def _cell(self, measure: str, part: str, dimension: str | None, code: str | None) -> int:
        position = len(self.cells)
        self.cells.append(Cell(position, measure, part, dimension, code))
        return position

    def _measure(self, raw: Mapping[str, Any]) -> Measure:
        parts = ("sum", "n") if raw["kind"] == "duration" else ("value",)
        position = min([self._cell(raw["id"], part, None, None) for part in parts])
        breakdowns = {}
        for dimension, need in raw.get("breakdowns", {}).items():
            positions = {
                code.id: self._cell(raw["id"], "value", dimension, code.id)
                for code in self.dimensions[dimension].codes
            }
            is_multi = self.dimensions[dimension].is_multi_response
            breakdowns[dimension] = Breakdown(
                dimension, need == "required", is_multi, positions
            )
        return Measure(
            id=raw["id"],
            kind=raw["kind"],
            unit=raw["unit"],
            is_required=raw["required"],
            source=raw["source"],
            position=position,
            breakdowns=breakdowns,
        )

    def _formula(self, text: str) -> Formula:
        """The formula, once every measure, part, dimension and code in it is known to exist."""
        formula = parse(text, self.named)
        for term in formula.terms:
            operand = term.operand
            if isinstance(operand, Cells):
                self._require(operand)
            elif isinstance(operand, Latest):
                self._require(Cells(operand.measure))
        return formula

    def _require(self, figure: Cells) -> Cells:
        measure = self.measures[figure.measure]
        if (measure.kind == "duration") == (figure.part == "value"):
            raise ContractError(f"{figure.measure} has no part {figure.part}")
        measure.cell(figure)
        return figure

    def _indicator(self, raw: Mapping[str, Any]) -> Indicator:
        numerator = self._formula(raw["numerator"])
        denominator = raw.get("denominator")
        if denominator is None:
            self.named[raw["id"]] = numerator
        return Indicator(
            id=raw["id"],
            unit=raw["unit"],
            numerator=numerator,
            denominator=self._formula(denominator) if denominator else None,
            windows=tuple(raw["windows"]),
            is_each_month=raw.get("each_month", False),
            reference=raw.get("reference"),
            source=raw["source"],
        )

    def _rule(self, raw: Mapping[str, Any]) -> Rule:
        checks = tuple(self._check(raw["id"], check) for check in raw["checks"])
        return Rule(raw["id"], raw["severity"], checks, raw)

    def _check(self, rule: str, raw: Mapping[str, Any]) -> Check:
        """The check of that kind, its operands read as its fields are declared."""
        kind = KINDS[raw["kind"]]
        declared = {field.name.rstrip("_"): field for field in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
        given = {name: value for name, value in raw.items() if name != "kind"}
        if unknown := given.keys() - declared.keys():
            raise ContractError(f"{rule}: a check has no {', '.join(sorted(unknown))}")
        operands = {
            declared[name].name: self._operand(str(declared[name].type), value)
            for name, value in given.items()
        }
        try:
            return kind(**operands)
        except TypeError as fault:
            raise ContractError(f"{rule}: {fault}") from fault

    def _operand(self, kind: str, value: Any) -> Any:
        match kind:
            case "Formula":
                return self._formula(value)
            case "Sequence[Formula]":
                return [self._formula(text) for text in value]
            case "Fraction" | "Fraction | None":
                return Fraction(value)
            case _:
                return value


def in_force(contracts: Mapping[str, Contract]) -> Contract:
    """The newest active version; until there is one, the newest draft."""
    active = [contract for contract in contracts.values() if contract.status == "active"]
    return (active or list(contracts.values()))[-1]
