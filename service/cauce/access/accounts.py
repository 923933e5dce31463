"""A person's own account: how it begins, and what its owner changes of it."""

from __future__ import annotations

from dataclasses import dataclass

from cauce.access import credentials, invitations, second_factor, sessions, sign_in
from cauce.access.people import SignedIn
from cauce.access.sessions import Living
from cauce.access.sign_in import Begun, From, Wrong
from cauce.running import Running
from cauce.store.connect import ACCESS, transaction


class NoInvitation(Exception):
    """The link was never made, has been used, or is too old; which of them is not said."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor that was set up: the session after it, and the codes for its loss."""

    session: str
    codes: list[str]


async def accept(
    running: Running, token: str, invited: SignedIn, password: str, where: From
) -> Begun:
    """Use an invitation up for a password and a session; NoInvitation, TooOften.

    Who needs a second factor sets it up within this session, or is invited again: a password
    alone never binds one.
    """
    async with running.passwords.turn():
        hashed = await running.passwords.hash(password)
    stage: sessions.Stage = "set_up" if invited.needs_second_factor else "signed_in"
    now = running.clock()
    async with transaction(running.engine, ACCESS) as tx:
        if not await invitations.use_up(tx, token):
            raise NoInvitation
        await credentials.set_password(tx, invited.id, hashed)
        await sessions.end_all(tx, invited.id)
        begun = await sessions.begin(tx, invited.id, now, stage=stage, instead_of=where.session)
    return Begun(begun, invited.id, stage)


async def prove(running: Running, person: SignedIn, password: str, where: From) -> None:
    """Raise unless it is the person's password: Wrong, TooOften."""
    async with running.passwords.turn():
        await sign_in.count(running, person.email, where.address)
        async with transaction(running.engine, ACCESS) as tx:
            kept = await credentials.find(tx, person.id)
        if not await running.passwords.is_right(password, kept.password if kept else None):
            raise Wrong(person.id)
    await sign_in.forgive(running, person.email, where.address)


async def change_password(running: Running, living: Living, password: str) -> str:
    """Set another password and end all sessions; the token of the one that begins.

    Raises TooOften, Ended.
    """
    async with running.passwords.turn():
        hashed = await running.passwords.hash(password)
    async with transaction(running.engine, ACCESS) as tx:
        await sessions.hold(tx, living)
        await credentials.change_password(tx, living.person.id, hashed)
        await sessions.end_all(tx, living.person.id)
        return await sessions.begin(tx, living.person.id, running.clock())


async def new_recovery_codes(running: Running, living: Living) -> list[str] | None:
    """The only recovery codes from now on; None for who has no second factor. Raises Ended."""
    async with transaction(running.engine, ACCESS) as tx:
        kept = await sessions.hold(tx, living)
        if kept.sealed is None:
            return None
        return await credentials.set_recovery_codes(tx, living.person.id)


async def offer_secret(running: Running, living: Living) -> str:
    """Keep with a session the secret of a new second factor, until a code of it is shown."""
    secret = second_factor.new_secret()
    async with transaction(running.engine, ACCESS) as tx:
        await sessions.offer(tx, living.token, running.seal.shut(secret, living.person.id))
    return secret


async def set_up_second_factor(running: Running, living: Living, code: str) -> SetUp | None:
    """Bind the offered secret once a code of it is shown, and end all sessions but a new one.

    None where the code is not of it. Raises Ended.
    """
    person, now = living.person, running.clock()
    if living.offered_secret is None:
        return None
    secret = running.seal.opened(living.offered_secret, person.id)
    step = secret and second_factor.step_of(secret, second_factor.plain(code), now)
    if not step:
        return None
    async with transaction(running.engine, ACCESS) as tx:
        await sessions.hold(tx, living)
        codes = await credentials.set_second_factor(tx, person.id, living.offered_secret, step)
        await sessions.end_all(tx, person.id)
        return SetUp(await sessions.begin(tx, person.id, now), codes)
