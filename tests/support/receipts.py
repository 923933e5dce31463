"""Receipts as the service writes them, made by hand and signed with a test's own key."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from support.keys import ClientKey

SALT = "000102030405060708090a0b0c0d0e0f"
ENTRY = {
    "programme": "MX-NLE-01",
    "period": "2024-09",
    "revision": 1,
    "contract": "1.0.0",
    "core_digest": "sha-256:c0",
    "content_digest": "sha-256:60df",
    "annex_digest": "sha-256:a1",
    "client": "cl_1",
    "received_at": "2024-10-04T16:20:11Z",
}


def leaf() -> bytes:
    """Of the entry, hashed as contracts/cauce_contract/proof.py describes it."""
    text = json.dumps({"kind": "revision", **ENTRY}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + bytes.fromhex(SALT) + text.encode()).digest()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of the receipt of a log's first entry; `...` takes one out."""
    head = hashlib.sha256(b"\x01" + bytes(32) + (1).to_bytes(8) + leaf()).hexdigest()
    said = {
        "iss": "https://cauce.example",
        **ENTRY,
        "durability": "local",
        "log": {"state": "MX-NLE", "position": 1, "salt": SALT, "head": head},
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ...}


def signed(key: ClientKey, typ: str = "receipt+jwt", **changes: Any) -> str:
    header = {"alg": "ES256", "kid": key.kid, "typ": typ}
    return key.sign(header, claims(**changes))


def jwk(key: ClientKey, **more: str) -> dict[str, str]:
    return {**key.jwk, "kid": key.kid, "alg": "ES256", "use": "sig", **more}
