"""cauce: the command line of states, coordinators and partners.

Exit codes: 0 done · 1 the document breaks the contract, or a receipt proves nothing · 2 the
command or its settings must change · 3 not allowed · 4 the service did not answer, or failed.
"""

from __future__ import annotations

import os
import sys

import typer

from cauce_client.commands.acts import acts
from cauce_client.commands.check import check, history_repeated
from cauce_client.commands.contract import contract
from cauce_client.commands.enrol import enrol
from cauce_client.commands.explain import explain
from cauce_client.commands.extension_request import extension_request
from cauce_client.commands.indicator import indicator
from cauce_client.commands.key import key
from cauce_client.commands.keygen import keygen
from cauce_client.commands.me import me
from cauce_client.commands.status import status
from cauce_client.commands.submit import submit
from cauce_client.commands.verify_receipt import verify_receipt
from cauce_client.errors import (
    AlreadyReported,
    CauceError,
    ContractViolation,
    NotAllowed,
    Overtaken,
    ServiceFault,
    Unavailable,
    Unproven,
    Unrecognised,
)
from cauce_client.screen import Screen

# Exit code, and the message that says what to do next, where the error does not say it.
ENDS: list[tuple[type[CauceError], int, str | None]] = [
    (ContractViolation, 1, None),
    (Unproven, 1, None),
    (Unrecognised, 3, "next_unrecognised"),
    (NotAllowed, 3, "next_not_allowed"),
    (AlreadyReported, 2, "next_already_reported"),
    (Overtaken, 2, "next_overtaken"),
    (Unavailable, 4, "next_unavailable"),
    (ServiceFault, 4, "next_service_fault"),
    (CauceError, 2, None),
]


def main() -> None:
    screen = Screen.of(os.environ)
    try:
        commands()(args=history_repeated(sys.argv[1:]), prog_name="cauce", obj=screen)
    except CauceError as error:
        screen.complain(error.says(screen.language))
        code, advice = next(
            (code, next_step) for kind, code, next_step in ENDS if isinstance(error, kind)
        )
        if advice:
            screen.warn(advice)
        sys.exit(code)


def commands() -> typer.Typer:
    # A traceback that shows local variables would show the private key.
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Check a programme's month, send it to the centre, and read figures.",
        epilog="Exit codes: 0 done, 1 contract violations or no proof, 2 usage or settings,"
        " 3 not allowed, 4 network or service.",
    )
    of_months = (check, submit, explain, acts, extension_request, status, indicator)
    for command in (enrol, keygen, me, *of_months, verify_receipt):
        app.command()(command)
    app.add_typer(key, name="key")
    app.add_typer(contract, name="contract")
    return app


if __name__ == "__main__":
    main()
