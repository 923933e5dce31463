"""JSON as the exchange reads it: no duplicate keys, no NaN, no text that cannot be stored."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

MOST_LEVELS = 100  # of lists and objects inside each other: a bound that no stack moves
_TOO_LARGE = 10**20  # stands for any integer of 20 digits or more: far out of every bound
_NO_INTEGER = 0.5  # stands for a number that only looks like an integer once it is rounded
_NESTING = (dict, list)
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # \\u0000 is a backslash and text
_ESCAPED_TROUBLE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


class NotJson(ValueError):
    """The text is not JSON. The message says what and where, and shows nothing of the text."""


class TooDeep(NotJson):
    """Lists and objects inside each other beyond any report's need."""


def loads(data: bytes) -> Any:
    """The value written in UTF-8 JSON; NotJson with line and column where it is not."""
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        raise NotJson(f"not UTF-8: byte {fault.start}") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_int=_bounded,
            parse_float=_exact,
        )
        _require_shallow(value)
        if _ESCAPED_TROUBLE.search(text):
            _require_storable(value)
    except json.JSONDecodeError as fault:
        raise NotJson(f"line {fault.lineno}, column {fault.colno}") from None
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    return value


def _require_shallow(value: object) -> None:
    level: list[Any] = [value] if type(value) in _NESTING else []
    for _ in range(MOST_LEVELS):
        if not level:
            return
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) in _NESTING
        ]
    raise TooDeep("nested too deeply")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotJson("a key stands twice in one object")
    return value


def _no_constant(_: str) -> Any:
    raise NotJson("NaN and Infinity are not JSON")


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) < 20 else _TOO_LARGE


def _exact(text: str) -> int | float:
    """A number with a point or an exponent; 4.0 is the integer 4, and 1e-400 is not 0."""
    value = float(text)
    if not value.is_integer():
        return value
    try:
        exact = Decimal(text)
        is_integer = exact == exact.to_integral_value()
    except ArithmeticError:  # an exponent of 18 digits
        is_integer = False
    return value if is_integer else _NO_INTEGER


def _require_storable(value: object) -> None:
    """Refuse lone surrogates and NUL, which no database text can hold."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        raise NotJson("half of a surrogate pair") from None
    if _ESCAPED_NUL.search(text):
        raise NotJson("a NUL character")
