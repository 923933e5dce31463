"""What of a sender's words may be repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract.echo import nameable, nearest
from support.months import CONTRACT

IDS = list(CONTRACT.measures)


def test_every_id_of_the_contract_may_be_named_or_is_longer_than_what_may() -> None:
    codes = {code.id for d in CONTRACT.dimensions.values() for code in d.codes}
    for known in {*CONTRACT.dimensions, *CONTRACT.statuses, *codes, *IDS}:
        assert nameable(known) or len(known) > 20


@pytest.mark.parametrize("key", ["residencial_days", "METH", "M_12", "Y18T20", "a" * 20])
def test_a_key_that_looks_like_an_id_may_be_named(key: str) -> None:
    assert nameable(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a" * 21,
        "XEXX010101HNEXXXA4",
        "XEXX010101000",
        "XEXX010101",
        "8112345678",
        "43078512345",
        "exp_1234_2026",
        "81 1234",
        "María",
        "ana@x.mx",
        "sex\n",
        "sex.F",
        "a/b",
        "a~1b",
        "１２３",
        "\ud800",
    ],
)
def test_a_key_that_may_be_about_a_person_is_not_named(key: str) -> None:
    assert not nameable(key)


@given(st.text())
def test_a_key_is_named_only_where_it_can_be_no_ones_number(key: str) -> None:
    if nameable(key):
        assert key.isascii()
        assert len(key) <= 20
        assert sum(char.isdigit() for char in key) < 5


@given(st.one_of(st.text(), st.sampled_from(IDS)))
def test_what_is_proposed_is_always_the_contracts_own(key: str) -> None:
    proposed = nearest(key, IDS).split(", ")

    assert set(proposed) <= {*IDS, "…"}
    assert 1 <= len(proposed) <= 13


@pytest.mark.parametrize(
    ("key", "first"),
    [("residencial_days", "residential_days"), ("refferals", "referrals"), ("exit", "exits")],
)
def test_a_misspelt_id_is_answered_with_the_one_that_was_meant(key: str, first: str) -> None:
    assert nearest(key, IDS).split(", ")[0] == first


def test_where_nothing_is_near_a_short_list_is_told_whole_and_a_long_one_begun() -> None:
    assert nearest("zzz", ["F", "M", "_O", "_U"]) == "F, M, _O, _U"
    assert nearest("zzz", IDS) == ", ".join([*IDS[:12], "…"])
