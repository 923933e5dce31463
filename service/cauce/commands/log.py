"""cauce-service log: whether the logs are whole, and checkpoints over them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncConnection
from typer.core import TyperCommand

from cauce.access import tokens
from cauce.access.signing_keys import SigningKeys, are_made, published
from cauce.access.tokens import BadKey, TokenRefused, take_apart
from cauce.app import system_clock
from cauce.commands.installation import administer, opened, require_head, settings_of, stop
from cauce.log.attested import Kept
from cauce.log.checkpoint import Made, current
from cauce.log.one_log import Keys, Verified
from cauce.log.verify import verify
from cauce.settings import Settings
from cauce.store.connect import LOG, connect
from cauce.store.open import Addresses
from cauce_contract import load_all
from cauce_contract.strict_json import NotJson, loads

log = typer.Typer(help="The log of every state: proofs, and their check.", no_args_is_help=True)


@log.command("checkpoint")
def log_checkpoint() -> None:
    """Make a checkpoint, where a log has grown since the last one, and print it as JSON."""
    settings = settings_of()

    async def made(tx: AsyncConnection) -> Made:
        signer = SigningKeys.open(settings.data_dir).checkpoint
        now, at_once = system_clock(), timedelta(0)
        return await current(tx, signer, settings.issuer, now, at_once)

    found = administer(made, LOG)
    said = take_apart(found.statement).claims
    typer.echo(json.dumps({**said, "statement": found.statement}, indent=1))


MANY = ("--checkpoint", "--receipt")
MOST_NAMED = 5  # programmes, clients or people, in a note


class _ManyFiles(TyperCommand):
    """Takes `--receipt A B` as `--receipt A --receipt B`: a shell's *.jws can stand there."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_repeated(args)))


def _repeated(arguments: Sequence[str]) -> Iterator[str]:
    option = ""
    for argument, following in pairwise([*arguments, "--"]):
        if argument.startswith("--"):
            option = argument
            is_alone = following.startswith("--")  # for the parser to complain about
            if option not in MANY or is_alone:
                yield option
        elif option in MANY:
            yield from (option, argument)
        else:
            yield argument


@log.command("verify", cls=_ManyFiles)
def log_verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE…", help="checkpoints that were kept elsewhere"),
    ] = None,
    receipt: Annotated[
        list[Path] | None, typer.Option(metavar="FILE…", help="receipts that were kept")
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="the published keys, of another installation"),
    ] = None,
) -> None:
    """Check every log against all that it is about; changes nothing. Exit code 1: faults.

    Of each log the first place is named that does not fit. A tail that was cut off fits in
    itself: it shows only by a receipt or a checkpoint that somebody has kept.
    """
    settings = settings_of()
    checkpoints = [_kept(path, "statement") for path in checkpoint or ()]
    receipts = [_kept(path, "receipt") for path in receipt or ()]
    with opened(settings) as addresses:
        known = _keys(settings, keys)
        found = asyncio.run(_verified(addresses, known, checkpoints, receipts))
    for line in _told(found):
        typer.echo(line)
    raise typer.Exit(1 if found.faults.first else 0)


async def _verified(
    addresses: Addresses, keys: Keys, checkpoints: Sequence[Kept], receipts: Sequence[Kept]
) -> Verified:
    engine = connect(addresses.app, pool_size=1)
    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    try:
        await require_head(engine)
        with bar:
            task = bar.add_task("Reading the logs")

            def progress(done: int, of: int) -> None:
                bar.update(task, completed=done, total=of)

            return await verify(engine, load_all(), keys, checkpoints, receipts, progress)
    finally:
        await engine.dispose()


def _told(found: Verified) -> Iterator[str]:
    yield from map(str, found.faults.listed)
    for contract, number in sorted(found.unread.items()):
        yield (
            f"note: {number} revisions were checked with a contract {contract} that this build"
            " does not have; their cells were not read again"
        )
    for there, what in (
        (found.unattested, "programmes are on the roster"),
        (found.unregistered, "clients are registered"),
        (found.unentered, "people may sign in"),
    ):
        if there:
            others = ["…"] if len(there) > MOST_NAMED else []
            named = ", ".join([*there[:MOST_NAMED], *others])
            yield f"note: {len(there)} {what} by no entry of a log: {named}"
    kept = f", {found.kept} kept elsewhere" if found.kept else ""
    counts = (
        f"{found.logs} logs, {found.entries} entries, {found.revisions} revisions,"
        f" {found.checkpoints} checkpoints{kept}"
    )
    if not found.faults.first:
        yield f"{counts}: all of it fits."
        return
    first, more = len(found.faults.listed), found.faults.more
    yield f"{counts}: {first} faults at the first places that do not fit, {more} after them."


def _kept(path: Path, member: str) -> Kept:
    """What somebody kept: a compact JWS, or the JSON object with it that the service gave."""
    text = _read(path)
    if text.startswith("{"):
        text = str(_json(path, text).get(member, ""))
    try:
        take_apart(text)
    except TokenRefused:
        raise stop(f"{path} has no {member} in it: it is neither a JWS nor its JSON.") from None
    return Kept(str(path), text)


def _keys(settings: Settings, path: Path | None) -> Keys:
    """The installation's own keys, which are not made here; or those of a JWK Set in a file."""
    if path:
        jwks: Any = _json(path, _read(path)).get("keys")
        origin = str(path)
    elif are_made(settings.data_dir):
        jwks, origin = SigningKeys.open(settings.data_dir).public(), "CAUCE_DATA_DIR"
    else:
        raise stop(
            f"There are no signing keys in {settings.data_dir}: give the published ones with"
            " --keys FILE, as from https://…/.well-known/jwks.json."
        )
    try:
        return Keys(published(jwks, tokens.RECEIPT), published(jwks, tokens.CHECKPOINT))
    except (BadKey, TypeError, AttributeError):
        raise stop(f"{origin} is not a JWK Set with keys on P-256.") from None


def _json(path: Path, text: str) -> dict[str, Any]:
    try:
        value = loads(text.encode())
    except NotJson:
        value = None
    if not isinstance(value, dict):
        raise stop(f"{path} is not a JSON object.")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError as fault:
        raise stop(f"{path} cannot be read: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise stop(f"{path} is not text.") from None
