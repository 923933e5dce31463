"""The check of an access token's form, kind, key and claims, against its bare signature's."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.comparison import Comparison, Round
from cauce.access.assertions import Authenticated
from cauce.access.caller import authenticated, issue
from cauce.access.clients import ClientRecord
from cauce.access.signing_keys import SigningKeys
from support.centre import ISSUER, scratch

Each = TypeVar("Each")

ROUNDS, IN_A_ROUND = 15, 200
MOST_MS = 0.5  # of CPU, on two cores of a small server


def compare() -> Comparison:
    """Tokens seen for the first time: one that was seen before takes no verification."""
    now = datetime.now(UTC)
    with scratch() as path:
        keys = SigningKeys.open(path)
        client = ClientRecord("cl_0123456789abcdef", "bench", "MX-NLE", ["indicators:read"])
        known = Authenticated(client, keys.access.public.kid, None)
        ours, theirs = [], []
        private = ec.generate_private_key(ec.SECP256R1())
        how = ec.ECDSA(hashes.SHA256())
        public = private.public_key()
        for _ in range(ROUNDS):
            made = [
                issue(known, ["indicators:read"], keys, ISSUER, now)[0]
                for _ in range(IN_A_ROUND)
            ]
            ours.append(_round(made, lambda token: authenticated(token, keys, ISSUER, now)))
            signatures = [
                (private.sign(data, how), data) for data in (token.encode() for token in made)
            ]
            theirs.append(_round(signatures, lambda each: public.verify(*each, how)))
    return Comparison("an access token is checked", "its ES256 signature alone", ours, theirs)


def _round(made: list[Each], check: Callable[[Each], object]) -> Round:
    cpu, began = time.process_time(), time.perf_counter()
    for each in made:
        check(each)
    seconds = time.perf_counter() - began
    return Round(len(made), 1, seconds, time.process_time() - cpu)
