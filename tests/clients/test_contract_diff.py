"""`cauce contract diff` tells, without network, what breaks and what stays comparable."""

from __future__ import annotations

import json
import sys

import pytest

from cauce_client.__main__ import main
from cauce_contract import LANGUAGES, load_all
from cauce_contract.compare import compare

FOUND = compare(load_all()["1.0.0"], load_all()["2.0.0"])


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str
) -> tuple[object, str, str]:
    """Exit code, standard output and standard error of `cauce contract diff`."""
    for name in ("CAUCE_LANG", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["cauce", "contract", "diff", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def column(table: str, number: int) -> str:
    """All that stands in a column, whose cells go over several lines."""
    rows = [line.split("│") for line in table.splitlines() if line.startswith("│")]
    return unspaced("".join(row[number] for row in rows))


def unspaced(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_stands_in_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    code, out, err = run(monkeypatch, capsys, f"1.0.0 2.0.0 --lang {language}")

    assert (code, err) == (0, "")
    changes, producers, consumers = (column(out, number) for number in (1, 2, 3))
    for change in FOUND.changes:
        assert unspaced(change.text(language)) in changes
        assert unspaced(change.for_producers(language)) in producers
        assert unspaced(change.for_consumers(language)) in consumers
    assert out.splitlines()[-1].count("2.0.0") == 2


def test_spanish_is_what_is_spoken_unless_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(monkeypatch, capsys, "1.0.0 2.0.0")

    assert "Para quien reporta" in out
    broken = sum(change.comparability == "broken" for change in FOUND.changes)
    assert f"El cambio más grave: serie rota ({broken} de {len(FOUND.changes)})." in out


def test_what_each_version_takes_stands_at_the_head(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(monkeypatch, capsys, "1.0.0 2.0.0 --lang en")

    earlier, later = out.splitlines()[:2]
    assert earlier == "1.0.0: active. It takes the months from 2013-01 on; no end is set."
    assert (
        later == "2.0.0: draft, may change. It takes the months from 2027-01 on; no end is set."
    )


def test_json_is_what_the_centre_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, "1.0.0 2.0.0 --lang en --json")

    assert (code, err) == (0, "")
    assert json.loads(out) == FOUND.as_json("en")


def test_a_version_and_itself_differ_in_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "1.0.0 1.0.0")

    assert code == 0
    head, said = out.splitlines()
    assert head.startswith("1.0.0: ")
    assert said == "De 1.0.0 a 1.0.0: 0 cambios."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("1.0.0 3.0.0", "1.0.0, 2.0.0"),
        ("2.0.0 1.0.0", "Primero va la versión anterior"),
        ("1.0.0 2.0.0 --lang xx", "es, en, pt, fr"),
    ],
)
def test_wrong_use_is_told_what_is_right(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    told: str,
) -> None:
    code, out, err = run(monkeypatch, capsys, arguments)

    assert (code, out) == (2, "")
    assert told in err
