"""A check uses what was compiled when the contract was loaded."""

from __future__ import annotations

import builtins
import importlib
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from cauce_contract import check, load_all
from cauce_contract.examples import examples
from support.free_texts import hostile, innocent, many
from support.months import NOW, month


def with_notes(seed: int) -> dict[str, Any]:
    """A full month with a note at each figure, every other one about somebody."""
    document = month()
    draw = random.Random(seed).choice
    for at, figure in enumerate(document["measures"].values()):
        (text,) = many(draw([hostile, innocent]), 1, f"{seed} {at}")
        figure["note"] = text.written
    return document


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is compiled from now on: expressions, code and patterns. All goes on as ever."""
    seen: list[object] = []

    def counted(compiling: Callable[..., Any]) -> Callable[..., Any]:
        def counting(source: Any, *given: Any, **named: Any) -> Any:
            seen.append(source)
            return compiling(source, *given, **named)

        return counting

    load_all()
    re.purge()  # else a pattern of an earlier check would be at hand, and not be seen here
    patterns = importlib.import_module("re._compiler")
    for module, name in ((builtins, "compile"), (builtins, "eval"), (patterns, "compile")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    return seen


def test_what_is_compiled_is_seen(compiled: list[object]) -> None:
    eval(compile("1", "here", "eval"))  # noqa: S307  to be seen
    re.search("(here)", "there")

    assert {"1", "(here)"} <= set(map(str, compiled))


def test_nothing_is_compiled_to_check_a_document(compiled: list[object]) -> None:
    contracts = load_all()
    shown = [example for version in contracts for example in examples(version)]
    noted = [with_notes(seed) for seed in range(5)]
    compiled.clear()

    found = [finding for each in shown for finding in each.outcome(contracts).findings]
    personal = [
        finding for each in noted for finding in check(contracts, each, now=NOW).findings
    ]

    assert compiled == []
    assert {finding.rule for finding in found} == contracts["1.0.0"].rules.keys()
    assert sum(finding.rule == "H22_no_personal" for finding in personal) > len(noted)
