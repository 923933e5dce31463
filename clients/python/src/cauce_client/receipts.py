"""A receipt, verified without network: what the service signed when it accepted a month."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cauce_client.assertion import ALGORITHM, is_signed
from cauce_client.errors import Misconfigured, Unproven
from cauce_client.keys import POINT, thumbprint
from cauce_client.problem import Json
from cauce_contract import Report, proof
from cauce_contract.strict_json import NotJson, loads

KIND = "receipt+jwt"
_HEADER = {"alg", "typ", "kid"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the service accepted this content, then, at this place of a state's log.

    durability  `sync`: a standby had it on disk too when the receipt was given; or `local`
    client      who sent it; None in receipts of the first months, as is `leaf`
    leaf        the salted hash of the log's entry, in hex, computed anew from the claims. The
                head of the log after it covers every entry before, so that it cannot be
                computed from one receipt, but for the first entry's: it is signed for only
    claims      all that was signed
    """

    issuer: str
    kid: str
    programme: str
    period: str
    revision: int
    contract: str
    core_digest: str
    content_digest: str
    client: str | None
    received_at: datetime
    durability: str
    state: str
    position: int
    leaf: str | None
    claims: Json = field(repr=False)

    @classmethod
    def verified(cls, token: str, jwks: object) -> Receipt:
        """The receipt that a compact JWS is, signed by one of the keys of a JWK Set.

        Raises Misconfigured where the text is no receipt at all, or the keys are none; and
        Unproven where its signature or its claims are not what a service signs.
        """
        header, claims = _taken_apart(token)
        jwk = _key(jwks, header["kid"])
        if not is_signed(token, jwk):
            raise Unproven("receipt_not_signed", kid=header["kid"])
        try:
            receipt = cls._read(header["kid"], claims)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unproven("receipt_incomplete") from None
        if not receipt.is_head_possible:
            raise Unproven("receipt_incomplete")
        return receipt

    @classmethod
    def _read(cls, kid: str, claims: Json) -> Receipt:
        log = claims["log"]
        return cls(
            issuer=claims["iss"],
            kid=kid,
            programme=claims["programme"],
            period=claims["period"],
            revision=claims["revision"],
            contract=claims["contract"],
            core_digest=claims["core_digest"],
            content_digest=claims["content_digest"],
            client=claims.get("client"),
            received_at=datetime.fromisoformat(claims["received_at"]),
            durability=claims["durability"],
            state=log["state"],
            position=log["position"],
            leaf=_leaf(claims).hex() if "salt" in log else None,
            claims=claims,
        )

    @property
    def is_head_possible(self) -> bool:
        """Whether its head follows from its leaf, as far as one receipt can tell.

        That is where the head before is known: in the first entry of a log.
        """
        if self.leaf is None or self.position != 1:
            return True
        head = proof.head(proof.START, 1, bytes.fromhex(self.leaf))
        return bool(self.claims["log"]["head"] == head.hex())

    def is_of(self, report: Report) -> bool:
        """Whether it is for exactly these figures, statuses and notes."""
        return report.content_digest == self.content_digest


def _leaf(claims: Json) -> bytes:
    return proof.leaf(proof.revision_entry(claims), bytes.fromhex(claims["log"]["salt"]))


def _taken_apart(token: str) -> tuple[Mapping[str, str], Json]:
    """Header and claims of a compact JWS whose kind is a receipt's, before any proof."""
    parts = token.split(".")
    try:
        header, claims, _ = (_decoded(part) for part in parts)
        read = loads(header), loads(claims)
    except (ValueError, NotJson):
        raise Misconfigured("receipt_none") from None
    members, said = read
    if not isinstance(members, dict) or not isinstance(said, dict):
        raise Misconfigured("receipt_none")
    if isinstance(members.get("typ"), str) and members["typ"] != KIND:
        raise Misconfigured("receipt_other_kind", kind=members["typ"])
    if members.keys() != _HEADER or members["alg"] != ALGORITHM:
        raise Misconfigured("receipt_none")
    return members, said


def _decoded(part: str) -> bytes:
    """Base64url without padding, in its one spelling: else an edited receipt could pass."""
    data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise binascii.Error("another spelling")
    return data


def _key(jwks: object, kid: str) -> Mapping[str, str]:
    """The key of that thumbprint; the thumbprint is computed, not believed."""
    given: Any = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(given, list):
        raise Misconfigured("keys_none")
    for each in given:
        public = _public(each)
        if public and thumbprint(public) == kid:
            if each.get("signs", KIND) != KIND:
                raise Unproven("receipt_other_key", kind=each["signs"])
            return public
    raise Unproven("receipt_unknown_key", kid=kid)


def _public(jwk: object) -> dict[str, str] | None:
    """The point of a public key on P-256; None for any other key."""
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        return None
    point = {part: jwk[part] for part in POINT if isinstance(jwk.get(part), str)}
    return point if len(point) == len(POINT) else None
