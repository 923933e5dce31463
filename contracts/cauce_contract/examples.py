"""The examples of a version: documents, and what the check must say of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Any

from cauce_contract.check import Address, Outcome, check
from cauce_contract.history import read_report
from cauce_contract.load import folder_of_versions
from cauce_contract.model import Contract
from cauce_contract.month import Month

FULL_MONTH = "MX-NLE-01-2026-09"  # the accepted example that has every measure, and no finding
_SIDECAR = ".findings.json"


@dataclass(frozen=True, slots=True)
class Example:
    """A document with the circumstances of its check, and the findings that it must give.

    version   beside which it stands
    name      of its file, such as H01-balance-off-by-one
    expected  rule and pointer of each finding, in the check's order
    """

    version: str
    name: str
    is_accepted: bool
    document: Any
    now: datetime
    history: Sequence[Any]
    address: Address | None
    start: Month | None
    expected: Sequence[tuple[str, str]]

    def outcome(self, contracts: Mapping[str, Contract]) -> Outcome:
        """What the check says of it under these versions, once its own is active."""
        own = replace(contracts[self.version], status="active")
        contracts = {**contracts, self.version: own}
        earlier = (read_report(contracts, document) for document in self.history)
        return check(
            contracts,
            self.document,
            now=self.now,
            history=[report for report in earlier if report],
            address=self.address,
            start=self.start,
        )


def examples(version: str) -> list[Example]:
    """The examples beside a version, the accepted ones first, by name."""
    folder = folder_of_versions() / version / "examples"
    kinds = [("accepted", True), ("rejected", False)]
    return [
        example
        for name, is_accepted in kinds
        if (folder / name).is_dir()
        for example in _in(folder / name, version, is_accepted)
    ]


def _in(folder: Traversable, version: str, is_accepted: bool) -> Iterator[Example]:
    for sidecar in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not sidecar.name.endswith(_SIDECAR):
            continue
        name = sidecar.name.removesuffix(_SIDECAR)
        told = json.loads(sidecar.read_text("utf-8"))
        address, start = told.get("address"), told.get("start")
        yield Example(
            version=version,
            name=name,
            is_accepted=is_accepted,
            document=json.loads((folder / f"{name}.json").read_text("utf-8")),
            now=datetime.fromisoformat(told["now"]),
            history=told.get("history", []),
            address=Address(address["programme"], Month.parse(address["period"]))
            if address
            else None,
            start=Month.parse(start) if start else None,
            expected=[(found["rule"], found["pointer"]) for found in told["findings"]],
        )
