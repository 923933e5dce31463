"""cauce-service calendar: from when and until when each month is received."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.app import system_clock
from cauce.commands.coordination import coordinate, look
from cauce.commands.installation import month_of, stop
from cauce.coordinate import wire
from cauce.coordinate.actor import Actor
from cauce.coordinate.days import set_days
from cauce.store import calendar as store
from cauce.store.calendar import local_day
from cauce_contract import Month

calendar = typer.Typer(help="The calendar of the reports.", no_args_is_help=True)

MOST_MONTHS = 240


@calendar.command("show")
def calendar_show(
    first: Annotated[
        str | None, typer.Option("--from", help="first month, such as 2026-01")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="last month")] = None,
) -> None:
    """Print the days of months as JSON; without months, those of the last that is over."""
    start = month_of(first, "--from") if first else Month.of(local_day(system_clock())) + -1
    end = month_of(last, "--to") if last else start
    if not start <= end < start + MOST_MONTHS:
        raise stop(f"--to: one to {MOST_MONTHS} months from {start} on.")

    async def shown(tx: AsyncConnection) -> Any:
        return wire.calendar(await store.of_months(tx, start.through(end)))

    _echo(look(shown))


@calendar.command("set")
def calendar_set(
    period: Annotated[str, typer.Argument(help="the month, such as 2026-09")],
    opens: Annotated[str | None, typer.Option(help="first day of its reports")] = None,
    due: Annotated[str | None, typer.Option(help="last day that is in time")] = None,
    closes: Annotated[str | None, typer.Option(help="last day that is received")] = None,
) -> None:
    """Set the days of a month's reports; what is not given stays. Each day counts whole."""
    month = month_of(period, "PERIOD")
    given = {"opens": opens, "due": due, "closes": closes}

    async def put(tx: AsyncConnection, actor: Actor) -> Any:
        before = wire.calendar_month(month, (await store.of_months(tx, [month]))[month])
        body = {name: day or before[name] for name, day in given.items()}
        return wire.calendar_month(month, await set_days(tx, actor, month, body))

    _echo(coordinate(put))


def _echo(found: Any) -> None:
    typer.echo(json.dumps(found, indent=1))
