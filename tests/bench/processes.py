"""The processes that the bench starts, and stops whatever happens; and how large they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30  # seconds for a process that was asked to end


class BenchFailed(Exception):
    """Something went another way than the measurement needs; the message says what."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def started(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A process with its standard output to read and its errors in `log`.

    In a session of its own, so that Ctrl-C reaches the bench alone, which then ends it.
    """
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def lines_until(process: subprocess.Popen[str], ending: str, log: Path) -> list[str]:
    """What it prints up to the line with `ending`; BenchFailed where it ends before."""
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        if ending in line:
            return lines
    raise BenchFailed(f"{process.args!r} ended too early:\n{log.read_text()[-3000:]}")


def resident_mib(pid: int) -> float:
    """Resident memory of one process, without its children, in MiB."""
    kib = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)
    return int(kib) / 1024
