"""The contract's README: its tables are complete, and its examples hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cauce_contract.rules import KINDS
from support.months import CONTRACT, EXAMPLES, check_alone, examples, month

FOLDER = EXAMPLES.parents[1]
README = (FOLDER / "README.md").read_text("utf-8")
QUERY = (FOLDER / "guide" / "month.sql").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def test_every_kind_of_check_is_there_in_its_own_words() -> None:
    own = [
        [f"`{kind}`", (check.__doc__ or "").splitlines()[0]] for kind, check in KINDS.items()
    ]

    assert table("Kinds of check") == own


def test_every_severity_is_there() -> None:
    told = {row[0].strip("`") for row in table("What the check answers")}

    assert told == {rule.severity for rule in CONTRACT.rules.values()}


def test_the_acknowledgement_that_is_shown_settles_what_it_names() -> None:
    (shown,) = blocks("json")
    (example,) = (each for each in examples("accepted") if each.name == "S02-acknowledged")
    bare = {key: part for key, part in example.document.items() if key != "acknowledgements"}

    assert not replace(example, document=bare).outcome().is_accepted
    assert replace(example, document=bare | json.loads(shown)).outcome().is_accepted


def test_sql_that_is_shown_stands_in_the_query() -> None:
    """But for the view, which is run with the query."""
    shown = [block for block in blocks("sql") if not block.startswith("CREATE VIEW")]

    assert len(shown) >= 5
    for block in shown:
        assert " ".join(block.split()) in " ".join(QUERY.split())


def test_the_query_is_of_a_version_that_there_is_and_sends_what_it_has() -> None:
    (version,) = re.findall(r"'contract', '([0-9.]+)'", QUERY)
    form = re.findall(r"\('(\w+)', '(?:count|days)', '\{([^}]*)\}'\)", QUERY)

    assert version == CONTRACT.version
    assert {measure for measure, _ in form} >= {
        measure.id for measure in CONTRACT.measures.values() if measure.is_required
    }
    for measure, dimensions in form:
        sent = set(re.findall(r"\w+", dimensions))
        required = {
            b.dimension for b in CONTRACT.measures[measure].breakdowns.values() if b.is_required
        }
        assert required <= sent <= set(CONTRACT.measures[measure].breakdowns)


def test_figures_are_sent_as_is_shown() -> None:
    shown = re.findall(r"`(\{\"(?:value|sum)\".*?\})`", README)
    measures = ["admissions", "admission_to_treatment_days", "treatment_sessions", "relapses"]

    assert len(shown) == len(measures)
    for measure, written in zip(measures, shown, strict=True):
        document = month()
        sent = document["measures"][measure]
        figure = json.loads(written)
        document["measures"][measure] = figure | (
            {"by": sent["by"] | figure["by"]} if "by" in figure else {}
        )
        assert check_alone(document).is_accepted, written


def test_the_use_that_is_shown_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = blocks("python")
    document = month() | {"period": "2024-09"}  # a month that is over whenever this runs
    document["measures"]["screened"]["value"] += 1
    (tmp_path / "month.json").write_text(json.dumps(document), "utf-8")
    monkeypatch.chdir(tmp_path)

    exec(compile(shown, "README.md", "exec"), {})  # noqa: S102  our own README

    assert "H06_screening /measures/screened/value" in capsys.readouterr().out
