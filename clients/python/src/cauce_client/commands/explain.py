"""cauce explain: a warning is explained after its month was accepted."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client import findings
from cauce_client.screen import Misuse, Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected
from cauce_contract import in_force, load_all


def explain(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Such as MX-NLE-01.")],
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")],
    rule: Annotated[str, typer.Option("--rule", help="Of the warning: S06_capacity.")] = "",
    pointer: Annotated[
        str, typer.Option("--pointer", help="Its place: /measures/active_close/value.")
    ] = "",
    why: Annotated[str, typer.Option("--text", metavar="TEXT", help="What explains it.")] = "",
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Explain a warning of a month that was accepted; without options, list what waits."""
    screen: Screen = context.obj
    screen.speak(language)
    is_explaining = all((rule, pointer, why))
    if not is_explaining and any((rule, pointer, why)):
        raise Misuse("explanation_incomplete")
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        answer = (
            cauce.explain(programme, period, rule, pointer, why)
            if is_explaining
            else cauce.submission(programme, period)
        )
    if as_json:
        screen.json(answer.json)
        return
    month = {"programme": answer.programme, "period": answer.period}
    if is_explaining:
        screen.say("explained", **month, rule=rule)
    contracts = load_all()
    contract = contracts.get(answer.contract, in_force(contracts))
    findings.table(answer.unexplained, screen, contract.labels[screen.language])
    screen.say("explain_each" if answer.unexplained else "nothing_to_explain", **month)
