"""`cauce check` for people and for programs: findings in words, and what was not checked."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from cauce_client.findings import MOST_EXPLAINED, MOST_LISTED
from cauce_contract import LANGUAGES, Month, load_all, offline
from cauce_contract.examples import examples
from support.command_line import OVER, Done, Run, sound, write
from support.months import CONTRACT, Document, check_alone

BEFORE = "2024-08"
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def of(period: str, **changes: Any) -> Document:
    """A month that September 2024 goes on from, and is no copy of."""
    document = sound() | {"period": period}
    document["measures"]["relapses"]["value"] += 1
    document["measures"]["active_close"]["value"] = 41
    return document | changes


def unbalanced() -> Document:
    """One exit too many: the month does not add up, in five ways."""
    document = sound()
    document["measures"]["exits"]["value"] += 1
    return document


def errors(done: Done) -> list[str]:
    return [error["rule"] for error in json.loads(done.out)["errors"]]


# For programs.


@pytest.mark.parametrize("document", [sound(), unbalanced(), [], {"contract": "9.9.9"}])
def test_as_json_it_is_the_outcome_and_what_was_not_checked(
    document: object, cauce: Run
) -> None:
    write("m.json", document)

    done = cauce("check", "m.json", "--json", "--lang", "fr")

    outcome = check_alone(document)
    answer = json.loads(done.out)
    assert answer == offline.told(outcome, outcome.report, [], "fr")
    assert ("H02_continuity" in answer["not_checked"]) == (outcome.report is not None)
    assert (done.code, done.err) == (0 if outcome.is_accepted else 1, "")


# The months before.


@pytest.mark.parametrize("after", [["aug.json"], ["aug.json", "m.json"], ["a*.json"]])
def test_it_looks_back_at_the_months_that_are_given(after: list[str], cauce: Run) -> None:
    write("aug.json", of(BEFORE, measures={"active_close": {"value": 7}}))

    alone = cauce("check", "m.json", "--json")
    file_first = cauce("check", "m.json", "--history", *after, "--json")
    file_last = cauce("check", "--history", *after, "m.json", "--json")

    assert errors(alone) == []
    assert errors(file_first) == ["H02_continuity"]
    assert "H02_continuity" not in json.loads(file_first.out)["not_checked"]
    assert file_last == file_first
    assert file_first.err == ""


def test_a_folder_with_other_months_in_it_can_be_the_history(cauce: Run) -> None:
    """Each kind of file that was of no use is told once, however many there are of it."""
    write("2024-08.json", of(BEFORE))
    write("2024-08-again.json", of(BEFORE))
    write("2024-10.json", of("2024-10"))
    for number in range(2, 10):
        write(f"other-{number}.json", of(BEFORE, programme=f"MX-NLE-0{number}"))
    write("2024-09.json", sound())

    done = cauce("check", "2024-09.json", "--history", "*4-*.json", "o*.json", "--json")

    assert errors(done) == []
    named = ", ".join(f"other-{number}.json" for number in range(2, 7))
    assert done.err.splitlines() == [
        f"Sin usar, por ser de un programa que no es MX-NLE-01: {named} y 3 más.",
        f"Sin usar, por no ser de un mes anterior a {OVER}: 2024-10.json.",
        "Sin usar, por ser de un mes que ya estaba en otro archivo: 2024-08.json.",
    ]


def test_a_folder_is_the_history_whatever_else_lies_in_it(cauce: Run) -> None:
    folder = Path("sent")
    folder.mkdir()
    (folder / "2024.json").mkdir()
    write("sent/2024-08.json", of(BEFORE, measures={"active_close": {"value": 7}}))
    write("sent/2024-09.json", sound())
    write("sent/2024-09.findings.json", [])
    write("sent/answer.json", {"contract": "1.0.0", "errors": []})
    (folder / "2024-08.jws").write_text("no JSON")
    (folder / "cut.json").write_text('{"contract": ')
    (folder / "marked.json").write_bytes(b"\xef\xbb\xbf{}")

    done = cauce("check", "sent/2024-09.json", "--history", str(folder.resolve()), "--json")

    assert errors(done) == ["H02_continuity"]
    with_mark, cut, no_reports = done.err.splitlines()
    assert "BOM" in with_mark
    assert "marked.json" in with_mark
    assert cut == f"Sin usar, por no ser JSON: {folder.resolve() / 'cut.json'}."
    assert "2024-09.findings.json" in no_reports
    assert "answer.json" in no_reports


def test_a_first_month_alone_in_its_folder_has_a_history_of_none(cauce: Run) -> None:
    Path("sent").mkdir()
    write("sent/m.json", sound())
    write("sent/m.findings.json", [])

    done = cauce("check", "sent/m.json", "--history", "sent")

    assert done.code == 0
    assert "m.findings.json" in done.err


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("empty", "There is no .json file in the folder empty."),
        ("findings.json", "Nothing that --history gives is a month"),
        ("cut.json", "Nothing that --history gives is a month"),
        ("nowhere.json", "There is no nowhere.json."),
    ],
)
def test_a_history_that_can_only_be_a_mistake_is_wrong_usage(
    history: str, said: str, cauce: Run
) -> None:
    Path("empty").mkdir()
    write("findings.json", [])
    Path("cut.json").write_text("{")

    done = cauce("check", "m.json", "--history", history, "--lang", "en")

    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith(said)


def test_a_pattern_of_no_file_is_wrong_usage(cauce: Run) -> None:
    done = cauce("check", "m.json", "--history", "2023-*.json", "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert done.err == "There is no 2023-*.json.\n"


def test_a_history_that_could_not_be_used_is_said_to_be(cauce: Run) -> None:
    write("aug.json", of(BEFORE))
    write("m.json", sound() | {"programme": "Canario"})

    done = cauce("check", "m.json", "--history", "aug.json", "--lang", "en")

    assert done.code == 1
    assert done.err.startswith("The earlier months (--history) were not used")
    assert "Canario" not in done.out + done.err


# For people.


def text_of(done: Done) -> str:
    """What was shown, without the lines of its tables and what they broke."""
    return " ".join(re.sub(r"[│┃]", " ", done.out).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_finding_is_told_with_its_figures_in_the_reader_s_words(
    language: str, cauce: Run
) -> None:
    labels = CONTRACT.labels[language]
    write("m.json", unbalanced())
    done = cauce("check", "m.json", "--lang", language)
    rows = done.out.splitlines()

    finding = next(f for f in check_alone(unbalanced()).findings if f.rule == "H01_balance")
    assert {"left_sum", "right_sum"} <= finding.figures.keys()
    for number in ("42", "43"):
        assert number in str(finding.as_json(labels)["message"])
    words = labels.texts["rule"]["H01_balance"]
    assert f"H01_balance · {words['title']}" in rows
    for told in (
        labels.measure("active_close"),
        finding.pointer,
        f"{labels.measure('exits')} › {labels.dimension('sex')}",
    ):
        assert any(told in row for row in rows), told
    shown = "".join(text_of(done).split())
    assert "".join(str(words["explanation"]).split()) in shown


def test_a_finding_s_place_has_the_code_s_name_too(cauce: Run) -> None:
    document = sound()
    document["measures"]["admissions"]["by"]["sex"]["F"] = -1
    write("m.json", document)
    done = cauce("check", "m.json", "--lang", "en")
    assert "Admissions › Sex › Female" in done.out


def test_that_the_month_before_is_not_at_hand_is_not_told_as_if_it_were_missing(
    cauce: Run,
) -> None:
    """Whether the centre has accepted it, the files cannot tell."""
    (notice,) = json.loads(cauce("check", "m.json", "--json").out)["notices"]

    shown = text_of(cauce("check", "m.json"))

    assert notice["message"].startswith(f"Aquí no se tiene el reporte de {BEFORE}")
    assert notice["message"] in shown


def broken_in_many_ways() -> Document:
    document = sound()
    measures = document["measures"]
    measures["residencial_days"] = measures.pop("residential_days")
    measures["hearings"]["value"] = "96"
    measures["graduations"]["status"] = "not_collected"
    measures["screened"]["value"] += 7
    measures["drug_tests_positive"]["value"] = 1000
    measures["detention_days"] = {"value": 99999}
    measures["active_close"]["note"] = "Recaída de la señora Canario."
    return document


def test_of_many_rules_a_few_are_explained_and_the_others_named(cauce: Run) -> None:
    write("m.json", broken_in_many_ways())

    done = cauce("check", "m.json", "--lang", "en")

    found = check_alone(broken_in_many_ways()).findings
    rules = list(dict.fromkeys(f.rule for f in found if f.rule != "N01_gap"))
    titles = {rule: CONTRACT.labels["en"].texts["rule"][rule]["title"] for rule in rules}
    lines = done.out.splitlines()
    explained = [rule for rule in rules if f"{rule} · {titles[rule]}" in lines]
    named = [rule for rule in rules if f"{titles[rule]} ({rule})" in text_of(done)]
    assert len(rules) > MOST_EXPLAINED == len(explained)
    assert sorted(explained + named) == sorted(rules)


def test_what_stands_in_the_way_comes_first(cauce: Run) -> None:
    document = broken_in_many_ways() | {"contract": "2.0.0"}
    write("m.json", document)
    done = cauce("check", "m.json", "--lang", "en")
    kinds = [row.split("│")[1].strip() for row in done.out.splitlines() if "│" in row]
    findings = [kind for kind in kinds if kind in ("error", "warning", "notice")]
    assert findings == sorted(findings, key=["error", "warning", "notice"].index)
    assert {"error", "notice"} <= set(findings)


def test_a_flood_of_findings_is_cut_and_counted(cauce: Run) -> None:
    document = sound()
    document["measures"] |= {f"measure_{letter}": {} for letter in "abcdefghijklmnopqrstuvwxyz"}
    for figure in document["measures"].values():
        figure |= {"x": 1, "y": 2, "z": 3}
    write("m.json", document)

    done = cauce("check", "m.json", "--lang", "en")

    count = len(check_alone(document).findings)
    assert count > MOST_LISTED
    assert done.out.count("│ error ") == MOST_LISTED
    assert f"And {count - MOST_LISTED} more; --json gives them all." in done.out


def test_what_was_not_checked_is_named_with_the_months_that_it_needs(cauce: Run) -> None:
    write("aug.json", of(BEFORE))

    def rules_by_months(*history: str) -> dict[str, str]:
        shown = cauce("check", "m.json", *history, "--lang", "en").out.partition("--history")[2]
        rows = [row.strip("│").split("│") for row in shown.splitlines() if "│" in row]
        return {months.strip(): rules for months, rules in rows}

    alone, with_one = rules_by_months(), rules_by_months("--history", "aug.json")

    assert "Continuity with the month before (H02_continuity);" in alone["2024-08"]
    assert "S11_uptake" in alone["2024-07 to 2024-08"]
    assert "2024-08" not in with_one
    assert "S11_uptake" in with_one["2024-07"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_line_names_the_rules_that_could_still_refuse_it(
    language: str, cauce: Run
) -> None:
    def last(*history: str) -> str:
        return cauce("check", "m.json", *history, "--lang", language).out.splitlines()[-1]

    missed = json.loads(cauce("check", "m.json", "--json").out)["not_checked"]
    write("aug.json", of(BEFORE))
    first, second = last(), last("--history", "aug.json")

    severities = {rule: CONTRACT.rules[rule].severity for rule in missed}
    severe = {rule for rule in missed if severities[rule] in ("error", "confirm")}
    assert f" {len(missed)}" in first
    assert {rule for rule in missed if rule in first} == severe
    assert "H02_continuity (" in first
    assert "H02_continuity" not in second
    assert first.rpartition(" ")[2] == second.rpartition(" ")[2]


DRAFT = load_all()["2.0.0"]


def draft() -> Document:
    accepted = (each for each in examples(DRAFT.version) if each.is_accepted)
    (example,) = (each for each in accepted if not each.history)
    document: Document = example.document
    return document


@pytest.mark.parametrize(
    ("period", "waits_for"),
    [("2999-01", ["version 2.0.0", "2999-01 is over"]), (str(DRAFT.accepts_from), ["2.0.0"])],
)
def test_a_sound_month_of_a_draft_is_told_to_wait_and_not_to_be_corrected(
    period: str, waits_for: list[str], cauce: Run
) -> None:
    write("m.json", draft() | {"period": period})
    done = cauce("check", "m.json", "--lang", "en")
    sent = cauce("submit", "m.json", "--lang", "en")

    assert (done.code, sent.code) == (1, 1)
    (told,) = done.err.splitlines()
    assert told.startswith("It would not be accepted yet")
    assert all(condition in told for condition in waits_for)
    assert sent.err.splitlines() == [told, "Not sent."]


def test_a_month_of_a_draft_with_a_fault_is_told_to_be_corrected(cauce: Run) -> None:
    document = draft()
    del document["measures"]["admissions"]
    write("m.json", document)
    assert "correct what is listed" in cauce("check", "m.json", "--lang", "en").err


def test_nothing_is_left_unchecked_with_two_years_behind_it(cauce: Run) -> None:
    last = Month.parse(BEFORE)
    for month in (last + -23).through(last):
        write(f"{month}.json", of(str(month)))

    done = cauce("check", "m.json", "--history", "20*.json")

    assert "--history" not in done.out
    assert (done.code, done.err) == (0, "")


def acknowledgements(done: Done) -> list[dict[str, str]]:
    """What the command says to add to the document, each with an explanation filled in."""
    lines = done.out.splitlines()
    first = lines.index('"acknowledgements": [')
    last = lines.index("]", first)
    given = json.loads("{" + "\n".join(lines[first : last + 1]) + "}")["acknowledgements"]
    return [each | {"explanation": "Las cifras se cotejaron."} for each in given]


def test_what_is_to_confirm_is_told_with_what_to_add_and_then_is_accepted(cauce: Run) -> None:
    copied = sound()
    copied["measures"]["active_open"]["status"] = "series_break"
    copied["measures"]["active_open"]["note"] = "Se depuró el registro."
    write("aug.json", sound() | {"period": BEFORE})
    write("m.json", copied)
    check = ("check", "m.json", "--history", "aug.json", "--lang", "en")

    refused = cauce(*check)
    write("m.json", copied | {"acknowledgements": acknowledgements(refused)})
    confirmed = cauce(*check)

    assert (refused.code, confirmed.code) == (1, 0)
    assert "confirm or correct" in refused.err
    assert "Errors: 0. To confirm: 1. Warnings: 0." in refused.out
    assert "Errors: 0. To confirm: 0. Warnings: 0." in confirmed.out
    assert "Confirmed or explained in the document: 1." in confirmed.out


def test_a_warning_is_told_with_what_explains_it(cauce: Run) -> None:
    crowded = sound()
    crowded["measures"]["capacity_slots"]["value"] = 20
    write("m.json", crowded)

    due = cauce("check", "m.json", "--lang", "en")
    write("m.json", crowded | {"acknowledgements": acknowledgements(due)})
    explained = cauce("check", "m.json", "--lang", "en")

    assert (due.code, explained.code) == (0, 0)
    assert "Warnings: 1." in due.out
    assert "Warnings: 0." in explained.out
    assert '"acknowledgements"' not in explained.out


def test_wrong_usage_is_told_in_the_language_that_was_asked_for(cauce: Run) -> None:
    told = {cauce("check", "nowhere.json", "--lang", each).err for each in LANGUAGES}
    assert len(told) == len(LANGUAGES)
    assert cauce("check", "m.json", "--lang", "xx").code == 2


def on_terminal(columns: int, *arguments: str) -> list[str]:
    """The lines that the command shows on a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = Path(sys.executable).with_name("cauce")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
    }
    process = Popen(
        [command, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm-256color"},
    )
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 65536):
            shown += more
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    finally:
        os.close(ours)
        process.wait()
    return COLOURS.sub("", shown.decode()).splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("columns", [80, 160])
def test_on_a_terminal_every_line_fits_and_no_name_is_broken(
    columns: int, language: str, cauce: Run
) -> None:
    write("m.json", broken_in_many_ways())

    lines = on_terminal(columns, "check", "m.json", "--lang", language)

    assert max(map(len, lines)) <= columns
    for finding in check_alone(broken_in_many_ways()).findings:
        assert any(finding.pointer in line for line in lines), finding.pointer
        assert any(finding.rule in line for line in lines), finding.rule
