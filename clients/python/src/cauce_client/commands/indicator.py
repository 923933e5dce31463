"""cauce indicator: a figure, with what it was made of and whom it is without."""

from __future__ import annotations

from typing import Annotated

import typer

from cauce_client.commands.status import From, To
from cauce_client.results import Figure, Figures
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected


def indicator(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(metavar="ID", help="Such as graduation_rate.")],
    from_: From = "",
    to: To = "",
    window: Annotated[
        str, typer.Option("--window", help="month, quarter, year or rolling12.")
    ] = "",
    area: Annotated[str, typer.Option("--area", help="MX, or states: MX-NLE,MX-CHH.")] = "",
    by: Annotated[str, typer.Option("--by", help="A dimension, area, or both: sex,area.")] = "",
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Show an indicator's live figures, each with its coverage; by default the last month's."""
    screen: Screen = context.obj
    screen.speak(language)
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        figures = cauce.indicator(
            indicator,
            from_=from_ or None,
            to=to or None,
            window=window or None,
            area=area or None,
            by=by or None,
        )
    if as_json:
        screen.json(figures.json)
    else:
        _table(screen, figures)


def _table(screen: Screen, figures: Figures) -> None:
    screen.say("figures_of", label=figures.about["label"], id=figures.about["id"])
    dimensions = list(figures.items[0].breakdown) if figures.items else []
    columns = ("value", "parts", "coverage", "status")
    screen.table(
        [
            screen.word("column_period"),
            screen.word("column_area"),
            *dimensions,
            *(screen.word(f"column_{column}") for column in columns),
        ],
        [_row(screen, figure) for figure in figures.items],
    )
    for figure in figures.items:
        if missing := figure.coverage.missing:
            place = " ".join([figure.period, figure.area, *figure.breakdown.values()])
            screen.say("missing", place=place, programmes=", ".join(missing))


def _row(screen: Screen, figure: Figure) -> list[str]:
    """A figure that is not there is a dash: never a zero, never an empty cell."""
    coverage = figure.coverage
    return [
        figure.period,
        figure.area,
        *figure.breakdown.values(),
        _number(figure.value),
        _number(figure.numerator)
        + ("" if figure.denominator is None else f" / {_number(figure.denominator)}"),
        screen.word("coverage", reporting=coverage.reporting, expected=coverage.expected),
        screen.name("observation", figure.status),
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else str(value)
