"""What people prove to be by, as it is kept: a password, a second factor, recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.access import second_factor
from cauce.access.one_time import digest
from cauce.access.seal import Seal
from cauce.store.tables import Credential, RecoveryCode


@dataclass(frozen=True, slots=True)
class Kept:
    """password: its hash; sealed: the second factor's secret, None where none is set up."""

    password: str
    sealed: bytes | None


async def find(tx: AsyncConnection, person: str, *, hold: bool = False) -> Kept | None:
    """None for who has not set a password yet.

    hold  lets nobody else change, forget or hold it until the transaction ends
    """
    is_this = Credential.person == person
    statement = select(Credential.password, Credential.secret).where(is_this)
    if hold:
        statement = statement.with_for_update()
    found = (await tx.execute(statement)).first()
    return Kept(*found) if found else None


async def set_password(tx: AsyncConnection, person: str, hashed: str) -> None:
    """Begin an account by its password: nothing that was proven by before is left."""
    row = {"password": hashed, "secret": None, "last_step": None}
    new = upsert(Credential).values(person=person, **row)
    await tx.execute(new.on_conflict_do_update(index_elements=[Credential.person], set_=row))
    await tx.execute(delete(RecoveryCode).where(RecoveryCode.person == person))


async def change_password(tx: AsyncConnection, person: str, hashed: str) -> None:
    """Take another password of who has one, and is held."""
    is_this = Credential.person == person
    changed = update(Credential).where(is_this).values(password=hashed)
    (await tx.execute(changed.returning(Credential.person))).scalar_one()


async def set_second_factor(
    tx: AsyncConnection, person: str, sealed: bytes, step: int
) -> list[str]:
    """Take a secret whose code of this step was shown, for the one before; new codes for it.

    The person has a password, and is held.
    """
    is_this = Credential.person == person
    changed = update(Credential).where(is_this).values(secret=sealed, last_step=step)
    (await tx.execute(changed.returning(Credential.person))).scalar_one()
    return await set_recovery_codes(tx, person)


async def set_recovery_codes(tx: AsyncConnection, person: str) -> list[str]:
    """New recovery codes, which nobody can read again; those before are good no more."""
    codes = second_factor.new_recovery_codes()
    await tx.execute(delete(RecoveryCode).where(RecoveryCode.person == person))
    rows = [{"person": person, "digest": _digest(code)} for code in codes]
    await tx.execute(insert(RecoveryCode), rows)
    return codes


async def recovery_codes_left(tx: AsyncConnection, person: str) -> int:
    statement = select(func.count()).select_from(RecoveryCode)
    return (await tx.execute(statement.where(RecoveryCode.person == person))).scalar_one()


async def use_code(
    tx: AsyncConnection, person: str, seal: Seal, code: str, now: datetime
) -> bool:
    """Whether a code of the second factor is right, or a recovery code; it is used up then."""
    text = second_factor.plain(code)
    return await _use_step(tx, person, seal, text, now) or await _use_up(tx, person, text)


async def _use_step(
    tx: AsyncConnection, person: str, seal: Seal, code: str, now: datetime
) -> bool:
    kept = await find(tx, person)
    if kept is None or kept.sealed is None:
        return False
    secret = seal.opened(kept.sealed, person)
    step = secret and second_factor.step_of(secret, code, now)
    if not step:
        return False
    used = update(Credential).where(
        Credential.person == person,
        or_(Credential.last_step.is_(None), Credential.last_step < step),
    )
    return bool((await tx.execute(used.values(last_step=step))).rowcount)


async def _use_up(tx: AsyncConnection, person: str, code: str) -> bool:
    is_this = (RecoveryCode.person == person, RecoveryCode.digest == _digest(code))
    return bool((await tx.execute(delete(RecoveryCode).where(*is_this))).rowcount)


def _digest(code: str) -> bytes:
    return digest(second_factor.plain(code))
