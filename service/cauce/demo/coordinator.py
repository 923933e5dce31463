"""The person whom a demo signs in."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import people
from cauce.access.ids import new_person_id
from cauce.store.tables import Person


async def enter_coordinator(tx: AsyncConnection, email: str) -> str:
    """The id of the coordinator of that address, entered if need be, without an act."""
    found = await people.find(tx, email)
    if found:
        return found.id
    new = {"id": new_person_id(), "email": email, "role": "coordinator"}
    return (await tx.execute(insert(Person).values(new).returning(Person.id))).scalar_one()
