"""What a receipt and a log prove by hashes alone: both ends compute them from here.

Each state has a log of its own. An entry is hashed with a random salt, since what it says could
otherwise be found by trying; the head after it covers every entry before. A checkpoint signs
one root over the heads of all states, a Merkle tree as RFC 6962 has it, so that a state can be
shown that its head is under the root without a word about the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cauce_contract.canonical import canonical

START = bytes(32)  # the head of a log without entries
SALT_BYTES = 16

# What the log's entry of an accepted revision says; its receipt repeats every member.
REVISION_MEMBERS = (
    "programme",
    "period",
    "revision",
    "contract",
    "core_digest",
    "content_digest",
    "annex_digest",
    "client",
    "received_at",
)


def leaf(entry: str, salt: bytes) -> bytes:
    """The salted hash of an entry, which is canonical JSON."""
    return hashlib.sha256(b"\x00" + salt + entry.encode()).digest()


def head(previous: bytes, position: int, leaf_hash: bytes) -> bytes:
    """The head of a log after the entry at this position, from 1."""
    return hashlib.sha256(b"\x01" + previous + position.to_bytes(8) + leaf_hash).digest()


def revision_entry(claims: Mapping[str, Any]) -> str:
    """The entry of an accepted revision, from what its receipt claims."""
    members = {member: claims[member] for member in REVISION_MEMBERS}
    return canonical({"kind": "revision", **members}).decode()


def annex(
    acknowledgements: Sequence[Mapping[str, str]],
    findings: Sequence[Mapping[str, Any]],
    reason: Mapping[str, str] | None,
) -> dict[str, object]:
    """What came with a revision's figures, as its `annex_digest` covers it."""
    return {
        "acknowledgements": acknowledgements,
        "findings": findings,
        "reason": reason,
    }


def place(state: str, position: int, salt: bytes, head_hash: bytes) -> dict[str, object]:
    """Where an entry stands in its state's log, as its receipt says it."""
    return {
        "state": state,
        "position": position,
        "salt": salt.hex(),
        "head": head_hash.hex(),
    }


def state_leaf(state: str, position: int, head_hash: bytes) -> bytes:
    """The leaf of a state's log in a checkpoint's tree."""
    said = {"state": state, "position": position, "head": head_hash.hex()}
    return hashlib.sha256(b"\x00" + canonical(said)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of the Merkle tree over these leaves (RFC 6962, 2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    middle = _split(len(leaves))
    return _node(root(leaves[:middle]), root(leaves[middle:]))


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside a leaf's way to the root, from the leaf up (RFC 6962, 2.1.1)."""
    if len(leaves) < 2:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*path(leaves[:middle], index), root(leaves[middle:])]
    return [*path(leaves[middle:], index - middle), root(leaves[:middle])]


def root_over(leaf_hash: bytes, index: int, size: int, beside: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's path leads to; None where a path cannot have this length."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf_hash if not beside else None
    if not beside:
        return None
    middle, last = _split(size), beside[-1]
    if index < middle:
        below = root_over(leaf_hash, index, middle, beside[:-1])
        return _node(below, last) if below else None
    below = root_over(leaf_hash, index - middle, size - middle, beside[:-1])
    return _node(last, below) if below else None


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
