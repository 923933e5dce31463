"""The client's key pair on P-256: made here; only its public half is ever shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from cauce_client.errors import Misconfigured
from cauce_contract import canonical
from cauce_contract.strict_json import NotJson, loads

CURVE = ec.SECP256R1()
POINT = ("crv", "kty", "x", "y")  # what a thumbprint covers


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private JWK that can sign ES256. `kid` is its RFC 7638 thumbprint."""

    kid: str
    jwk: Mapping[str, str] = field(repr=False)

    @classmethod
    def new(cls) -> PrivateKey:
        numbers = ec.generate_private_key(CURVE).private_numbers()
        point = numbers.public_numbers
        public = {
            "crv": "P-256",
            "kty": "EC",
            "x": _encoded(point.x),
            "y": _encoded(point.y),
        }
        return cls(thumbprint(public), {**public, "d": _encoded(numbers.private_value)})

    @classmethod
    def load(cls, path: Path) -> PrivateKey:
        """The key in a file; Misconfigured says what is wrong with it, never what is in it."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise Misconfigured("no_key_file", path=path) from None
        except OSError as fault:
            raise Misconfigured("key_unreadable", path=path, reason=fault.strerror) from None
        try:
            return cls.read(loads(data))
        except NotJson:
            raise Misconfigured("key_not_a_jwk") from None

    @classmethod
    def read(cls, jwk: object) -> PrivateKey:
        """The key of a JWK; Misconfigured where it is another kind, or half a key."""
        if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise Misconfigured("key_not_a_jwk")
        if "d" not in jwk:
            raise Misconfigured("key_is_public")
        try:
            x, y, d = (_decoded(jwk.get(part)) for part in ("x", "y", "d"))
            point = ec.EllipticCurvePublicNumbers(x, y, CURVE)
            ec.EllipticCurvePrivateNumbers(d, point).private_key()
        except (ValueError, TypeError, binascii.Error):
            raise Misconfigured("key_not_a_jwk") from None
        sound = {"crv": "P-256", "kty": "EC", "x": _encoded(x), "y": _encoded(y)}
        return cls(thumbprint(sound), {**sound, "d": _encoded(d)})

    def private_jwk(self) -> dict[str, str]:
        return {**self.jwk, "kid": self.kid, "alg": "ES256", "use": "sig"}

    def public_jwk(self) -> dict[str, str]:
        return {part: value for part, value in self.private_jwk().items() if part != "d"}


def thumbprint(jwk: Mapping[str, str]) -> str:
    digest = hashlib.sha256(canonical({part: jwk[part] for part in POINT})).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


def _decoded(part: object) -> int:
    if not isinstance(part, str):
        raise TypeError("not base64url")
    data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    return int.from_bytes(data)
