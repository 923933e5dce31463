"""Loading a contract version from its folder of TOML and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from cauce_contract.canonical import digest
from cauce_contract.compare import number_faults
from cauce_contract.concordance import concordance, fates
from cauce_contract.formula import Formula, parse
from cauce_contract.labels import LANGUAGES, Labels
from cauce_contract.lint import faults_in
from cauce_contract.lint_concordance import form_faults, meaning_faults
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
from cauce_contract.source import Fault, Source, read


class ContractError(ValueError):
    """A version that is unsound. The message names every fault and where it is."""


def folder_of_versions() -> Traversable:
    """Where the versions lie: inside the installed package, or beside it in the repository."""
    packaged = files("cauce_contract") / "versions"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


@cache
def load_all() -> Mapping[str, Contract]:
    """Every version that this installation knows, oldest first."""
    found = [
        entry
        for entry in folder_of_versions().iterdir()
        if entry.is_dir() and (entry / "contract.toml").is_file()
    ]
    loaded: dict[str, Contract] = {}
    for folder in sorted(found, key=lambda entry: _number(entry.name)):
        loaded[folder.name] = load(folder, loaded)
    return loaded


def _number(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]


def load(folder: Traversable, earlier: Mapping[str, Contract] | None = None) -> Contract:
    """The contract in a folder, after the earlier ones; ContractError where it is unsound."""
    faults, contract = _examined(folder, earlier or {})
    if contract is None:
        named = "".join(f"\n- {fault}" for fault in faults)
        raise ContractError(f"contract {folder.name} is unsound:{named}")
    return contract


def lint(folder: Traversable, earlier: Mapping[str, Contract] | None = None) -> list[Fault]:
    """Everything that is wrong with the version in a folder; nothing where it would load."""
    return _examined(folder, earlier or {})[0]


def _examined(
    folder: Traversable, earlier: Mapping[str, Contract]
) -> tuple[list[Fault], Contract | None]:
    """The version's faults, or the contract where there are none.

    What stands between two versions can be judged only where each is sound by itself.
    """
    source, faults = read(folder)
    if source is None:
        return faults, None
    faults = faults_in(source)
    before = list(earlier.values())[-1] if earlier else None
    declared = source.concordance
    if declared is not None:
        faults += form_faults(declared)
    if (declared.get("from") if declared else None) != (before.version if before else None):
        wanted = f"must be from {before.version}" if before else "has no version before it"
        faults.append(Fault("concordance.toml", wanted))
    if faults:
        return faults, None
    contract = _Loading(source).contract()
    if before is None or declared is None:
        return [], contract
    if faults := meaning_faults(declared, before, contract):
        return faults, None
    contract = replace(contract, concordance=concordance(fates(declared), before, contract))
    if faults := number_faults(contract):
        return faults, None
    return [], contract


class _Loading:
    """The data of one sound version, and the steps that turn it into a Contract."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.head = source.tables["contract"]
        self.raw_measures = source.tables["measures"]["measure"]
        self.raw_indicators = source.tables["indicators"]["indicator"]
        self.raw_rules = source.tables["rules"]["rule"]
        self.dimensions = dict(self._dimensions())
        self.cells: list[Cell] = []
        self.measures = {raw["id"]: self._measure(raw) for raw in self.raw_measures}
        self.named: dict[str, Formula] = {}
        self.formulas: dict[Formula, Formula] = {}
        self.indicators = {raw["id"]: self._indicator(raw) for raw in self.raw_indicators}
        self.rules = {raw["id"]: self._rule(raw) for raw in self.raw_rules}

    def contract(self) -> Contract:
        head = self.head
        labels = {language: self.source.labels[language] for language in LANGUAGES}
        # Whether and for which months it is taken can change while its meaning stays.
        use = {key: head.get(key) for key in ("status", "accepts_from", "accepts_until")}
        core = {
            "contract": {key: head[key] for key in head.keys() - use.keys()},
            "measures": self.raw_measures,
            "dimensions": {
                dimension.id: [
                    dimension.is_multi_response,
                    [[code.id, code.group] for code in dimension.codes],
                ]
                for dimension in self.dimensions.values()
            },
            "statuses": self.source.lists["obs_status"],
            "states": [state["code"] for state in self.source.lists["ref_area"]],
            "rules": self.raw_rules,
            "indicators": self.raw_indicators,
        }
        of_core, of_labels = digest(core), digest(labels)
        return Contract(
            version=head["version"],
            status=head["status"],
            accepts_from=Month.parse(head["accepts_from"]),
            accepts_until=Month.parse(until) if (until := head.get("accepts_until")) else None,
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
            core_digest=of_core,
            layout_digest=digest([cell.pointer for cell in self.cells]),
            labels_digest=of_labels,
            digest=digest([of_core, of_labels, use, self.source.concordance]),
        )

    def _dimensions(self) -> Iterator[tuple[str, Dimension]]:
        for raw in self.source.tables["dimensions"]["dimension"]:
            codes = tuple(
                Code(row["code"], row["mapping"], row.get("group"))
                for row in self.source.lists[raw["id"]]
            )
            yield raw["id"], Dimension(raw["id"], raw.get("multi_response", False), codes)

    def _states(self) -> Iterator[tuple[str, State]]:
        for row in self.source.lists["ref_area"]:
            names = (row["name"], row["official_name"], row["abbreviation"])
            yield row["code"], State(row["code"], row["inegi"], *names)

    def _statuses(self) -> Iterator[tuple[str, Status]]:
        for row in self.source.lists["obs_status"]:
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
            is_owed_after_closing=raw.get("after_closing", False),
            source=raw["source"],
            position=position,
            breakdowns=breakdowns,
        )

    def _parsed(self, text: str) -> Formula:
        """Equal formulas are one object, so that its cells are looked up once."""
        formula = parse(text, self.named)
        return self.formulas.setdefault(formula, formula)

    def _indicator(self, raw: Mapping[str, Any]) -> Indicator:
        numerator = self._parsed(raw["numerator"])
        denominator = raw.get("denominator")
        if denominator is None:
            self.named[raw["id"]] = numerator
        return Indicator(
            id=raw["id"],
            unit=raw["unit"],
            numerator=numerator,
            denominator=self._parsed(denominator) if denominator else None,
            windows=tuple(raw["windows"]),
            is_each_month=raw.get("each_month", False),
            reference=raw.get("reference"),
            source=raw["source"],
        )

    def _rule(self, raw: Mapping[str, Any]) -> Rule:
        checks = tuple(self._check(check) for check in raw["checks"])
        return Rule(raw["id"], raw["severity"], checks, raw)

    def _check(self, raw: Mapping[str, Any]) -> Check:
        """The check of that kind, its operands read as its fields are declared."""
        kind = KINDS[raw["kind"]]
        declared = {field.name.rstrip("_"): field for field in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
        given = {name: value for name, value in raw.items() if name != "kind"}
        operands = {
            declared[name].name: self._operand(str(declared[name].type), value)
            for name, value in given.items()
        }
        return kind(**operands)

    def _operand(self, kind: str, value: Any) -> Any:
        match kind:
            case "Formula":
                return self._parsed(value)
            case "Sequence[Formula]":
                return [self._parsed(text) for text in value]
            case "Fraction" | "Fraction | None":
                return Fraction(value)
            case _:
                return value


def in_force(contracts: Mapping[str, Contract]) -> Contract:
    """The newest active version; until there is one, the oldest, which others build on."""
    active = [contract for contract in contracts.values() if contract.status == "active"]
    return active[-1] if active else next(iter(contracts.values()))


def taking_reports(contracts: Mapping[str, Contract]) -> list[str]:
    """The versions that months can be reported under, each within its own window.

    A draft is one of them only while it is in force, for want of an active version.
    """
    usual = in_force(contracts).version
    return [
        version
        for version, contract in contracts.items()
        if contract.status in ("active", "deprecated") or version == usual
    ]
