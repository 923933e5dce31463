"""Reading a document against the contract: every fault of structure at once, then a report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from cauce_contract.concordance import Kind
from cauce_contract.echo import close_to, listed, nameable
from cauce_contract.elsewhere import Elsewhere, Place, ids_elsewhere
from cauce_contract.finding import Finding
from cauce_contract.free_text import read_text
from cauce_contract.model import NOT_SENT, Breakdown, Contract, Measure, Status
from cauce_contract.month import Month
from cauce_contract.report import Report

_MEMBERS = (
    "contract",
    "programme",
    "period",
    "measures",
    "acknowledgements",
    "revision_reason",
)
_REQUIRED = ("contract", "programme", "period", "measures")
_NO_MONTH = Month(1900, 1)  # of a report whose period cannot be read: its sums can be checked
MOST_ACKNOWLEDGEMENTS = 200  # more than there are rules and places that want one
_RULE = re.compile(r"[A-Z][0-9]{2}_[a-z0-9_]{1,30}")
_MOST_UNKNOWN = 100
_KINDS: Mapping[str, Kind] = {
    "unknown_measure": "measure",
    "unknown_dimension": "dimension",
    "unknown_code": "code",
}
_FEW_CODES = 9  # so many are all named with their labels
_NEAREST_LOOKED_UP = 20  # look-alikes cost time; with more unknown keys it is no near miss


class Reader:
    """One reading of one document; afterwards `findings`, and `report` if it could be read.

    `unsound` has the pointers of what cannot take part in the rules about sums: a breakdown
    with an unknown code or a count that is no integer. `contracts` are the versions whose ids
    are known besides. A document read for its figures alone keeps no texts, which take the most
    time to read.
    """

    def __init__(
        self,
        contract: Contract,
        document: object,
        contracts: Mapping[str, Contract] | None = None,
        *,
        is_for_figures: bool = False,
    ) -> None:
        self.contract = contract
        self._is_for_figures = is_for_figures
        self._contracts = contracts or {}
        self.findings: list[Finding] = []
        self.unsound: set[tuple[str, str]] = set()
        self.report: Report | None = None
        self.is_placed = False
        self._numbers: list[int | None] = [None] * len(contract.cells)
        self._statuses = [NOT_SENT] * len(contract.cells)
        self._notes: dict[str, str] = {}
        self._looked_up = 0
        self._document(document)

    def _found(self, rule: str, pointer: str, variant: str, **figures: int | str) -> None:
        severity = self.contract.rules[rule].severity
        self.findings.append(Finding(rule, severity, pointer, variant, figures))

    def _document(self, document: object) -> None:
        if not isinstance(document, dict):
            self._found("H19_codes", "", "not_json_object")
            return
        self._known_keys(document, _MEMBERS, "", "unknown_key")
        for key in _REQUIRED:
            if key not in document:
                self._found("H19_codes", "", "key_missing", key=key)
        programme = self._programme(document)
        period = self._period(document)
        if "measures" in document:
            self._measures(document["measures"])
        acknowledgements = self._acknowledgements(document.get("acknowledgements", []))
        reason = self._reason(document.get("revision_reason"))
        if "measures" in document:
            self.is_placed = programme is not None and period is not None
            self.report = Report(
                contract=self.contract,
                programme=programme or "",
                period=period or _NO_MONTH,
                numbers=tuple(self._numbers),
                statuses=tuple(self._statuses),
                notes=self._notes,
                acknowledgements=acknowledgements,
                revision_reason=reason,
            )

    def _known_keys(
        self,
        given: Mapping[str, object],
        valid: Mapping[str, object] | tuple[str, ...],
        pointer: str,
        variant: str,
        **figures: str,
    ) -> bool:
        """Whether every key is valid; says of each other one where it is and what is near."""
        if all(map(valid.__contains__, given)):
            return True
        unknown = [(at, key) for at, key in enumerate(given, start=1) if key not in valid]
        # Beyond a hundred in one place it is another kind of document: the rest is not listed.
        for ordinal, key in unknown[:_MOST_UNKNOWN]:
            self._looked_up += 1
            stood = self._stood_elsewhere(variant, key, figures)
            if stood:
                said = stood.variant, stood.figures
            else:
                said = self._instead(variant, key, list(valid), figures)
            name = stood or nameable(key)
            place = {} if name else {"ordinal": ordinal}
            self._found(
                "H19_codes",
                f"{pointer}/{key}" if name else pointer,
                said[0],
                **said[1],
                **place,
            )
        return False

    def _stood_elsewhere(
        self, variant: str, key: str, figures: Mapping[str, str]
    ) -> Elsewhere | None:
        """What became of the key, where another version has it."""
        kind = _KINDS.get(variant)
        if kind is None:
            return None
        dimension = figures["dimension"] if kind == "code" else None
        return self._elsewhere.get((kind, dimension, key))

    @cached_property
    def _elsewhere(self) -> Mapping[Place, Elsewhere]:
        return ids_elsewhere(self._contracts, self.contract)

    def _instead(
        self, variant: str, key: str, valid: list[str], figures: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        """The message and its fields: what is near the key, or else what there is.

        Of few codes all are told: where a system writes M for mujer, what looks most like its
        code is the code of the other sex.
        """
        is_looked_up = nameable(key) and self._looked_up <= _NEAREST_LOOKED_UP
        close = close_to(key, valid) if is_looked_up else []
        if variant == "unknown_code" and len(valid) <= _FEW_CODES:
            close = []
        field = "codes" if variant == "unknown_code" else "nearest"
        if close:
            return variant, {field: ", ".join(close), **figures}
        return f"{variant}_all", {field: listed(valid), **figures}

    def _programme(self, document: Mapping[str, object]) -> str | None:
        programme = document.get("programme")
        if "programme" not in document:
            return None
        if isinstance(programme, str) and is_programme_id(self.contract, programme):
            return programme
        self._found("H19_codes", "/programme", "wrong_structure", shape="programme")
        return None

    def _period(self, document: Mapping[str, object]) -> Month | None:
        if "period" not in document:
            return None
        period = document["period"]
        try:
            return Month.parse(period if isinstance(period, str) else "")
        except ValueError:
            self._found("H18_period", "/period", "not_a_month")
            return None

    def _measures(self, measures: object) -> None:
        if not isinstance(measures, dict):
            self._found("H19_codes", "/measures", "wrong_structure", shape="object")
            return
        self._known_keys(measures, self.contract.measures, "/measures", "unknown_measure")
        for measure in self.contract.measures.values():
            pointer = f"/measures/{measure.id}"
            if measure.id in measures:
                self._measure(measure, measures[measure.id], pointer)
            elif measure.is_required:
                self._found("H20_status", "/measures", "required_measure", measure=measure.id)

    def _measure(self, measure: Measure, given: object, pointer: str) -> None:
        if not isinstance(given, dict):
            self._found("H19_codes", pointer, "wrong_structure", shape="object")
            return
        parts = ("sum", "n") if measure.kind == "duration" else ("value",)
        members = (*parts, "status", "note", *(("by",) if measure.breakdowns else ()))
        self._known_keys(given, members, pointer, "unknown_key")
        has_note = self._note(measure, given, pointer)
        status = self._status(given, pointer)
        for offset, part in enumerate(parts):
            if part not in given:
                self._found("H19_codes", pointer, "key_missing", key=part)
                continue
            self._numbers[measure.position + offset] = self._value(
                given[part], status, f"{pointer}/{part}"
            )
            if status:
                self._statuses[measure.position + offset] = status.number
        if status and status.needs_note and not has_note:
            self._found("H20_status", pointer, "note_missing", status=status.id)
        if measure.breakdowns:
            self._breakdowns(measure, given.get("by", {}), status, f"{pointer}/by")

    def _status(self, given: Mapping[str, object], pointer: str) -> Status | None:
        """The declared status, `reported` where none is; None where it cannot be used."""
        written = given.get("status", "reported")
        status = self.contract.statuses.get(written) if isinstance(written, str) else None
        if status is None:
            asked = written if isinstance(written, str) else ""
            variant, figures = self._instead("unknown_status", asked, self._accepted(), {})
            self._found("H19_codes", f"{pointer}/status", variant, **figures)
            return None
        if not status.is_accepted:
            self._found("H20_status", f"{pointer}/status", "not_in_input", status=status.id)
            return None
        return status

    def _accepted(self) -> list[str]:
        return [status.id for status in self.contract.statuses.values() if status.is_accepted]

    def _value(self, value: object, status: Status | None, pointer: str) -> int | None:
        if value is None:
            if status and status.holds_number:
                self._found("H20_status", pointer, "null_without_status")
            return None
        if status and not status.holds_number:
            self._found("H20_status", pointer, "status_without_null", status=status.id)
            return None
        return self._integer(value, pointer)

    def _integer(self, value: object, pointer: str) -> int | None:
        """The integer that is written, 4.0 as 4; None, with a finding, for anything else."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self._found("H05_nonneg_int", pointer, "not_integer")
            return None
        if not 0 <= value <= self.contract.largest_integer:
            self._found("H05_nonneg_int", pointer, "out_of_range")
            return None
        return value

    def _note(self, measure: Measure, given: Mapping[str, object], pointer: str) -> bool:
        if "note" not in given:
            return False
        text = self._text(given["note"], f"{pointer}/note")
        if text is not None:
            self._notes[measure.id] = text
        return True

    def _text(self, text: object, pointer: str) -> str | None:
        """Free text within its bounds and about nobody, NFKC; None, with findings, else."""
        if self._is_for_figures:
            return None
        normal, faults = read_text(self.contract, text, pointer)
        self.findings += faults
        return normal

    def _breakdowns(
        self, measure: Measure, by: object, status: Status | None, pointer: str
    ) -> None:
        if not isinstance(by, dict):
            self._found("H19_codes", pointer, "wrong_structure", shape="object")
            return
        self._known_keys(
            by, measure.breakdowns, pointer, "unknown_dimension", measure=measure.id
        )
        for breakdown in measure.breakdowns.values():
            at = f"{pointer}/{breakdown.dimension}"
            if breakdown.dimension in by:
                self._breakdown(measure, breakdown, by[breakdown.dimension], status, at)
            elif status and not status.holds_number:
                self._mark(breakdown, status)  # no total, so no parts: for the same reason
            elif breakdown.is_required:
                self._found(
                    "H20_status",
                    pointer.removesuffix("/by"),
                    "required_breakdown",
                    measure=measure.id,
                    dimension=breakdown.dimension,
                )

    def _mark(self, breakdown: Breakdown, status: Status) -> None:
        for position in breakdown.positions.values():
            self._statuses[position] = status.number

    def _breakdown(
        self,
        measure: Measure,
        breakdown: Breakdown,
        given: object,
        of_value: Status | None,
        pointer: str,
    ) -> None:
        if not isinstance(given, dict):
            self._found("H19_codes", pointer, "wrong_structure", shape="object")
            return
        if "status" in given:
            self._breakdown_status(breakdown, given, pointer)
            return
        at = (measure.id, breakdown.dimension)
        if of_value and not of_value.holds_number:
            figures = {"measure": measure.id, "dimension": breakdown.dimension}
            self._found("H03_breakdown_sum", pointer, "total_missing", **figures)
            self.unsound.add(at)
        is_known = self._known_keys(
            given,
            breakdown.positions,
            pointer,
            "unknown_code",
            measure=measure.id,
            dimension=breakdown.dimension,
        )
        if not is_known:
            self.unsound.add(at)
        for code, position in breakdown.positions.items():
            if code in given:
                number = self._integer(given[code], f"{pointer}/{code}")
                if number is None:
                    self.unsound.add(at)
            else:
                # A single-response breakdown adds up (H03), so a code left out is zero; beside
                # an unknown code it may be the one that was meant.
                number = 0 if is_known and not breakdown.is_multi_response else None
            self._numbers[position] = number
            if of_value:
                self._statuses[position] = of_value.number

    def _breakdown_status(
        self, breakdown: Breakdown, given: Mapping[str, object], pointer: str
    ) -> None:
        """`{"status": …}` instead of counts: a whole breakdown that is not kept."""
        status = self._status(given, pointer)
        if status is None:
            return
        if status.holds_number or len(given) > 1:
            self._found("H20_status", pointer, "breakdown_status")
            return
        self._mark(breakdown, status)

    def _acknowledgements(self, given: object) -> tuple[dict[str, str], ...]:
        if not isinstance(given, list) or len(given) > MOST_ACKNOWLEDGEMENTS:
            self._found("H19_codes", "/acknowledgements", "wrong_structure", shape="list")
            return ()
        read = (self._acknowledgement(item, index) for index, item in enumerate(given))
        return tuple(item for item in read if item)

    def _acknowledgement(self, given: object, index: int) -> dict[str, str] | None:
        pointer = f"/acknowledgements/{index}"
        members = ("rule", "pointer", "explanation")
        if not self._members(given, members, pointer):
            return None
        assert isinstance(given, dict)  # noqa: S101  _members has seen to it
        if not all(isinstance(given[key], str) for key in members):
            self._found("H19_codes", pointer, "wrong_structure", shape="text")
            return None
        # What is kept tells nobody: the form of a rule's id, and keys that could be ours.
        for part, is_sound in (("rule", _RULE.fullmatch), ("pointer", self._is_pointer)):
            if not is_sound(given[part]):
                self._found("H19_codes", f"{pointer}/{part}", "wrong_structure", shape=part)
                return None
        explanation = self._text(given["explanation"], f"{pointer}/explanation")
        if explanation is None:
            return None
        return {"rule": given["rule"], "pointer": given["pointer"], "explanation": explanation}

    def _is_pointer(self, text: str) -> bool:
        """Whether it is a JSON Pointer of keys that are ours, or could be."""
        first, *keys = text.split("/")
        are_named = (nameable(key) or key in self.contract.measures for key in keys)
        return not first and len(keys) <= 6 and all(are_named)

    def _reason(self, given: object) -> dict[str, str] | None:
        if given is None:
            return None
        pointer = "/revision_reason"
        if not self._members(given, ("code", "text"), pointer):
            return None
        assert isinstance(given, dict)  # noqa: S101  _members has seen to it
        codes = self.contract.revision_reasons
        if given["code"] not in codes:
            self._found(
                "H19_codes", f"{pointer}/code", "unknown_value", nearest=", ".join(codes)
            )
            return None
        text = self._text(given["text"], f"{pointer}/text")
        return None if text is None else {"code": given["code"], "text": text}

    def _members(self, given: object, members: tuple[str, ...], pointer: str) -> bool:
        """Whether it is an object with exactly these members; findings where it is not."""
        if not isinstance(given, dict):
            self._found("H19_codes", pointer, "wrong_structure", shape="object")
            return False
        sound = self._known_keys(given, members, pointer, "unknown_key")
        for key in members:
            if key not in given:
                self._found("H19_codes", pointer, "key_missing", key=key)
                sound = False
        return sound


def is_programme_id(contract: Contract, text: str) -> bool:
    """Whether it is written as a programme's id: a state's, a hyphen and two digits."""
    state, _, number = text.rpartition("-")
    return (
        state in contract.states and len(number) == 2 and number.isascii() and number.isdigit()
    )


def state_of(programme: str) -> str:
    """The state that a programme's id begins with: MX-NLE of MX-NLE-01."""
    return programme.rpartition("-")[0]
