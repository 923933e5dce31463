"""One log, read from its first entry on: whether each follows from the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cauce.log.faults import Fault
from cauce_contract import Month, canonical, proof
from cauce_contract.strict_json import NotJson, loads


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the database has it."""

    position: int
    sequence: int
    text: str
    salt: bytes
    head: bytes
    kind: str | None
    programme: str | None
    period: date | None


@dataclass(slots=True)
class Chain:
    """The end of what was read of a state's log."""

    state: str
    position: int = 0
    head: bytes = proof.START
    sequence: int = 0

    def follow(self, stored: Stored) -> Iterator[Fault]:
        """Take the next entry, by position, and say how it does not follow."""
        if stored.position > self.position + 1:
            what = f"no entry is here: the next one is {stored.position}"
            yield Fault(self.state, self.position + 1, what)
        elif stored.position <= self.position:
            yield self._fault(
                stored, "there is more than one entry, or revision, at this position"
            )
        else:
            leaf = proof.leaf(stored.text, stored.salt)
            if proof.head(self.head, stored.position, leaf) != stored.head:
                yield self._fault(stored, "entry, salt and head do not follow from the last")
        if stored.sequence <= self.sequence:
            yield self._fault(stored, "its sequence is not after that of the entry before")
        self.position, self.head, self.sequence = stored.position, stored.head, stored.sequence

    def end(self, noted: int, head: bytes | None) -> Iterator[Fault]:
        """Say how the end that is noted of the log, 0 for none, is not that of the log."""
        if noted > self.position:
            what = f"no entry is here, but the end of the log is noted at {noted}"
            yield Fault(self.state, self.position + 1, what)
        elif noted < self.position:
            what = "the end of the log is noted before this entry"
            yield Fault(self.state, noted + 1, what)
        elif noted and head != self.head:
            yield Fault(self.state, noted, "the head that is noted is not that of the log")

    def _fault(self, stored: Stored, what: str) -> Fault:
        return Fault(self.state, stored.position, what, stored.programme, stored.period)


def said_by(state: str, stored: Stored) -> tuple[Mapping[str, Any] | None, list[Fault]]:
    """What an entry says, None where that cannot be read, and what is wrong with saying it."""
    place = (state, stored.position)
    try:
        said = loads(stored.text.encode())
    except NotJson:
        said = None
    if not isinstance(said, dict):
        return None, [Fault(*place, "the entry is not a JSON object")]
    faults = []
    about = (stored.programme, stored.period)
    if canonical(said).decode() != stored.text:
        faults.append(Fault(*place, "the entry is not canonical JSON", *about))
    period = _month(said.get("period"))
    copies = (stored.kind, stored.programme, stored.period)
    if copies != (said.get("kind"), said.get("programme"), period):
        what = "kind, programme or month beside the entry are not those in it"
        faults.append(Fault(*place, what, *about))
    programme = said.get("programme")
    if isinstance(programme, str) and not programme.startswith(f"{state}-"):
        faults.append(Fault(*place, "the entry is about another state's programme", *about))
    return said, faults


def _month(text: object) -> date | None:
    try:
        return Month.parse(text).first_day if isinstance(text, str) else None
    except ValueError:
        return None
