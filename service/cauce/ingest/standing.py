"""A programme's month as it stands, for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.errors import Refusal
from cauce.store import calendar, submissions
from cauce.store.calendar import Days
from cauce.store.submissions import Accepted, Stands
from cauce_contract import Address, Contract, Month, is_programme_id


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force, what is left to do, and when it is due.

    needing_correction  later months that no longer fit with it
    """

    accepted: Accepted
    stands: Stands
    days: Days
    needing_correction: Sequence[Month]


def readable(contract: Contract, programme: str, period: str) -> Address:
    """The address of a month that there could be; any other is as absent."""
    if not is_programme_id(contract, programme):
        raise Refusal("no-submission")
    try:
        return Address(programme, Month.parse(period))
    except ValueError:
        raise Refusal("no-submission") from None


async def find(
    tx: AsyncConnection, contracts: Mapping[str, Contract], address: Address
) -> Standing:
    """The month as it stands, or Refusal: there is none that the transaction may see."""
    near = await submissions.around(tx, contracts, address.programme, address.period)
    if near.current is None:
        raise Refusal("no-submission")
    days = await days_of(tx, address.period, near.stands)
    return Standing(near.current, near.stands, days, near.needing_correction)


async def days_of(tx: AsyncConnection, period: Month, stands: Stands) -> Days:
    """When the month may be reported and is due, with the extension that it has."""
    days = await calendar.of_months(tx, [period])
    return days[period].moved_to(stands.due)
