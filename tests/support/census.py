"""What a database has of months, revisions and logs, and where these do not agree."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from cauce_contract import proof

Rows = Sequence[Mapping[str, Any]]
Month = tuple[str, str]  # programme, period
Numbered = tuple[str, str, int]  # programme, period, revision

_REVISIONS = """
    SELECT programme, to_char(period, 'YYYY-MM') AS period, revision, state, content_digest,
        receipt, log_position
    FROM revision ORDER BY revision"""
_MONTHS = """
    SELECT programme, to_char(period, 'YYYY-MM') AS period, revision, returned,
        needs_correction
    FROM month"""
_ENTRIES = "SELECT * FROM log_entry ORDER BY state, position"
_ENDS = "SELECT * FROM state_log"


@dataclass(frozen=True, slots=True)
class Census:
    """All of it at one moment."""

    revisions: Rows
    months: Rows
    entries: Rows
    ends: Rows

    @classmethod
    async def of(cls, sql: asyncpg.Connection) -> Census:
        """Read as one who sees every state's rows."""
        async with sql.transaction(isolation="repeatable_read", readonly=True):
            statements = (_REVISIONS, _MONTHS, _ENTRIES, _ENDS)
            return cls(*[await sql.fetch(each) for each in statements])

    @property
    def accepted(self) -> Counter[tuple[Numbered, str, str]]:
        """How often there is each revision with this content digest and this receipt."""
        return Counter(
            (_numbered(row), row["content_digest"], row["receipt"]) for row in self.revisions
        )

    def acts(self, kind: str) -> Counter[Month]:
        """How many acts of a kind there are about each month."""
        found = [json.loads(row["entry"]) for row in self.entries if row["kind"] == kind]
        return Counter((said["programme"], said["period"]) for said in found)

    def month(self, programme: str, period: str) -> Mapping[str, Any] | None:
        """Where a month stands."""
        asked = (programme, period)
        found = (row for row in self.months if (row["programme"], row["period"]) == asked)
        return next(found, None)

    @property
    def halves(self) -> list[str]:
        """What is there without what belongs to it, in words."""
        return [*self._revisions_and_entries(), *self._months(), *self._chains()]

    def _revisions_and_entries(self) -> Iterator[str]:
        """Each revision has its one entry, and each such entry its revision."""
        rows = Counter(
            (row["state"], row["log_position"], _numbered(row), row["content_digest"])
            for row in self.revisions
        )
        said = Counter[Any]()
        for row in self.entries:
            entry = json.loads(row["entry"])
            if entry["kind"] == "revision":
                place = (row["state"], row["position"])
                said[(*place, _numbered(entry), entry["content_digest"])] += 1
        for where, one, other in (("entry", rows, said), ("revision", said, rows)):
            for found in one - other:
                yield f"{found} has no {where}"

    def _months(self) -> Iterator[str]:
        """Revisions are numbered from 1 without a gap; their month points to the last."""
        numbers = defaultdict[Month, list[int]](list)
        for row in self.revisions:
            numbers[row["programme"], row["period"]].append(row["revision"])
        for month, found in numbers.items():
            if found != list(range(1, len(found) + 1)):
                yield f"{month} has the revisions {found}"
        last = {month: found[-1] for month, found in numbers.items()}
        stands = {
            (row["programme"], row["period"]): row["revision"]
            for row in self.months
            if row["revision"] is not None
        }
        for month in last.keys() | stands.keys():
            if last.get(month) != stands.get(month):
                yield f"{month} stands at {stands.get(month)}, its last is {last.get(month)}"
        yield from self._returns()

    def _returns(self) -> Iterator[str]:
        """A month is returned where that was said of it after its last revision."""
        latest: dict[Month, str] = {}
        for row in self.entries:
            if row["kind"] in ("revision", "return"):
                said = json.loads(row["entry"])
                latest[said["programme"], said["period"]] = row["kind"]
        for row in self.months:
            month = (row["programme"], row["period"])
            if row["returned"] is not (latest.get(month) == "return"):
                yield f"{month} is returned: {row['returned']}, its log says otherwise"

    def _chains(self) -> Iterator[str]:
        """Positions follow each other, heads too, and each log ends where it is noted."""
        ends = {row["state"]: (0, proof.START) for row in (*self.entries, *self.ends)}
        for row in self.entries:
            state, (position, head) = row["state"], ends[row["state"]]
            follows = proof.head(head, position + 1, proof.leaf(row["entry"], row["salt"]))
            if (row["position"], row["head"]) != (position + 1, follows):
                yield f"{state} {row['position']} does not follow from {position}"
            ends[state] = (row["position"], row["head"])
        for row in self.ends:
            if (row["position"], row["head"]) != ends[row["state"]]:
                yield f"the end of {row['state']} is noted at {row['position']}"
        for state in ends.keys() - {row["state"] for row in self.ends}:
            yield f"no end is noted of {state}"


def _numbered(row: Mapping[str, Any]) -> Numbered:
    return row["programme"], row["period"], row["revision"]
