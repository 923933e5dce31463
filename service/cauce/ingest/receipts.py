"""The receipt of an accepted revision: what it proves, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cauce.access import tokens
from cauce.access.tokens import Signer
from cauce.instants import written
from cauce.store.log import Durability, Link
from cauce_contract import Finding, Report, digest, proof


def claims(
    report: Report,
    told: Sequence[Finding],
    reason: Mapping[str, str] | None,
    *,
    issuer: str,
    client: str,
    revision: int,
    received_at: datetime,
    durability: Durability,
) -> dict[str, object]:
    """What a receipt says, but for its place in the log.

    annex_digest covers what came with the figures: acknowledgements, reason, findings.
    durability   whether a standby had it too when the receipt was handed out
    """
    findings = [finding.as_data() for finding in told]
    acknowledgements = [dict(each) for each in report.acknowledgements]
    annex = proof.annex(acknowledgements, findings, dict(reason) if reason else None)
    return {
        "iss": issuer,
        "programme": report.programme,
        "period": str(report.period),
        "revision": revision,
        "contract": report.contract.version,
        "core_digest": report.contract.core_digest,
        "content_digest": report.content_digest,
        "annex_digest": digest(annex),
        "client": client,
        "received_at": written(received_at),
        "durability": durability,
    }


def sign(signer: Signer, claimed: Mapping[str, object], link: Link) -> str:
    """A compact JWS: this content is that revision, received then, at that place of the log."""
    log = proof.place(link.state, link.position, link.salt, link.head)
    return signer.sign(tokens.RECEIPT, {**claimed, "log": log})
