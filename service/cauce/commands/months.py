"""cauce-service return, waiver, extension, extension-requests, acts: about a month."""

from __future__ import annotations

import json
from typing import Annotated, get_args

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.commands.coordination import coordinate, look, require_programme
from cauce.commands.installation import month_of, stop
from cauce.coordinate import wire
from cauce.coordinate.actor import Actor
from cauce.coordinate.months import (
    WAIVER_CODES,
    Doing,
    Recorded,
    extend,
    waive,
    withdraw_waiver,
)
from cauce.ingest.returns import Returned, read_reason, send_back
from cauce.ingest.standing import find
from cauce.store import acts as store
from cauce_contract import Address, load_all

Programme = Annotated[str, typer.Argument(help="such as MX-NLE-01")]
Period = Annotated[str, typer.Argument(help="the month, such as 2026-09")]
Text = Annotated[str, typer.Option(help="why, about nobody: it stands in the log")]


def return_submission(
    programme: Programme,
    period: Period,
    text: Text,
    reason: Annotated[str, typer.Option(help=", ".join(store.RETURN_CODES))],
) -> None:
    """Send a month back to its state; it stays in force until replaced or confirmed."""
    address = _address(programme, period)

    async def done(tx: AsyncConnection, actor: Actor) -> Returned:
        why = read_reason(actor.contract, {"code": reason, "text": text})
        standing = await find(tx, load_all(), address)
        return await send_back(tx, standing, why, by=actor.by, now=actor.now)

    returned = coordinate(done, programme)
    act = next(act for act in reversed(returned.said) if act.kind == "return")
    _print(wire.act(act))


def waiver(
    programme: Programme,
    period: Period,
    text: Text,
    reason: Annotated[str | None, typer.Option(help=", ".join(WAIVER_CODES))] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="take it back")] = False,
) -> None:
    """Waive a month that cannot be reported, or take that back: it is owed again."""
    if (reason is None) is not withdraw:
        raise stop("Give either --reason, for a waiver, or --withdraw.")
    if withdraw:
        _do(programme, period, withdraw_waiver, {"text": text})
    else:
        _do(programme, period, waive, {"code": reason, "text": text})


def extension(
    programme: Programme,
    period: Period,
    until: Annotated[str, typer.Option(help="the last day, such as 2026-10-20")],
    text: Text,
) -> None:
    """Give a programme more days for a month.

    Before the due day is over, the last of them is the new due day. Later, the month only comes
    in until then, and is late.
    """
    _do(programme, period, extend, {"until": until, "text": text})


def extension_requests() -> None:
    """Print the requests for an extension that wait for an answer as JSON, oldest first."""
    _print([wire.act(each) for each in look(store.waiting)])


def acts(programme: Programme, period: Period) -> None:
    """Print what was decided and said about a month as JSON, oldest first."""
    address = _address(programme, period)
    kinds = get_args(store.Kind)
    found = look(lambda tx: store.about(tx, address.programme, address.period, *kinds))
    _print([wire.act(each) for each in found])


def _do(programme: str, period: str, do: Doing, body: object) -> None:
    address = _address(programme, period)

    async def done(tx: AsyncConnection, actor: Actor) -> Recorded:
        return await do(tx, actor, address, body)

    recorded = coordinate(done, programme)
    _print(wire.act(recorded.act))


def _print(found: object) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


def _address(programme: str, period: str) -> Address:
    require_programme(programme)
    return Address(programme, month_of(period, "PERIOD"))
