"""cauce check: the centre's own check, without network."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client import documents, findings
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, Language

Document = Annotated[str, typer.Argument(metavar="FILE", help="A month as JSON; - is stdin.")]


def check(
    context: typer.Context,
    file: Document,
    history: Annotated[
        list[str] | None,
        typer.Option(
            "--history",
            metavar="FILE…",
            help="Earlier months of the programme: files, a *.json, or a folder.",
        ),
    ] = None,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Check a month as the centre will, without network. Exit code 1: it would be refused."""
    screen: Screen = context.obj
    screen.speak(language)
    document = documents.read(file, screen.language)
    checked = documents.examined(document, screen, history or (), file)
    if as_json:
        screen.json(checked.as_json(screen.language))
    else:
        findings.show(checked, screen)
        findings.show_not_checked(checked, screen)
        findings.show_verdict(checked, screen)
    raise typer.Exit(0 if checked.outcome.is_accepted else 1)


def history_repeated(arguments: list[str]) -> list[str]:
    """`--history A B` as `--history A --history B`, so that a shell's *.json can stand there.

    Where no FILE stands anywhere else, the last of them is it.
    """
    if arguments[:1] != ["check"] or _lacks_a_file(arguments):
        return arguments
    spread: list[str] = []
    option = ""  # that takes what follows
    is_file_given = False
    for argument in arguments[1:]:
        if argument.startswith("--"):
            option = argument
            spread += [] if option == "--history" else [option]
        elif option == "--history":
            spread += [option, argument]
        elif option == "--lang":
            option = ""
            spread.append(argument)
        else:
            is_file_given = True
            spread.append(argument)
    if not is_file_given and spread.count("--history") > 1:
        last = len(spread) - 1 - spread[::-1].index("--history")
        del spread[last]
    return ["check", *spread]


def _lacks_a_file(arguments: list[str]) -> bool:
    """Whether a --history stands alone, which is for the parser to complain about."""
    following = [*arguments[1:], "--"]
    return any(
        argument == "--history" and after.startswith("--")
        for argument, after in zip(arguments, following, strict=True)
    )
