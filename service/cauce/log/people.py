"""People as the entries of the nation's log have them, against the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import person_acts
from cauce.log.chain import Stored
from cauce.log.faults import Fault
from cauce.store.connect import ADMIN, NATION, see
from cauce.store.tables import Person


@dataclass(slots=True)
class Told:
    """A person as the entries up to `position` leave them.

    entered  role and state; None for one from before the log had people, or a demo's
    """

    position: int
    entered: tuple[object, object] | None = None
    is_disabled: bool = False


@dataclass(slots=True)
class People:
    """Who may sign in, and as what: a role that somebody wrote into the database is found."""

    state: str
    found: dict[str, Told] = field(default_factory=dict)

    def take(self, stored: Stored, said: Mapping[str, Any]) -> Iterator[Fault]:
        """Take in an entry that fits in the log, of a kind that `person_acts` has."""
        try:
            told = self.found.setdefault(str(said["person"]), Told(stored.position))
            told.position = stored.position
            match said["kind"]:
                case person_acts.PERSON:
                    told.entered = (said["role"], said["of"])
                case person_acts.DISABLEMENT:
                    told.is_disabled = True
        except KeyError:
            yield Fault(self.state, stored.position, "the act cannot be read")

    async def compare(self, tx: AsyncConnection) -> list[Fault]:
        """How people are not what the entries say."""
        if not self.found:
            return []
        await see(tx, ADMIN)
        rows = await tx.execute(select(Person.__table__).where(Person.id.in_(self.found)))
        there = {row.id: row for row in rows}
        await see(tx, NATION)
        return [
            Fault(self.state, told.position, what)
            for id_, told in self.found.items()
            for what in _unlike(told, there.get(id_))
        ]


async def unentered(tx: AsyncConnection, entered: set[str]) -> Sequence[str]:
    """The people who are there by no entry, in order; `entered`: those of entries."""
    await see(tx, ADMIN)
    there = (await tx.execute(select(Person.id).order_by(Person.id))).scalars().all()
    await see(tx, NATION)
    return [person for person in there if person not in entered]


def _unlike(told: Told, row: Row[Any] | None) -> Iterator[str]:
    if row is None:
        yield "the person of this entry is not there"
        return
    if told.entered not in (None, (row.role, row.state)):
        yield "the person's role or state is not what its entry says"
    if told.is_disabled != (row.disabled_at is not None):
        yield "the person is disabled by its entries or by its row, and not by both"
