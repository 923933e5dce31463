"""What a coordinator's commands share: who acts, where, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from cauce.app import system_clock
from cauce.commands.installation import administer, stop
from cauce.coordinate.actor import Actor
from cauce.errors import Refusal, words
from cauce.store.connect import COORDINATION, NATION
from cauce_contract import Contract, in_force, is_programme_id, load_all

Found = TypeVar("Found")

BY = "cauce-service"  # who acts, as the log has it
LANGUAGE = "en"  # of the commands
_OPTIONS = {"code": "reason"}  # members of a body that an option has another name for


def coordinate(
    work: Callable[[AsyncConnection, Actor], Awaitable[Found]], programme: str = ""
) -> Found:
    """Do a coordinator's act as the interface would; what it refuses ends the command.

    programme  whose months the act is about
    """
    contract = in_force(load_all())

    async def done(tx: AsyncConnection) -> Found:
        return await work(tx, Actor(contract, BY, system_clock()))

    try:
        return administer(done, COORDINATION, claim=programme)
    except Refusal as refusal:
        raise stop("\n".join(_read_out(refusal, contract))) from None


def look(work: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
    """Read what a coordinator may read."""
    return administer(work, NATION)


def require_programme(programme: str) -> None:
    if not is_programme_id(in_force(load_all()), programme):
        raise stop("A programme's id is a state and two digits, such as MX-NLE-01.")


def _read_out(refusal: Refusal, contract: Contract) -> Iterator[str]:
    text = words(refusal.slug, LANGUAGE)
    yield f"{text['title']}. {text['detail'].format(**refusal.figures)}"
    for error in refusal.errors:
        said = error.as_json(contract.labels[LANGUAGE])
        yield f"  {_option(str(said.get('pointer', '')))}{said['message']}"


def _option(pointer: str) -> str:
    """The option that a place of a body was made from."""
    named = [step for step in pointer.split("/") if step and not step.isdecimal()]
    return f"--{_OPTIONS.get(named[-1], named[-1]).replace('_', '-')}: " if named else ""
