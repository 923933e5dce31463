"""A month is told the same by the command line, /v1/validate, a dry run and a PUT.

Every comparison is of whole answers, in their order: what one of them does not say by its form
is named here, where it is taken out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import httpx
import pytest

from cauce.errors import MOST_ERRORS_SHOWN
from cauce_contract import Month, load_all
from cauce_contract.history import read_report
from support import centre as under_test
from support import command_line
from support.anybody import Anybody
from support.centre import Centre, Databases, moved
from support.months import CONTRACT, Document
from support.thousand import BEHIND, DOCUMENTS, Told, programmes, told_by_all

FINDINGS = ("errors", "confirm", "warnings", "notices")
SAID = ("contract", "core_digest", "content_digest", *FINDINGS)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def told(
    anyio_backend: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> list[Told]:
    async with under_test.centre(databases, calls_a_minute=10_000) as centre:
        return await told_by_all(centre, tmp_path_factory.mktemp("months"))


def text_of(answer: object) -> str:
    """An answer with the order of its members."""
    return json.dumps(answer, ensure_ascii=False)


def found(told: Sequence[Told], kind: str) -> list[Document]:
    return [finding for each in told for finding in each.validated[kind]]


@pytest.mark.heavy
def test_the_thousand_are_of_every_kind(told: list[Told]) -> None:
    """Else the comparisons below would be of less than they seem."""
    rules = {finding["rule"] for kind in FINDINGS for finding in found(told, kind)}
    settled = Counter(
        (member, finding[member])
        for kind, member in (("confirm", "acknowledged"), ("warnings", "explained"))
        for finding in found(told, kind)
    )
    statuses = Counter(each.put.status_code for each in told if each.put)
    dry = Counter(each.dry.status_code for each in told if each.dry)
    acceptable = sum(each.is_acceptable for each in told)
    misaddressed = [each for each in told if each.is_misaddressed]
    print(f"{acceptable} acceptable, {len(rules)} rules, {settled}, PUT {statuses}, dry {dry}")

    assert len({text_of(each.document) for each in told}) > 0.9 * DOCUMENTS
    assert 0.2 * DOCUMENTS < acceptable < 0.5 * DOCUMENTS
    assert len(rules) >= 25
    assert min(settled.values()) >= 10
    assert len(settled) == 4
    assert statuses[201] == len(BEHIND)
    assert statuses[200] >= 5
    assert min(statuses[422], dry[422], dry[200]) >= 30
    assert any(each.dry for each in misaddressed)
    assert any(each.put for each in misaddressed)
    assert any(each.report is None and each.dry for each in told)
    assert any(each.unfit for each in told)


@pytest.mark.heavy
def test_the_command_and_validate_answer_the_same_to_each(told: list[Told]) -> None:
    for each in told:
        by_command = json.loads(each.by_command.out)

        assert text_of(by_command) == text_of(each.validated), each.document
        assert each.by_command.code == (0 if each.is_acceptable else 1)
        core = None if each.validated["contract"] is None else digest_of(each.validated)
        assert each.validated["core_digest"] == core
        assert tuple(each.validated) == (*SAID, "not_checked")


def digest_of(answer: Document) -> str:
    return load_all()[answer["contract"]].core_digest


@pytest.mark.heavy
def test_files_that_are_no_earlier_month_are_left_out_by_both(told: list[Told]) -> None:
    """/v1/validate refuses them by their places; the command goes on, and names them."""
    for each in told:
        files = list(each.given)
        complaints = each.by_command.err.splitlines()
        by_reason: dict[str, list[str]] = {}
        for error in each.unfit:
            at = int(error["pointer"].removeprefix("/history/"))
            by_reason.setdefault(error["rule"], []).append(str(files[at]))

        if each.report is None:
            # Whose month it is cannot be told, so that there is nothing to compare.
            assert each.unfit == []
            assert len(complaints) == bool(files)
        else:
            assert len(complaints) == len(by_reason)
            for names in by_reason.values():
                assert any(", ".join(names[:5]) in line for line in complaints)


def refused_for(answer: Document) -> list[Document]:
    """What a refusal lists: the errors, and what is to confirm and is not acknowledged.

    Of each of these it is not said that it is not, since the others are not listed.
    """
    to_confirm = [dict(each) for each in answer["confirm"] if not each["acknowledged"]]
    for each in to_confirm:
        del each["acknowledged"]
    return [*answer["errors"], *to_confirm]


def listed(refusal: httpx.Response, each: Told) -> list[Document]:
    """What a refusal lists, without what its address alone brought about."""
    errors: list[Document] = refusal.json()["errors"]
    if not each.is_misaddressed:
        return errors
    assert errors.count(misaddressed(each)) == 1
    return [error for error in errors if error != misaddressed(each)]


def misaddressed(each: Told) -> Document:
    """That it is not about its address, which only who sends it can be told."""
    programme, _ = each.address
    message = CONTRACT.labels[each.language].message(
        "H21_key", "programme", {"expected": programme}
    )
    where = {"rule": "H21_key", "severity": "error", "pointer": "/programme"}
    return where | {"message": message}


def expected(each: Told) -> Document:
    """What /v1/validate said, in an answer of one's own to change."""
    answer: Document = json.loads(text_of(each.validated))
    # The centre compares with the months that it has, and does not say which it has not.
    del answer["not_checked"]
    if each.is_misaddressed:
        answer["content_digest"] = None  # of what would be accepted alone
    for notice in answer["notices"]:
        if notice["rule"] == "N01_gap":
            claim_gap(notice, each.address[1], each.language)
    return answer


