"""One address has one answer: absent to who asks about it, named to who writes to it."""

from __future__ import annotations

import pytest

from support.centre import Centre, Client
from support.months import month as september

ASKING = (
    ("GET", ""),
    ("GET", "/revisions"),
    ("GET", "/revisions/1"),
    ("GET", "/revisions/1/diff?against=1"),
    ("GET", "/acts"),
    ("POST", "/return"),
)
WRITING = (
    ("PUT", "?dry_run=true", september()),
    ("PUT", "/waiver", {"code": "strike", "text": "Paro."}),
    ("POST", "/waiver/withdrawal", {"text": "Terminó."}),
    ("POST", "/extensions", {"until": "2026-12-20", "text": "Paro."}),
)
ABSENT = {
    "no month": "MX-NLE-01/2026-13",
    "no state": "MX-XXX-01/2026-09",
    "no id": "nadie/2026-09",
    "not on the roster": "MX-NLE-07/2026-09",
}


async def told(client: Client, method: str, path: str, body: object) -> tuple[int, str]:
    answer = await client.centre.http.request(
        method, path, json=body, headers=await client.headers()
    )
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.mark.parametrize("address", ABSENT.values(), ids=ABSENT)
async def test_an_address_has_one_answer_wherever_it_is_asked_about(
    centre: Centre, address: str
) -> None:
    await centre.programme("MX-NLE-01")
    coordinator = await centre.coordinator()
    reason = {"code": "inconsistent", "text": "Revisar."}

    answers = {
        (method, part): await told(
            coordinator,
            method,
            f"/v1/submissions/{address}{part}",
            reason if method == "POST" else None,
        )
        for method, part in ASKING
    }

    assert answers == dict.fromkeys(ASKING, (404, "no-submission"))


@pytest.mark.parametrize("address", ABSENT.values(), ids=ABSENT)
async def test_who_writes_to_an_address_is_told_what_is_wrong_with_it(
    centre: Centre, address: str
) -> None:
    await centre.programme("MX-NLE-01")
    coordinator = await centre.coordinator()
    is_no_month = address.endswith("-13")

    answers = {
        path: await told(coordinator, method, f"/v1/submissions/{address}{path}", body)
        for method, path, body in WRITING
    }

    said = (422, "bad-query") if is_no_month else (404, "unknown-programme")
    assert answers == {path: said for _, path, _ in WRITING}
