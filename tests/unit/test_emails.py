"""Addresses of people: how long one may be."""

from __future__ import annotations

import pytest

from cauce.access.people import BadEmail, read_email


def test_an_address_is_as_long_as_its_bytes() -> None:
    assert read_email("Ana@Cauce.example") == "ana@cauce.example"
    assert read_email("a" * 60 + "@cauce.example")
    with pytest.raises(BadEmail):
        read_email("𠀀" * 60 + "@" + "𠀀" * 190)
