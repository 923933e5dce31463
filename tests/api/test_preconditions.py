"""What a PUT does by what stands there, what it says, and what its headers ask for."""

from __future__ import annotations

from typing import Any

import pytest

from support.centre import Centre, Client
from support.months import steady

MONTH = "/v1/submissions/MX-NLE-01/2026-09"
REASON = {"revision_reason": {"code": "error", "text": "Faltaban varias."}}
CURRENT, OLD, FOREIGN = "current", "old", '"7-00000000"'


@pytest.fixture
async def nle(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.state("MX-NLE")


# Of another report, where revision 2 stands: what the headers say, and the answer.
REPLACING: dict[str, tuple[dict[str, str], int]] = {
    "nothing": ({}, 428),
    "what stands": ({"If_Match": "{current}"}, 200),
    "what stands, among others": ({"If_Match": '"1-a,b", {current},{old}'}, 200),
    "anything": ({"If_Match": "*"}, 200),
    "what stood": ({"If_Match": "{old}"}, 412),
    "what never stood": ({"If_Match": FOREIGN}, 412),
    "what stands, weakly": ({"If_Match": "W/{current}"}, 412),
    "no tag": ({"If_Match": "{bare}"}, 400),
    "no text": ({"If_Match": ""}, 400),
    "only the first": ({"If_None_Match": "*"}, 412),
    "not over what stands": ({"If_None_Match": "{current}"}, 412),
    "not over what stands, weakly": ({"If_None_Match": "W/{current}"}, 412),
    "not over what stood": ({"If_None_Match": "{old}"}, 428),
    "over one, not another": ({"If_Match": "{current}", "If_None_Match": "{old}"}, 200),
    "over one and not over it": ({"If_Match": "{current}", "If_None_Match": "{current}"}, 412),
    "over anything but the first": ({"If_Match": "*", "If_None_Match": "*"}, 412),
    "no list": ({"If_None_Match": '"a" "b"'}, 400),
    "what stands, and empty elements": ({"If_Match": ', ,"1-a",,{current} ,'}, 200),
    "nothing but empty elements": ({"If_Match": " , ,"}, 400),
    "anything and what stands": ({"If_Match": "*, {current}"}, 400),
    "not over what stands, after empty elements": ({"If_None_Match": ",,{current}"}, 412),
}


@pytest.mark.parametrize("case", REPLACING)
async def test_a_replacement_goes_by_its_preconditions(case: str, nle: Client) -> None:
    headers, expected = REPLACING[case]
    old = (await nle.put(steady("2026-09", relapses=1))).headers["ETag"]
    await nle.replaced(steady("2026-09", relapses=2))
    current = (await nle.get(MONTH)).headers["ETag"]
    tags = {"current": current, "old": old, "bare": current.strip('"')}
    said = {name: value.format(**tags) for name, value in headers.items()}

    answer = await nle.put(steady("2026-09", relapses=3) | REASON, **said)
    dry = await nle.put(steady("2026-09", relapses=4) | REASON, "?dry_run=true", **said)

    assert answer.status_code == expected, answer.text
    last = (await nle.get(MONTH)).json()
    assert last["revision"] == (3 if expected == 200 else 2)
    if expected == 428:
        assert dry.status_code == 200  # rehearsing needs no If-Match
    elif expected != 200:
        assert dry.status_code == expected


@pytest.mark.parametrize("case", REPLACING)
async def test_what_stands_already_is_answered_before_any_precondition(
    case: str, nle: Client
) -> None:
    headers, _ = REPLACING[case]
    old = (await nle.put(steady("2026-09", relapses=1))).headers["ETag"]
    second = await nle.replaced(steady("2026-09", relapses=2))
    tags = {"current": (await nle.get(MONTH)).headers["ETag"], "old": old, "bare": "x"}
    said = {name: value.format(**tags) for name, value in headers.items()}

    for document in (steady("2026-09", relapses=2), steady("2026-09", relapses=2) | REASON):
        again = await nle.put(document, **said)
        assert (again.status_code, again.json()) == (200, second | {"changed": False})


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("If-Match", FOREIGN), ("If-Match", "{current}")], 200),
        ([("If-Match", ""), ("If-Match", "{current}"), ("if-match", "")], 200),
        ([("If-Match", FOREIGN), ("If-Match", '"8-00000000"')], 412),
        ([("If-Match", "{current}"), ("If-Match", "x")], 400),
        ([("If-Match", "{current}"), ("If-Match", "*")], 400),
        ([("If-None-Match", FOREIGN), ("If-None-Match", "{current}")], 412),
    ],
)
async def test_the_lines_of_a_header_are_one_list(
    lines: list[tuple[str, str]], expected: int, centre: Centre, nle: Client
) -> None:
    current = (await nle.put(steady("2026-09"))).headers["ETag"]
    said = [(name, value.format(current=current)) for name, value in lines]
    headers = [*(await nle.headers()).items(), *said]

    answer = await centre.http.put(
        MONTH, json=steady("2026-09", relapses=3) | REASON, headers=headers
    )

    assert answer.status_code == expected, answer.text


