"""The client's proof of who it is, read with `cryptography` alone, as RFC 7523 wants it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

import cauce_client
from cauce_client import Misconfigured, PrivateKey
from cauce_client.assertion import signed

NOW = datetime(2026, 10, 4, 16, 20, 11, tzinfo=UTC)
ISSUER = "https://cauce.example"


def unpacked(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def taken_apart(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(unpacked(header)), json.loads(unpacked(claims))


def verify(token: str, jwk: dict[str, str]) -> None:
    """Raises InvalidSignature unless this public JWK's owner signed the token with ES256."""
    x, y = (int.from_bytes(unpacked(jwk[part])) for part in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    message, _, signature = token.rpartition(".")
    raw = unpacked(signature)
    assert len(raw) == 64
    der = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(der, message.encode(), ec.ECDSA(hashes.SHA256()))


def test_an_assertion_verifies_with_its_public_key_and_no_other() -> None:
    key = PrivateKey.new()
    token = signed(key, "cl_1", ISSUER, NOW)

    verify(token, key.public_jwk())
    with pytest.raises(InvalidSignature):
        verify(token, PrivateKey.new().public_jwk())


def test_the_header_has_algorithm_type_and_thumbprint_and_nothing_else() -> None:
    key = PrivateKey.new()

    header, _ = taken_apart(signed(key, "cl_1", ISSUER, NOW))

    public = key.public_jwk()
    members = {part: public[part] for part in ("crv", "kty", "x", "y")}
    written = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(written).digest()).decode()
    assert header == {
        "alg": "ES256",
        "typ": "client-authentication+jwt",
        "kid": thumbprint.rstrip("="),
    }


def test_the_claims_name_client_and_service_for_at_most_five_minutes() -> None:
    token = signed(PrivateKey.new(), "cl_1", ISSUER, NOW)

    _, claims = taken_apart(token)
    assert claims.pop("jti")
    assert claims == {
        "iss": "cl_1",
        "sub": "cl_1",
        "aud": ISSUER,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 300,
    }
    assert len(token) <= 4096


def test_no_two_assertions_have_the_same_id() -> None:
    key = PrivateKey.new()
    ids = {taken_apart(signed(key, "cl_1", ISSUER, NOW))[1]["jti"] for _ in range(50)}
    assert len(ids) == 50
    assert all(8 <= len(each) <= 128 for each in ids)


def test_a_key_survives_being_written_and_read() -> None:
    key = PrivateKey.new()
    assert PrivateKey.read(key.private_jwk()) == key
    assert "d" not in key.public_jwk()


def test_a_key_does_not_show_its_private_half() -> None:
    key = PrivateKey.new()
    assert key.private_jwk()["d"] not in repr(key)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"d": None}, "key_is_public"),
        ({"kty": "RSA"}, "key_not_a_jwk"),
        ({"crv": "P-384"}, "key_not_a_jwk"),
        ({"d": "AQ"}, "key_not_a_jwk"),  # another point's
        ({"x": "AQ"}, "key_not_a_jwk"),  # off the curve
        ({"y": 7}, "key_not_a_jwk"),
        ({"d": "%%"}, "key_not_a_jwk"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_unseen(changes: dict[str, Any], fault: str) -> None:
    good = PrivateKey.new().private_jwk()
    jwk = {part: value for part, value in (good | changes).items() if value is not None}

    with pytest.raises(Misconfigured) as caught:
        PrivateKey.read(jwk)

    assert caught.value.key == fault
    assert good["d"] not in str(caught.value)


def test_only_one_module_knows_python_jose() -> None:
    modules = Path(cauce_client.__file__).parent.rglob("*.py")
    knowing = [
        module.name
        for module in modules
        if re.search(r"^\s*(from|import) jose\b", module.read_text("utf-8"), re.MULTILINE)
    ]
    assert knowing == ["assertion.py"]
