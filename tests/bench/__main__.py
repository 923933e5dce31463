"""`make bench`: measures, and prints a table or, with --json, the figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop
from rich.console import Console

from bench import check, demo, indicator, logins, memory, put, report, token
from bench.processes import BenchFailed, lines_until, resident_mib, say, started
from bench.report import Results, Served
from bench.stage import Stage, furnished
from support.centre import databases, scratch

PARTS = ("check", "token", "service", "logins", "memory")


def measured(only: str | None) -> Results:
    """The part of that name, or all of them."""
    return Results(
        checked=_checked() if only in (None, "check") else None,
        served=_served() if only in (None, "service") else None,
        slowed=_slowed() if only in (None, "logins") else None,
        looks=_looks() if only in (None, "memory") else None,
        token=token.compare() if only in (None, "token") else None,
    )


def _checked() -> check.Checked:
    say("The check of a month, then validators with its schema alone, in turns")
    return check.compare()


def _served() -> Served:
    with _serving() as (runner, stage, port, pid):
        postgresql = runner.run(report.postgresql(stage))
        say("PUT: the whole path, then a minimal endpoint, in turns")
        whole_put = runner.run(put.compare(stage, port))
        say("An indicator: the answer, then its bare SQL, in turns")
        answer, plan = runner.run(indicator.compare(stage, port))
        server_mib = resident_mib(pid)
    say("Memory: filling a demo of its own (half a minute)")
    demo_mib = demo.resident_after_demo()
    return Served(postgresql, whole_put, answer, plan, server_mib, demo_mib)


def _slowed() -> logins.Slowed:
    with _serving() as (runner, stage, port, _):
        say("PUT: alone, then beside people who sign in, in turns")
        return runner.run(logins.compare(stage, port))


def _looks() -> memory.Looks:
    with _serving() as (runner, stage, port, pid):
        say("Memory: ten thousand PUTs (a minute and a half, more where much else is done)")
        return runner.run(memory.watch(stage, port, pid))


@contextmanager
def _serving() -> Iterator[tuple[asyncio.Runner, Stage, int, int]]:
    """A furnished database with a server on it: where that listens, and its process."""
    say("Starting PostgreSQL and filling three years of 32 states")
    with (
        databases() as base,
        scratch() as path,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        stage = runner.run(furnished(base, path))
        log = path / "server.log"
        command = [sys.executable, "-m", "bench.server", str(path), stage.database_url]
        with started(command, log, os.environ) as server:
            yield runner, stage, int(lines_until(server, "\n", log)[0]), server.pid


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--only", choices=PARTS, help="measure that part alone")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that contexts are left
    started_at = time.monotonic()
    if given.only is None:
        say(f"All of it takes some six minutes; a part alone: --only {'|'.join(PARTS)}")
    try:
        results = measured(given.only)
    except KeyboardInterrupt:
        return 130
    except BenchFailed as fault:
        say(str(fault))
        return 1
    say(f"Measured in {time.monotonic() - started_at:.0f} s")
    if given.json:
        print(json.dumps(report.as_json(results), indent=1))
    else:
        report.show(results, Console(width=None if sys.stdout.isatty() else 120))
    return 0 if results.holds else 1


if __name__ == "__main__":
    sys.exit(main())
