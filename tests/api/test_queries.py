"""A question is answered as it was asked, or every fault of it is named."""

from __future__ import annotations

import copy
import json
import urllib.parse
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import jsonschema
import pytest

from cauce import errors
from cauce_contract import load_all
from cauce_contract.canonical import digest
from support import centre as under_test
from support import months
from support.centre import Centre, Client, Databases, moved

CONTRACT = load_all()["1.0.0"]
CURP = "XEXX010101HNEXXXA4"
FIGURE = "/v1/measures/active_close"
REASON = {"code": "error", "text": "un caso contado dos veces"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    """Three programmes, one of which has reported; no test of this module changes that."""
    async with under_test.centre(databases) as found:
        for programme in ("MX-NLE-01", "MX-NLE-02", "MX-CHH-01"):
            await found.programme(programme)
        yield found


@pytest.fixture(scope="module")
async def nle(centre: Centre) -> Client:
    client = await centre.state("MX-NLE")
    assert (await client.put(months.month())).status_code == 201
    return client


@pytest.fixture(scope="module")
async def nation(centre: Centre, nle: Client) -> Client:
    return await centre.coordinator()


def _told(answer: httpx.Response, slug: str) -> list[tuple[str, str]]:
    """The faults that a problem names: rule and parameter."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == answer.status_code
    assert body["error_count"] == len(body["errors"])
    assert all(error["message"] and error["severity"] == "error" for error in body["errors"])
    return [(error["rule"], error["parameter"]) for error in body["errors"]]


# What is asked, the rule and parameter of its one fault, and a word that the message must have.
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "indicator": (
        "/v1/indicators/graduation_rat",
        "unknown_indicator",
        "indicator",
        "graduation_rate",
    ),
    "indicator of SQL": (
        "/v1/indicators/'%20OR%201=1%20--",
        "unknown_indicator",
        "indicator",
        "reporting_coverage",
    ),
    "measure for an indicator": (
        "/v1/indicators/admissions",
        "unknown_indicator",
        "indicator",
        ",",
    ),
    "measure": ("/v1/measures/admision", "unknown_measure", "measure", "admissions"),
    "measure in capitals": ("/v1/measures/ADMISSIONS", "unknown_measure", "measure", ","),
    "dimension": (f"{FIGURE}?by=sexo", "unknown_dimension", "by", "sex"),
    "dimension of other figures": (
        f"{FIGURE}?by=exit_reason",
        "unknown_dimension",
        "by",
        "phase",
    ),
    "dimension of a figure without any": (
        "/v1/measures/relapses?by=sex",
        "unknown_dimension",
        "by",
        "area",
    ),
    "dimension of only one side of a ratio": (
        "/v1/indicators/uptake_rate?by=age_band",
        "unknown_dimension",
        "by",
        "sex",
    ),
    "dimension empty": (f"{FIGURE}?by=", "unknown_dimension", "by", "sex"),
    "area": (f"{FIGURE}?area=MX-NLX", "unknown_area", "area", "MX-NLE"),
    "area in lower case": (f"{FIGURE}?area=mx-nle", "unknown_area", "area", "MX"),
    "area no programme": (f"{FIGURE}?area=MX-NLE-09", "unknown_area", "area", "MX-NLE-01"),
    "area empty": (f"{FIGURE}?area=", "unknown_area", "area", "MX"),
    "area with a comma too many": (f"{FIGURE}?area=MX,", "unknown_area", "area", "MX"),
    "window": (f"{FIGURE}?window=mont", "unknown_window", "window", "month"),
    "window not offered": (f"{FIGURE}?window=quarter", "unknown_window", "window", "month"),
    "window empty": (f"{FIGURE}?window=", "unknown_window", "window", "month"),
    "contract": (f"{FIGURE}?contract=1.0", "unknown_contract", "contract", "1.0.0"),
    "contract empty": (f"{FIGURE}?contract=", "unknown_contract", "contract", "1.0.0"),
    "format": (f"{FIGURE}?format=xml", "unknown_format", "format", "json"),
    "month 13": (f"{FIGURE}?from=2026-13", "not_a_month", "from", "2026-09"),
    "month of one digit": (f"{FIGURE}?to=2026-9", "not_a_month", "to", "2026-09"),
    "month empty": (f"{FIGURE}?from=", "not_a_month", "from", "2026-09"),
    "backwards": (f"{FIGURE}?from=2026-09&to=2026-08", "from_after_to", "from", ""),
    "from after the last month over": (f"{FIGURE}?from=2026-12", "from_after_to", "from", ""),
    "241 months": (
        f"{FIGURE}?from=2006-09&to=2026-09",
        "too_many_months",
        "from",
        "240",
    ),
    "state": ("/v1/completeness?state=MX-NLX", "unknown_state", "state", "MX-NLE"),
    "state empty": ("/v1/completeness?state=", "unknown_state", "state", "MX-AGU"),
    "completeness backwards": (
        "/v1/completeness?from=2026-09&to=2026-08",
        "from_after_to",
        "from",
        "",
    ),
    "completeness of 241 months": (
        "/v1/completeness?from=2006-09&to=2026-09",
        "too_many_months",
        "from",
        "240",
    ),
    "roster": ("/v1/programmes?at=2026-13", "not_a_month", "at", "2026-09"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_not_known_is_refused_with_what_is_nearest(
    fault: str, nation: Client
) -> None:
    path, rule, parameter, word = FAULTS[fault]

    for language in ("es", "en"):
        answer = await nation.get(path, Accept_Language=language)

        assert answer.status_code == 422
        assert _told(answer, "bad-query") == [(rule, parameter)]
        assert word in answer.json()["errors"][0]["message"]


async def test_all_faults_of_a_question_are_named_at_once(nation: Client) -> None:
    query = "from=2026-13&to=abc&window=week&area=MX-XXX,MX-YYY&by=a,b&contract=9&format=pdf"

    answer = await nation.get(f"/v1/indicators/none_such?{query}")

    assert answer.status_code == 422
    assert _told(answer, "bad-query") == [
        ("unknown_indicator", "indicator"),
        ("not_a_month", "from"),
        ("not_a_month", "to"),
        ("unknown_area", "area"),
        ("unknown_area", "area"),
        ("too_many_dimensions", "by"),
        ("unknown_window", "window"),
        ("unknown_format", "format"),
        ("unknown_contract", "contract"),
    ]


@pytest.mark.parametrize("by", ["sex,phase", "sex,sex", "area,sex,phase", "sex,area,phase"])
async def test_a_second_dimension_is_one_too_many(by: str, nation: Client) -> None:
    answer = await nation.get(f"{FIGURE}?by={by}")

    assert answer.status_code == 422
    assert ("too_many_dimensions", "by") in _told(answer, "bad-query")


@pytest.mark.parametrize("by", ["sex,area", "area,sex", "area", "sex"])
async def test_one_dimension_and_the_area_can_be_asked_for(by: str, nation: Client) -> None:
    answer = await nation.get(f"{FIGURE}?by={by}&from=2026-09&to=2026-09")

    assert answer.status_code == 200
    for item in answer.json()["items"]:
        assert ("sex" in item) == ("sex" in by)
    areas = {item["area"] for item in answer.json()["items"]}
    assert areas == ({"MX-CHH", "MX-NLE"} if "area" in by else {"MX"})


async def test_an_unknown_parameter_is_refused_with_those_there_are(nation: Client) -> None:
    answer = await nation.get(f"{FIGURE}?windwo=month&form=2026-09")

    assert answer.status_code == 400
    assert _told(answer, "unknown-parameter") == [
        ("unknown_parameter", "windwo"),
        ("unknown_parameter", "form"),
    ]
    for error in answer.json()["errors"]:
        for known in ("window", "from", "area", "by"):
            assert known in error["message"]


async def test_a_repeated_parameter_is_refused(nation: Client) -> None:
    answer = await nation.get(f"{FIGURE}?area=MX&by=sex&area=MX-NLE")

    assert answer.status_code == 400
    assert _told(answer, "unknown-parameter") == [("repeated_parameter", "area")]


async def test_a_parameter_is_known_by_its_exact_name(nation: Client) -> None:
    for query in ("From=2026-09", "first=2026-09", "last=2026-09", "FROM=1", "area[]=MX"):
        answer = await nation.get(f"{FIGURE}?{query}")
        assert answer.status_code == 400, query


async def test_what_was_asked_in_vain_is_not_repeated(nation: Client) -> None:
    for name in ("from", "to", "window", "area", "by", "contract", "format", CURP):
        answer = await nation.get(f"{FIGURE}?{name}={CURP}")
        assert answer.status_code in (400, 422)
        assert CURP not in answer.text
    assert CURP not in (await nation.get(f"/v1/indicators/{CURP}")).text
    assert CURP not in (await nation.get(f"/v1/contracts/{CURP}")).text
    assert CURP not in (await nation.get(f"/{CURP}")).text


HOSTILE = [
    "'",
    "' OR '1'='1",
    "'; DROP TABLE revision; --",
    "1) UNION SELECT jwk::text FROM client_key --",
    "MX' || pg_sleep(5) || '",
    "$1",
    ":area",
    "%s%n%x",
    "%(x)s",
    "{0}{nearest}{__class__}",
    "\\",
    "\0",
    "\ud800",
    "\u202e\u0000\uffff",
    "*",
    ",",
    ",,,,,,,,,,",
    "null",
    "NaN",
    "-1",
    "9" * 400,
    "x" * 40_000,
    "../../../etc/passwd",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "\r\nX-Injected: 1",
]
PARAMETERS = {
    FIGURE: ("from", "to", "window", "area", "by", "contract", "format"),
    "/v1/completeness": ("from", "to", "state"),
    "/v1/programmes": ("at",),
}
NAMED = ("/v1/indicators/", "/v1/measures/", "/v1/contracts/", "/problems/")


def _quoted(text: str) -> str:
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_text_in_a_parameter_or_address_is_more_than_text(
    text: str, nation: Client
) -> None:
    paths = [
        f"{at}?{name}={_quoted(text)}" for at, names in PARAMETERS.items() for name in names
    ]
    paths += [f"{FIGURE}?{_quoted(text)}=1"]
    paths += [f"{start}{_quoted(text)}" for start in NAMED]
    paths += [f"/v1/contracts/{_quoted(text)}/schema", f"/static/{_quoted(text)}"]
    for path in paths:
        answer = await nation.get(path)

        assert answer.status_code in (400, 404, 422), (path[:100], answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert len(text) < 12 or text not in answer.text
        assert "x-injected" not in answer.headers


async def test_ten_thousand_unknown_areas_are_no_more_work_than_twenty(nation: Client) -> None:
    areas = ",".join(f"q{n}" for n in range(10_000))

    answer = await nation.get(f"{FIGURE}?area={areas}")

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        (None, "es", "La consulta no tiene respuesta"),
        ("es-MX,es;q=0.9", "es", "La consulta no tiene respuesta"),
        ("en", "en", "The query has no answer"),
        ("en-GB;q=0.8, es;q=0.7", "en", "The query has no answer"),
        ("nah, en;q=0.5", "en", "The query has no answer"),
        ("de", "es", "La consulta no tiene respuesta"),
        ("en;q=0", "es", "La consulta no tiene respuesta"),
        ("*", "es", "La consulta no tiene respuesta"),
        ("en;q=high;;;,,,", "es", "La consulta no tiene respuesta"),
        ("en," * 5000, "en", "The query has no answer"),
    ],
)
async def test_problems_speak_the_readers_language(
    accepted: str | None, language: str, title: str, nation: Client
) -> None:
    wish = {"Accept_Language": accepted} if accepted else {}

    answer = await nation.get(f"{FIGURE}?from=x", **wish)

    assert answer.headers["Content-Language"] == language
    assert answer.json()["title"] == title


async def test_the_catalogues_speak_the_readers_language(nation: Client) -> None:
    for catalogue in ("/v1/indicators", "/v1/measures"):
        es = (await nation.get(catalogue, Accept_Language="es")).json()["items"]
        en = (await nation.get(catalogue, Accept_Language="en")).json()["items"]

        assert [item["id"] for item in es] == [item["id"] for item in en]
        assert all(item["label"] for item in es + en)
        assert sum(a["label"] != b["label"] for a, b in zip(es, en, strict=True)) > len(es) / 2


async def test_a_valid_question_without_data_is_answered_with_what_is_missing(
    nation: Client,
) -> None:
    answer = await nation.get("/v1/indicators/graduation_rate?from=2025-01&to=2025-02")

    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["period"] for item in items] == ["2025-01", "2025-02"]
    for item in items:
        assert (item["value"], item["status"]) == (None, "O")
        assert item["coverage"]["missing"] == ["MX-CHH-01", "MX-NLE-01", "MX-NLE-02"]
    before = (await nation.get("/v1/indicators/graduation_rate?from=2020-01&to=2020-01")).json()
    assert before["items"][0]["status"] == "M"
    assert before["items"][0]["coverage"]["expected"] == 0
    assert before["items"][0]["coverage"]["share"] is None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_completeness_tells_who_kept_the_day_who_did_not_and_who_owes_nothing(
    databases: Databases,
) -> None:
    async with under_test.centre(databases) as centre:
        for programme, since, until in (
            ("MX-AGU-01", "2026-10", None),
            ("MX-CHH-01", "2024-01", None),
            ("MX-DUR-01", "2024-01", "2026-08"),
            ("MX-NLE-01", "2024-01", None),
            ("MX-NLE-02", "2024-01", None),
            ("MX-NLE-03", "2024-01", None),
        ):
            await centre.programme(programme, since, until)
        nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
        gaps = moved(months.month(), "MX-NLE-03")
        gaps["measures"]["relapses"] = {"value": None, "status": "not_collected"}
        gaps["measures"]["new_charges_in_program"] = {"value": None, "status": "missing"}
        for instant, document in (
            ("2026-10-11T05:59:59Z", months.month()),  # the last second of the 10th in Mexico
            ("2026-10-11T06:00:00Z", moved(months.month(), "MX-NLE-02")),
            ("2026-10-13T12:00:00Z", gaps),
        ):
            centre.clock.now = at(instant)
            nle.held.clear()
            assert (await nle.put(document)).status_code == 201

        answer = (await nation.get("/v1/completeness?from=2026-09&to=2026-09")).json()

        rows = answer["items"]
        assert [(row["programme"], row["status"], row["days_late"]) for row in rows] == [
            ("MX-AGU-01", "not_expected", None),
            ("MX-CHH-01", "missing", None),
            ("MX-DUR-01", "not_expected", None),
            ("MX-NLE-01", "on_time", 0),
            ("MX-NLE-02", "late", 1),
            ("MX-NLE-03", "late", 3),
        ]
        cells = {row["programme"]: row["cells"] for row in rows}
        for row in rows:
            assert 0 <= row["cells"]["reported"] <= row["cells"]["expected"], row
        full = cells["MX-NLE-01"]
        assert full["reported"] == full["expected"] > 0
        assert cells["MX-NLE-03"]["reported"] < full["expected"]
        assert cells["MX-CHH-01"] == {**full, "reported": 0, "share": 0}
        assert cells["MX-AGU-01"] == {"expected": 0, "reported": 0, "share": None}
        reported = sum(row["cells"]["reported"] for row in rows)
        share = round(reported / (4 * full["expected"]), 6)
        assert answer["periods"] == [
            {
                "period": "2026-09",
                "due": "2026-10-11T06:00:00Z",
                "expected": 4,
                "reported": 3,
                "on_time": 1,
                "late": 2,
                "missing": 1,
                "waived": 0,
                "not_expected": 2,
                "flags": {"needs_correction": 0, "returned": 0, "explanation_due": 0},
                "share_reported": 0.75,
                "share_on_time": 0.25,
                "cells": {
                    "expected": 4 * full["expected"],
                    "reported": reported,
                    "share": share,
                },
            }
        ]


async def test_a_correction_does_not_make_a_month_late(databases: Databases) -> None:
    async with under_test.centre(databases) as centre:
        await centre.programme("MX-NLE-01")
        nle = await centre.state("MX-NLE")
        centre.clock.now = at("2026-10-02T12:00:00Z")
        first = await nle.put(months.month())
        centre.clock.now = at("2026-11-20T12:00:00Z")
        nle.held.clear()
        corrected = copy.deepcopy(months.month()) | {"revision_reason": REASON}
        corrected["measures"]["relapses"]["value"] = 8

        second = await nle.put(corrected, If_Match=first.headers["ETag"])

        assert second.json()["timeliness"] == "on_time"
        (row,) = (await nle.get("/v1/completeness?from=2026-09&to=2026-09")).json()["items"]
        assert (row["status"], row["days_late"], row["revision"]) == ("on_time", 0, 2)
        assert row["received_at"] == "2026-10-02T12:00:00Z"


async def test_completeness_has_a_summary_for_each_month(nation: Client) -> None:
    answer = (await nation.get("/v1/completeness?from=2026-07&to=2026-09")).json()

    assert [month["period"] for month in answer["periods"]] == ["2026-07", "2026-08", "2026-09"]
    assert [month["reported"] for month in answer["periods"]] == [0, 0, 1]
    for month in answer["periods"]:
        assert month["expected"] == 3
        assert month["on_time"] + month["late"] + month["missing"] == month["expected"]
    assert len(answer["items"]) == 9


async def test_completeness_of_one_state_is_that_states(nation: Client, nle: Client) -> None:
    span = "from=2026-09&to=2026-09"
    chh = (await nation.get(f"/v1/completeness?{span}&state=MX-CHH")).json()
    own = (await nle.get(f"/v1/completeness?{span}")).json()
    same = (await nle.get(f"/v1/completeness?{span}&state=MX-NLE")).json()
    none = (await nation.get(f"/v1/completeness?{span}&state=MX-ZAC")).json()

    assert [row["programme"] for row in chh["items"]] == ["MX-CHH-01"]
    assert [row["programme"] for row in own["items"]] == ["MX-NLE-01", "MX-NLE-02"]
    assert same == own
    assert none["items"] == []
    refused = await nle.get(f"/v1/completeness?{span}&state=MX-CHH")
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/not-your-state"


async def test_without_months_the_last_one_that_is_over_is_meant(nation: Client) -> None:
    figures, rows = (await nation.get(FIGURE)).json(), await nation.get("/v1/completeness")

    assert (figures["query"]["from"], figures["query"]["to"]) == ("2026-10", "2026-10")
    assert {row["period"] for row in rows.json()["items"]} == {"2026-10"}


PUBLIC = (
    "/v1/contracts",
    "/v1/contracts/1.0.0",
    "/v1/contracts/1.0.0/schema",
    "/v1/programmes",
)


@pytest.mark.parametrize("path", PUBLIC)
async def test_who_has_it_already_is_not_sent_it_again(path: str, centre: Centre) -> None:
    first = await centre.http.get(path)
    etag = first.headers["ETag"]

    assert first.status_code == 200
    assert etag.startswith('"sha-256:')
    for header in (etag, f"W/{etag}", f'"other", {etag}', f'W/"x",W/{etag}', "*", f" {etag} "):
        again = await centre.http.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content) == (304, b""), header
        assert again.headers["ETag"] == etag
    for header in ('"other"', etag.strip('"'), etag[:-2] + '"', "", '""'):
        other = await centre.http.get(path, headers={"If-None-Match": header})
        assert (other.status_code, other.content) == (200, first.content), header


async def test_a_months_tag_spares_its_reader_too(nle: Client) -> None:
    path = "/v1/submissions/MX-NLE-01/2026-09"
    etag = (await nle.get(path)).headers["ETag"]

    for header in (etag, f"W/{etag}", f'"a", {etag}', "*"):
        assert (await nle.get(path, If_None_Match=header)).status_code == 304
    assert (await nle.get(path, If_None_Match='"a"')).status_code == 200


async def test_a_contracts_tag_is_its_digest(centre: Centre) -> None:
    listed = (await centre.http.get("/v1/contracts")).json()["items"][0]
    whole = await centre.http.get("/v1/contracts/1.0.0")

    assert whole.headers["ETag"] == f'"{listed["digest"]}"'
    assert (listed["version"], listed["status"]) == ("1.0.0", "active")
    schema = await centre.http.get("/v1/contracts/1.0.0/schema")
    assert schema.headers["ETag"] == f'"{digest(schema.json())}"'


async def test_the_schema_is_one_and_takes_the_example(centre: Centre) -> None:
    answer = await centre.http.get("/v1/contracts/1.0.0/schema")

    assert answer.headers["Content-Type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(months.month())


async def test_an_unknown_contract_is_answered_with_those_there_are(centre: Centre) -> None:
    for path in ("/v1/contracts/9.0.0", "/v1/contracts/9.0.0/schema", "/v1/contracts/1.0"):
        answer = await centre.http.get(path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/unknown-contract"
        assert "1.0.0" in answer.json()["detail"]


@pytest.mark.parametrize("slug", errors.slugs())
async def test_every_problem_has_a_page_for_people(slug: str, centre: Centre) -> None:
    for language in ("es", "en"):
        words = errors.words(slug, language)
        page = await centre.http.get(f"/problems/{slug}", headers={"Accept-Language": language})

        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.headers["Content-Language"] == language
        assert words["title"] in page.text
        assert str(errors.status_of(slug)) in page.text
        assert "{" not in page.text


async def test_what_is_no_problem_has_no_page(centre: Centre) -> None:
    for slug in ("none-such", "errors", "__class__", "errors.not_a_month"):
        answer = await centre.http.get(f"/problems/{slug}")
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("path", ["/none", "/v1", "/v2/indicators", "/v1/contracts/", "/docs"])
async def test_an_address_of_nothing_is_a_problem(path: str, centre: Centre) -> None:
    answer = await centre.http.get(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == "/problems/not-found"
    assert body["instance"] == f"urn:cauce:request:{body['trace_id']}"
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/submissions/MX-NLE-01/2026-09", {"GET", "PUT"}),
        ("PATCH", "/v1/submissions/MX-NLE-01/2026-09", {"GET", "PUT"}),
        ("POST", "/v1/contracts", {"GET"}),
        ("PUT", "/v1/indicators/graduation_rate", {"GET"}),
        ("GET", "/oauth/token", {"POST"}),
        ("TRACE", "/livez", {"GET"}),
    ],
)
async def test_a_method_that_is_not_taken_is_a_problem(
    method: str, path: str, allowed: set[str], centre: Centre
) -> None:
    answer = await centre.http.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/method-not-allowed"
    told = {each.strip() for each in answer.headers["Allow"].split(",")}
    assert told <= allowed
    assert told


async def test_ready_is_ready(centre: Centre) -> None:
    answer = await centre.http.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ready",
        "migration": "current",
        "signing_keys": "ready",
        "mode": "embedded, single node",
    }


async def test_without_its_database_it_lives_is_not_ready_and_asks_to_try_again(
    databases: Databases, month: dict[str, Any]
) -> None:
    async with under_test.centre(databases) as centre:
        await centre.programme("MX-NLE-01")
        nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
        await nle.token()
        await nation.token()
        name = urllib.parse.urlsplit(centre.database_url).path.removeprefix("/")
        await databases.execute(f"DROP DATABASE {name} WITH (FORCE)")
        try:
            alive, ready = [await centre.http.get(path) for path in ("/livez", "/readyz")]
            assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
            assert ready.status_code == 503
            assert ready.json()["database"] == "not reachable"
            assert "Retry-After" in ready.headers

            unavailable = [
                await nle.put(month),
                await nle.put(month, "?dry_run=true"),
                await nle.get("/v1/submissions/MX-NLE-01/2026-09"),
                await nation.get(FIGURE),
                await nation.get("/v1/completeness"),
                await centre.http.get("/v1/programmes"),
                await centre.ask_for_token(nle.assertion()),
            ]
            for answer in unavailable:
                assert answer.status_code == 503
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.json()["type"] == "/problems/unavailable"
                assert int(answer.headers["Retry-After"]) > 0
                assert name not in answer.text
            for path in ("/v1/contracts", "/.well-known/jwks.json"):
                assert (await centre.http.get(path)).status_code == 200
        finally:
            await databases.execute(f"CREATE DATABASE {name} TEMPLATE cauce OWNER cauce_owner")

        # It comes back by itself, and what was refused can be sent again.
        assert (await centre.http.get("/readyz")).status_code == 200


def test_every_problem_has_its_words_in_every_language() -> None:
    languages = CONTRACT.labels.keys()
    for slug in errors.slugs():
        assert 400 <= errors.status_of(slug) < 600
        for language in languages:
            assert errors.words(slug, language).keys() == {"title", "detail"}
    texts = errors._texts()["errors"]
    for rule, words in texts.items():
        assert words.keys() == languages, rule
        assert json.dumps(words)
