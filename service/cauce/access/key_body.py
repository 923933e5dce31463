"""A public key as it is sent to be registered: read with every fault that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cauce.access.client_keys import AHEAD
from cauce.access.tokens import BadKey, PublicKey
from cauce.act_body import ActBody, described
from cauce.errors import Refusal
from cauce_contract import Contract

_INSTANT = {"type": "string", "format": "date-time"}
JWK = {
    "type": "object",
    "description": "a public key on P-256 (RFC 7517)",
    "required": ["kty", "crv", "x", "y"],
    "properties": {
        "kty": {"const": "EC"},
        "crv": {"const": "P-256"},
        "x": {"type": "string"},
        "y": {"type": "string"},
    },
}
KEY = described(["jwk"], jwk=JWK, not_before=_INSTANT, not_after=_INSTANT)
ENROLMENT = described(["token", "jwk"], token={"type": "string"}, jwk=JWK)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be added; without an instant it holds from now on, or for ever."""

    key: PublicKey
    not_before: datetime | None
    not_after: datetime | None


class KeyBody(ActBody):
    """Reads a key; what cannot be read ends in a refusal."""

    def new_key(self, now: datetime) -> NewKey:
        """What is asked for in `jwk`, `not_before` and `not_after`."""
        key = self._key()
        begins, ends = self.instant("not_before"), self.instant("not_after")
        if begins is not None and begins > now + AHEAD:
            self.fault("begins_too_late", "/not_before", days=AHEAD.days)
        if ends is not None and ends <= max(now, begins or now):
            self.fault("ends_before_it_begins", "/not_after")
        return NewKey(self._sound(key), begins, ends)

    def enrolment(self) -> tuple[str, PublicKey]:
        """The token of a link, and the first key of the client that it makes."""
        token, key = self.id("token"), self._key()
        return token, self._sound(key)

    def _key(self) -> PublicKey | None:
        if "jwk" not in self._body:
            return None
        try:
            return PublicKey.read(self._body["jwk"])
        except BadKey as fault:
            self.fault(fault.rule, "/jwk")
            return None

    def _sound(self, key: PublicKey | None) -> PublicKey:
        self.require_sound()
        if key is None:
            raise Refusal("bad-act")
        return key


def key_body(contract: Contract, body: object) -> KeyBody:
    return KeyBody(contract, body, ["jwk"], ["not_before", "not_after"])


def enrolment_body(contract: Contract, body: object) -> KeyBody:
    return KeyBody(contract, body, ["token", "jwk"])
