"""Documents from files, checked here as the centre will check them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cauce_client.screen import Misuse, Screen
from cauce_client.words import name_of, text
from cauce_contract import Month, Outcome, Report, check, load_all
from cauce_contract.history import not_checked, read_history, read_report
from cauce_contract.offline import told
from cauce_contract.strict_json import NotJson, loads

STDIN = "-"
UTF_8_MARK = b"\xef\xbb\xbf"
# Files that are no earlier month, by what reading them found, with the note on them.
LEFT_OUT = {
    "file_unreadable": "history_unreadable",
    "byte_order_mark": "history_byte_order_mark",
    "not_json": "history_not_json",
    "unreadable": "history_not_a_report",
    "of_another": "history_of_another",
    "not_earlier": "history_not_earlier",
    "twice": "history_twice",
}
NO_MONTH = {"file_unreadable", "byte_order_mark", "not_json", "unreadable"}
MOST_NAMED = 5  # files of one kind: a folder may hold every month of every programme
_PLACE = re.compile(r"line (\d+), column (\d+)")
_BYTE = re.compile(r"not UTF-8: byte (\d+)")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the centre's own check finds in a document, at this instant.

    of       what it says that it is, read and not checked; None where it does not say whose
             month it is
    history  the earlier months that it was compared with
    """

    outcome: Outcome
    of: Report | None
    history: Sequence[Report]

    def as_json(self, language: str) -> dict[str, object]:
        """What POST /v1/validate answers for the same month and history at the same instant."""
        return told(self.outcome, self.of, self.history, language)

    def lacking(self) -> Mapping[str, Sequence[Month]]:
        """The months, oldest first, that each rule looks back at and lacks."""
        of = self.of
        if of is None:
            return {}
        there = {report.period for report in self.history}
        looked_at = {
            rule: {
                of.period + -back
                for condition in of.contract.rules[rule].checks
                for back in condition.months_back()
            }
            for rule in not_checked(of, self.history)
        }
        return {rule: sorted(months - there) for rule, months in looked_at.items()}


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


def examined(
    document: object, screen: Screen, history: Sequence[str] = (), file: str = ""
) -> Checked:
    """The document checked against the earlier months in these files, folders and patterns.

    file  its own name, which may stand among them: the month lies in the folder of its history
    """
    contracts = load_all()
    of = read_report(contracts, document)
    given = list(expanded(history))
    if given and of is None:
        screen.warn("history_without_month")
    earlier = _earlier(given, file, of, screen) if given and of else []
    outcome = check(contracts, document, now=datetime.now(UTC), history=earlier)
    return Checked(outcome, of, earlier)


def expanded(names: Sequence[str]) -> Iterator[str]:
    """The files that are named, lie in a folder as JSON, or match a pattern's last part.

    Misuse for a pattern or a folder of none. Some shells leave 2026-*.json to the command.
    """
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = _files(path, "*.json")
        elif path.exists() or not re.search(r"[*?\[]", path.name):
            found = [name]
        else:
            found = _files(path.parent, path.name)
        if not found:
            raise Misuse("no_json_in_folder" if path.is_dir() else "no_file", file=name)
        yield from found


def _files(folder: Path, pattern: str) -> list[str]:
    return [str(path) for path in sorted(folder.glob(pattern)) if not path.is_dir()]


def _earlier(given: Sequence[str], file: str, of: Report, screen: Screen) -> list[Report]:
    """The programme's earlier months among the files; says which files are something else.

    So that a whole folder can be given, with later months in it too, other programmes and what
    is no report. Misuse where nothing but the latter was given: that was a mistake.
    """
    others = [
        each for each in given if not file or Path(each).resolve() != Path(file).resolve()
    ]
    left: dict[str, list[str]] = {reason: [] for reason in LEFT_OUT}
    documents: dict[str, object] = {}
    for each in others:
        try:
            documents[each] = read(each, screen.language)
        except Misuse as fault:
            if fault.key not in left:
                raise
            left[fault.key].append(each)
    found, misfits = read_history(load_all(), documents.values(), of)
    names = list(documents)
    for misfit in misfits:
        left[misfit.reason].append(names[misfit.index])
    for reason, files in left.items():
        if files:
            named = ", ".join(files[:MOST_NAMED])
            more = len(files) - MOST_NAMED
            listed = screen.word("and_more", files=named, count=more) if more > 0 else named
            screen.warn(
                LEFT_OUT[reason], programme=of.programme, period=of.period, files=listed
            )
    if given and sum(len(left[reason]) for reason in NO_MONTH) == len(given):
        raise Misuse("no_month_in_history")
    return found
