"""cauce-service: the centre's command line."""

from __future__ import annotations

import signal
import sys

import typer

from cauce.commands.audit import audit
from cauce.commands.calendar import calendar
from cauce.commands.clients import client
from cauce.commands.demo import demo
from cauce.commands.installation import say
from cauce.commands.log import log
from cauce.commands.migrate import migrate
from cauce.commands.months import acts, extension, extension_requests, return_submission, waiver
from cauce.commands.openapi import openapi
from cauce.commands.people import person
from cauce.commands.roster import programme
from cauce.commands.serve import serve
from cauce.commands.signing_key import signing_key

cli = typer.Typer(
    help="Cauce, the exchange between therapeutic-justice programmes: the centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, demo, migrate, waiver, extension, extension_requests, acts, openapi):
    cli.command()(command)
cli.command("return")(return_submission)  # Python keeps the word to itself
cli.add_typer(programme, name="programme")
cli.add_typer(calendar, name="calendar")
cli.add_typer(client, name="client")
cli.add_typer(person, name="person")
cli.add_typer(log, name="log")
cli.add_typer(audit, name="audit")
cli.add_typer(signing_key, name="signing-key")


def main() -> None:
    # uvicorn raises the signal that ended it once more: it must unwind, so that the embedded
    # database is stopped, rather than end the process where it stands.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _require_text(sys.argv[1:])
        sys.exit(cli())
    except KeyboardInterrupt:
        sys.exit(130)


def _require_text(arguments: list[str]) -> None:
    """End the command, as wrong usage, where an argument's bytes are not UTF-8."""
    for place, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            say(f"Argument {place} is not text in UTF-8: nothing has such an id or name.")
            sys.exit(2)


if __name__ == "__main__":
    main()
