"""What changes between versions, at an address: public, in the reader's language, cached."""

from __future__ import annotations

import pytest

from cauce_contract import LANGUAGES, load_all
from cauce_contract.compare import compare
from support.centre import Centre

PATH = "/v1/contracts/diff"
BOTH = f"{PATH}?from=1.0.0&to=2.0.0"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everybody_reads_every_change_in_their_language(
    centre: Centre, language: str
) -> None:
    answer = await centre.http.get(BOTH, headers={"Accept-Language": language})

    assert answer.status_code == 200
    found = compare(load_all()["1.0.0"], load_all()["2.0.0"])
    assert answer.json() == found.as_json(language)
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Vary"] == "Accept-Language"


async def test_a_change_says_what_it_does_to_whom(centre: Centre) -> None:
    body = (await centre.http.get(BOTH, headers={"Accept-Language": "en"})).json()
    (merge,) = (change for change in body["changes"] if change["change"] == "code_merged")

    assert (body["level"], body["least_version"], body["comparability"]) == (
        "major",
        "2.0.0",
        "broken",
    )
    assert merge == {
        "change": "code_merged",
        "dimension": "exit_reason",
        "before": ["ADM", "MED"],
        "after": ["ADM_MED"],
        "measures": ["exits"],
        "level": "major",
        "comparability": "mapped_with_loss",
        "text": "The codes ADM [Administrative] and MED [Medical reason] of exit_reason are"
        " merged into ADM_MED [Administrative or medical reason].",
        "producers": {
            "effect": "report_sum",
            "text": "Send together what went under ADM and MED;"
            " it may still be recorded apart.",
        },
        "consumers": {
            "effect": "add_old_up",
            "text": "ADM_MED goes back, exactly, as the sum of ADM and MED;"
            " from now on there is no such detail.",
        },
    }


async def test_it_says_which_months_each_version_takes_and_how_firm_it_is(
    centre: Centre,
) -> None:
    listed = (await centre.http.get("/v1/contracts")).json()["items"]

    versions = (await centre.http.get(BOTH)).json()["versions"]

    assert versions == listed


async def test_who_has_it_already_is_told_so(centre: Centre) -> None:
    first = await centre.http.get(BOTH, headers={"Accept-Language": "en"})
    known = {"If-None-Match": first.headers["ETag"]}

    again = await centre.http.get(BOTH, headers={"Accept-Language": "en", **known})
    other = await centre.http.get(BOTH, headers={"Accept-Language": "fr", **known})

    assert (again.status_code, other.status_code) == (304, 200)


@pytest.mark.parametrize(
    ("query", "status", "faults"),
    [
        ("from=1.0.0&to=3.0.0", 422, [("unknown_contract", "to")]),
        ("from=1&to=3.0.0", 422, [("unknown_contract", "from"), ("unknown_contract", "to")]),
        ("to=2.0.0", 422, [("version_missing", "from")]),
        ("", 422, [("version_missing", "from"), ("version_missing", "to")]),
        ("from=2.0.0&to=1.0.0", 422, [("versions_reversed", "from")]),
        ("from=1.0.0&to=2.0.0&by=rule", 400, [("unknown_parameter", "by")]),
    ],
)
async def test_a_question_without_an_answer_is_told_why(
    centre: Centre, query: str, status: int, faults: list[tuple[str, str]]
) -> None:
    answer = await centre.http.get(f"{PATH}?{query}")

    assert answer.status_code == status
    assert [(e["rule"], e["parameter"]) for e in answer.json()["errors"]] == faults


async def test_both_versions_are_listed_with_their_windows(centre: Centre) -> None:
    items = (await centre.http.get("/v1/contracts")).json()["items"]

    assert [(item["version"], item["status"], item["accepts"]) for item in items] == [
        ("1.0.0", load_all()["1.0.0"].status, {"from": "2013-01", "until": None}),
        ("2.0.0", "draft", {"from": "2027-01", "until": None}),
    ]
