"""Acts and roster entries as the interface gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from cauce.act_body import NAME, TEXT, described
from cauce.coordinate.entry import MEMBERS
from cauce.coordinate.months import WAIVER_CODES
from cauce.store.acts import Act
from cauce.store.calendar import ZONE, Days
from cauce.store.roster import KINDS, OWED
from cauce_contract import Month


class _OfMonth(BaseModel):
    """What every act about a month says; `position` is its place in the state's log.

    `by` is the id of the client or the person who did it, or `cauce-service` for a command.
    """

    programme: str
    period: str
    at: str
    by: str
    position: int


class Return(_OfMonth):
    """`open_until`: the last day on which the state can answer it, and the month comes in."""

    kind: Literal["return"]
    revision: int
    code: str
    text: str
    open_until: str


class Explanation(_OfMonth):
    kind: Literal["explanation"]
    revision: int
    rule: str
    pointer: str
    explanation: str


class Waiver(_OfMonth):
    kind: Literal["waiver"]
    code: str
    text: str


class WaiverWithdrawal(_OfMonth):
    kind: Literal["waiver_withdrawal"]
    text: str


class ExtensionRequest(_OfMonth):
    kind: Literal["extension_request"]
    until: str
    text: str


class Extension(_OfMonth):
    """`moves_due`: it was granted in time, and moved the due day; else it lets the month in."""

    kind: Literal["extension"]
    until: str
    moves_due: bool
    text: str


AnAct = Annotated[
    Return | Explanation | Waiver | WaiverWithdrawal | ExtensionRequest | Extension,
    Field(discriminator="kind"),
]


class Acts(BaseModel):
    """All acts about a month, oldest first."""

    items: list[AnAct]
    next: str | None


class ExtensionRequests(BaseModel):
    """The requests that wait for an answer, oldest first."""

    items: list[ExtensionRequest]
    next: str | None


class Interval(BaseModel):
    """Consecutive months; `until` is the last of them, null while it goes on."""

    kind: Literal["active", "follow_up"]
    since: str
    until: str | None


class Programme(BaseModel):
    """A roster entry. `backfill_until`: the last day on which it may bring its past."""

    programme: str
    state: str
    name: str
    kind: Literal["court", "consolidated"]
    replaces: list[str]
    backfill_until: str | None
    intervals: list[Interval]


class Programmes(BaseModel):
    items: list[Programme]
    next: str | None


class CalendarMonth(BaseModel):
    """The days of a month's reports; each counts whole, in the calendar's time zone."""

    period: str
    opens: str
    due: str
    closes: str


class Calendar(BaseModel):
    time_zone: str
    items: list[CalendarMonth]
    next: str | None


def act(found: Act) -> dict[str, Any]:
    """An act as its state's log has it, and where."""
    return {**found.said, "position": found.position}


def calendar_month(period: Month, days: Days) -> dict[str, str]:
    return {
        "period": str(period),
        "opens": str(days.opens),
        "due": str(days.due),
        "closes": str(days.closes),
    }


def calendar(found: Mapping[Month, Days]) -> dict[str, Any]:
    items = [calendar_month(period, days) for period, days in found.items()]
    return {"time_zone": ZONE.key, "items": items, "next": None}


_DAY = {"type": "string", "format": "date"}
_MONTH = {"type": "string", "examples": ["2026-09"]}
_PROGRAMME = {"type": "string", "examples": ["MX-NLE-01"]}
_INTERVAL = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(OWED)},
        "since": _MONTH,
        "until": {**_MONTH, "type": ["string", "null"]},
    },
    "required": ["kind", "since", "until"],
    "additionalProperties": False,
}

WAIVER = described(
    ["code", "text"], code={"type": "string", "enum": list(WAIVER_CODES)}, text=TEXT
)
WITHDRAWAL = described(["text"], text=TEXT)
EXTENSION = described(["until", "text"], until=_DAY, text=TEXT)
DAYS = described(["opens", "due", "closes"], opens=_DAY, due=_DAY, closes=_DAY)
ENTRY = described(
    MEMBERS,
    programme=_PROGRAMME,
    state={"type": "string", "examples": ["MX-NLE"]},
    name=NAME,
    kind={"type": "string", "enum": list(KINDS)},
    replaces={"type": "array", "items": _PROGRAMME},
    backfill_until={**_DAY, "type": ["string", "null"]},
    intervals={"type": "array", "minItems": 1, "items": _INTERVAL},
)
