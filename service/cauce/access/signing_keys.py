"""The service's own keys, those of each kind of token apart, made at the first start and kept.

Of each kind one signs, and the one that will sign after it is published already, so that who
keeps the published keys has it before it is used. What a retired key signed still verifies:
for ever, but for access tokens, which end.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cauce import instants
from cauce.access import key_files, tokens
from cauce.access.tokens import TOKEN_LIFE, PublicKey, Signer, TokenRefused, new_private_jwk

KINDS = {
    "access": tokens.ACCESS,
    "receipt": tokens.RECEIPT,
    "checkpoint": tokens.CHECKPOINT,
}
_AFTER = TOKEN_LIFE + timedelta(minutes=1)  # that a retired key of access tokens is believed


@dataclass(frozen=True, slots=True)
class Retired:
    """A key that signs no more; `until`: by then all that it signed has ended, if ever."""

    key: PublicKey
    until: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The keys of one kind, as they lie on disk."""

    active: Signer
    following: Signer
    retired: tuple[Retired, ...]

    @classmethod
    def read(cls, text: str) -> Held:
        said = json.loads(text)
        retired = (
            Retired(PublicKey.read(each["jwk"]), each["until"] and instants.read(each["until"]))
            for each in said["retired"]
        )
        return cls(Signer.read(said["active"]), Signer.read(said["next"]), tuple(retired))

    def find(self, kid: str) -> Retired:
        """The key of that kid, whether it still signs or not; else TokenRefused."""
        for signer in (self.active, self.following):
            if signer.public.kid == kid:
                return Retired(signer.public, None)
        for each in self.retired:
            if each.key.kid == kid:
                return each
        raise TokenRefused("key")

    def public(self, now: datetime | None) -> Iterator[PublicKey]:
        """Those that verify what they signed, at an instant or ever."""
        yield self.active.public
        yield self.following.public
        for each in self.retired:
            if now is None or each.until is None or now < each.until:
                yield each.key


class Ring:
    """The keys of one kind, read anew whenever their file is another one.

    The file is looked at each time a key is asked for, which takes a microsecond: so a rotation
    is taken up at once by every process that serves, without any being told.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = (0, 0)
        self._held = Held.read(path.read_text())

    @property
    def held(self) -> Held:
        with suppress(FileNotFoundError):  # what was read is good as long as the process lives
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp != self._stamp:
                self._held, self._stamp = Held.read(self._path.read_text()), stamp
        return self._held


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Each signs tokens of its own kind alone: a kind never passes for another."""

    rings: Mapping[str, Ring]

    @classmethod
    def open(cls, data_dir: Path) -> SigningKeys:
        """The keys in `data_dir`/keys, made there with mode 0600 where they are not yet.

        A private JWK that lies there as KIND.jwk becomes the one that signs: an operator's own,
        or the one key that the versions before had.
        """
        folder = key_files.made_folder(data_dir)
        for kind in KINDS:
            _make(folder, kind)
        return cls({kind: Ring(_file(folder, kind)) for kind in KINDS})

    @property
    def access(self) -> Signer:
        return self.of_access_tokens.active

    @property
    def receipt(self) -> Signer:
        return self.rings["receipt"].held.active

    @property
    def checkpoint(self) -> Signer:
        return self.rings["checkpoint"].held.active

    @property
    def of_access_tokens(self) -> Held:
        return self.rings["access"].held

    def public(self, now: datetime | None = None) -> list[dict[str, str]]:
        """The public halves as a JWK Set has them; `signs` is the kind of token of each.

        That member is ours: who reads the set elsewhere can tell by it that an access token's
        key has signed a receipt, and others ignore it (RFC 7517, 4).

        now  leaves out those whose tokens have all ended by then
        """
        return [
            {
                **key.jwk,
                "kid": key.kid,
                "alg": tokens.ALGORITHM,
                "use": "sig",
                "signs": signs,
            }
            for kind, signs in KINDS.items()
            for key in self.rings[kind].held.public(now)
        ]


def are_made(data_dir: Path) -> bool:
    """Whether a service has been started with this directory, in this version or before."""
    folder = key_files.folder(data_dir)
    return _file(folder, "receipt").exists() or (folder / "receipt.jwk").exists()


def rotate(data_dir: Path, kind: str, now: datetime) -> Held:
    """Let the next key of a kind sign from now on, make another next one, retire the first."""
    SigningKeys.open(data_dir)
    folder = key_files.folder(data_dir)
    with _alone(folder):
        said = json.loads(_file(folder, kind).read_text())
        public = {part: value for part, value in said["active"].items() if part != "d"}
        until = instants.written(now + _AFTER) if kind == "access" else None
        kept = [
            each
            for each in said["retired"]
            if each["until"] is None or instants.read(each["until"]) > now
        ]
        changed = {
            "active": said["next"],
            "next": new_private_jwk(),
            "retired": [{"jwk": public, "until": until}, *kept],
        }
        key_files.draft(folder, json.dumps(changed)).replace(_file(folder, kind))
    return Held.read(json.dumps(changed))


def published(jwks: Iterable[Mapping[str, str]], kind: str) -> dict[str, PublicKey]:
    """The keys of a JWK Set that may have signed tokens of this kind, by kid; or BadKey.

    A key that does not say what it signs may have signed any.
    """
    keys = [PublicKey.read(jwk) for jwk in jwks if jwk.get("signs", kind) == kind]
    return {key.kid: key for key in keys}


def _file(folder: Path, kind: str) -> Path:
    return folder / f"{kind}.json"


def _make(folder: Path, kind: str) -> None:
    """Write a kind's first keys, if need be; of two processes that do so at once, one wins."""
    path, given = _file(folder, kind), folder / f"{kind}.jwk"
    if not path.exists():
        active = None
        with suppress(FileNotFoundError):
            active = json.loads(given.read_text())
        first: dict[str, Any] = {
            "active": active or new_private_jwk(),
            "next": new_private_jwk(),
            "retired": [],
        }
        key_files.keep_first(path, json.dumps(first))
    given.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One rotation at a time; the lock goes with whoever holds it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
