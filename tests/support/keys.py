"""Client keys made with `cryptography`, which the token module is not built on."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: object) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())


@dataclass(frozen=True)
class ClientKey:
    """A key pair on P-256 that signs compact JWS by hand."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @classmethod
    def read(cls, jwk: dict[str, str]) -> ClientKey:
        """The key pair of a private JWK."""
        secret = base64.urlsafe_b64decode(jwk["d"] + "=")
        return cls(ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1()))

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        x, y = b64(numbers.x.to_bytes(32)), b64(numbers.y.to_bytes(32))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def kid(self) -> str:
        members = json.dumps(dict(sorted(self.jwk.items())), separators=(",", ":"))
        return b64(hashlib.sha256(members.encode()).digest())

    def sign(self, header: dict[str, Any], claims: object) -> str:
        message = f"{part(header)}.{part(claims)}"
        der = self.private.sign(message.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        return f"{message}.{b64(r.to_bytes(32) + s.to_bytes(32))}"
