"""The service's account of why it refused: a problem document (RFC 9457), read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cauce_contract.strict_json import NotJson, loads

Json = dict[str, Any]  # an object as the interface has it


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `place` is a JSON Pointer into the document, or a parameter's name."""

    rule: str
    severity: str
    place: str
    message: str

    @classmethod
    def read(cls, json: Mapping[str, Any]) -> Fault:
        place = json.get("pointer", json.get("parameter", ""))
        severity = json.get("severity", "error")
        return cls(str(json.get("rule")), severity, place, str(json.get("message")))


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal.

    slug    the last part of its type, such as `contract-violation`; "" where it has none
    faults  what is wrong, one by one, where the service says so
    json    the whole answer; empty where it was no JSON object
    """

    status: int
    slug: str = ""
    title: str = ""
    detail: str = ""
    trace_id: str = ""
    faults: tuple[Fault, ...] = ()
    json: Json = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, status: int, content: bytes) -> Problem:
        """The problem in an answer that is no success, whoever wrote it: never raises.

        A token's refusal has the form of RFC 6749, a proxy's answer none that we know.
        """
        try:
            json = loads(content)
        except NotJson:
            json = None
        if not isinstance(json, dict):
            return cls(status, title=f"HTTP {status}")
        faults = json.get("errors", [])
        return cls(
            status=status,
            slug=str(json.get("type", json.get("error", ""))).rpartition("/")[2],
            title=str(json.get("title", json.get("error", f"HTTP {status}"))),
            detail=str(json.get("detail", json.get("error_description", ""))),
            trace_id=str(json.get("trace_id", "")),
            faults=tuple(Fault.read(fault) for fault in faults if isinstance(fault, dict))
            if isinstance(faults, list)
            else (),
            json=json,
        )

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.detail}" if self.detail else self.title]
        lines += [f"  {fault.place or '/'}: {fault.message}" for fault in self.faults]
        return "\n".join(lines)