def claim_gap(notice: Document, month: Month, language: str) -> None:
    """As the centre says it, which knows that there is none; the others were given none."""
    before = {"period": str(month + -1)}
    assert before["period"] in notice["message"]
    claim = CONTRACT.labels[language].message("N01_gap", "gap", before)
    assert notice["message"] != claim
    notice["message"] = claim


@pytest.mark.heavy
def test_a_dry_run_answers_the_same(told: list[Told]) -> None:
    """And then what would change of what stands, which only the centre has."""
    for each in told:
        if each.dry is None:
            continue
        answer, same = each.dry.json(), expected(each)
        if is_without_a_reason(each):
            assert places(answer["errors"]) == [("revision_reason_missing", "/revision_reason")]
            continue
        if same["content_digest"]:
            assert each.dry.status_code == 200, each.dry.text
            assert tuple(answer)[: len(SAID)] == SAID
            answer = {name: answer[name] for name in SAID}
        else:
            assert each.dry.status_code == 422, each.dry.text
            assert answer["error_count"] == len(answer["errors"])
            assert text_of(listed(each.dry, each)) == text_of(refused_for(same))
            answer = {name: answer[name] for name in SAID} | {"errors": same["errors"]}
        assert text_of(answer) == text_of(same), each.document


def is_without_a_reason(each: Told) -> bool:
    """Whether it would replace a month that stands, and does not say why.

    The contract asks no reason of a month: which of them stand, only the centre knows.
    """
    programme, month = each.address
    stands = programme in programmes() and month in programmes()[programme].stored
    return each.is_acceptable and stands and not each.has_reason


@pytest.mark.heavy
def test_a_put_that_is_refused_lists_the_same(told: list[Told]) -> None:
    """What stands in the way; of warnings and notices there is nothing to do yet."""
    for each in told:
        if each.put is None or each.put.status_code in (200, 201):
            continue
        answer = each.put.json()
        assert each.put.status_code == 422, each.put.text
        assert each.put.headers["Content-Type"] == "application/problem+json"
        assert text_of(listed(each.put, each)) == text_of(refused_for(each.validated))
        for name in ("contract", "core_digest"):
            assert answer[name] == each.validated[name]
        assert not answer.keys() & {"confirm", "warnings", "notices", "content_digest"}


@pytest.mark.heavy
def test_a_put_that_is_accepted_tells_the_same(told: list[Told]) -> None:
    """What is left to do or to know; what it acknowledges to confirm is settled."""
    standing: dict[tuple[str, Month], Document] = {}
    for each in told:
        if each.put is None or each.put.status_code == 422:
            continue
        assert each.put.status_code in (200, 201), each.put.text
        answer, same = each.put.json(), expected(each)
        assert refused_for(same) == []
        take_out_explanations(answer["warnings"])
        if answer["changed"]:
            for name in ("contract", "core_digest", "content_digest", "warnings", "notices"):
                assert text_of(answer[name]) == text_of(same[name]), each.document
        else:
            # Figures that stand: it is told of the revision that brought them, as it was then.
            before = standing[each.address]
            assert answer["content_digest"] == same["content_digest"]
            for kind in ("warnings", "notices"):
                assert places(answer[kind]) == places(before[kind])
        standing[each.address] = answer


def take_out_explanations(warnings: Sequence[Document]) -> None:
    """An accepted month is read again with them, since some come afterwards."""
    for warning in warnings:
        assert ("explanation" in warning) == warning["explained"]
        warning.pop("explanation", None)


def places(findings: Sequence[Document]) -> list[tuple[str, str]]:
    return [(finding["rule"], finding["pointer"]) for finding in findings]


