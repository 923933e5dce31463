"""People sign in to the dashboard: a password, a second factor, an invitation; no browser."""

from __future__ import annotations

import re

import httpx
import pyotp

from cauce.access import invitations, people
from cauce.access.people import Role
from cauce.store.connect import ADMIN, transaction
from support.centre import Centre
from support.people import COOKIE, PASSWORD, Account, account, post

WRONG = "El correo o la contraseña no son correctos."


async def invited(
    centre: Centre, role: Role = "coordinator", state: str | None = None, email: str = ""
) -> str:
    """The path of the invitation of a new person."""
    async with transaction(centre.engine, ADMIN) as tx:
        address = people.read_email(email or "ana@example.org")
        person = await people.add(tx, address, role, state, "test", centre.clock.now)
        token = await invitations.invite(tx, person.id, "test", centre.clock.now)
    return f"/invitation/{token}"


async def with_password(known: Account, password: str = PASSWORD) -> httpx.Response:
    """What the form of e-mail and password answers."""
    return await post(known.centre, "/sign-in", email=known.email, password=password)


async def is_in(centre: Centre) -> bool:
    return (await centre.http.get("/account")).status_code == 200


async def test_an_invitation_becomes_an_account_with_password_and_second_factor(
    centre: Centre,
) -> None:
    link = await invited(centre)
    assert (await centre.http.get(link)).status_code == 200  # twice: it uses nothing up

    answer = await post(centre, link, password=PASSWORD, again=PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/second-factor")
    assert not await is_in(centre)
    page = await centre.http.get("/second-factor")
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    assert 'src="data:image/svg+xml' in page.text
    secret = found[1].replace(" ", "")
    before = centre.http.cookies[COOKIE]
    done = await post(centre, "/second-factor", code=pyotp.TOTP(secret).at(centre.clock.now))
    assert done.status_code == 200
    codes = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", done.text)
    assert len(set(codes)) == 10
    assert centre.http.cookies[COOKIE] != before
    assert await is_in(centre)
    assert (await centre.http.get(link)).status_code == 410


async def test_password_and_code_sign_in(centre: Centre) -> None:
    known = await account(centre)

    answer = await with_password(known)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/code")
    assert not await is_in(centre)
    done = await post(centre, "/sign-in/code", code=known.code())
    assert (done.status_code, done.headers["Location"]) == (303, "/")
    assert known.email in (await centre.http.get("/account")).text
