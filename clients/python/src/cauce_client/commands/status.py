"""cauce status: which months came in time, late, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from cauce_client.results import Standing
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Url, connected
from cauce_contract import Month, in_force, load_all

MONTHS_SHOWN = 6  # by default, and side by side: more do not fit into 80 columns

From = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")]
To = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")]


def status(
    context: typer.Context,
    from_: From = "",
    to: To = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Show which months of your programmes came, and how; by default the last six."""
    screen: Screen = context.obj
    offset = in_force(load_all()).utc_offset_hours
    last = Month.last_over(datetime.now(UTC), offset)
    first: Month | str = from_ or last + (1 - MONTHS_SHOWN)
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        completeness = cauce.completeness(first, to or last)
    if as_json:
        screen.json(completeness.json)
        return
    periods = sorted({item.period for item in completeness.items})
    for start in range(0, len(periods), MONTHS_SHOWN):
        _table(screen, periods[start : start + MONTHS_SHOWN], completeness.items)
    if not periods:
        screen.say("nothing_expected")
    for item in completeness.items:
        if item.flags:
            flags = ", ".join(screen.name("flag", flag) for flag in item.flags)
            screen.say(
                "flagged_month", programme=item.programme, period=item.period, flags=flags
            )


def _table(screen: Screen, periods: Sequence[str], items: Sequence[Standing]) -> None:
    """Programmes down, months across; a month that a programme did not exist in stays empty."""
    marks = {
        (item.programme, item.period): screen.marked("status", item.status) for item in items
    }
    programmes = sorted({item.programme for item in items})
    screen.table(
        [screen.word("column_programme"), *periods],
        [
            [programme, *(marks.get((programme, period), "") for period in periods)]
            for programme in programmes
        ],
    )
