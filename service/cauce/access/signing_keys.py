"""The service's own keys, one a kind of token, made at the first start and kept on disk."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cauce.access import tokens
from cauce.access.tokens import PublicKey, Signer, new_private_jwk


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Each signs tokens of its own kind alone: a kind never passes for another."""

    access: Signer
    receipt: Signer
    checkpoint: Signer

    @classmethod
    def open(cls, data_dir: Path) -> SigningKeys:
        """The keys in `data_dir`/keys, made there with mode 0600 where they are not yet."""
        folder = data_dir / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = ("access", "receipt", "checkpoint")
        return cls(*(_signer(folder / f"{name}.jwk") for name in names))

    def public(self) -> list[dict[str, str]]:
        """The public halves as a JWK Set has them; `signs` is the kind of token of each.

        That member is ours: who reads the set elsewhere can tell by it that an access token's
        key has signed a receipt, and others ignore it (RFC 7517, 4).
        """
        signers = {
            tokens.ACCESS: self.access,
            tokens.RECEIPT: self.receipt,
            tokens.CHECKPOINT: self.checkpoint,
        }
        return [
            {
                **signer.public.jwk,
                "kid": signer.public.kid,
                "alg": tokens.ALGORITHM,
                "use": "sig",
                "signs": kind,
            }
            for kind, signer in signers.items()
        ]


def published(jwks: Iterable[Mapping[str, str]], kind: str) -> dict[str, PublicKey]:
    """The keys of a JWK Set that may have signed tokens of this kind, by kid; or BadKey.

    A key that does not say what it signs may have signed any.
    """
    keys = [PublicKey.read(jwk) for jwk in jwks if jwk.get("signs", kind) == kind]
    return {key.kid: key for key in keys}


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
