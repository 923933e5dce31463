"""cauce-service demo: a synthetic nation in a database of its own, served."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cauce.app import system_clock
from cauce.commands.installation import installation, month_of, settings_of, stop
from cauce.commands.serve import listen, listener
from cauce.demo.fill import Demo, FillingFailed, fill
from cauce.demo.nation import Arrival
from cauce.settings import Settings
from cauce_contract import Month, in_force, load_all


def demo(
    until: Annotated[
        str | None, typer.Option(help="last of the 24 months, such as 2026-10")
    ] = None,
) -> None:
    """Fill a database of its own with a synthetic nation, once, and serve it."""
    settings = settings_of(".cauce-demo")
    if settings.database_url:
        raise stop("A demo runs on its own database: unset CAUCE_DATABASE_URL.")
    contract = in_force(load_all())
    last_over = Month.last_over(system_clock(), contract.utc_offset_hours)
    last = month_of(until, "--until") if until else last_over
    if last > last_over:
        raise stop(f"--until: the last month that is over is {last_over}.")
    with listener(settings) as socket_, installation("demo", settings) as addresses:
        work = fill(settings, addresses.app, last, system_clock(), with_progress)
        try:
            filled = asyncio.run(work)
        except FillingFailed as fault:
            raise stop(
                f"The demo could not be filled. {fault}\nIf another version began to fill it,"
                f" remove {settings.data_dir} and start again."
            ) from None
        introduce(settings, filled, last)
        listen(settings, addresses, socket_, is_demo=True)


def with_progress(left: Sequence[Arrival]) -> Iterable[Arrival]:
    """Show how many of the reports have been sent, on the terminal."""
    console = Console(stderr=True)
    return track(left, "Filling a synthetic nation", console=console)


def introduce(settings: Settings, demo: Demo, last: Month) -> None:
    """Say where to look, how to sign in, and what to try next."""
    state, nation = demo.clients["MX-NLE"], demo.clients["national"]
    month = demo.months[-1]
    typer.echo(f"""
Cauce is running with a SYNTHETIC nation: nobody in it exists.

  Open           {settings.issuer}
  Sign in as a national coordinator (once, within 12 hours)
                 {demo.sign_in}

  Be a state     export CAUCE_URL={settings.issuer}
                 export CAUCE_CLIENT_ID={state.id} CAUCE_KEY={state.key_file}
  and try        .venv/bin/cauce status
                 .venv/bin/cauce indicator graduation_rate --from {last + -11}
                 .venv/bin/cauce check {month} --history {month.parent}
                 .venv/bin/cauce submit {month} --dry-run

  Be the nation  export CAUCE_CLIENT_ID={nation.id} CAUCE_KEY={nation.key_file}
  and try        .venv/bin/cauce indicator eligibility_rate --by area

  Ctrl-C ends it; started again it is quick. Its data lies in {settings.data_dir}
""")
    sys.stdout.flush()  # a log file should tell it too, at once
