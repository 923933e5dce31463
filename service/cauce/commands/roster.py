"""cauce-service programme: the roster of programmes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.commands.coordination import coordinate, look, require_programme
from cauce.commands.installation import month_of, stop
from cauce.coordinate import roster as acts
from cauce.coordinate.actor import Actor
from cauce.coordinate.roster import FOLLOW_UP_MONTHS, Entered
from cauce.store import roster
from cauce.store.roster import Entry
from cauce_contract.strict_json import NotJson, loads

programme = typer.Typer(help="The roster of programmes.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="such as MX-NLE-01")]


@programme.command("add")
def programme_add(
    programme_id: Id,
    name: Annotated[str, typer.Option(help="as people know it")],
    since: Annotated[str, typer.Option(help="first month that it reports, such as 2024-01")],
    until: Annotated[str | None, typer.Option(help="last month that it reports")] = None,
    kind: Annotated[str, typer.Option(help="court or consolidated")] = "court",
    replaces: Annotated[
        str | None, typer.Option(help="programmes that it takes over from, by commas")
    ] = None,
    backfill_until: Annotated[
        str | None,
        typer.Option(help="last day on which it may bring its past, such as 2027-03-31"),
    ] = None,
) -> None:
    """Enter a programme on the roster."""
    require_programme(programme_id)
    active = {"kind": "active", "since": since, "until": until}
    entry = {
        "name": name,
        "kind": kind,
        "replaces": replaces.split(",") if replaces else [],
        "backfill_until": backfill_until,
        "intervals": [active],
    }

    async def add(tx: AsyncConnection, actor: Actor) -> Entered:
        if await roster.find(tx, programme_id):
            raise stop(f"{programme_id} is on the roster already: see `programme put`.")
        return await acts.enter(tx, actor, programme_id, entry)

    coordinate(add, programme_id)
    typer.echo(f"{programme_id} is on the roster from {since}.")


@programme.command("put")
def programme_put(
    programme_id: Id,
    file: Annotated[Path, typer.Argument(help="the whole entry, as `show` prints it")],
) -> None:
    """Put a whole entry in the place of the programme's own: what `show` prints, changed."""
    require_programme(programme_id)
    try:
        entry = loads(file.read_bytes())
    except OSError as fault:
        raise stop(f"{file} cannot be read: {fault.strerror}.") from None
    except NotJson as fault:
        raise stop(f"{file} is not JSON: {fault}.") from None

    async def put(tx: AsyncConnection, actor: Actor) -> Entered:
        return await acts.enter(tx, actor, programme_id, entry)

    _echo(coordinate(put, programme_id).entry.as_data())


@programme.command("close")
def programme_close(
    programme_id: Id,
    last: Annotated[str, typer.Option(help="last month in which it is active")],
    follow_up: Annotated[
        int, typer.Option(min=0, help="months after it in which it reports follow-up alone")
    ] = FOLLOW_UP_MONTHS,
) -> None:
    """Close a programme: it goes on to report the follow-up of its graduates, and no more."""
    require_programme(programme_id)
    month = month_of(last, "--last")

    async def close(tx: AsyncConnection, actor: Actor) -> Entered:
        closed = acts.closed(await _entry(tx, programme_id), month, follow_up)
        if closed is None:
            raise stop(f"--last: {programme_id} is not active in {month}.")
        return await acts.enter(tx, actor, programme_id, closed.as_data())

    _echo(coordinate(close, programme_id).entry.as_data())


@programme.command("list")
def programme_list(
    at: Annotated[
        str | None, typer.Option(help="only those on the roster in a month, such as 2026-09")
    ] = None,
) -> None:
    """List the roster as JSON."""
    month = month_of(at, "--at") if at else None
    entries = look(lambda tx: roster.entries(tx, at=month))
    _echo([entry.as_data() for entry in entries])


@programme.command("show")
def programme_show(programme_id: Id) -> None:
    """Print a programme's entry as JSON."""
    _echo(look(lambda tx: _entry(tx, programme_id)).as_data())


async def _entry(tx: AsyncConnection, programme_id: str) -> Entry:
    found = await roster.find(tx, programme_id)
    if found is None:
        raise stop(f"{programme_id} is not on the roster.")
    return found


def _echo(found: Any) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
