"""What stands in the database before anything is measured: a roster, clients, three years."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import islice, product
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from cauce.access import clients
from cauce.access.assertions import Authenticated
from cauce.access.caller import issue
from cauce.access.clients import ClientRecord
from cauce.access.ids import new_client_id
from cauce.access.scopes import read_scopes
from cauce.access.signing_keys import SigningKeys
from cauce.access.tokens import PublicKey
from cauce.store import roster
from cauce.store.connect import ADMIN, connect, transaction
from cauce.store.embedded import Cluster
from cauce.store.tables import MonthStands, Revision, StateLog
from cauce_contract import (
    Contract,
    Month,
    Report,
    canonical,
    check,
    in_force,
    load_all,
    state_of,
)
from support.centre import ISSUER, STATE_SCOPE, Databases, moved
from support.keys import ClientKey
from support.lives import Life, lives

EXAMPLE = Path(__file__).parents[2] / "contracts/1.0.0/examples/accepted/MX-NLE-01-2026-09.json"
SENDERS = 8  # states that send at once, over a connection each

# The months that are sent are years of random programmes, and lie before those that are read.
EARLIER = -24  # months, from the lives as they are made
SHORTEST = 48  # months
LIVES = [life for life in lives(8) if len(life.documents) >= SHORTEST]
SENT_PROGRAMMES = range(11, 20)
HISTORY = 24  # months of each that stand before any is sent: as far back as any rule looks
READ = Month(2023, 1).through(Month(2025, 12))

MINIMAL = """
SET ROLE cauce_owner;
CREATE TABLE bench_minimal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
GRANT INSERT ON bench_minimal TO cauce_app;
"""


@dataclass(frozen=True)
class Stage:
    """A furnished database, and who may do what on it.

    senders      access tokens by state, to send with
    coordinator  an access token to read the nation with
    """

    cluster: Cluster
    data_dir: Path
    contract: Contract
    senders: Mapping[str, str]
    coordinator: str

    @property
    def database_url(self) -> str:
        return self.cluster.url("cauce_app")

    @cached_property
    def example(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(EXAMPLE.read_text())
        return found

    def documents(
        self, state: str, programmes: Iterable[int], after: int = 0
    ) -> Iterator[tuple[str, bytes]]:
        """Addresses in a programme's order, each with its report.

        after  how many months of each programme to leave out
        """
        for number in programmes:
            for month, sent in islice(_life(number).documents.items(), after, None):
                programme, period = f"{state}-{number}", str(month + EARLIER)
                body = json.dumps(moved(sent, programme, period)).encode()
                yield f"/v1/submissions/{programme}/{period}", body


def _life(number: int) -> Life:
    """Whose months the programme of that number sends."""
    return LIVES[number % len(LIVES)]


async def furnished(databases: Databases, data_dir: Path) -> Stage:
    contract = in_force(load_all())
    cluster = databases.cluster
    await databases.execute(MINIMAL, "cauce")
    senders = list(contract.states)[:SENDERS]
    engine = connect(cluster.url("cauce_app"))
    keys, now = SigningKeys.open(data_dir), datetime.now(UTC)

    async def token(name: str, scope: str, state: str | None) -> str:
        key = PublicKey.read(ClientKey().jwk)
        async with transaction(engine, ADMIN) as tx:
            found = ClientRecord(new_client_id(), name, state, read_scopes(scope, state))
            await clients.write_untold(tx, found, key, None, now)
        known = Authenticated(found, key.kid, None)
        token, _ = issue(known, list(found.scopes), keys, ISSUER, now)
        return token

    try:
        async with transaction(engine, ADMIN) as tx:
            for state in contract.states:
                await roster.add(tx, f"{state}-01", state, state, "court", READ[0], None)
        await enter(cluster, senders, SENT_PROGRAMMES)
        await _fill(cluster, contract, senders, now)
        return Stage(
            cluster,
            data_dir,
            contract,
            senders={state: await token(state, STATE_SCOPE, state) for state in senders},
            coordinator=await token("coordination", "indicators:read", None),
        )
    finally:
        await engine.dispose()


async def enter(cluster: Cluster, states: Iterable[str], programmes: Iterable[int]) -> None:
    """Programmes that bring their past, whose months are closed to others."""
    last_day = datetime.now(UTC).date() + timedelta(days=2)
    engine = connect(cluster.url("cauce_app"))
    try:
        async with transaction(engine, ADMIN) as tx:
            for state, number in product(states, programmes):
                programme, since = f"{state}-{number}", _life(number).start + EARLIER
                until = READ[0] + -1
                await roster.add(
                    tx, programme, state, programme, "court", since, until, last_day
                )
    finally:
        await engine.dispose()


async def _fill(
    cluster: Cluster, contract: Contract, senders: Iterable[str], now: datetime
) -> None:
    """What stands: the example in a programme a state, and the history of those that are sent.

    As a superuser, whom row-level security does not hold to one state at a time.
    """
    outcome = check({contract.version: contract}, json.loads(EXAMPLE.read_text()), now=now)
    assert outcome.report
    reports = [
        replace(outcome.report, programme=f"{state}-01", period=month)
        for state in contract.states
        for month in READ
    ]
    for number, state in product(SENT_PROGRAMMES, senders):
        for lived in islice(_reports(number), HISTORY):
            at = lived.period + EARLIER
            reports.append(replace(lived, programme=f"{state}-{number}", period=at))
    last: Counter[str] = Counter()
    rows = []
    for report in reports:
        last[_state(report)] += 1
        rows.append(_row(report, last[_state(report)], now))
    positions = [{"state": state, "position": position} for state, position in last.items()]
    engine = connect(cluster.url("postgres"), role=None)
    try:
        async with engine.begin() as tx:
            await tx.execute(insert(Revision), rows)
            await tx.execute(insert(MonthStands), [_stands(row) for row in rows])
            await tx.execute(insert(StateLog), positions)
    finally:
        await engine.dispose()


@cache
def _reports(number: int) -> Sequence[Report]:
    found = [outcome.report for outcome in _life(number).outcomes()]
    return [report for report in found if report]


def _state(report: Report) -> str:
    return state_of(report.programme)


def _row(report: Report, log_position: int, now: datetime) -> dict[str, Any]:
    return {
        "programme": report.programme,
        "period": report.period.first_day,
        "revision": 1,
        "state": _state(report),
        "contract": report.contract.version,
        "core_digest": report.contract.core_digest,
        "content_digest": report.content_digest,
        "document": canonical(report.document).decode(),
        "numbers": list(report.numbers),
        "statuses": list(report.statuses),
        "acknowledgements": [],
        "client": "bench",
        "received_at": now,
        "log_position": log_position,
        "receipt": "bench",
    }


def _stands(row: Mapping[str, Any]) -> dict[str, Any]:
    """The month that a row of revisions is of, with nothing left to do."""
    same = {name: row[name] for name in ("programme", "period", "state", "revision")}
    return same | {
        "first_received_at": row["received_at"],
        "needs_correction": False,
        "returned": False,
        "explanation_due": False,
        "waived": False,
    }
