"""SECURITY.md names tests that are there, and each requirement of ASVS once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "SECURITY.md").read_text("utf-8")
REQUIREMENTS = (Path(__file__).parent / "asvs-5.0-level-2.txt").read_text("utf-8").split("\n")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_NUMBER = re.compile(r"\b\d+\.\d+\.\d+\b")


@cache
def collected(file: str) -> frozenset[str]:
    """The names of a file's tests, as pytest collects them: those not inside anything."""
    path = ROOT / file
    if not path.exists():
        return frozenset()
    found = re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    return frozenset(found)


def section(title: str) -> str:
    """What stands under a heading, up to the next one."""
    _, _, rest = WRITTEN.partition(f"# {title}\n")
    assert rest, title
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> Iterator[list[str]]:
    """The cells of each row of the table under a heading, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_every_test_that_it_names_is_collected() -> None:
    named = _TEST.findall(WRITTEN)

    assert len(named) > 80
    assert [f"{file}::{name}" for file, name in named if name not in collected(file)] == []
    # Nothing is named in a way that this would not see.
    assert len(named) == len(re.findall(r"::test_", WRITTEN))


@pytest.mark.parametrize("title", ["What is promised, and what tests it", "Met, with tests"])
def test_whatever_is_called_tested_has_a_test(title: str) -> None:
    told = list(rows(title))

    assert len(told) > 10
    for row in told:
        assert _TEST.search(row[-1]), row
        assert re.sub(_TEST, "", row[-1]).strip() == "", "tests and nothing else"


def test_every_requirement_stands_in_one_list_and_in_one_only() -> None:
    known = [line for line in REQUIREMENTS if line and not line.startswith("#")]
    lists = (
        "Met, with tests",
        "Met by how it is made, without a test of its own",
        "Not met, or not wholly",
        "The operator's",
        "Not applicable",
    )
    named = Counter(
        number for title in lists for row in rows(title) for number in _NUMBER.findall(row[0])
    )

    assert len(known) == len(set(known)) == 253
    assert sorted(set(known) - named.keys()) == []
    assert sorted(named.keys() - set(known)) == []
    assert [number for number, times in named.items() if times > 1] == []


def test_numbers_stand_in_the_lists_alone() -> None:
    """So that none is named in passing that the lists do not have."""
    rest = WRITTEN.replace("5.0.0", "")
    known = set(REQUIREMENTS)
    assert set(_NUMBER.findall(rest)) <= known
