"""What a running service holds: its settings, clock, database, keys and contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from cauce.access.audit import Audit
from cauce.access.passwords import Passwords
from cauce.access.quota import Quota
from cauce.access.revocations import Revocations
from cauce.access.seal import Seal
from cauce.access.signing_keys import SigningKeys
from cauce.limits import PerAddress
from cauce.settings import Settings
from cauce_contract import Contract, in_force
from cauce_contract.labels import Labels

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Running:
    """Made once, in create_app; every handler gets it as its `running`.

    clock   the present instant in UTC; only tests and the demo's filling have another than the
            system's
    engine  connects as cauce_app
    is_demo whether the figures are a synthetic nation's, which every page then says
    validations  how often an address may have a month checked without saying who it is
    audit   who did what, until it is written
    calls   how many each client may make
    failed_assertions  how many an address may send
    revocations  the clients, keys and tokens that are let in no more
    passwords  how those of people are hashed, a few at a time
    seal    keeps the secrets of second factors from whoever has the database alone
    """

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    keys: SigningKeys
    contracts: Mapping[str, Contract]
    audit: Audit
    calls: Quota
    failed_assertions: Quota
    revocations: Revocations
    seal: Seal
    is_demo: bool = False
    validations: PerAddress = field(default_factory=lambda: PerAddress(a_minute=60))
    passwords: Passwords = field(default_factory=Passwords)

    @property
    def contract(self) -> Contract:
        return in_force(self.contracts)

    async def close(self) -> None:
        """Write what waits to be written, and leave the database."""
        self.passwords.close()
        await self.audit.close()
        await self.engine.dispose()


async def _running(request: Request) -> Running:
    found: Running = request.app.state.running
    return found


async def _labels(request: Request) -> Labels:
    found: Labels = request.state.labels
    return found


RunningDep = Annotated[Running, Depends(_running)]
LabelsDep = Annotated[Labels, Depends(_labels)]  # in the language that the caller reads
