"""cauce acts: what was decided or said about a month, as its state's log has it."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client.results import Act
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected


def acts(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Such as MX-NLE-01.")],
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")],
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """List returns, explanations, waivers and extensions of a month, oldest first."""
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        found = cauce.acts(programme, period)
    if as_json:
        screen.json({"items": [act.json for act in found], "next": None})
    elif found:
        names = ("at", "act", "text", "by")
        screen.table(
            [screen.word(f"column_{name}") for name in names],
            [
                (act.at.date().isoformat(), _what(act, screen), act.text, act.by)
                for act in found
            ],
            are_apart=True,
        )
    else:
        screen.say("no_acts", programme=programme, period=period)


def _what(act: Act, screen: Screen) -> str:
    """The kind of act with the day, the code or the rule that it names."""
    codes = "return_code" if act.kind == "return" else "waiver_code"
    code = screen.name(codes, act.code) if act.code else None
    about = ", ".join(str(each) for each in (act.until, code, act.rule) if each)
    name = screen.name("act", act.kind)
    return f"{name}: {about}" if about else name
