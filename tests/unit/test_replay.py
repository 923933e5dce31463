"""Where a month stands by its acts: none of them is passed over in silence."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from cauce.log.replay import Replayed
from cauce.store import acts

PLACE = ("S06_capacity", "/measures/active_close/value")
DAY = date(2027, 1, 20)
# What each kind of act says, and what the month is with it.
ACTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "return": (
        {"revision": 2, "open_until": "2027-01-20"},
        {"returned": True, "open_until": DAY},
    ),
    "explanation": (
        {"revision": 2, "rule": PLACE[0], "pointer": PLACE[1]},
        {"explanation_due": False},
    ),
    "waiver": ({}, {"waived": True}),
    "waiver_withdrawal": ({}, {"waived": False}),
    "extension_request": ({"until": "2027-01-20"}, {"due": None, "open_until": None}),
    "extension": ({"until": "2027-01-20", "moves_due": True}, {"due": DAY}),
}


def month() -> Replayed:
    """One whose second revision has a warning to explain."""
    return Replayed(revision=2, unexplained={PLACE}, is_noted=True)


@pytest.mark.parametrize("kind", get_args(acts.Kind))
def test_every_kind_of_act_leads_somewhere(kind: str) -> None:
    said, expected = ACTS[kind]
    replayed = month()

    assert list(replayed.act({"kind": kind, **said})) == []
    assert {name: getattr(replayed, name) for name in expected} == expected


def test_an_act_of_an_unknown_kind_is_a_fault() -> None:
    assert list(month().act({"kind": "amnesty"})) == [
        "this build does not know acts of this kind"
    ]


@pytest.mark.parametrize("kind", ["return", "explanation"])
def test_an_act_on_a_revision_that_was_not_in_force_is_a_fault(kind: str) -> None:
    replayed = month()

    assert list(replayed.act({"kind": kind, **ACTS[kind][0], "revision": 1})) == [
        "the act is about a revision that was not in force"
    ]
    assert (replayed.returned, replayed.explanation_due) == (False, True)
