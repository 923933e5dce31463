"""A roster entry as it is sent: read with every fault that it shows by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, cast

from cauce.coordinate.dated_body import DatedBody
from cauce.store.roster import KINDS, OWED, Entry, Interval, Kind
from cauce_contract import Contract, Month, is_programme_id, state_of

MEMBERS = ("name", "kind", "replaces", "backfill_until", "intervals")
MOST_INTERVALS = 40
MOST_REPLACED = 40
_INTERVAL = ("kind", "since", "until")


class EntryBody(DatedBody):
    """Reads the members of an entry; `entry` has them all, or there is a refusal."""

    def __init__(self, contract: Contract, programme: str, body: object) -> None:
        # What the address says may stand there too: so what was read can be sent back.
        named = {"programme": programme, "state": state_of(programme)}
        repeated = [each for each in named if isinstance(body, dict) and each in body]
        super().__init__(contract, body, [*MEMBERS, *repeated])
        for member, expected in named.items():
            if self._body.get(member, expected) != expected:
                self.fault("not_the_address", f"/{member}", expected=expected)
        self._programme, self._state = programme, named["state"]

    def entry(self) -> Entry:
        """The entry; Refusal with every fault of it."""
        name, kind = self.name("name"), cast("Kind", self.one_of("kind", KINDS))
        replaces, intervals = self._replaces(), self._intervals()
        backfill_until = self._backfill_until()
        self.require_sound()
        return Entry(
            self._programme,
            self._state,
            name,
            kind,
            replaces,
            intervals,
            backfill_until,
        )

    def _backfill_until(self) -> date | None:
        is_none = self._body.get("backfill_until") is None
        return None if is_none else self.day("backfill_until")

    def _list(self, member: str, most: int) -> Sequence[Any]:
        given = self._body.get(member, [])
        if isinstance(given, list) and len(given) <= most:
            return given
        self.fault("not_a_list_of", f"/{member}", expected=most)
        return []

    def _replaces(self) -> list[str]:
        given = self._list("replaces", MOST_REPLACED)
        for at, programme in enumerate(given):
            pointer = f"/replaces/{at}"
            if not isinstance(programme, str) or not is_programme_id(self._contract, programme):
                self.fault("not_a_programme", pointer, nearest=self._state)
            elif programme == self._programme or programme in given[:at]:
                self.fault("replaced_twice", pointer)
            elif not programme.startswith(f"{self._state}-"):
                self.fault("of_another_state", pointer, expected=self._state)
        return [programme for programme in given if isinstance(programme, str)]

    def _intervals(self) -> list[Interval]:
        given = self._list("intervals", MOST_INTERVALS)
        if not given and self._body.get("intervals") == []:
            self.fault("no_interval", "/intervals")
        read = [self._interval(each, f"/intervals/{at}") for at, each in enumerate(given)]
        placed = sorted(
            ((each, at) for at, each in enumerate(read) if each),
            key=lambda found: found[0].since,
        )
        for (before, _), (after, at) in pairwise(placed):
            if before.until is None or after.since <= before.until:
                self.fault("intervals_overlap", f"/intervals/{at}")
        return [each for each, _ in placed]

    def _interval(self, given: object, pointer: str) -> Interval | None:
        if not isinstance(given, dict):
            self.fault("not_an_object", pointer)
            return None
        for _ in [key for key in given if key not in _INTERVAL][:1]:
            self.fault("not_a_member", pointer, nearest=", ".join(_INTERVAL))
        for member in _INTERVAL:
            if member not in given:
                self.fault("member_missing", f"{pointer}/{member}")
        kind = next((each for each in OWED if each == given.get("kind")), None)
        if kind is None and "kind" in given:
            self.fault("not_one_of", f"{pointer}/kind", nearest=", ".join(OWED))
        since = self._month(given, "since", pointer)
        is_open = "until" in given and given["until"] is None
        until = None if is_open else self._month(given, "until", pointer)
        if since and since < self._contract.accepts_from:
            first = str(self._contract.accepts_from)
            self.fault("before_contract", f"{pointer}/since", expected=first)
        if since and until and until < since:
            self.fault("from_after_to", f"{pointer}/since")
        is_read = kind and since and (until or is_open)
        return Interval(kind, since, until) if is_read and kind and since else None

    def _month(self, given: dict[str, object], member: str, pointer: str) -> Month | None:
        if member not in given:
            return None
        text = given[member]
        try:
            return Month.parse(text if isinstance(text, str) else "")
        except ValueError:
            self.fault("not_a_month", f"{pointer}/{member}")
            return None
