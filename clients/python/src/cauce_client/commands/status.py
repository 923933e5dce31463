"""cauce status: which months came in time, late, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer

from cauce_client.client import Cauce
from cauce_client.commands.told import tell_flags, warn_of_keys
from cauce_client.errors import Refused, ServiceFault
from cauce_client.results import Return, Standing
from cauce_client.screen import Screen
from cauce_client.settings import AsJson, ClientId, KeyFile, Language, Url, connected
from cauce_contract import Month, in_force, load_all

MONTHS_SHOWN = 6  # by default, and side by side: more do not fit into 80 columns

From = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")]
To = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")]


def status(
    context: typer.Context,
    from_: From = "",
    to: To = "",
    language: Language = "",
    as_json: AsJson = False,
    url: Url = "",
    client_id: ClientId = "",
    key: KeyFile = "",
) -> None:
    """Show which months of your programmes came, and how; by default the last six."""
    screen: Screen = context.obj
    screen.speak(language)
    offset = in_force(load_all()).utc_offset_hours
    last = Month.last_over(datetime.now(UTC), offset)
    first: Month | str = from_ or last + (1 - MONTHS_SHOWN)
    with connected(screen, url, client_id, key) as cauce, screen.working("asking"):
        completeness = cauce.completeness(first, to or last)
        returns = {} if as_json else _returns(cauce, completeness.items)
        with suppress(Refused, ServiceFault):  # the months are what was asked for
            warn_of_keys(cauce.me(), screen)
    if as_json:
        screen.json(completeness.json)
        return
    periods = sorted({item.period for item in completeness.items})
    for start in range(0, len(periods), MONTHS_SHOWN):
        _table(screen, periods[start : start + MONTHS_SHOWN], completeness.items)
    if not periods:
        screen.say("nothing_expected")
    for item in completeness.items:
        returned = returns.get((item.programme, item.period))
        tell_flags(item.programme, item.period, item.flags, returned, screen)


def _returns(cauce: Cauce, items: Sequence[Standing]) -> dict[tuple[str, str], Return]:
    """Why months were returned, as far as this client may read it."""
    found = {}
    for item in items:
        if "returned" in item.flags:
            with suppress(Refused):
                month = cauce.submission(item.programme, item.period)
                if month.returned:
                    found[item.programme, item.period] = month.returned
    return found


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
