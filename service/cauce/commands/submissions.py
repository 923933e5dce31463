"""cauce-service return: a month is sent back to its state."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.commands.coordination import coordinate, require_programme
from cauce.commands.installation import month_of
from cauce.commands.months import Period, Programme, Text
from cauce.coordinate import wire
from cauce.coordinate.actor import Actor
from cauce.ingest.returns import Returned, read_reason, send_back
from cauce.ingest.standing import find
from cauce.store.acts import RETURN_CODES
from cauce_contract import Address, load_all


def return_submission(
    programme: Programme,
    period: Period,
    text: Text,
    reason: Annotated[str, typer.Option(help=", ".join(RETURN_CODES))],
) -> None:
    """Send a month back to its state; it stays in force until replaced or confirmed."""
    require_programme(programme)
    address = Address(programme, month_of(period, "PERIOD"))

    async def done(tx: AsyncConnection, actor: Actor) -> Returned:
        why = read_reason(actor.contract, {"code": reason, "text": text})
        standing = await find(tx, load_all(), address)
        return await send_back(tx, standing, why, by=actor.by, now=actor.now)

    returned = coordinate(done, programme)
    act = next(act for act in reversed(returned.said) if act.kind == "return")
    typer.echo(json.dumps(wire.act(act), ensure_ascii=False, indent=1))
