"""Documents from files, checked here as the centre will check them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cauce_client.problem import Fault
from cauce_client.screen import Misuse, Screen
from cauce_client.words import name_of, text
from cauce_contract import Outcome, Report, check, load_all
from cauce_contract.strict_json import NotJson, loads

STDIN = "-"
UTF_8_MARK = b"\xef\xbb\xbf"
_PLACE = re.compile(r"line (\d+), column (\d+)")
_BYTE = re.compile(r"not UTF-8: byte (\d+)")


def read(name: str, language: str) -> object:
    """The JSON value in a file, `-` for standard input; Misuse where there is none."""
    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except FileNotFoundError:
        raise Misuse("no_file", file=name) from None
    except OSError as fault:
        raise Misuse("file_unreadable", file=name, reason=fault.strerror) from None
    if data.startswith(UTF_8_MARK):
        raise Misuse("byte_order_mark", file=name)
    try:
        return loads(data)
    except NotJson as fault:
        where = str(fault)
        if place := _PLACE.fullmatch(where):
            where = text(language, "line_and_column", line=place[1], column=place[2])
        elif byte := _BYTE.fullmatch(where):
            where = text(language, "not_utf_8", byte=byte[1])
        else:
            where = name_of(language, "not_json", where)
        raise Misuse("not_json", file=name, where=where) from None


def examined(document: object, history: Iterable[Report] = ()) -> Outcome:
    """What the centre's own check finds, at this instant."""
    return check(load_all(), document, now=datetime.now(UTC), history=history)


def earlier(files: Sequence[str], of: Report, screen: Screen) -> list[Report]:
    """The programme's earlier months among the files; says which files are something else.

    So that `--history *.json` works in a folder that has the month itself, or other
    programmes. A file that is no report at all is Misuse.
    """
    found = []
    for file in files:
        report = examined(read(file, screen.language)).report
        if report is None:
            raise Misuse("not_a_report", file=file)
        if report.programme != of.programme:
            screen.warn("history_of_another", file=file, programme=report.programme)
        elif report.period >= of.period:
            screen.warn("history_not_earlier", file=file, period=report.period)
        else:
            found.append(report)
    return found


def faults(outcome: Outcome, language: str) -> list[Fault]:
    """The findings as the service would tell them."""
    labels = outcome.labels(language)
    return [Fault.read(finding.as_json(labels)) for finding in outcome.findings]


def show(outcome: Outcome, screen: Screen) -> None:
    """The findings as a table, then how many there are of each kind."""
    screen.faults(faults(outcome, screen.language))
    screen.say(
        "counted",
        **{kind: len(outcome.of(kind)) for kind in ("error", "confirm", "warning", "notice")},
    )
