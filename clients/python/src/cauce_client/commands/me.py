"""cauce me: who this machine is to the service, its keys, and what is due next."""

from __future__ import annotations

import typer

from cauce_client.commands.told import warn_of_keys
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected


def me(
    context: typer.Context,
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Show who you are to the service, until when your keys hold, and what is due next."""
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        found = cauce.me()
    warn_of_keys(found, screen)
    if as_json:
        screen.json(found.json)
        return
    state, scopes = found.state or "MX", " ".join(found.scopes)
    screen.say("who", name=found.name, client_id=found.client_id, state=state, scopes=scopes)
    screen.table(
        [screen.word(f"column_{each}") for each in ("key", "status", "until")],
        [
            (each["kid"], screen.name("key_status", each["status"]), each["not_after"] or "-")
            for each in found.keys
        ],
    )
    if found.state:
        screen.say("due_next" if found.due else "nothing_due_next")
    if found.due:
        screen.table(
            [screen.word(f"column_{each}") for each in ("programme", "period", "due")],
            [(each["programme"], each["period"], each["due"]) for each in found.due],
        )
