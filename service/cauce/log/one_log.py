"""One state's log, read from its first entry to its end with all that it is about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import client_acts, person_acts, tokens
from cauce.access.tokens import PublicKey, TokenRefused
from cauce.log import entries, revisions
from cauce.log.chain import Chain, Stored, said_by
from cauce.log.decided import Decided
from cauce.log.faults import Fault, Faults
from cauce.log.fitting import misflagged
from cauce.log.people import People
from cauce.log.registered import Registered
from cauce.log.replay import Months
from cauce.store.tables import MonthStands, StateLog
from cauce_contract import Contract


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys that may have signed, by kid."""

    receipts: Mapping[str, PublicKey]
    checkpoints: Mapping[str, PublicKey]


@dataclass(slots=True)
class Verified:
    """What was looked at, and what does not fit.

    unread  revisions by the core digest of a contract that this build does not have, under
            which their cells were not read again
    unattested  programmes that are on the roster by no entry, from before there were logs
    registered    the clients that entries registered
    unregistered  those that are there by no entry, from before the logs had clients
    entered       the people whom entries entered
    unentered     those who are there by no entry, from before the log had people
    """

    logs: int = 0
    entries: int = 0
    revisions: int = 0
    checkpoints: int = 0
    kept: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    unattested: Sequence[str] = ()
    registered: set[str] = field(default_factory=set)
    unregistered: Sequence[str] = ()
    entered: set[str] = field(default_factory=set)
    unentered: Sequence[str] = ()
    faults: Faults = field(default_factory=Faults)


@dataclass(slots=True)
class OneLog:
    """A log while it is read.

    is_chained  whether its entries follow from each other, all of them there
    is_sound    whether all that was read fits
    """

    tx: AsyncConnection
    state: str
    contracts: Mapping[str, Contract]
    keys: Keys
    found: Verified
    chain: Chain = field(init=False)
    months: Months = field(init=False)
    decided: Decided = field(init=False)
    registered: Registered = field(init=False)
    people: People = field(init=False)
    is_chained: bool = True
    is_sound: bool = True

    def __post_init__(self) -> None:
        self.chain, self.months = Chain(self.state), Months(self.state)
        self.decided = Decided(self.state)
        self.registered, self.people = Registered(self.state), People(self.state)

    async def read(self) -> AsyncIterator[int]:
        """Entries and revisions first, and then what they lead to, as far as they fit.

        Yields how many entries were looked at until now, of all logs.
        """
        async for stored, row in entries.of_log(self.tx, self.state):
            if stored is None and row is not None:
                self._add([self._about(row, row.log_position, "this revision has no entry")])
                self.months.distrust(row.programme, row.period, row.log_position)
            elif stored is not None:
                self._entry(stored, row)
            yield self.found.entries
        ends = (await self.tx.execute(_END, {"of": self.state})).all()
        for end in ends:
            self._chained(self.chain.end(end.position, end.head))
        if not ends:
            self._chained(self.chain.end(0, None))
        if self.is_chained:
            noted = (await self.tx.execute(_MONTHS, {"of": self.state})).all()
            self._add(self.months.compare(noted))
            self._add(await self.decided.compare(self.tx))
            self._add(await self.registered.compare(self.tx))
            self._add(await self.people.compare(self.tx))
        if self.is_sound:
            months = self.months.found
            flags = misflagged(self.tx, self.state, self.contracts, months)
            self._add([fault async for fault in flags])

    def _entry(self, stored: Stored, row: Row[Any] | None) -> None:
        self.found.entries += 1
        self._chained(self.chain.follow(stored))
        said, faults = said_by(self.state, stored)
        self._add(faults)
        if said is None or faults:
            self.months.distrust(stored.programme, stored.period, stored.position)
            self.decided.distrust(stored)
        elif said["kind"] == "revision":
            self._revision(stored, said, row)
        elif said["kind"] in client_acts.KINDS:
            self._add(self.registered.take(stored, said))
            if said["kind"] == client_acts.CLIENT:
                self.found.registered.add(str(said.get("client")))
        elif said["kind"] in person_acts.KINDS:
            self._add(self.people.take(stored, said))
            if said["kind"] == person_acts.PERSON:
                self.found.entered.add(str(said.get("person")))
        else:
            if row is not None:
                what = "this revision names the place of another entry"
                self._add([self._about(row, stored.position, what)])
                self.months.distrust(row.programme, row.period, stored.position)
            is_of_month = stored.programme is not None and stored.period is not None
            self._add((self.months if is_of_month else self.decided).take(stored, said))

    def _revision(self, stored: Stored, said: Mapping[str, Any], row: Row[Any] | None) -> None:
        """An entry of a revision: its row, and what the month is with it."""
        if row is None:
            about = (stored.programme, stored.period, said.get("revision"))
            what = "the revision of this entry is not there"
            self._add([Fault(self.state, stored.position, what, *about)])
            self.months.distrust(stored.programme, stored.period, stored.position)
            return
        self.found.revisions += 1
        wrong = [
            *revisions.against_entry(row, said),
            *revisions.against_document(row, self.contracts),
        ]
        claims: Mapping[str, Any] = {}
        try:
            claims = tokens.opened(row.receipt, self.keys.receipts, tokens.RECEIPT)
            wrong += revisions.unlike(claims, self.state, stored, said)
        except TokenRefused as fault:
            wrong.append(f"the receipt is not as it was signed ({fault})")
        month = self.months.at(row.programme, row.period, stored.position)
        month.is_told = revisions.is_told(claims)
        if wrong:
            month.is_sound = False
        else:
            wrong += month.revise(row)
        self._add(self._about(row, stored.position, what) for what in wrong)
        self._count_unread(row)

    def _count_unread(self, row: Row[Any]) -> None:
        contract = self.contracts.get(row.contract)
        if contract and not revisions.is_of(row, contract):
            meaning = f"{row.contract} {row.core_digest}"
            self.found.unread[meaning] = self.found.unread.get(meaning, 0) + 1

    def _chained(self, faults: Iterable[Fault]) -> None:
        listed = list(faults)
        self.is_chained = self.is_chained and not listed
        self._add(listed)

    def _add(self, faults: Iterable[Fault]) -> None:
        listed = list(faults)
        self.is_sound = self.is_sound and not listed
        self.found.faults.add(listed)

    def _about(self, row: Row[Any], position: int, what: str) -> Fault:
        return Fault(self.state, position, what, row.programme, row.period, row.revision)


_END = select(StateLog.position, StateLog.head).where(StateLog.state == bindparam("of"))
_MONTHS = select(MonthStands.__table__).where(MonthStands.state == bindparam("of"))
