"""The canonical form: one way to write a value, as RFC 8785 has it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract import canonical, digest

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": [1, 2], "a": {"_": None, "B": True}}, '{"a":{"B":true,"_":null},"b":[1,2]}'),
        # RFC 8785, 3.2.3's string and 3.2.2.2's escapes
        ("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\b\t\f\r\u001f\u007f", '"\\b\\t\\f\\r\\u001f\u007f"'),
        ("ñ😀\u2028", '"ñ😀\u2028"'),
        ([], "[]"),
        (-0, "0"),
    ],
)
def test_a_value_is_written_as_rfc_8785_writes_it(value: object, written: str) -> None:
    assert canonical(value) == written.encode()


@given(values)
def test_what_is_written_is_read_back_and_written_the_same(value: object) -> None:
    written = canonical(value)

    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@given(
    st.dictionaries(st.text(st.characters(max_codepoint=127)), values),
    st.randoms(use_true_random=True),
)
def test_the_order_of_keys_leaves_no_trace(value: dict[str, Any], random: Any) -> None:
    keys = list(value)
    random.shuffle(keys)

    assert digest({key: value[key] for key in keys}) == digest(value)


def test_a_digest_is_the_sha_256_of_the_canonical_form() -> None:
    assert digest({"b": 1, "a": "é"}) == (
        "sha-256:" + hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
    )
