"""A client as it is sent to be registered or invited: read with every fault that it shows."""

from __future__ import annotations

from cauce.access.key_body import JWK, KeyBody
from cauce.access.registrations import NewClient
from cauce.access.scopes import SCOPES, Scope, open_to
from cauce.access.tokens import PublicKey
from cauce.act_body import NAME, described
from cauce_contract import Contract
from cauce_contract.echo import nearest

_REQUIRED, _OPTIONAL = ["name", "scopes"], ["state"]
_OF_BOTH = {
    "name": NAME,
    "state": {"type": ["string", "null"], "description": "none: a national client"},
    "scopes": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": SCOPES}},
}
CLIENT = described([*_REQUIRED, "jwk"], **_OF_BOTH, jwk=JWK)
INVITATION = described(_REQUIRED, **_OF_BOTH)


class ClientBody(KeyBody):
    """Reads what a client is to be; what cannot be read ends in a refusal."""

    def new_client(self) -> tuple[NewClient, PublicKey]:
        """The client that is to be registered, with its first key."""
        new, key = self._new(), self._key()
        return new, self._sound(key)

    def invitation(self) -> NewClient:
        """The client that a link is to make."""
        new = self._new()
        self.require_sound()
        return new

    def _new(self) -> NewClient:
        name, state = self.name("name"), self._state()
        return NewClient(name, state, self._scopes(state))

    def _state(self) -> str | None:
        given = self._body.get("state")
        states = self._contract.states
        if given is None or (isinstance(given, str) and given in states):
            return given
        near = nearest(given if isinstance(given, str) else "", states)
        self.fault("unknown_state", "/state", nearest=near)
        return None

    def _scopes(self, state: str | None) -> list[Scope]:
        given, allowed = self._body.get("scopes", []), open_to(state)
        if not isinstance(given, list) or len(given) > len(SCOPES):
            self.fault("not_a_list_of", "/scopes", expected=len(SCOPES))
            return []
        if self._body.get("state") is not None and state is None:
            return []  # which are allowed hangs on the state, which is none
        if given == [] and "scopes" in self._body:
            self.fault("not_one_of", "/scopes/0", nearest=", ".join(allowed))
        for at, scope in enumerate(given):
            if not isinstance(scope, str) or scope not in allowed:
                self.fault("not_one_of", f"/scopes/{at}", nearest=", ".join(allowed))
        return [scope for scope in SCOPES if scope in given]


def client_body(contract: Contract, body: object) -> ClientBody:
    return ClientBody(contract, body, [*_REQUIRED, "jwk"], _OPTIONAL)


def invitation_body(contract: Contract, body: object) -> ClientBody:
    return ClientBody(contract, body, _REQUIRED, _OPTIONAL)
