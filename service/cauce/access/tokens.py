"""Signed tokens, ES256 alone: the only module that knows python-jose."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends.base import Key
from jose.exceptions import JOSEError
from jose.jwk import construct

from cauce.errors import message
from cauce_contract import canonical
from cauce_contract.strict_json import NotJson, loads

ALGORITHM = "ES256"
LARGEST_TOKEN = 4096  # bytes
ACCESS = "at+jwt"
RECEIPT = "receipt+jwt"
CHECKPOINT = "checkpoint+jwt"
ASSERTION = ("client-authentication+jwt", "JWT")
TOKEN_LIFE = timedelta(minutes=10)  # of an access token

_HEADER = {"alg", "typ", "kid"}


class TokenRefused(Exception):
    """The token is not what it should be. Which fault it is stays inside the service."""


class BadKey(ValueError):
    """A JWK that cannot be registered: `rule` and the message say why."""

    def __init__(self, rule: str) -> None:
        super().__init__(message(rule, "en"))
        self.rule = rule


@dataclass(frozen=True, slots=True, eq=False)
class PublicKey:
    """A verified public key on P-256; `kid` is its RFC 7638 thumbprint."""

    kid: str
    jwk: Mapping[str, str]
    verifier: Key

    @classmethod
    def read(cls, jwk: object) -> PublicKey:
        """The key of a public JWK; BadKey for another kind, off the curve, or private."""
        if not isinstance(jwk, dict):
            raise BadKey("not_an_object")
        if "d" in jwk:
            raise BadKey("key_is_private")
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise BadKey("key_not_p256")
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM:
            raise BadKey("key_not_for_signing")
        x, y = _coordinate(jwk.get("x")), _coordinate(jwk.get("y"))
        try:
            ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        except ValueError:
            raise BadKey("key_off_the_curve") from None
        public = {"crv": "P-256", "kty": "EC", "x": jwk["x"], "y": jwk["y"]}
        kid = thumbprint(public)
        if jwk.get("kid", kid) != kid:
            raise BadKey("key_kid_is_another")
        return cls(kid, public, construct(public, ALGORITHM))


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs one kind of token."""

    public: PublicKey
    private: Key

    @classmethod
    def read(cls, jwk: Mapping[str, str]) -> Signer:
        public = {part: value for part, value in jwk.items() if part != "d"}
        return cls(PublicKey.read(public), construct(dict(jwk), ALGORITHM))

    def sign(self, kind: str, claims: Mapping[str, Any]) -> str:
        """A compact JWS of that `typ` over the claims."""
        headers = {"typ": kind, "kid": self.public.kid}
        return str(jws.sign(dict(claims), self.private, headers=headers, algorithm=ALGORITHM))


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token taken apart, of which nothing is known to be true yet."""

    token: str
    kind: str
    kid: str
    claims: Mapping[str, Any]


def new_private_jwk() -> dict[str, str]:
    """A fresh key pair on P-256 as a private JWK with its thumbprint as `kid`."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()
    jwk = {
        "crv": "P-256",
        "kty": "EC",
        "x": _encoded(numbers.public_numbers.x.to_bytes(32)),
        "y": _encoded(numbers.public_numbers.y.to_bytes(32)),
    }
    private_part = {"d": _encoded(numbers.private_value.to_bytes(32))}
    return {**jwk, **private_part, "kid": thumbprint(jwk), "alg": ALGORITHM, "use": "sig"}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The RFC 7638 thumbprint of an EC key."""
    members = {member: jwk[member] for member in ("crv", "kty", "x", "y")}
    return _encoded(hashlib.sha256(canonical(members)).digest())


def take_apart(token: str) -> Unverified:
    """The parts of a token whose form is right; TokenRefused for any other."""
    if len(token) > LARGEST_TOKEN or not token.isascii():
        raise TokenRefused("size")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("parts")
    try:
        header, claims = loads(_decoded(parts[0])), loads(_decoded(parts[1]))
    except NotJson:
        raise TokenRefused("not JSON") from None
    _decoded(parts[2])
    if not isinstance(header, dict) or header.keys() != _HEADER or not isinstance(claims, dict):
        raise TokenRefused("header")
    if header["alg"] != ALGORITHM:
        raise TokenRefused("algorithm")
    kind, kid = header["typ"], header["kid"]
    if not isinstance(kind, str) or not isinstance(kid, str):
        raise TokenRefused("header")
    return Unverified(token, kind, kid, claims)


def verify(parts: Unverified, key: PublicKey, *kinds: str) -> Mapping[str, Any]:
    """The claims, once kind, key and signature are right; TokenRefused where they are not."""
    if parts.kind not in kinds or parts.kid != key.kid:  # a kid is public: nothing to time
        raise TokenRefused("kind or key")
    try:
        jws.verify(parts.token, key.verifier, algorithms=[ALGORITHM])
    except JOSEError:
        raise TokenRefused("signature") from None
    return parts.claims


def opened(token: str, keys: Mapping[str, PublicKey], kind: str) -> Mapping[str, Any]:
    """The claims of a token of that kind, signed by one of the keys; TokenRefused else.

    keys  by kid
    """
    parts = take_apart(token)
    if parts.kid not in keys:
        raise TokenRefused("key")
    return verify(parts, keys[parts.kid], kind)


def _coordinate(text: object) -> int:
    """RFC 7518, 6.2.1.2: all 32 bytes, so that a point has one spelling and one thumbprint."""
    try:
        data = _decoded(text)
    except TokenRefused:
        data = b""
    if len(data) != 32:
        raise BadKey("key_not_32_bytes")
    return int.from_bytes(data)


def _decoded(text: object) -> bytes:
    """Base64url without padding, in its one canonical spelling."""
    if not isinstance(text, str) or not text.isascii() or "=" in text:
        raise TokenRefused("base64url")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenRefused("base64url") from None
    if _encoded(data) != text:
        raise TokenRefused("base64url")
    return data


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
