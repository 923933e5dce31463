"""Client assertions (RFC 7523), and whether a token was signed: all that needs python-jose."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from jose import jws
from jose.exceptions import JOSEError
from jose.jwk import construct

from cauce_client.keys import PrivateKey

ALGORITHM = "ES256"
LIFE = timedelta(minutes=5)  # the most that the service takes: it forgives clocks that are slow


def signed(key: PrivateKey, client_id: str, audience: str, now: datetime) -> str:
    """A compact JWS by which a client proves to one service, once, who it is.

    audience  the service's issuer, as its metadata has it
    """
    issued_at = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued_at,
        "exp": issued_at + int(LIFE.total_seconds()),
        "jti": secrets.token_urlsafe(24),
    }
    headers = {"typ": "client-authentication+jwt", "kid": key.kid}
    signer = construct(dict(key.jwk), ALGORITHM)
    return str(jws.sign(claims, signer, headers=headers, algorithm=ALGORITHM))


def is_signed(token: str, jwk: Mapping[str, str]) -> bool:
    """Whether the owner of a public key on P-256 signed this compact JWS with ES256."""
    try:
        jws.verify(token, construct(dict(jwk), ALGORITHM), algorithms=[ALGORITHM])
    except (JOSEError, ValueError):  # the latter for a point that is not on the curve
        return False
    return True
