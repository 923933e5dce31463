"""Formulas: what can be written, and what it stands for."""

from __future__ import annotations

from typing import get_args

import pytest

from cauce_contract.formula import (
    Cells,
    FormulaError,
    Latest,
    Operand,
    Programmes,
    Term,
    parse,
)


@pytest.mark.parametrize(
    ("text", "operand"),
    [
        ("exits", Cells("exits")),
        ("  exits  ", Cells("exits")),
        ("exits[exit_reason: GRD]", Cells("exits", "value", "exit_reason", ("GRD",))),
        (
            "exits[exit_reason: ADM, _U,TRF]",
            Cells("exits", "value", "exit_reason", ("ADM", "_U", "TRF")),
        ),
        ("referral_to_admission_days.sum", Cells("referral_to_admission_days", "sum")),
        ("referral_to_admission_days.n", Cells("referral_to_admission_days", "n")),
        ("programmes(reported)", Programmes("reported")),
        ("programmes(expected)", Programmes("expected")),
        ("latest(active_close, 3)", Latest("active_close", 3)),
    ],
)
def test_a_term_stands_for_a_figure(text: str, operand: Operand) -> None:
    assert parse(text).terms == (Term(1, operand),)


def test_signs_belong_to_the_terms_that_follow_them() -> None:
    formula = parse("active_open + admissions -exits[exit_reason: UNS_NCO, VOL]")

    assert formula.terms == (
        Term(1, Cells("active_open")),
        Term(1, Cells("admissions")),
        Term(-1, Cells("exits", "value", "exit_reason", ("UNS_NCO", "VOL"))),
    )
    assert formula.text == "active_open + admissions -exits[exit_reason: UNS_NCO, VOL]"


def test_a_formula_may_begin_with_a_sign() -> None:
    assert parse("- exits + referrals").terms == (
        Term(-1, Cells("exits")),
        Term(1, Cells("referrals")),
    )


def test_a_name_stands_for_the_formula_it_was_given_to() -> None:
    net = parse("admissions - exits")

    added = parse("active_open + net", {"net": net})
    taken_away = parse("active_open - net", {"net": net})

    assert added.terms == parse("active_open + admissions - exits").terms
    assert taken_away.terms == parse("active_open - admissions + exits").terms


def test_what_a_formula_reads_of_a_report_is_told_whatever_kind_of_operand_reads_it() -> None:
    text = "programmes(expected) + latest(active_close, 3) - exits[exit_reason: GRD] + age.n"

    assert parse(text).figures == [
        Cells("active_close"),
        Cells("exits", "value", "exit_reason", ("GRD",)),
        Cells("age", "n"),
    ]
    for kind in get_args(Operand):
        assert isinstance(kind.figure, property)


def test_only_what_the_roster_must_say_needs_the_roster() -> None:
    assert parse("programmes(reported)").needs_roster
    assert parse("active_close + latest(active_close, 3)").needs_roster
    assert not parse("active_close - exits[exit_reason: GRD]").needs_roster


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "exits +",
        "- ",
        "exits + + graduations",
        "exits +- graduations",
        "exits graduations",
        "exits * 2",
        "2.5",
        "Exits",
        "exits.mean",
        "exits[GRD]",
        "exits[exit_reason]",
        "exits[exit_reason: GRD",
        "exits[exit_reason: ]]",
        "programmes(all)",
        "latest(active_close)",
        "latest(active_close, three)",
        "(exits)",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)
