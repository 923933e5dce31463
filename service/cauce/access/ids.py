"""The ids of clients and of people: a prefix and 64 random bits in hex."""

from __future__ import annotations

import re
import secrets

_CLIENT = re.compile(r"cl_[0-9a-f]{16}", re.ASCII)
_PERSON = re.compile(r"pe_[0-9a-f]{16}", re.ASCII)


def new_client_id() -> str:
    return f"cl_{secrets.token_hex(8)}"


def new_person_id() -> str:
    return f"pe_{secrets.token_hex(8)}"


def is_client_id(text: str) -> bool:
    """Whether it is written as a client's id, such as cl_4ba2fd978cb636f8."""
    return _CLIENT.fullmatch(text) is not None


def is_person_id(text: str) -> bool:
    """Whether it is written as a person's id, such as pe_4ba2fd978cb636f8."""
    return _PERSON.fullmatch(text) is not None
