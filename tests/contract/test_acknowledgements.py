"""What is to confirm refuses a month until its sender acknowledges that very finding."""

from __future__ import annotations

from typing import Any

import pytest

from cauce_contract import Outcome, Report, check, load_all
from support.months import NOW, Document, month

COPY = {"rule": "S03_copy", "pointer": "/measures", "explanation": "Se cotejó: coincide."}


def before() -> Report:
    """August, of which September is a copy."""
    report = check(load_all(), month() | {"period": "2026-08"}, now=NOW).report
    assert report is not None
    return report


def checked(document: Document) -> Outcome:
    return check(load_all(), document, now=NOW, history=[before()])


def a_copy(*acknowledgements: Any) -> Document:
    document = month() | {"acknowledgements": list(acknowledgements)}
    document["measures"]["active_open"] = {"value": None, "status": "missing"}
    return document


def test_a_finding_to_confirm_refuses_until_it_is_acknowledged() -> None:
    refused, settled = checked(a_copy()), checked(a_copy(COPY))

    assert [finding.rule for finding in refused.unacknowledged()] == ["S03_copy"]
    assert not refused.is_accepted
    assert settled.unacknowledged() == []
    assert settled.is_accepted
    assert settled.findings == refused.findings  # it is still said


@pytest.mark.parametrize(
    "other",
    [
        {"rule": "S02_all_zero"},
        {"pointer": "/measures/referrals/value"},
        {"pointer": ""},
    ],
    ids=str,
)
def test_another_rule_or_place_settles_nothing(other: dict[str, str]) -> None:
    outcome = checked(a_copy(COPY | other))

    assert [finding.rule for finding in outcome.refused_for] == ["S03_copy"]
    assert checked(a_copy(COPY | other, COPY)).is_accepted


def test_what_was_not_found_may_be_acknowledged_without_effect() -> None:
    plain, acknowledged = month(), month() | {"acknowledgements": [COPY]}

    outcomes = [check(load_all(), document, now=NOW) for document in (plain, acknowledged)]

    assert outcomes[0].findings == outcomes[1].findings
    assert all(outcome.is_accepted for outcome in outcomes)
    reports = [outcome.report for outcome in outcomes if outcome.report]
    assert reports[0].content_digest == reports[1].content_digest


def test_no_error_is_settled_by_acknowledging_it() -> None:
    document = a_copy(
        COPY, COPY | {"rule": "H01_balance", "pointer": "/measures/active_close/value"}
    )
    document["measures"]["active_open"] = {"value": 40}

    rules = {finding.rule for finding in checked(document).refused_for}

    assert rules == {"H01_balance", "H02_continuity"}
