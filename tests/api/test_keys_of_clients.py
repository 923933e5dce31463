"""A client has several keys, changes them itself, and what is revoked is worth nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from cauce.access import client_keys, clients, enrolments
from cauce.access.keys_of_clients import FAILED_WITHIN, MOST_FAILED
from cauce.access.registrations import NewClient
from cauce.access.revocations import AGE, Revocations
from cauce.access.scopes import read_scopes
from cauce.access.throttle import take
from cauce.app import create_app
from cauce.log.one_log import Keys
from cauce.log.verify import verify
from cauce.store import migrate, tables
from cauce.store.connect import ADMIN, DatabaseUnavailable, connect, transaction
from cauce_contract import load_all
from support.centre import ASSERTION_TYPE, ISSUER, STATE_SCOPE, Centre, Client, Databases, later
from support.found import faults, of_database
from support.keys import ClientKey
from support.months import month as september


def keys_path(client: Client, kid: str = "") -> str:
    return f"/v1/clients/{client.id}/keys" + (f"/{kid}" if kid else "")


async def added(client: Client, to: Client | None = None, **instants: str) -> Client:
    """The same client by another key, which its first one (or `client`'s) registers."""
    whose, key = to or client, ClientKey()
    answer = await client.post(keys_path(whose), {"jwk": key.jwk, **instants})
    assert answer.status_code == 201, answer.text
    assert answer.json()["kid"] == key.kid
    return Client(whose.id, key, whose.centre)


async def delete(client: Client, path: str) -> httpx.Response:
    return await client.centre.http.delete(path, headers=await client.headers())


async def is_let_in(client: Client) -> bool:
    """Whether its key still gets a token."""
    answer = await client.centre.ask_for_token(client.assertion())
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


async def told(centre: Centre, *kinds: str) -> list[dict[str, Any]]:
    return [entry for kind in kinds for entry in await centre.entries(kind)]


async def test_a_client_reads_who_it_is_and_what_is_due(centre: Centre) -> None:
    for programme in ("MX-NLE-01", "MX-NLE-02", "MX-CHH-01"):
        await centre.programme(programme, since="2026-09", backfill_until=None)
    nle = await centre.state("MX-NLE")
    await nle.accepted(september())
    second = await added(nle, not_after="2026-12-20T00:00:00Z")

    answer = await nle.get("/v1/me")

    me = answer.json()
    assert answer.headers["cache-control"].startswith("private")
    assert (me["client_id"], me["name"], me["state"]) == (nle.id, "MX-NLE", "MX-NLE")
    assert me["key"] == nle.key.kid
    assert me["scopes"] == STATE_SCOPE.split()
    assert {each["kid"]: each["status"] for each in me["keys"]} == {
        nle.key.kid: "active",
        second.key.kid: "active",
    }
    assert me["warnings"] == [{"kid": second.key.kid, "not_after": "2026-12-20T00:00:00Z"}]
    # September came from one; October's day is over: only what can still be in time is ahead.
    ahead = [(each["programme"], each["period"], each["due"]) for each in me["deadlines"]]
    assert ahead == [
        ("MX-NLE-01", "2026-11", "2026-12-10"),
        ("MX-NLE-02", "2026-11", "2026-12-10"),
    ]


async def test_who_is_national_owes_no_month(centre: Centre) -> None:
    await centre.programme("MX-NLE-01")
    me = (await (await centre.coordinator()).get("/v1/me")).json()
    assert (me["state"], me["deadlines"], me["warnings"]) == (None, [], [])


async def test_two_keys_hold_at_once_and_a_revoked_one_takes_its_tokens_along(
    centre: Centre,
) -> None:
    first = await centre.state("MX-NLE")
    second = await added(first)
    for each in (first, second):
        assert (await each.get("/v1/me")).json()["key"] == each.key.kid

    gone = await delete(second, keys_path(first, first.key.kid))

    assert (gone.status_code, gone.json()["status"]) == (200, "revoked")
    assert (await first.get("/v1/me")).status_code == 401
    assert not await is_let_in(first)
    assert (await second.get("/v1/me")).status_code == 200
    again = await delete(second, keys_path(first, first.key.kid))
    assert again.json() == gone.json()
    said = await told(centre, "client_key", "client_key_revocation")
    assert [(each["kid"], each["by"]) for each in said] == [
        (second.key.kid, first.id),
        (first.key.kid, second.id),
    ]


async def test_a_key_holds_from_when_until_when_and_no_token_outlives_it(
    centre: Centre,
) -> None:
    nle = await centre.state("MX-NLE")
    coming = await added(
        nle, not_before="2026-11-23T13:00:00Z", not_after="2026-11-23T13:05:00Z"
    )
    assert not await is_let_in(coming)

    later(centre.clock, hours=1)
    answer = await centre.ask_for_token(coming.assertion())

    assert answer.json()["expires_in"] == 300
    coming.held["token"] = answer.json()["access_token"]
    assert (await coming.get("/v1/me")).status_code == 200
    later(centre.clock, minutes=5)
    assert not await is_let_in(coming)
    assert (await coming.get("/v1/me")).status_code == 401
    nle.held.clear()
    shown = (await nle.get(keys_path(nle))).json()["items"]
    assert {each["kid"]: each["status"] for each in shown} == {
        nle.key.kid: "active",
        coming.key.kid: "ended",
    }


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, ["key_not_p256"]),
        ({"jwk": ClientKey().jwk | {"crv": "P-384"}}, ["key_not_p256"]),
        ({"jwk": ClientKey().jwk | {"y": ClientKey().jwk["x"]}}, ["key_off_the_curve"]),
        ({"jwk": ClientKey().jwk | {"d": "s3cr3t-" * 6}}, ["key_is_private"]),
        ({"jwk": "s3cr3t-"}, ["not_an_object"]),
        ({"jwk": ...}, ["member_missing"]),
        ({"not_after": "2026-11-23T11:00:00Z"}, ["ends_before_it_begins"]),
        (
            {"not_before": "2027-02-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"},
            ["ends_before_it_begins"],
        ),
        (
            {"not_before": "2099-01-01T00:00:00Z", "not_after": "2098-01-01T00:00:00Z"},
            ["begins_too_late", "ends_before_it_begins"],
        ),
        (
            {"jwk": {"kty": "oct", "k": "s3cr3t-"}, "not_before": "tomorrow", "s3cr3t-": 1},
            ["not_a_member", "key_not_p256", "not_an_instant"],
        ),
    ],
)
async def test_a_bad_key_is_refused_with_every_reason_and_never_shown(
    changes: dict[str, Any], rules: list[str], centre: Centre
) -> None:
    nle = await centre.state("MX-NLE")
    body = {"jwk": ClientKey().jwk} | changes
    sent = {name: value for name, value in body.items() if value is not ...}

    answer = await nle.post(keys_path(nle), sent)

    assert answer.status_code == 422
    assert [error["rule"] for error in answer.json()["errors"]] == rules
    assert "s3cr3t-s3cr3t-" not in answer.text
    assert len((await nle.get(keys_path(nle))).json()["items"]) == 1


