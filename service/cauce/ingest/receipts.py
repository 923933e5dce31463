"""The receipt of an accepted revision: what it proves, signed."""

from __future__ import annotations

from datetime import datetime

from cauce.access import tokens
from cauce.access.tokens import Signer
from cauce.instants import written
from cauce_contract import Report


def sign(
    signer: Signer,
    report: Report,
    *,
    issuer: str,
    revision: int,
    received_at: datetime,
    state: str,
    log_position: int,
) -> str:
    """A compact JWS: this content is that revision of the month, received then."""
    claims = {
        "iss": issuer,
        "contract": report.contract.version,
        "core_digest": report.contract.core_digest,
        "programme": report.programme,
        "period": str(report.period),
        "revision": revision,
        "content_digest": report.content_digest,
        "received_at": written(received_at),
        "durability": "local",
        "log": {"state": state, "position": log_position},
    }
    return signer.sign(tokens.RECEIPT, claims)