async def test_a_reader_has_what_any_line_of_its_header_names(
    centre: Centre, nle: Client
) -> None:
    await nle.put(steady("2026-09"))
    own = list((await nle.headers()).items())
    for path in (MONTH, "/v1/calendar"):
        current = (await centre.http.get(path, headers=own)).headers["ETag"]
        for lines, status in (
            ([FOREIGN, f"W/{current}"], 304),
            (["", f", {current},"], 304),
            ([f"{current} {FOREIGN}"], 200),
            ([FOREIGN, "x"], 200),
        ):
            said = [*own, *(("If-None-Match", line) for line in lines)]
            assert (await centre.http.get(path, headers=said)).status_code == status, lines


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 201),
        ({"If_None_Match": "*"}, 201),
        ({"If_None_Match": FOREIGN}, 201),
        ({"If_Match": "*"}, 412),
        ({"If_Match": FOREIGN}, 412),
        ({"If_Match": "x"}, 400),
        ({"If_None_Match": "x"}, 400),
    ],
)
async def test_a_first_report_goes_by_its_preconditions(
    headers: dict[str, str], expected: int, nle: Client
) -> None:
    answer = await nle.put(steady("2026-09"), **headers)

    assert answer.status_code == expected
    assert (await nle.get(MONTH)).status_code == (200 if expected == 201 else 404)


async def test_the_tag_that_a_put_gave_stands_for_the_revision_whatever_became_of_it(
    centre: Centre, nle: Client
) -> None:
    """The month is returned and explained: it is told otherwise, and is the same revision."""
    sent = await nle.put(steady("2026-09", capacity_slots=20))
    nation = await centre.coordinator()
    explained: dict[str, Any] = {
        "rule": "S06_capacity",
        "pointer": "/measures/active_close/value",
        "explanation": "Hay lista de espera.",
    }
    tags = [sent.headers["ETag"], (await nle.get(MONTH)).headers["ETag"]]
    tags.append((await nation.post(f"{MONTH}/return", WHY)).headers["ETag"])
    tags.append((await nle.post(f"{MONTH}/explanations", explained)).headers["ETag"])
    tags.append((await nle.get(MONTH)).headers["ETag"])

    assert tags[0] == tags[1] != tags[2] != tags[3] == tags[4]
    for number, tag in enumerate(tags):
        dry = steady("2026-09", relapses=number) | REASON
        assert (await nle.put(dry, "?dry_run=true", If_Match=tag)).status_code == 200
    assert (await nle.put(dry, If_Match=tags[0])).status_code == 200
    for tag in tags:
        assert (await nle.put(steady("2026-09") | REASON, If_Match=tag)).status_code == 412


WHY = {"code": "inconsistent", "text": "No cuadra."}
