"""JSON as the exchange reads it: one meaning a text, and nothing that cannot be stored."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract.strict_json import MOST_LEVELS, NotJson, TooDeep, loads

storable_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
storable: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**17), 10**18),
        st.floats(allow_nan=False, allow_infinity=False),
        storable_text,
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(storable_text, inner)),
    max_leaves=10,
)


@given(storable, st.booleans())
def test_what_was_written_is_read(value: object, is_ascii: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=is_ascii).encode()) == value


@given(
    st.one_of(
        st.binary(),
        st.text(st.sampled_from('[]{}",:\\u0dD8 -1e9.tfn\n')).map(str.encode),
    )
)
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    with suppress(NotJson):
        loads(data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b'{"a": 1} {"a": 1}', "line 1, column 10"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        (b'"\xed\xa0\x80"', "not UTF-8: byte 1"),
        (b'{"a": 1, "a": 1}', "a key stands twice"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "a key stands twice"),
        (b'{"a": NaN}', "NaN and Infinity"),
        (b"[-Infinity]", "NaN and Infinity"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\uDC00x": 1}', "surrogate"),
        (b'["\\u0000"]', "NUL"),
        (b'{"a\\\\\\u0000": 1}', "NUL"),
        (b'"a\nb"', "line 1, column 3"),
    ],
)
def test_a_text_that_is_no_storable_json_is_refused_with_its_reason(
    text: bytes, said: str
) -> None:
    with pytest.raises(NotJson, match=said):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"-0", 0),
        (b" 4.0\r\n", 4.0),
    ],
)
def test_what_only_looks_like_trouble_is_read(text: bytes, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("digits", [20, 5_000, 200_000])
def test_an_integer_of_any_length_is_read_as_far_out_of_bounds(digits: int, sign: str) -> None:
    assert abs(loads(f"[{sign}{'9' * digits}]".encode())[0]) > 2**63


@pytest.mark.parametrize("inside", ['"\\ud83d\\ude00"', "0"])
def test_nesting_is_read_up_to_a_bound_and_refused_beyond(inside: str) -> None:
    for depth in (0, 1, MOST_LEVELS - 1):
        assert loads(("[" * depth + inside + "]" * depth).encode()) is not None
        assert loads(('{"a":' * depth + inside + "}" * depth).encode()) is not None
    for depth in (MOST_LEVELS, *range(850, 1_050), 100_000):
        with pytest.raises(TooDeep):
            loads(("[" * depth + inside + "]" * depth).encode())
        with pytest.raises(TooDeep):
            loads(('{"a":' * depth + inside + "}" * depth).encode())


@given(st.text(min_size=1).map(lambda text: f"canary{text}"))
def test_a_refusal_repeats_nothing_of_the_text(secret: str) -> None:
    written = json.dumps(secret)
    for text in (
        f"{{{written}: 1, {written}: 2}}",
        f"{{{written}: NaN}}",
        f"{{{written}}}",
        f'[{written}, "\\ud800"]',
    ):
        with pytest.raises(NotJson) as refused:
            loads(text.encode())
        assert "canary" not in str(refused.value)
        assert refused.value.__suppress_context__ or not refused.value.__context__


@pytest.mark.parametrize(
    ("written", "is_integer"),
    [
        ("4.0", True),
        ("40e-1", True),
        ("4E0", True),
        ("1e-400", False),
        ("8.9999999999999999999", False),
        ("4.5", False),
        ("1e-9999999999999999999", False),
    ],
)
def test_a_number_is_an_integer_only_if_it_is_one_exactly(
    written: str, is_integer: bool
) -> None:
    value = loads(written.encode())

    assert float(value).is_integer() == is_integer
