"""A programme's month as it stands, for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.errors import Refusal
from cauce.store import submissions
from cauce.store.calendar import Days
from cauce.store.roster import Owed
from cauce.store.submissions import Accepted, Stands
from cauce_contract import Address, Contract, Month


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force, what is left to do, and when it is due.

    needing_correction  later months that no longer fit with it
    owed                what the roster expects of it: a whole report, or follow-up alone
    """

    accepted: Accepted
    stands: Stands
    days: Days
    needing_correction: Sequence[Month]
    owed: Owed | None


async def find(
    tx: AsyncConnection, contracts: Mapping[str, Contract], address: Address
) -> Standing:
    """The month as it stands, or Refusal: there is none that the transaction may see."""
    near = await submissions.around(tx, contracts, address.programme, address.period)
    if near is None or near.current is None:
        raise Refusal("no-submission")
    owed = near.entry.owes(address.period)
    return Standing(near.current, near.stands, near.days, near.needing_correction, owed)
