"""What is decided about a programme's month: waivers, and extensions asked for and granted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.act_body import ActBody
from cauce.coordinate.actor import Actor
from cauce.coordinate.dated_body import DatedBody
from cauce.errors import Refusal
from cauce.store import acts, calendar, months, roster
from cauce.store.acts import Act, Kind
from cauce.store.calendar import Days
from cauce.store.roster import Entry
from cauce.store.submissions import Stands
from cauce_contract import Address, Month

WAIVER_CODES = ("disaster", "strike", "system_failure", "other")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act in its place of the log; `is_new`: it was not there before."""

    act: Act
    is_new: bool


Doing = Callable[[AsyncConnection, Actor, Address, object], Awaitable[Recorded]]


@dataclass(frozen=True, slots=True)
class Place:
    """A programme's month, and where it stands; `days` are those with its extension."""

    entry: Entry
    period: Month
    stands: Stands
    days: Days

    @property
    def open_through(self) -> date:
        """The last day on which it comes in."""
        return self.days.open_through(self.stands.open_until, self.entry.backfill_until)


async def place_of(tx: AsyncConnection, actor: Actor, address: Address) -> Place:
    """The month that an act is about; Refusal for one that is not owed, or has not begun."""
    entry = await roster.find(tx, address.programme)
    if entry is None:
        raise Refusal("unknown-programme")
    period = address.period
    if not entry.is_on_roster(period):
        raise Refusal("not-on-roster", period=str(period), months=entry.months)
    if actor.today < period.first_day:
        raise Refusal("not-begun", begins=str(period.first_day))
    stands = await months.find(tx, entry.id, period)
    days = (await calendar.of_months(tx, [period]))[period]
    return Place(entry, period, stands, days.moved_to(stands.due))


async def waive(tx: AsyncConnection, actor: Actor, address: Address, body: object) -> Recorded:
    """Waive a month that nobody can report, for {"code", "text"}; or Refusal.

    It stays in the denominator of every coverage, and leaves the rates of timeliness.
    """
    given = ActBody(actor.contract, body, ("code", "text"))
    said = {"code": given.one_of("code", WAIVER_CODES), "text": given.free_text("text")}
    given.require_sound()
    place = await place_of(tx, actor, address)
    if place.stands.first_received_at:
        raise Refusal("already-reported")
    if place.stands.waived and (before := await _again(tx, place, "waiver", said)):
        return Recorded(before, is_new=False)
    return await _record(tx, actor, place, "waiver", said, waived=True)


async def withdraw_waiver(
    tx: AsyncConnection, actor: Actor, address: Address, body: object
) -> Recorded:
    """Owe a waived month again, for {"text"}; or Refusal."""
    given = ActBody(actor.contract, body, ("text",))
    said = {"text": given.free_text("text")}
    given.require_sound()
    place = await place_of(tx, actor, address)
    if place.stands.waived:
        return await _record(tx, actor, place, "waiver_withdrawal", said, waived=False)
    if before := await _again(tx, place, "waiver_withdrawal", said):
        return Recorded(before, is_new=False)
    raise Refusal("not-waived")


async def ask_for_extension(
    tx: AsyncConnection, actor: Actor, address: Address, body: object
) -> Recorded:
    """Ask for more days, as {"until", "text"}: nothing changes until they are granted."""
    given, until, said = _read(actor, body)
    place = await place_of(tx, actor, address)
    if before := await _again(tx, place, "extension_request", said):
        return Recorded(before, is_new=False)
    _require_more_days(given, actor, place, until)
    return await _record(tx, actor, place, "extension_request", said)


async def extend(tx: AsyncConnection, actor: Actor, address: Address, body: object) -> Recorded:
    """Give a month until a day, for {"until", "text"}; or Refusal.

    Granted before the due day is over, that day is the new due day. Later nothing makes the
    month be in time any more: it only comes in until then.
    """
    given, until, said = _read(actor, body)
    place = await place_of(tx, actor, address)
    if before := await _again(tx, place, "extension", said):
        return Recorded(before, is_new=False)
    moves_due = _require_more_days(given, actor, place, until)
    days = {"due" if moves_due else "open_until": until}
    return await _record(
        tx, actor, place, "extension", {**said, "moves_due": moves_due}, **days
    )


def _read(actor: Actor, body: object) -> tuple[DatedBody, date, Mapping[str, str]]:
    given = DatedBody(actor.contract, body, ("until", "text"))
    until, text = given.day("until"), given.free_text("text")
    given.require_sound()
    if until is None:
        raise given.refusal()
    return given, until, {"until": str(until), "text": text}


def _require_more_days(given: DatedBody, actor: Actor, place: Place, until: date) -> bool:
    """Whether more days move the due day; Refusal where the month has as many without them."""
    moves_due = actor.today <= place.days.due
    if moves_due and until <= place.days.due:
        given.fault("in_time_anyway", "/until", expected=str(place.days.due))
    elif not moves_due and until <= place.open_through:
        given.fault("open_anyway", "/until", expected=str(place.open_through))
    elif until < actor.today:
        given.fault("day_too_early", "/until", expected=str(actor.today))
    given.require_sound()
    return moves_due


# The acts after which the same one said again is another.
_CHANGED_BY: dict[Kind, tuple[Kind, ...]] = {
    "waiver": ("waiver", "waiver_withdrawal"),
    "waiver_withdrawal": ("waiver", "waiver_withdrawal"),
    "extension_request": ("extension_request", "extension"),
    "extension": ("extension",),
}


async def _again(
    tx: AsyncConnection, place: Place, kind: Kind, said: Mapping[str, str]
) -> Act | None:
    """The act that said the same, where nothing about it has changed since."""
    earlier = await acts.about(tx, place.entry.id, place.period, *_CHANGED_BY[kind])
    last = earlier[-1] if earlier else None
    is_same = last and last.kind == kind and said.items() <= last.said.items()
    return last if is_same else None


async def _record(
    tx: AsyncConnection,
    actor: Actor,
    place: Place,
    kind: Kind,
    said: Mapping[str, str | bool],
    **changes: date | bool,
) -> Recorded:
    programme, state = place.entry.id, place.entry.state
    if changes:
        await months.put(tx, programme, state, place.period, **changes)
    about = {"programme": programme, "period": str(place.period)}
    act = await acts.add(tx, state, kind, **about, **said, **actor.signature)
    return Recorded(act, is_new=True)
