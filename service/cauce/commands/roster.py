"""cauce-service programme: the roster of programmes."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.commands.installation import administer, month_of, stop
from cauce.store import roster
from cauce_contract import in_force, is_programme_id, load_all

programme = typer.Typer(help="The roster of programmes.", no_args_is_help=True)


@programme.command("add")
def programme_add(
    programme_id: Annotated[str, typer.Argument(metavar="ID", help="such as MX-NLE-01")],
    name: Annotated[str, typer.Option(help="as people know it")],
    since: Annotated[str, typer.Option(help="first month that it reports, such as 2024-01")],
    until: Annotated[str | None, typer.Option(help="last month that it reports")] = None,
    kind: Annotated[str, typer.Option(help="court or consolidated")] = "court",
) -> None:
    """Enter a programme on the roster."""
    contract = in_force(load_all())
    if not is_programme_id(contract, programme_id):
        raise stop("ID is a state and two digits, such as MX-NLE-01.")
    if kind not in ("court", "consolidated"):
        raise stop("--kind is court or consolidated.")
    if not name.strip():
        raise stop("--name is what people call it.")
    first, last = month_of(since, "--since"), month_of(until, "--until") if until else None
    if first < contract.accepts_from:
        raise stop(f"--since: the contract begins with {contract.accepts_from}.")
    if last and last < first:
        raise stop("--until is before --since.")
    state = programme_id.rpartition("-")[0]

    async def add(tx: AsyncConnection) -> None:
        is_court: Literal["court", "consolidated"] = (
            "court" if kind == "court" else "consolidated"
        )
        await roster.add(tx, programme_id, state, name, is_court, first, last)

    try:
        administer(add)
    except roster.AlreadyOnRoster:
        raise stop(f"{programme_id} is on the roster already.") from None
    typer.echo(f"{programme_id} is on the roster from {first}.")
