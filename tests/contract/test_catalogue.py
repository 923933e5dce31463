"""The catalogue: what the agreement has, and what never moves in it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cauce_contract import Contract, ContractError, describe, in_force, load, load_all
from cauce_contract.load import taking_reports
from support.months import CONTRACT, EXAMPLES

FOLDER = EXAMPLES.parent


def test_the_catalogue_has_the_shape_that_was_agreed() -> None:
    assert len(CONTRACT.measures) == 46
    assert sum(measure.is_required for measure in CONTRACT.measures.values()) == 33
    assert len(CONTRACT.dimensions) == 21
    assert len(CONTRACT.states) == 32
    assert len(CONTRACT.statuses) == 14
    assert len(CONTRACT.indicators) == 25


def test_ids_are_written_as_ids() -> None:
    names = [*CONTRACT.measures, *CONTRACT.dimensions, *CONTRACT.statuses, *CONTRACT.indicators]
    codes = [code.id for d in CONTRACT.dimensions.values() for code in d.codes]

    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert all(re.fullmatch(r"[A-Z0-9_]+", code) for code in codes)
    assert all(re.fullmatch(r"MX-[A-Z]{3}", state) for state in CONTRACT.states)
    assert [state.inegi for state in CONTRACT.states.values()] == [
        f"{key:02}" for key in range(1, 33)
    ]


def test_no_list_says_a_code_twice_and_none_has_the_total() -> None:
    for dimension in CONTRACT.dimensions.values():
        codes = [code.id for code in dimension.codes]
        assert len(codes) == len(set(codes))
        assert "_T" not in codes


def test_every_single_response_list_can_say_unknown_but_windows_of_time_need_not() -> None:
    without = {
        dimension.id
        for dimension in CONTRACT.dimensions.values()
        if "_U" not in {code.id for code in dimension.codes}
    }

    assert without == {"population_group", "followup_window"}


def test_every_dimension_breaks_some_measure_down() -> None:
    used = {b for measure in CONTRACT.measures.values() for b in measure.breakdowns}

    assert used == set(CONTRACT.dimensions)


def test_an_absent_figure_has_four_statuses_and_four_statuses_need_a_note() -> None:
    accepted = [status for status in CONTRACT.statuses.values() if status.is_accepted]

    assert {status.id for status in accepted if not status.holds_number} == {
        "missing",
        "not_collected",
        "not_applicable",
        "included_elsewhere",
    }
    assert {status.id for status in CONTRACT.statuses.values() if status.needs_note} == {
        "series_break",
        "definition_differs",
        "estimated",
        "included_elsewhere",
    }
    assert {status.id for status in CONTRACT.statuses.values() if not status.is_accepted} == {
        "imputed",
        "unvalidated",
        "suppressed_primary",
        "suppressed_secondary",
    }


def test_statuses_are_numbered_from_one_so_that_zero_is_a_cell_not_sent() -> None:
    assert sorted(CONTRACT.status_by_number) == list(range(1, 15))


def test_the_cells_stand_where_stored_months_have_them() -> None:
    # Stored arrays are read by position. Where this fails, every stored month changes meaning.
    assert len(CONTRACT.cells) == 396
    assert CONTRACT.layout_digest == (
        "sha-256:54986571e4310204c3b560c6c6ae4bc9d9cbbf38213855c260e2debc9ac60826"
    )
    pointers = [cell.pointer for cell in CONTRACT.cells]
    assert pointers[:3] == [
        "/measures/referrals/value",
        "/measures/referrals/by/referral_source/JUD",
        "/measures/referrals/by/referral_source/PRO",
    ]
    assert len(set(pointers)) == len(pointers)
    assert [cell.position for cell in CONTRACT.cells] == list(range(396))


def test_measures_find_their_own_cells() -> None:
    for measure in CONTRACT.measures.values():
        first = CONTRACT.cells[measure.position]
        is_duration = measure.kind == "duration"
        assert (first.measure, first.part) == (measure.id, "sum" if is_duration else "value")
        if is_duration:
            assert CONTRACT.cells[measure.position + 1].part == "n"
        for breakdown in measure.breakdowns.values():
            for code, position in breakdown.positions.items():
                cell = CONTRACT.cells[position]
                assert (cell.measure, cell.dimension, cell.code) == (
                    measure.id,
                    breakdown.dimension,
                    code,
                )


def test_exit_reasons_fall_into_the_groups_that_stay_comparable() -> None:
    groups = {code.id: code.group for code in CONTRACT.dimensions["exit_reason"].codes}

    assert {code for code, group in groups.items() if group == "UNS"} == {
        "UNS_NCO",
        "UNS_NEW",
        "UNS_ABS",
    }
    assert set(groups.values()) == {"GRD", "UNS", "VOL", "NEU"}


def test_the_whole_contract_can_be_written_as_json() -> None:
    written = json.loads(json.dumps(describe(CONTRACT)))

    assert written["digest"] == CONTRACT.digest
    assert written["labels_digest"] == CONTRACT.labels_digest
    assert [measure["id"] for measure in written["measures"]] == list(CONTRACT.measures)
    assert written["labels"]["es"]["measure"].keys() == CONTRACT.measures.keys()


def changed(folder: Path, file: str, old: str, new: str) -> Contract:
    """The contract as it is with one text of one file changed."""
    copy = folder / "1.0.0"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("examples"))
    path = copy / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return load(copy)


def test_better_words_leave_what_receipts_quote_alone(tmp_path: Path) -> None:
    other = changed(tmp_path, "labels/en.toml", '"Exits"', '"Departures"')

    assert other.core_digest == CONTRACT.core_digest
    assert other.layout_digest == CONTRACT.layout_digest
    assert other.labels_digest != CONTRACT.labels_digest
    assert other.digest != CONTRACT.digest


def test_the_newest_active_version_is_in_force_and_until_there_is_one_the_oldest_draft() -> (
    None
):
    older = replace(CONTRACT, status="draft")
    newer = replace(older, version="1.1.0")
    newer_active = replace(newer, status="active")

    assert in_force({"1.0.0": older, "1.1.0": newer}) is older
    assert in_force({"1.0.0": CONTRACT, "1.1.0": newer}) is CONTRACT
    assert in_force({"1.0.0": CONTRACT, "1.1.0": newer_active}) is newer_active


def test_months_are_taken_by_what_is_in_force_and_by_what_is_on_its_way_out() -> None:
    versions = {
        status: replace(CONTRACT, version=status, status=status)
        for status in ("retired", "deprecated", "active", "draft")
    }

    assert taking_reports(versions) == ["deprecated", "active"]
    assert taking_reports({"draft": versions["draft"]}) == ["draft"]


# What was activated keeps its meaning for ever: a receipt quotes this digest. Where the test
# fails, what was changed belongs in a new version.
ACTIVATED = {
    "1.0.0": "sha-256:fa712bdaa5557bb423128737da1f1ce4720f3d72780c5985c5b432d83a471e20",
}


def test_what_was_activated_never_changes_its_core() -> None:
    versions = load_all().values()
    cores = {v.version: v.core_digest for v in versions if v.status != "draft"}

    assert cores == ACTIVATED


def test_a_change_of_status_leaves_what_receipts_quote_alone(tmp_path: Path) -> None:
    other = changed(tmp_path, "contract.toml", 'status = "active"', 'status = "deprecated"')

    assert other.core_digest == CONTRACT.core_digest
    assert other.labels_digest == CONTRACT.labels_digest
    assert other.digest != CONTRACT.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("measures.toml", "required = true", "required = false"),
        ("rules.toml", 'equals = "active_close"', 'equals = "active_open"'),
        ("indicators.toml", 'denominator = "screened"', 'denominator = "referrals"'),
        ("codes/obs_status.csv", "yes,required", "yes,optional"),
        ("codes/exit_reason.csv", "UNS_NCO,UNS", "UNS_NCO,NEU"),
        ("contract.toml", "text_limit = 500", "text_limit = 501"),
    ],
)
def test_another_meaning_is_another_core(tmp_path: Path, file: str, old: str, new: str) -> None:
    other = changed(tmp_path, file, old, new)

    assert other.core_digest != CONTRACT.core_digest
    assert other.labels_digest == CONTRACT.labels_digest
    assert other.digest != CONTRACT.digest
    assert other.layout_digest == CONTRACT.layout_digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("codes/sex.csv", "F,SDMX F; DGIS 2\nM,SDMX M; DGIS 1", "M,SDMX M\nF,SDMX F"),
        (
            "measures.toml",
            'profession = "required", sector = "required", ',
            'sector = "required", profession = "required", ',
        ),
    ],
)
def test_another_cell_is_another_layout(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert changed(tmp_path, file, old, new).layout_digest != CONTRACT.layout_digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("indicators.toml", 'denominator = "screened"', 'denominator = "screenings"'),
        ("indicators.toml", "attendance: ATT]", "attendance: PRESENT]"),
        ("indicators.toml", "hearings[attendance:", "hearings[sex:"),
        ("indicators.toml", "referral_to_admission_days.sum", "referral_to_admission_days"),
        ("indicators.toml", "latest(active_close, 3)", "latest(active, 3)"),
        ("indicators.toml", 'numerator = "eligible"', 'numerator = "eligible +"'),
        ("rules.toml", 'figure = "screened"', 'figure = "screenings"'),
        ("rules.toml", "exit_reason: GRD", "exit_reason: GRADUATED"),
        ("rules.toml", "days_in_program_graduates.n", "graduates_in_work_or_study.n"),
        ("measures.toml", 'sex = "required"', 'gender = "required"'),
    ],
)
def test_a_contract_with_a_dangling_id_or_a_formula_that_is_none_is_not_loaded(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    with pytest.raises(ContractError):
        changed(tmp_path, file, old, new)
