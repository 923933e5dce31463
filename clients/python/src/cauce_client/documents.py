"""Documents from files, checked here as the centre will check them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cauce_client.problem import Fault
from cauce_client.screen import Misuse, Screen
from cauce_client.words import name_of, text
from cauce_contract import Outcome, Report, check, load_all
from cauce_contract.history import not_checked, read_history
from cauce_contract.strict_json import NotJson, loads

STDIN = "-"
UTF_8_MARK = b"\xef\xbb\xbf"
MISFITS = {
    "of_another": "history_of_another",
    "not_earlier": "history_not_earlier",
    "twice": "history_twice",
}
SETTLED = {"confirm": "confirmed", "warning": "explained"}  # by the document itself
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
    documents = [read(file, screen.language) for file in files]
    found, misfits = read_history(load_all(), documents, of)
    for misfit in misfits:
        file = files[misfit.index]
        if misfit.report is None:
            raise Misuse("not_a_report", file=file)
        programme, period = misfit.report.programme, misfit.report.period
        screen.warn(MISFITS[misfit.reason], file=file, programme=programme, period=period)
    return found


def faults(outcome: Outcome, language: str) -> list[Fault]:
    """The findings as the service would tell them, or as settled by the document itself."""
    labels = outcome.labels(language)
    return [
        replace(fault, severity=SETTLED.get(fault.severity, fault.severity))
        if outcome.is_acknowledged(finding)
        else fault
        for finding in outcome.findings
        for fault in [Fault.read(finding.as_json(labels))]
    ]


def show(outcome: Outcome, screen: Screen) -> None:
    """The findings as a table, what their rules are for, and how many there are of each."""
    found = faults(outcome, screen.language)
    screen.faults(found)
    labels = outcome.labels(screen.language)
    for rule in dict.fromkeys(fault.rule for fault in found):
        words = labels.texts["rule"][rule]
        screen.tell(f"{rule} · {words['title']}: {words['explanation']}")
    screen.say(
        "counted",
        **{kind: len(outcome.of(kind)) for kind in ("error", "confirm", "warning", "notice")},
    )


def show_not_checked(of: Report, history: Sequence[Report], screen: Screen) -> None:
    """The rules that look back further than the months that were given."""
    if missed := not_checked(of, history):
        screen.say("not_checked", rules=", ".join(missed))
