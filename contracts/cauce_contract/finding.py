"""A finding: one thing that the check has to say about a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cauce_contract.labels import Labels
from cauce_contract.model import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """Which rule, where, and the integers and ids that explain it; never what was sent.

    pointer   JSON Pointer (RFC 6901) into the document
    variant   which of the rule's messages applies
    figures   the fields of that message; `expected`, `actual` and `ordinal` (which key of the
              object at the pointer, from 1, where it may not be named) are also members of the
              finding as JSON, where they are integers
    """

    rule: str
    severity: Severity
    pointer: str
    variant: str
    figures: Mapping[str, int | str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Finding:
        """The finding that was kept as this."""
        return cls(**data)

    def as_data(self) -> dict[str, Any]:
        """What it says in no language, to be kept; `read` takes it."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "pointer": self.pointer,
            "variant": self.variant,
            "figures": dict(self.figures),
        }

    def as_json(self, labels: Labels) -> dict[str, object]:
        """The finding as the interface gives it: rule, severity, pointer, message, numbers."""
        numbers = {
            key: value
            for key in ("expected", "actual", "ordinal")
            if isinstance(value := self.figures.get(key), int)
        }
        return {
            "rule": self.rule,
            "severity": self.severity,
            "pointer": self.pointer,
            "message": labels.message(self.rule, self.variant, self.figures),
            **numbers,
        }
