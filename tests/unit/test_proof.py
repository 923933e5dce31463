"""The hashes that logs and checkpoints are proven by: against vectors, and a naive tree."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract import proof

# The tree of the reference implementations of RFC 6962: its leaves, and the root over the
# first one, two, … of them.
LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

HASH = st.binary(min_size=32, max_size=32)
TREES = st.lists(HASH, min_size=1, max_size=70)


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def naive_root(leaves: list[bytes]) -> bytes:
    """Level by level: pairs are hashed, and who is left alone goes up as it is."""
    level = leaves
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [sha256(b"\x01", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    leaves = [sha256(b"\x00", bytes.fromhex(leaf)) for leaf in LEAVES[:size]]
    assert proof.root(leaves).hex() == ROOTS[size - 1]


def test_the_root_over_nothing_is_the_hash_of_nothing() -> None:
    assert proof.root([]).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_a_path_is_that_of_the_rfc_s_own_example() -> None:
    """RFC 6962, 2.1.3: of seven leaves, the path of d3 is c, g, l, and that of d6 is i, k."""
    d = [sha256(b"\x00", bytes([number])) for number in range(7)]
    a, b, c, e, f, j = (d[at] for at in (0, 1, 2, 4, 5, 6))
    g, h, i = (sha256(b"\x01", *pair) for pair in ((a, b), (c, d[3]), (e, f)))
    k, l = sha256(b"\x01", g, h), sha256(b"\x01", i, j)  # noqa: E741  as the RFC has it

    assert proof.path(d, 0) == [b, h, l]
    assert proof.path(d, 3) == [c, g, l]
    assert proof.path(d, 4) == [f, j, k]
    assert proof.path(d, 6) == [i, k]


@given(TREES)
def test_the_root_is_that_of_a_naive_tree(leaves: list[bytes]) -> None:
    assert proof.root(leaves) == naive_root(leaves)


@given(TREES)
def test_each_leaf_s_path_leads_to_the_root(leaves: list[bytes]) -> None:
    root = proof.root(leaves)
    for index, leaf in enumerate(leaves):
        beside = proof.path(leaves, index)
        assert len(beside) <= (len(leaves) - 1).bit_length()
        assert proof.root_over(leaf, index, len(leaves), beside) == root


@given(TREES, st.data())
def test_no_other_leaf_place_or_path_leads_there(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(HASH.filter(lambda each: each != leaves[index]))
    root, beside = proof.root(leaves), proof.path(leaves, index)
    size = len(leaves)

    assert proof.root_over(other, index, size, beside) != root
    assert proof.root_over(leaves[index], index, size, [*beside, other]) is None
    assert proof.root_over(leaves[index], index, size, beside[1:]) is None or not beside
    for at in range(len(beside)):
        changed = [*beside[:at], other, *beside[at + 1 :]]
        assert (
            other == beside[at] or proof.root_over(leaves[index], index, size, changed) != root
        )
    for elsewhere in set(range(size)) - {index}:
        if proof.root_over(leaves[index], elsewhere, size, beside) == root:
            assert leaves[elsewhere] == leaves[index]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (8, 8), (5, 4)])
def test_a_place_that_a_tree_does_not_have_leads_nowhere(index: int, size: int) -> None:
    for beside in ([], [bytes(32)], [bytes(32)] * 3):
        assert proof.root_over(bytes(32), index, size, beside) is None


@given(st.binary(min_size=16, max_size=16), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_head_covers_entry_salt_position_and_all_before(salt: bytes, entry: str) -> None:
    leaf = proof.leaf(entry, salt)
    assert leaf == sha256(b"\x00", salt, entry.encode())
    head = proof.head(proof.START, 1, leaf)
    assert head == sha256(b"\x01", bytes(32), bytes(7), b"\x01", leaf)
    others = {
        proof.head(proof.START, 2, leaf),
        proof.head(head, 1, leaf),
        proof.head(proof.START, 1, proof.leaf(entry + " ", salt)),
        proof.head(proof.START, 1, proof.leaf(entry, salt[:-1] + bytes([salt[-1] ^ 1]))),
    }
    assert head not in others
    assert len(others) == 4


def test_a_revision_s_entry_has_what_its_receipt_says_and_nothing_else() -> None:
    claims = {member: member.upper() for member in proof.REVISION_MEMBERS}
    entry = json.loads(proof.revision_entry(claims | {"iss": "x", "durability": "local"}))
    assert entry == claims | {"kind": "revision"}
    with pytest.raises(KeyError):
        proof.revision_entry({})


@given(st.lists(st.tuples(st.integers(1, 10**9), HASH), min_size=1, max_size=33))
def test_the_leaves_of_a_checkpoint_tell_states_positions_and_heads_apart(
    logs: list[tuple[int, bytes]],
) -> None:
    said = [(f"MX-{at:03}", position, head) for at, (position, head) in enumerate(logs)]
    assert len({proof.state_leaf(*log) for log in said}) == len(said)
    state, position, head = said[0]
    assert proof.state_leaf(state, position, head) != proof.state_leaf(
        state, position + 1, head
    )
    text = f'{{"head":"{head.hex()}","position":{position},"state":"{state}"}}'
    assert proof.state_leaf(state, position, head) == sha256(b"\x00", text.encode())
