"""The body of an act, such as a return: an object with its members, read faults and all."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cauce import instants
from cauce.errors import DocumentError, Refusal
from cauce_contract import Contract, Finding
from cauce_contract.echo import nameable, nearest
from cauce_contract.free_text import read_text

LARGEST = 16 * 1024  # bytes: the longest text takes 6,000 where every character is escaped
_MOST_UNKNOWN = 20  # keys that are named: with more it is something else

LONGEST_NAME = 200  # characters in NFKC

# In OpenAPI: what somebody wrote, and what something is called.
TEXT = {"type": "string", "minLength": 1, "description": "about nobody: H22"}
NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}


def described(required: Sequence[str], **properties: object) -> dict[str, Any]:
    """A request's body in OpenAPI: an object with these members and no others."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


class ActBody:
    """Reads one member after the other; `require_sound` then refuses every fault at once.

    A member that cannot be read is "" until then.
    """

    def __init__(
        self,
        contract: Contract,
        body: object,
        members: Sequence[str],
        optional: Sequence[str] = (),
    ) -> None:
        self._contract = contract
        self._faults: list[DocumentError | Finding] = []
        if not isinstance(body, dict):
            raise Refusal("bad-act", errors=[DocumentError("not_an_object", "")])
        self._body = body
        known = [*members, *optional]
        unknown = [key for key in body if key not in known]
        for key in unknown[:_MOST_UNKNOWN]:
            pointer, named = (f"/{key}", key) if nameable(key) else ("", "")
            self.fault("not_a_member", pointer, nearest=nearest(named, known))
        for member in members:
            if member not in body:
                self.fault("member_missing", f"/{member}")

    def fault(self, rule: str, pointer: str, **figures: int | str) -> None:
        """Note something wrong, in the words that problems.toml has for it."""
        self._faults.append(DocumentError(rule, pointer, figures))

    def free_text(self, member: str) -> str:
        """What somebody wrote, in NFKC; a fault where it shows personal data (H22)."""
        if member not in self._body:
            return ""
        text, found = read_text(self._contract, self._body[member], f"/{member}")
        self._faults += found
        return text or ""

    def name(self, member: str) -> str:
        """What something is called, in NFKC; a fault where it names a person (H22)."""
        given = self._body.get(member, "")
        name = unicodedata.normalize("NFKC", given).strip() if isinstance(given, str) else ""
        is_printable = all(unicodedata.category(char)[0] != "C" for char in name)
        if 0 < len(name) <= LONGEST_NAME and is_printable:
            return self.free_text(member)
        if member in self._body:
            self.fault("not_a_name", f"/{member}", expected=LONGEST_NAME)
        return ""

    def one_of(self, member: str, known: Collection[str]) -> str:
        """A code out of a list."""
        given = self._body.get(member)
        if isinstance(given, str) and given in known:
            return given
        if member in self._body:
            self.fault("not_one_of", f"/{member}", nearest=", ".join(known))
        return ""

    def id(self, member: str) -> str:
        """A text of ours, to be compared with what there is; it is kept nowhere."""
        given = self._body.get(member)
        if isinstance(given, str):
            return given
        if member in self._body:
            self.fault("not_a_text", f"/{member}")
        return ""

    def instant(self, member: str) -> datetime | None:
        """An instant in UTC, where one is given."""
        given = self._body.get(member)
        if given is None:
            return None
        try:
            return instants.read(given if isinstance(given, str) else "")
        except ValueError:
            self.fault("not_an_instant", f"/{member}")
            return None

    def require_sound(self) -> None:
        if self._faults:
            raise Refusal("bad-act", errors=self._faults)
