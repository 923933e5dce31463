"""The address of a programme's month, as a path has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from cauce.errors import QueryError, Refusal
from cauce_contract import Address, Contract, Month, is_programme_id

ProgrammeId = Annotated[str, Path(description="A programme's id, such as MX-NLE-01")]
Period = Annotated[str, Path(description="A month, such as 2026-09")]


def address_of(contract: Contract, programme: str, period: str) -> Address:
    """The address that is written, for those who write to it; Refusal says what is wrong."""
    if not is_programme_id(contract, programme):
        raise Refusal("unknown-programme")
    return Address(programme, month_of(period))


def readable(contract: Contract, programme: str, period: str) -> Address:
    """The same for those who read: what could never be there is as absent as what is not."""
    try:
        return address_of(contract, programme, period)
    except Refusal:
        raise Refusal("no-submission") from None


def month_of(period: str) -> Month:
    """The month that is written; Refusal for what is none."""
    try:
        return Month.parse(period)
    except ValueError:
        errors = [QueryError("not_a_month", "period")]
        raise Refusal("bad-query", errors=errors) from None
