"""cauce contract: what the agreement says, without network."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client.screen import Misuse, Screen
from cauce_client.settings import AsJson, Language
from cauce_contract import load_all
from cauce_contract.change import word
from cauce_contract.compare import Comparison, compare

contract = typer.Typer(no_args_is_help=True, help="What the contract's versions say.")


@contract.callback()
def versions() -> None:
    """Look into the contract, without network."""


@contract.command()
def diff(
    context: typer.Context,
    earlier: Annotated[str, typer.Argument(metavar="FROM", help="A version, such as 1.0.0.")],
    later: Annotated[str, typer.Argument(metavar="TO", help="A later one, such as 2.0.0.")],
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Show every change between two versions: for who reports, who reads, and the series."""
    screen: Screen = context.obj
    screen.speak(language)
    contracts = load_all()
    if not {earlier, later} <= contracts.keys():
        raise Misuse("unknown_version", known=", ".join(contracts))
    if contracts[earlier].number > contracts[later].number:
        raise Misuse("versions_reversed")
    found = compare(contracts[earlier], contracts[later])
    if as_json:
        screen.json(found.as_json(screen.language))
    else:
        _table(screen, found)


def _table(screen: Screen, found: Comparison) -> None:
    for version in dict.fromkeys((found.earlier, found.later)):
        screen.say(
            "version_takes" if version.accepts_until else "version_takes_on",
            version=version.version,
            status=screen.name("version", version.status),
            first=version.accepts_from,
            last=version.accepts_until,
        )
    if found.changes:
        columns = ("change", "producers", "consumers", "series")
        screen.table(
            [screen.word(f"column_{column}") for column in columns],
            [
                (
                    change.text(screen.language),
                    change.for_producers(screen.language),
                    change.for_consumers(screen.language),
                    word("comparability", change.comparability, screen.language),
                )
                for change in found.changes
            ],
        )
    screen.say(
        "changes_counted" if found.changes else "no_changes",
        earlier=found.earlier.version,
        later=found.later.version,
        count=len(found.changes),
        least=found.least_version,
        series=word("comparability", found.comparability, screen.language),
        gravest=found.gravest,
    )
