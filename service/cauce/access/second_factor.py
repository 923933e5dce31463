"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and codes for its loss."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp

STEP = 30  # seconds
_AROUND = (0, -1, 1)  # steps that a telephone's clock may be off
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: not to be guessed from its SHA-256 either


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Cauce")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, at `now` or one off; None where it is of none of them."""
    at = int(now.timestamp()) // STEP
    codes = pyotp.HOTP(secret)
    for step in (at + off for off in _AROUND):
        if hmac.compare_digest(codes.at(step).encode(), code.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Such as k3vd-7qpa-x2mn-fw6c, each good once."""
    return [_grouped(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def plain(code: str) -> str:
    """A code as it is compared: however it was grouped, or its letters written."""
    return "".join(code.split()).replace("-", "").lower()


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
