"""Machine clients and their keys as the entries of one log have them, against the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_acts
from cauce.instants import written
from cauce.log.chain import Stored
from cauce.log.faults import Fault
from cauce.store.connect import ADMIN, NATION, see
from cauce.store.log import NATIONAL_LOG
from cauce.store.tables import Client, ClientKey


@dataclass(frozen=True, slots=True)
class Key:
    """A key as entries, or its row, have it; `holds` is from when until when, as written.

    holds  None where no entry added the key, from before the logs had such entries
    """

    holds: tuple[object, object] | None = None
    is_revoked: bool = False


@dataclass(slots=True)
class Told:
    """A client as the entries up to `position` leave it.

    registered  its name and scopes; None for one from before the logs had clients
    keys        by kid
    """

    position: int
    registered: tuple[object, object] | None = None
    is_revoked: bool = False
    keys: dict[str, Key] = field(default_factory=dict)


@dataclass(slots=True)
class Registered:
    """The clients of one log.

    Of those that an entry registered, each key must be told too: a key that somebody wrote
    into the database would speak for a state, and no entry says so.
    """

    state: str
    found: dict[str, Told] = field(default_factory=dict)

    def take(self, stored: Stored, said: Mapping[str, Any]) -> Iterator[Fault]:
        """Take in an entry that fits in the log, of a kind that `client_acts` has."""
        try:
            told = self.found.setdefault(str(said["client"]), Told(stored.position))
            told.position = stored.position
            match said["kind"]:
                case client_acts.CLIENT:
                    told.registered = (said["name"], said["scopes"])
                case client_acts.CLIENT_REVOCATION:
                    told.is_revoked = True
                case client_acts.KEY:
                    holds = (said["not_before"], said["not_after"])
                    told.keys.setdefault(str(said["kid"]), Key(holds))
                case client_acts.KEY_REVOCATION:
                    before = told.keys.get(str(said["kid"]), Key())
                    told.keys[str(said["kid"])] = Key(before.holds, is_revoked=True)
        except KeyError:
            yield Fault(self.state, stored.position, "the act cannot be read")

    async def compare(self, tx: AsyncConnection) -> list[Fault]:
        """How clients and keys are not what the entries say."""
        if not self.found:
            return []
        await see(tx, ADMIN)
        is_told = Client.id.in_(self.found)
        clients = {
            row.id: row for row in await tx.execute(select(Client.__table__).where(is_told))
        }
        keys: dict[str, dict[str, Key]] = {}
        of_told = select(ClientKey.__table__).where(ClientKey.client.in_(self.found))
        for row in await tx.execute(of_told):
            keys.setdefault(row.client, {})[row.kid] = _key(row)
        await see(tx, NATION)
        return [
            Fault(self.state, told.position, what)
            for id_, told in self.found.items()
            for what in _unlike(self.state, told, clients.get(id_), keys.get(id_, {}))
        ]


async def unregistered(tx: AsyncConnection, registered: Collection[str]) -> Sequence[str]:
    """The clients that no entry of any log registered, in order.

    registered  the ids of those that entries did
    """
    await see(tx, ADMIN)
    there = (await tx.execute(select(Client.id).order_by(Client.id))).scalars().all()
    await see(tx, NATION)
    return [client for client in there if client not in registered]


def _key(row: Row[Any]) -> Key:
    begins, ends = (each and written(each) for each in (row.not_before, row.not_after))
    return Key((begins, ends), row.revoked_at is not None)


def _unlike(
    state: str, told: Told, row: Row[Any] | None, keys: Mapping[str, Key]
) -> Iterator[str]:
    if row is None:
        yield "the client of this entry is not there"
        return
    if (row.state or NATIONAL_LOG) != state:
        yield "the client is not of the state of this log"
    if told.registered not in (None, (row.name, row.scopes)):
        yield "the client's name or scopes are not what its entry says"
    if told.is_revoked != (row.revoked_at is not None):
        yield "the client is revoked by its entries or by its row, and not by both"
    for kid, key in told.keys.items():
        if kid not in keys:
            yield "a key of the client is not there"
        elif keys[kid].is_revoked != key.is_revoked:
            yield "a key of the client is revoked by its entries or by its row, and not by both"
        elif key.holds not in (None, keys[kid].holds):
            yield "a key of the client does not hold from when until when its entry says"
    if told.registered and keys.keys() - told.keys.keys():
        yield "no entry adds a key that the client has"
