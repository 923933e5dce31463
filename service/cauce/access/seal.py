"""Sealing what must be read again and never lie open in the database (AES-256-GCM)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cauce.access import key_files

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """One key; with the database alone, or in another person's row, nothing can be read."""

    _cipher: AESGCM

    @classmethod
    def open(cls, data_dir: Path) -> Seal:
        """The key in `data_dir`/keys, made there with mode 0600 where it is not yet."""
        folder = key_files.made_folder(data_dir)
        path = folder / "seal.key"
        if not path.exists():
            key_files.keep_first(path, AESGCM.generate_key(256).hex())
        return cls(AESGCM(bytes.fromhex(path.read_text().strip())))

    def shut(self, text: str, whose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), whose.encode())

    def opened(self, sealed: bytes, whose: str) -> str | None:
        """The text; None where it was sealed with another key, or for somebody else."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, whose.encode()).decode()
        except InvalidTag:
            return None
