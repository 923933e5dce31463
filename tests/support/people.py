"""People of a centre under test: with a session, or with a password and a second factor."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import httpx
import pyotp
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import credentials, sessions, sign_in_links
from cauce.access.people import Role
from cauce.demo.coordinator import enter_coordinator
from cauce.store.connect import ACCESS, ADMIN, see, transaction
from cauce.store.tables import Person
from support.centre import ISSUER, Centre

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": ISSUER}
COOKIE = "__Host-cauce"
PASSWORD = "una casa con tres ventanas"
HASHED: list[str] = []  # once, since it takes long on purpose


async def session_of(
    centre: Centre,
    role: Role = "coordinator",
    state: str | None = None,
    email: str | None = None,
) -> str:
    """The token of a session of a new person, who is signed in."""
    async with transaction(centre.engine, ADMIN) as tx:
        person = await _entered(tx, role, state, email or _email(role))
        await see(tx, ACCESS)
        return await sessions.begin(tx, person, centre.clock.now)


async def sign_in(
    centre: Centre, role: Role = "coordinator", state: str | None = None
) -> httpx.Response:
    """The first page, for a new person whose session the centre's client has from now on."""
    centre.http.cookies.clear()
    token = await session_of(centre, role, state)
    centre.http.cookies.set(COOKIE, token, domain="cauce.example")
    return await centre.http.get("/")


async def sign_in_link(centre: Centre) -> str:
    """The path of a new one-time link, which a demo signs its reader in by."""
    async with transaction(centre.engine, ADMIN) as tx:
        person = await enter_coordinator(tx, "coordinacion@cauce.example")
        return f"/sign-in/{await sign_in_links.new_link(tx, person, centre.clock.now)}"


@dataclass
class Account:
    """A person who can sign in; `secret` is that of the second factor, None without one."""

    centre: Centre
    id: str
    email: str
    secret: str | None
    recovery_codes: list[str]
    password: str = PASSWORD

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of so many steps of 30 seconds later."""
        assert self.secret
        return pyotp.TOTP(self.secret).at(self.centre.clock.now, counter_offset=steps)


async def account(
    centre: Centre,
    role: Role = "coordinator",
    state: str | None = None,
    *,
    email: str | None = None,
    with_second_factor: bool = True,
) -> Account:
    """An account as an accepted invitation leaves it."""
    running = centre.app.state.running
    if not HASHED:
        HASHED.append(await running.passwords.hash(PASSWORD))
    secret = pyotp.random_base32() if with_second_factor else None
    address = email or _email(role)
    codes: list[str] = []
    async with transaction(centre.engine, ADMIN) as tx:
        person = await _entered(tx, role, state, address)
        await see(tx, ACCESS)
        await credentials.set_password(tx, person, HASHED[0])
        if secret:
            sealed = running.seal.shut(secret, person)
            codes = await credentials.set_second_factor(tx, person, sealed, 0)
    return Account(centre, person, address, secret, codes)


async def post(centre: Centre, page: str, to: str = "", **fields: str) -> httpx.Response:
    """What a form of a page answers, sent as its own reader's browser does."""
    form = {"token": form_token(await centre.http.get(page)), **fields}
    return await centre.http.post(to or page, data=form, headers=OURS)


def form_token(answer: httpx.Response) -> str:
    found = re.search(r'name="token" value="(\w+)"', answer.text)
    assert found, answer.text
    return found[1]


def _email(role: str) -> str:
    return f"{role}.{secrets.token_hex(4)}@cauce.example"


async def _entered(tx: AsyncConnection, role: Role, state: str | None, email: str) -> str:
    """Without an act, so that a test's log has only what the test is about."""
    person = f"pe_{secrets.token_hex(8)}"
    row = {"id": person, "email": email, "role": role, "state": state}
    await tx.execute(insert(Person).values(row))
    return person
