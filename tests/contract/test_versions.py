"""Versions side by side: which months each takes, and months that look back across them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cauce_contract import (
    LANGUAGES,
    Contract,
    Month,
    Report,
    check,
    in_force,
    lint,
    load,
    load_all,
    summary,
)
from cauce_contract.check import review
from cauce_contract.examples import Example, examples
from support.months import month
from support.versions import FOLDER, V1, V2, copied

NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)
ALONE = {"2.0.0": V2}  # where it is the only version, it is in force
JANUARY = Month(2027, 1)
EXAMPLES = FOLDER / "2.0.0" / "examples"


def later_month(**changes: Any) -> dict[str, Any]:
    text = (EXAMPLES / "accepted" / "MX-NLE-01-2027-01.json").read_text("utf-8")
    return {**json.loads(text), **changes}


def told(
    contracts: Mapping[str, Contract], document: object, **given: Any
) -> list[tuple[str, str]]:
    found = check(contracts, document, now=NOW, **given).findings
    return [(finding.rule, finding.variant) for finding in found]


def report(document: dict[str, Any]) -> Report:
    found = check(load_all(), document, now=NOW).report
    assert found is not None
    return found


def closing(contract: Contract, until: Month) -> Contract:
    return replace(contract, accepts_until=until)


def test_the_first_version_is_in_force_and_the_next_one_a_draft_beside_it() -> None:
    assert list(load_all()) == ["1.0.0", "2.0.0"]
    assert in_force(load_all()) is V1
    assert V2.status == "draft"
    assert V2.concordance is not None
    assert V2.concordance.earlier is V1


def test_a_version_takes_the_months_of_its_window_and_no_others() -> None:
    first = closing(V1, JANUARY)
    document = month() | {"period": "2027-01"}

    assert told({"1.0.0": first}, document, start=JANUARY) == []
    after = check({"1.0.0": first}, document | {"period": "2027-02"}, now=NOW, start=JANUARY)
    assert ("H18_period", "after_version") in [(f.rule, f.variant) for f in after.findings]
    assert not after.is_accepted
    early = later_month(period="2026-12")
    assert told(ALONE, early, start=JANUARY)[:1] == [("H18_period", "before_version")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_after_the_window_is_told_its_end(language: str) -> None:
    document = month() | {"period": "2027-02"}
    outcome = check({"1.0.0": closing(V1, JANUARY)}, document, now=NOW)
    (message,) = [
        finding.as_json(outcome.labels(language))["message"]
        for finding in outcome.findings
        if finding.rule == "H18_period"
    ]

    assert "2027-02" in str(message)
    assert "2027-01" in str(message)


def test_in_the_months_of_both_windows_a_programme_reports_under_either() -> None:
    active = {
        "1.0.0": replace(closing(V1, Month(2027, 6)), status="deprecated"),
        "2.0.0": replace(V2, status="active"),
    }

    assert told(active, month() | {"period": "2027-01"}, start=JANUARY) == []
    assert told(active, later_month(), start=JANUARY) == []


def test_the_list_of_versions_shows_the_window() -> None:
    assert summary(V1)["accepts"] == {"from": "2013-01", "until": None}
    assert summary(V2)["accepts"] == {"from": "2027-01", "until": None}
    assert summary(closing(V1, JANUARY))["accepts"] == {"from": "2013-01", "until": "2027-01"}


def test_a_window_can_change_while_the_meaning_stays(tmp_path: Path) -> None:
    start = 'accepts_from = "2013-01"'
    other = load(
        copied(tmp_path, [("contract.toml", start, f'{start}\naccepts_until = "2030-12"')])
    )

    assert other.accepts_until == Month(2030, 12)
    assert other.core_digest == V1.core_digest
    assert other.digest != V1.digest


def test_windows_that_leave_no_month_for_both_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path, [], of="2.0.0")
    faults = lint(folder, {"1.0.0": closing(V1, Month(2026, 12))})

    what = "accepts_from: no month can be reported under it and under 1.0.0"
    assert [str(fault) for fault in faults] == [f"contract.toml: {what}"]
    assert lint(folder, {"1.0.0": closing(V1, JANUARY)}) == []


def test_a_draft_is_tried_in_everything_and_not_accepted() -> None:
    document = later_month()
    document["measures"]["active_close"]["value"] += 1
    found = told(load_all(), document, start=JANUARY)

    assert found[0] == ("H19_codes", "version_draft")
    assert ("H01_balance", "identity") in found
    assert told(load_all(), later_month(), start=JANUARY) == found[:1]


def test_an_unknown_version_is_told_those_that_take_months() -> None:
    outcome = check(load_all(), month() | {"contract": "3.0.0"}, now=NOW)

    assert outcome.findings[0].figures == {"known": "1.0.0"}
    for language in LANGUAGES:
        said = outcome.findings[0].as_json(outcome.labels(language))["message"]
        assert "/v1/contracts" in str(said)


def test_a_draft_and_a_retired_version_are_told_apart() -> None:
    contracts = {
        "1.0.0": replace(V1, status="retired"),
        "2.0.0": replace(V2, status="draft"),
        "3.0.0": replace(V2, version="3.0.0", status="active"),
    }

    retired = check(contracts, month(), now=NOW).findings[0]
    draft = check(contracts, later_month(), now=NOW).findings[0]

    assert (retired.variant, draft.variant) == ("version_retired", "version_draft")
    assert retired.figures == draft.figures == {"known": "3.0.0"}
    for language in LANGUAGES:
        said = [
            V1.labels[language].message(f.rule, f.variant, f.figures) for f in (retired, draft)
        ]
        assert len(set(said)) == 2
        assert all("3.0.0" in message for message in said)


def test_versions_are_ordered_as_numbers() -> None:
    assert replace(V1, version="1.10.0").number > replace(V1, version="1.9.0").number


def test_the_first_month_under_a_version_looks_back_on_those_before_it() -> None:
    december = report(month() | {"period": "2026-12"})
    document = later_month()

    # Opened with another number than was there in December.
    assert told(ALONE, document, history=[december]) == [("H02_continuity", "differs")]
    document["measures"]["active_open"]["value"] += 2
    document["measures"]["exits"]["value"] += 2
    assert ("H02_continuity", "differs") not in told(ALONE, document, history=[december])


def test_a_month_under_the_older_version_looks_back_on_the_newer() -> None:
    january = report(later_month())
    february = report(month() | {"period": "2027-02"})

    found = review(february, now=NOW, history=[january]).findings
    assert "H02_continuity" in [finding.rule for finding in found]


def test_two_years_under_both_versions_are_looked_back_on() -> None:
    """The same month over and over: what the rules say of it under either version."""
    history = [
        report(
            (month() if back > 6 else later_month()) | {"period": str(JANUARY + (12 - back))}
        )
        for back in range(1, 25)
    ]
    found = {}
    for document in (later_month(), month()):
        last = document | {"period": str(JANUARY + 12)}
        now = datetime(2028, 3, 10, tzinfo=UTC)
        outcome = check(load_all(), last, now=now, history=history)
        found[document["contract"]] = [finding.rule for finding in outcome.findings]

    assert found["1.0.0"] == ["H02_continuity", "S23_cohort_origin"]
    assert found["2.0.0"] == [
        *("H19_codes", "H02_continuity"),
        *("S03_copy", "S23_cohort_origin"),
    ]


@pytest.mark.parametrize("example", examples("2.0.0"), ids=lambda example: example.name)
def test_an_example_of_the_draft_gives_exactly_its_findings(example: Example) -> None:
    outcome = example.outcome(load_all())

    found = [(finding.rule, finding.pointer) for finding in outcome.findings]
    assert found == example.expected
    assert outcome.is_accepted == example.is_accepted
    for finding in outcome.findings:
        for language in LANGUAGES:
            assert finding.as_json(outcome.labels(language))["message"]


def test_no_word_of_the_draft_names_an_id_that_it_has_not() -> None:
    gone = re.compile(
        r"\b(OPI|COC|Y18T24|(?<!group\.)VOL|MED\b(?! =)"
        r"|returns_to_ordinary|new_charges_in_program)\b"
    )
    for language in LANGUAGES:
        text = (FOLDER / "2.0.0" / "labels" / f"{language}.toml").read_text("utf-8")
        assert not gone.findall(text)


def test_every_version_is_part_of_the_package() -> None:
    project = (FOLDER / "pyproject.toml").read_text("utf-8")

    for version in load_all():
        assert f'"{version}" = "cauce_contract/versions/{version}"' in project