async def test_another_clients_keys_are_absent_but_to_administration(centre: Centre) -> None:
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    admin = await centre.client("admin", "admin")
    nobody = Client("cl_0123456789abcdef", chh.key, centre)
    for whose in (nle, nobody):
        answers = [
            await chh.get(keys_path(whose)),
            await chh.post(keys_path(whose), {"jwk": ClientKey().jwk}),
            await delete(chh, keys_path(whose, nle.key.kid)),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert {answer.json()["type"] for answer in answers} == {"/problems/not-found"}

    assert len((await admin.get(keys_path(nle))).json()["items"]) == 1
    await added(admin, to=nle)
    gone = await delete(admin, keys_path(nle, nle.key.kid))
    assert gone.json()["status"] == "revoked"
    assert not await is_let_in(nle)
    assert (await admin.get(keys_path(nobody))).status_code == 404


async def test_keys_are_read_while_others_of_the_client_are_changed(centre: Centre) -> None:
    nle = await centre.state("MX-NLE")
    headers = await nle.headers()

    async with transaction(centre.engine, ADMIN, claim=nle.id):
        read = asyncio.create_task(centre.http.get(keys_path(nle), headers=headers))
        waits = asyncio.create_task(centre.until_somebody_waits())
        done, _ = await asyncio.wait((read, waits), return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()

    assert read in done
    assert [each["kid"] for each in (await read).json()["items"]] == [nle.key.kid]


async def test_the_last_key_that_holds_cannot_be_taken_from_oneself(centre: Centre) -> None:
    nle = await centre.state("MX-NLE")
    await added(nle, not_before="2027-01-01T00:00:00Z")

    answer = await delete(nle, keys_path(nle, nle.key.kid))

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-key")
    assert "cauce key rotate" in answer.json()["detail"]
    assert await is_let_in(nle)
    assert (await delete(nle, keys_path(nle, ClientKey().kid))).status_code == 404


async def test_of_two_keys_that_retire_each_other_at_once_one_stays(centre: Centre) -> None:
    first = await centre.state("MX-NLE")
    second = await added(first)
    for each in (first, second):
        await each.token()

    answers = await asyncio.gather(
        delete(first, keys_path(first, second.key.kid)),
        delete(second, keys_path(first, first.key.kid)),
    )

    assert min(answer.status_code for answer in answers) == 200
    assert [await is_let_in(first), await is_let_in(second)].count(True) == 1


async def test_a_key_is_one_clients_for_ever_and_a_client_has_ten_at_most(
    centre: Centre,
) -> None:
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    second = await added(nle)

    again = await nle.post(keys_path(nle), {"jwk": second.key.jwk})
    assert (again.status_code, again.json()["kid"]) == (200, second.key.kid)
    await delete(nle, keys_path(nle, second.key.kid))
    for client, key in ((nle, second.key), (chh, nle.key), (chh, second.key)):
        taken = await client.post(keys_path(client), {"jwk": key.jwk})
        assert (taken.status_code, taken.json()["type"]) == (409, "/problems/key-taken")
    for _ in range(client_keys.MOST - 1):
        await added(nle)
    over = await nle.post(keys_path(nle), {"jwk": ClientKey().jwk})
    assert (over.status_code, over.json()["type"]) == (409, "/problems/too-many-keys")


async def test_keys_to_come_leave_a_place_to_change_a_stolen_key(centre: Centre) -> None:
    """Whoever stole it adds as many as it may; its owner changes and revokes all the same."""
    stolen, ahead = await centre.state("MX-NLE"), "2027-02-20T12:00:00Z"
    for _ in range(client_keys.MOST - 2):
        await added(stolen, not_before=ahead)
    body = {"jwk": ClientKey().jwk, "not_before": ahead}
    over = await stolen.post(keys_path(stolen), body)
    assert (over.status_code, over.json()["type"]) == (409, "/problems/too-many-keys")

    for _ in range(client_keys.MOST - 2):
        await added(stolen)
    owner = await added(stolen)
    gone = await delete(owner, keys_path(stolen, stolen.key.kid))

    assert gone.json()["status"] == "revoked"
    for each in (await owner.get(keys_path(owner))).json()["items"]:
        if each["status"] != "revoked" and each["kid"] != owner.key.kid:
            await delete(owner, keys_path(owner, each["kid"]))
    assert await is_let_in(owner)
    assert not await is_let_in(stolen)


async def test_a_revoked_client_is_refused_at_once_with_all_its_tokens(centre: Centre) -> None:
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    for each in (nle, chh):
        await each.token()

    async with transaction(centre.engine, ADMIN, claim=nle.id) as tx:
        found = await clients.find(tx, nle.id)
        assert found
        assert await clients.revoke(tx, found, "cauce-service", centre.clock.now)
    centre.app.state.running.revocations.forget()

    assert (await nle.get("/v1/me")).status_code == 401
    assert not await is_let_in(nle)
    assert (await chh.get("/v1/me")).status_code == 200


async def test_what_is_revoked_is_known_to_every_process_before_a_second_is_over(
    centre: Centre,
) -> None:
    nle = await centre.state("MX-NLE")
    second = await added(nle)
    at = [0.0]
    elsewhere = Revocations(centre.engine, centre.clock, lambda: at[0])
    assert not await elsewhere.has(nle.id, second.key.kid)

    await delete(nle, keys_path(nle, second.key.kid))

    assert AGE < 1
    at[0] = AGE
    assert await elsewhere.has(nle.id, second.key.kid)
    assert not await elsewhere.has(nle.id, nle.key.kid)


async def test_another_process_refuses_what_this_one_revoked(centre: Centre) -> None:
    nle = await centre.state("MX-NLE")
    second = await added(nle)
    other = create_app(centre.settings, centre.database_url, clock=centre.clock)
    headers = await second.headers()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(other), base_url=ISSUER
    ) as elsewhere:
        assert (await elsewhere.get("/v1/me", headers=headers)).status_code == 200
        await delete(nle, keys_path(nle, second.key.kid))
        async with asyncio.timeout(30):
            refused = False
            while not refused:  # each call lets some time pass
                refused = (await elsewhere.get("/v1/me", headers=headers)).status_code == 401
    await other.state.running.close()


async def test_who_is_revoked_is_not_guessed_while_the_database_is_away(
    centre: Centre,
) -> None:
    away = connect("postgresql+asyncpg://cauce_app@127.0.0.1:1/cauce")
    with pytest.raises(DatabaseUnavailable):
        await Revocations(away, centre.clock).has("cl_x")
    await away.dispose()


def revocation(client: Client, token: str) -> dict[str, str]:
    return {
        "token": token,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client.assertion(),
    }


async def test_a_token_is_given_up_by_its_client_alone(centre: Centre) -> None:
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    token = await nle.token()
    metadata = (await centre.http.get("/.well-known/oauth-authorization-server")).json()
    address = metadata["revocation_endpoint"]

    for sender, said in ((chh, token), (nle, "no.token.atall"), (nle, nle.assertion())):
        answer = await centre.http.post(address, data=revocation(sender, said))
        assert (answer.status_code, answer.content) == (200, b"")
    assert (await nle.get("/v1/me")).status_code == 200

    for _ in range(2):
        answer = await centre.http.post(address, data=revocation(nle, token))
        assert answer.status_code == 200
    assert (await nle.get("/v1/me")).status_code == 401
    nle.held.clear()
    assert (await nle.get("/v1/me")).status_code == 200  # by another token

    unproven = revocation(nle, token) | {"client_assertion": "x.y.z"}
    assert (await centre.http.post(address, data=unproven)).status_code == 401
    assert (await centre.http.post(address, data={"token": token})).status_code == 400


async def invited(centre: Centre, name: str = "Durango", state: str | None = "MX-DUR") -> str:
    async with transaction(centre.engine, ADMIN) as tx:
        scopes = read_scopes(STATE_SCOPE, state)
        new = NewClient(name, state, scopes)
        return await enrolments.invite(tx, new, centre.clock.now)


async def enrolled(centre: Centre, token: str, key: ClientKey) -> httpx.Response:
    return await centre.http.post("/v1/enrolments", json={"token": token, "jwk": key.jwk})


async def test_a_link_makes_one_client_with_its_key(centre: Centre) -> None:
    token, key = await invited(centre), ClientKey()

    answer = await enrolled(centre, token, key)

    assert answer.status_code == 201
    made = answer.json()
    assert made["scopes"] == STATE_SCOPE.split()
    assert (made["issuer"], made["name"], made["state"], made["kid"]) == (
        *(ISSUER, "Durango", "MX-DUR"),
        key.kid,
    )
    dur = Client(made["client_id"], key, centre)
    assert (await dur.get("/v1/me")).json()["state"] == "MX-DUR"
    again = await enrolled(centre, token, key)
    assert (again.status_code, again.json()) == (200, made)
    assert (await enrolled(centre, token, ClientKey())).status_code == 422
    said = await told(centre, "client", "client_key")
    assert {each["client"] for each in said} == {dur.id}
    assert [each["by"] for each in said] == [dur.id] * 2


async def test_a_link_that_is_old_unknown_or_replaced_makes_nobody(centre: Centre) -> None:
    replaced, old = await invited(centre), await invited(centre)
    answers = [await enrolled(centre, token, ClientKey()) for token in (replaced, "x", "")]
    later(centre.clock, hours=72)
    answers.append(await enrolled(centre, old, ClientKey()))

    assert [answer.status_code for answer in answers] == [422] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert await told(centre, "client") == []


async def test_of_ten_that_use_a_link_at_once_one_is_let_in(centre: Centre) -> None:
    token = await invited(centre)
    answers = await asyncio.gather(*(enrolled(centre, token, ClientKey()) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 9


async def test_a_link_is_kept_as_a_hash_alone(centre: Centre, databases: Databases) -> None:
    token = await invited(centre)
    async with transaction(centre.engine, ADMIN) as tx:
        rows = await tx.exec_driver_sql("SELECT enrolment::text FROM enrolment")
        assert token not in str(rows.all())


async def test_a_key_that_no_entry_adds_is_found_by_the_check_of_the_log(
    centre: Centre,
) -> None:
    key = ClientKey()
    made = (await enrolled(centre, await invited(centre), key)).json()
    dur = Client(made["client_id"], key, centre)
    second = await added(dur)
    await delete(dur, keys_path(dur, second.key.kid))
    assert await faults(centre) == []

    async with transaction(centre.engine, ADMIN) as tx:
        row = {"client": dur.id, "kid": "forged", "jwk": {}, "created_at": centre.clock.now}
        await tx.execute(insert(tables.ClientKey).values(**row))
    assert await faults(centre) == ["no entry adds a key that the client has"]


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ("UPDATE client_key SET revoked_at = NULL", "a key of the client is revoked by"),
        ("UPDATE client_key SET not_after = NULL", "a key of the client does not hold from"),
        ("DELETE FROM client_key WHERE not_after IS NOT NULL", "a key of the client is not"),
        ("UPDATE client SET scopes = '{admin}'", "the client's name or scopes are not"),
        ("UPDATE client SET state = 'MX-CHH'", "the client is not of the state of this log"),
        ("UPDATE client SET revoked_at = now()", "the client is revoked by its entries or"),
    ],
)
async def test_a_client_or_key_that_is_not_as_its_log_says_is_found(
    edit: str, found: str, centre: Centre, databases: Databases
) -> None:
    key = ClientKey()
    made = (await enrolled(centre, await invited(centre), key)).json()
    dur = Client(made["client_id"], key, centre)
    second = await added(dur, not_after="2027-01-01T00:00:00Z")
    await delete(dur, keys_path(dur, second.key.kid))
    assert await faults(centre) == []

    await databases.execute(edit, of_database(centre))

    assert [what.startswith(found) for what in await faults(centre)] == [True]


async def test_a_client_that_no_entry_registers_is_named_by_the_check_of_the_log(
    centre: Centre,
) -> None:
    await enrolled(centre, await invited(centre), ClientKey())
    slipped_in = await centre.state("MX-NLE")

    found = await verify(centre.engine, load_all(), Keys({}, {}))

    assert found.unregistered == [slipped_in.id]


async def test_the_way_back_keeps_clients_and_is_closed_once_a_key_was_revoked(
    centre: Centre,
) -> None:
    nle = await centre.state("MX-NLE")
    owner = connect(centre.owner_url, role=None)
    await centre.app.state.running.close()  # a table in use cannot be taken away
    await migrate.downgrade(owner, "20261124")
    await migrate.upgrade(owner)
    assert [each["kid"] for each in (await nle.get(keys_path(nle))).json()["items"]] == [
        nle.key.kid
    ]

    second = await added(nle)
    await delete(nle, keys_path(nle, second.key.kid))
    await centre.app.state.running.close()
    with pytest.raises(Exception, match="2 entries about clients and their keys"):
        await migrate.downgrade(owner, "20261124")
    await owner.dispose()

    assert not await is_let_in(second)


async def test_failed_enrolments_of_an_address_are_counted_and_good_ones_are_not(
    centre: Centre,
) -> None:
    now, bucket = centre.clock.now, "failed enrolments from 127.0.0.1"
    for _ in range(MOST_FAILED - 2):
        assert await take(centre.engine, bucket, MOST_FAILED, FAILED_WITHIN, now) == 0
    token, key = await invited(centre), ClientKey()

    answers = [
        *[await enrolled(centre, token, key) for _ in range(3)],
        *[await enrolled(centre, "x" * 43, ClientKey()) for _ in range(3)],
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 422, 422, 429]
    assert answers[-1].json()["type"] == "/problems/too-many-enrolments"
    assert answers[-1].headers["Retry-After"] == str(FAILED_WITHIN)
    later(centre.clock, seconds=FAILED_WITHIN)
    assert (await enrolled(centre, "x" * 43, ClientKey())).status_code == 422
