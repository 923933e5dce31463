"""The address of a programme's month, as a path has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from cauce.errors import QueryError, Refusal
from cauce_contract import Contract, Month, is_programme_id

ProgrammeId = Annotated[str, Path(description="A programme's id, such as MX-NLE-01")]
Period = Annotated[str, Path(description="A month, such as 2026-09")]


def state_of(contract: Contract, programme: str) -> str:
    """The state that a programme's id names; Refusal: there is no such programme."""
    if not is_programme_id(contract, programme):
        raise Refusal("unknown-programme")
    return programme.rpartition("-")[0]


def month_of(period: str) -> Month:
    """The month that is written; Refusal for what is none."""
    try:
        return Month.parse(period)
    except ValueError:
        errors = [QueryError("not_a_month", "period")]
        raise Refusal("bad-query", errors=errors) from None
