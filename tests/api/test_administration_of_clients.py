"""What an administrator does about clients is the same as a call and as a command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce_contract import load_all
from support.centre import ISSUER, STATE_SCOPE, Centre, Client, later
from support.coordination import done, send
from support.keys import ClientKey
from support.operating import refused, run, said

MADE = ("client_id", "kid", "at", "by", "name")  # in which two registrations differ
ABSENT = "cl_0123456789abcdef"


def body(name: str, **changes: object) -> dict[str, object]:
    return {"name": name, "state": "MX-DUR", "scopes": STATE_SCOPE.split(), **changes}


async def administrator(centre: Centre) -> Client:
    return await centre.client("admin", "admin")


async def is_let_in(client: Client) -> bool:
    answer = await client.centre.ask_for_token(client.assertion())
    return answer.status_code == 200


def alike(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in MADE}


async def alike_in_the_logs(centre: Centre, *kinds: str) -> None:
    """Of each kind there are two entries, that of a call and that of a command."""
    for kind in kinds:
        first, second = await centre.entries(kind)
        other = {"client", *MADE}
        assert {name: value for name, value in first.items() if name not in other} == {
            name: value for name, value in second.items() if name not in other
        }
        assert second["by"] == "cauce-service"


async def test_a_client_is_registered_by_call_as_by_command(
    centre: Centre, tmp_path: Path
) -> None:
    admin, keys = await administrator(centre), [ClientKey(), ClientKey()]
    file = tmp_path / "dur.pub.jwk"
    file.write_text(json.dumps(keys[1].jwk))
    scope = ("--scope", STATE_SCOPE, "--state", "MX-DUR")

    called = await done(admin, "POST", "/v1/clients", body("Durango", jwk=keys[0].jwk))
    told = await said(centre, "client", "add", "Gómez Palacio", *scope, "--jwk", str(file))

    assert alike(called) == alike(told)
    assert called["state"] == "MX-DUR"
    for shown, key in zip((called, told), keys, strict=True):
        assert shown["kid"] == key.kid
        assert await is_let_in(Client(shown["client_id"], key, centre))
    await alike_in_the_logs(centre, "client", "client_key")
    first, _ = await centre.entries("client")
    assert (first["client"], first["by"], first["name"]) == (
        *(called["client_id"], admin.id),
        "Durango",
    )
    found = await verify(centre.engine, load_all(), Keys({}, {}))
    assert (list(found.faults.listed), found.unregistered) == ([], [admin.id])


async def test_a_registration_whose_answer_was_lost_is_sent_again(centre: Centre) -> None:
    admin, key = await administrator(centre), ClientKey()
    asked = body("Durango", jwk=key.jwk)

    answers = [await send(admin, "POST", "/v1/clients", asked) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert len(await centre.entries("client")) == 1
    for changes in ({"jwk": ClientKey().jwk}, {"scopes": ["submissions:read"]}):
        other = await send(admin, "POST", "/v1/clients", asked | changes)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/name-taken")
    taken = await send(admin, "POST", "/v1/clients", asked | {"name": "Otro"})
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/key-taken")


async def test_of_two_that_register_the_same_at_once_both_get_the_one_client(
    centre: Centre,
) -> None:
    admin, key = await administrator(centre), ClientKey()
    await admin.token()
    asked = body("Durango", jwk=key.jwk)
    answers = await asyncio.gather(*(admin.post("/v1/clients", asked) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["client_id"] for answer in answers}) == 1


async def test_a_link_is_made_by_call_as_by_command_and_makes_that_client(
    centre: Centre,
) -> None:
    admin = await administrator(centre)
    scope = ("--scope", STATE_SCOPE, "--state", "MX-DUR")

    called = await send(admin, "POST", "/v1/enrolment-links", body("Durango"))
    told = await run(centre, "client", "enrol", "Gómez Palacio", *scope)

    assert (called.status_code, called.headers["Cache-Control"]) == (201, "no-store")
    shown = called.json()
    assert shown["expires_at"] == "2026-11-26T12:00:00Z"
    links = (shown["link"], told.stdout.strip())
    made = [await enrolled(centre, link, ClientKey()) for link in links]
    assert [answer.status_code for answer in made] == [201, 201]
    first, second = (alike(answer.json()) for answer in made)
    assert first == second
    assert made[0].json()["name"] == shown["name"] == "Durango"
    again = await send(admin, "POST", "/v1/enrolment-links", body("Durango"))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/name-taken")


async def enrolled(centre: Centre, link: str, key: ClientKey) -> httpx.Response:
    token = link.removeprefix(f"{ISSUER}/#enrol=")
    return await centre.http.post("/v1/enrolments", json={"token": token, "jwk": key.jwk})


async def test_another_link_takes_the_place_of_one_that_was_not_used(centre: Centre) -> None:
    admin = await administrator(centre)
    links = [
        (await done(admin, "POST", "/v1/enrolment-links", body("Durango")))["link"]
        for _ in range(2)
    ]
    answers = [await enrolled(centre, link, ClientKey()) for link in links]

    assert [answer.status_code for answer in answers] == [422, 201]


async def test_clients_are_listed_shown_and_revoked_by_call_as_by_command(
    centre: Centre,
) -> None:
    admin = await administrator(centre)
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    await nle.token()

    called = await done(admin, "DELETE", f"/v1/clients/{nle.id}")
    told = await said(centre, "client", "revoke", chh.id)

    assert called["revoked_at"] == "2026-11-23T12:00:00Z"
    assert told["revoked_at"]
    assert (await nle.get("/v1/me")).status_code == 401
    assert [await is_let_in(each) for each in (nle, chh)] == [False, False]
    later(centre.clock, hours=1)
    assert await done(admin, "DELETE", f"/v1/clients/{nle.id}") == called
    assert await done(admin, "GET", f"/v1/clients/{nle.id}") == called
    listed = await done(admin, "GET", "/v1/clients")
    assert listed == {"items": await said(centre, "client", "list"), "next": None}
    assert [each["name"] for each in listed["items"]] == ["MX-CHH", "MX-NLE", "admin"]
    assert len(await centre.entries("client_revocation")) == 2
    await alike_in_the_logs(centre, "client_revocation")
    for path in (f"/v1/clients/{ABSENT}", "/v1/clients/x", "/v1/clients/%00"):
        for method in ("GET", "DELETE"):
            assert (await send(admin, method, path)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"name": " "}, [("not_a_name", "/name")]),
        ({"name": "Fulana, 618 123 4567"}, [("H22_no_personal", "/name")]),
        ({"state": "MX-XXX"}, [("unknown_state", "/state")]),
        ({"scopes": []}, [("not_one_of", "/scopes/0")]),
        ({"scopes": STATE_SCOPE}, [("not_a_list_of", "/scopes")]),
        (
            {"scopes": ["submissions:write", "admin", 7]},
            [("not_one_of", "/scopes/1"), ("not_one_of", "/scopes/2")],
        ),
        ({"state": None}, [("not_one_of", "/scopes/0"), ("not_one_of", "/scopes/1")]),
        (
            {"name": 1, "state": 1, "scopes": 1, "jwk": {"kty": "oct"}, "secret": 1},
            [
                *(("not_a_member", "/secret"), ("not_a_name", "/name")),
                *(("unknown_state", "/state"), ("not_a_list_of", "/scopes")),
                ("key_not_p256", "/jwk"),
            ],
        ),
    ],
)
async def test_a_client_that_cannot_be_is_refused_with_every_reason(
    changes: dict[str, object], faults: list[tuple[str, str]], centre: Centre
) -> None:
    admin = await administrator(centre)
    asked = body("Durango", jwk=ClientKey().jwk) | changes

    answer = await send(admin, "POST", "/v1/clients", asked)

    assert answer.status_code == 422
    told = [(error["rule"], error["pointer"]) for error in answer.json()["errors"]]
    assert told == faults
    assert "4567" not in answer.text
    assert len((await done(admin, "GET", "/v1/clients"))["items"]) == 1


async def test_a_name_that_shows_a_person_is_refused_as_a_command_too(centre: Centre) -> None:
    named = ("client", "enrol", "Fulana, 618 123 4567", "--scope", "releases:read")
    told = await refused(centre, *named)
    assert told.startswith("NAME: ")
    assert "4567" not in told
