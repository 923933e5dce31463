"""The service's own keys, one a kind of token, made at the first start and kept on disk."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cauce.access.tokens import Signer, new_private_jwk


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """access signs access tokens, receipt signs receipts: a kind never passes for another."""

    access: Signer
    receipt: Signer

    @classmethod
    def open(cls, data_dir: Path) -> SigningKeys:
        """The keys in `data_dir`/keys, made there with mode 0600 where they are not yet."""
        folder = data_dir / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(_signer(folder / "access.jwk"), _signer(folder / "receipt.jwk"))

    def public(self) -> list[dict[str, str]]:
        """The public halves as a JWK Set has them."""
        return [
            {**signer.public.jwk, "kid": signer.public.kid, "alg": "ES256", "use": "sig"}
            for signer in (self.access, self.receipt)
        ]


def _signer(path: Path) -> Signer:
    if not path.exists():
        _make(path)
    return Signer.read(json.loads(path.read_text()))


def _make(path: Path) -> None:
    """Write a new key whole or not at all; of two processes that do so at once, one wins."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(new_private_jwk(), file)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        Path(path).hardlink_to(draft)
    Path(draft).unlink()
