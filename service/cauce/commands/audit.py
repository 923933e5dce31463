"""cauce-service audit: who did what, and whether all of it is still there."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.commands.installation import administer, stop
from cauce.log.audit_verify import Checked, check
from cauce.store.audit import Asked, Batch, Entry, found, last
from cauce.store.connect import AUDIT

audit = typer.Typer(help="Who read or wrote what.", no_args_is_help=True)

_KEPT = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)


@audit.command("list")
def audit_list(
    client: Annotated[str | None, typer.Option(help="only of this client")] = None,
    person: Annotated[str | None, typer.Option(help="only of this person")] = None,
    operation: Annotated[str | None, typer.Option(help="only of this operation")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="how many")] = 100,
) -> None:
    """Print entries as JSON, a line each, newest first."""

    async def listed(tx: AsyncConnection) -> list[Entry]:
        asked = Asked(client=client, person=person, operation=operation)
        return await found(tx, asked, (await last(tx)).number, None, limit)

    for entry in administer(listed, AUDIT):
        typer.echo(entry.text)


@audit.command("verify")
def audit_verify(
    kept: Annotated[
        str | None,
        typer.Option(
            metavar="BATCH:DIGEST", help="the end of the chain, as it was noted earlier"
        ),
    ] = None,
) -> None:
    """Follow the chain over all entries; changes nothing. Exit code 1: something does not fit.

    That entries are gone from the end, or that all of the chain was written anew, shows only by
    a batch and digest that somebody has kept: GET /v1/audit gives them, as this does.
    """
    noted = _kept(kept) if kept is not None else None

    async def checked(tx: AsyncConnection) -> Checked:
        return await check(tx, noted)

    done = administer(checked, AUDIT)
    for fault in done.faults:
        typer.echo(fault)
    fits = f"{len(done.faults)} faults." if done.faults else "all of it fits."
    typer.echo(f"{done.batches} batches, {done.entries} entries: {fits}")
    if done.last.number:
        typer.echo(f"{done.last.number}:{done.last.digest.hex()}")
    raise typer.Exit(1 if done.faults else 0)


def _kept(text: str) -> Batch:
    if not (read := _KEPT.fullmatch(text)):
        raise stop("--kept is a batch's number and its digest: 12:4f0c… (64 hexadecimal).")
    return Batch(int(read[1]), bytes.fromhex(read[2]))
