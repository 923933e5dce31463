"""cauce extension-request: national coordination is asked for more days."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected


def extension_request(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Such as MX-NLE-01.")],
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")],
    until: Annotated[
        str, typer.Option("--until", metavar="YYYY-MM-DD", help="The last day asked for.")
    ],
    why: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="Why: a sentence, about nobody.")
    ],
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Ask for more days for a month; nothing changes until they are granted."""
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key) as cauce, screen.working("sending"):
        asked = cauce.ask_for_extension(programme, period, until, why)
    if as_json:
        screen.json(asked.json)
    else:
        screen.say("extension_asked", programme=programme, period=period, until=asked.until)