@pytest.mark.parametrize(
    "changes",
    [
        {"programme": "MX-NLE-02"},
        {"period": "2026-08"},
        {"programme": "MX-NLE-02", "period": "2026-08"},
        {"programme": "Canario"},
        {"period": "2026-13"},
        {"measures": ...},
    ],
)
async def test_a_document_sent_elsewhere_is_compared_with_nobody_s_months(
    centre: Centre, month: Document, changes: dict[str, object]
) -> None:
    """Neither with those of the address: what they say is not about this document."""
    await centre.programme("MX-NLE-01", since="2026-07")
    nle = await centre.state("MX-NLE")
    for period in ("2026-07", "2026-08"):
        before = moved(month, "MX-NLE-01", period)
        before["measures"]["relapses"]["value"] = 7 + int(period[-1])
        before["measures"]["active_open"]["status"] = "series_break"
        before["measures"]["active_open"]["note"] = "Se depuró el registro."
        assert (await nle.put(before)).status_code == 201
    document = {key: value for key, value in (month | changes).items() if value is not ...}
    path = "/v1/submissions/MX-NLE-01/2026-09?dry_run=true"

    alone = (await Anybody(centre.app, centre.clock).post({"submission": document})).json()
    answer = await centre.http.put(path, json=document, headers=await nle.headers())

    found = answer.json()
    misaddressed = [error for error in found["errors"] if error["rule"] == "H21_key"]
    is_placed = read_report(load_all(), document) is not None
    elsewhere = [f"/{key}" for key in ("programme", "period") if key in changes and is_placed]
    assert [error["pointer"] for error in misaddressed] == elsewhere
    assert [error for error in found["errors"] if error not in misaddressed] == alone["errors"]
    for notice in alone["notices"]:
        if notice["rule"] == "N01_gap":
            claim_gap(notice, Month.parse(document["period"]), "es")
    for kind in ("confirm", "warnings", "notices"):
        assert found[kind] == alone[kind]


@pytest.mark.parametrize(
    ("since", "period"),
    [("2026-08", "2026-08"), ("2026-09", "2026-08"), ("2026-07", "2026-08")],
)
async def test_since_when_a_programme_reports_the_centre_alone_knows(
    centre: Centre, month: Document, since: str, period: str
) -> None:
    """No month is lacking before its first one; and an earlier one is not its to report."""
    await centre.programme("MX-NLE-01", since=since)
    nle = await centre.state("MX-NLE")
    document = moved(month, "MX-NLE-01", period)

    alone = (await Anybody(centre.app, centre.clock).post({"submission": document})).json()
    found = (await nle.put(document, "?dry_run=true")).json()

    (gap,) = alone["notices"]
    claim_gap(gap, Month.parse(period), "es")
    too_early = {"rule": "H18_period", "severity": "error", "pointer": "/period"}
    message = CONTRACT.labels["es"].message(
        "H18_period", "before_start", {"period": period, "start": since}
    )
    assert gap["rule"] == "N01_gap"
    assert found["notices"] == ([gap] if since < period else [])
    assert found["errors"] == ([too_early | {"message": message}] if period < since else [])
    assert (found["confirm"], found["warnings"]) == (alone["confirm"], alone["warnings"])


async def test_of_more_than_a_thousand_errors_a_put_lists_the_first_and_counts_all(
    centre: Centre, month: Document
) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    for figure in month["measures"].values():
        figure |= {f"key_{one}{other}": 1 for one in "abcde" for other in "abcdef"}

    alone = (await Anybody(centre.app, centre.clock).post({"submission": month})).json()
    refused = (await nle.put(month)).json()

    assert len(alone["errors"]) == refused["error_count"] > MOST_ERRORS_SHOWN
    assert refused["errors"] == alone["errors"][:MOST_ERRORS_SHOWN]


NO_JSON = [
    '{"contract": "1.0.0"',
    '{"contract": "1.0.0", "contract": "1.0.0"}',
    '{"contract": NaN}',
    '{"contract": "\\ud800"}',
    '{"contract": "\\u0000"}',
    "",
    '{"measures": ' + "[" * 100_000,
]


async def test_a_text_that_is_no_json_gets_no_findings_from_any(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    headers = {"Content-Type": "application/json", **await nle.headers()}
    path = "/v1/submissions/MX-NLE-01/2026-09"
    for text in (text.encode() for text in NO_JSON):
        by_command = command_line.cauce("check", "-", "--json", stdin=text)
        whole = b'{"submission": ' + text + b"}"
        answers = [
            await Anybody(centre.app, centre.clock).post(whole),
            await centre.http.put(path, content=text, headers=headers),
            await centre.http.put(f"{path}?dry_run=true", content=text, headers=headers),
        ]

        assert (by_command.code, by_command.out) == (2, "")
        assert [answer.status_code for answer in answers] == [400] * 3
        assert {answer.json()["type"] for answer in answers} == {"/problems/not-json"}
