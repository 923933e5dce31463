"""The calendar: from when, until when in time, and until when at all a month is received."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.coordinate.actor import Actor
from cauce.coordinate.dated_body import DatedBody
from cauce.store import calendar, log
from cauce.store.calendar import Days
from cauce_contract import Month


async def set_days(tx: AsyncConnection, actor: Actor, period: Month, body: object) -> Days:
    """Set a month's days to those of {"opens", "due", "closes"}, or Refusal.

    The same days again are no act. Reports that are there are late or in time by the new ones.
    """
    days = _read(actor, period, body)
    if (await calendar.of_months(tx, [period]))[period] == days:
        return days
    await calendar.put(tx, period, days)
    said = {"opens": str(days.opens), "due": str(days.due), "closes": str(days.closes)}
    await log.add(
        tx, log.NATIONAL_LOG, "calendar", period=str(period), **said, **actor.signature
    )
    return days


def _read(actor: Actor, period: Month, body: object) -> Days:
    given = DatedBody(actor.contract, body, ("opens", "due", "closes"))
    opens, due, closes = (given.day(member) for member in ("opens", "due", "closes"))
    over = (period + 1).first_day
    if opens and opens < over:
        given.fault("day_too_early", "/opens", expected=str(over))
    if opens and due and due < opens:
        given.fault("day_too_early", "/due", expected=str(opens))
    if due and closes and closes < due:
        given.fault("day_too_early", "/closes", expected=str(due))
    given.require_sound()
    if not (opens and due and closes):
        raise given.refusal()
    return Days(opens, due, closes)
