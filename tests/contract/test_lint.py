"""What is unsound in a version is named, all of it at once, and nothing else is."""

from __future__ import annotations

import re
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from cauce_contract import ContractError, lint, load
from cauce_contract.lint import faults_in
from cauce_contract.lint_rules import NAMES, READ_BY_THE_CHECK
from cauce_contract.rules import KINDS
from cauce_contract.source import read
from support.versions import FOLDER, V1, Edit, copied

WORDS = {language: labels.texts for language, labels in V1.labels.items()}

MEASURE = '[[measure]]\nid = "relapses"\n'


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in lint(folder)]


def test_our_own_versions_are_sound() -> None:
    assert lint(FOLDER / "1.0.0") == []
    assert lint(FOLDER / "2.0.0", {"1.0.0": V1}) == []


CASES: list[tuple[Edit, str]] = [
    # A document that cannot be read, and entries that lack what they need.
    (("rules.toml", "[[rule]]", "[[rule"), "rules.toml: cannot be read"),
    (("measures.toml", MEASURE, "[[measure]]\n"), "measures.toml, entry 22: has no id"),
    (
        ("measures.toml", "required = true", 'required = "yes"'),
        "measures.toml, referrals: required is no bool",
    ),
    (
        ("measures.toml", 'unit = "persons"', 'units = "persons"'),
        "measures.toml, referrals: has no place for units",
    ),
    (
        ("contract.toml", "text_limit = 500", "text_limit = true"),
        "contract.toml: text_limit is no int",
    ),
    (
        ("codes/sex.csv", "F,SDMX F; DGIS 2", "F"),
        "codes/sex.csv: line 2 has not the columns of its list",
    ),
    # The version itself.
    (
        ("contract.toml", 'version = "1.0.0"', 'version = "1.1.0"'),
        "contract.toml: version 1.1.0 lies in the folder 1.0.0",
    ),
    (
        ("contract.toml", 'status = "active"', 'status = "drafted"'),
        "contract.toml: status is one of draft, active, deprecated, retired",
    ),
    (
        ("contract.toml", 'accepts_from = "2013-01"', 'accepts_from = "2013-13"'),
        "contract.toml: accepts_from and accepts_until are months, written 2026-03",
    ),
    (
        (
            "contract.toml",
            'accepts_from = "2013-01"',
            'accepts_from = "2013-01"\naccepts_until = "2012-12"',
        ),
        "contract.toml: accepts_until is before accepts_from",
    ),
    # Ids.
    (("measures.toml", 'id = "screened"', 'id = "referrals"'), "referrals: stands 2 times"),
    (("codes/sex.csv", "M,SDMX M", "F,SDMX M"), "codes/sex.csv: F stands 2 times"),
    (("codes/sex.csv", "M,SDMX M", "male,SDMX M"), "codes/sex.csv: male is no code: A-Z 0-9 _"),
    (("codes/sex.csv", "M,SDMX M", "_T,SDMX M"), "codes/sex.csv: _T is the measure's value"),
    (
        ("measures.toml", 'id = "relapses"', 'id = "Relapses"'),
        "measures.toml, Relapses: an id is written in lower case, a-z 0-9 _",
    ),
    # Measures and dimensions.
    (
        ("measures.toml", 'kind = "stock_open"', 'kind = "opening"'),
        "measures.toml, active_open: kind is one of stock_open, stock, flow, flow_distinct,",
    ),
    (
        ("measures.toml", 'sex = "required", age', 'gender = "required", age'),
        "measures.toml, referrals: there is no dimension gender",
    ),
    (
        ("measures.toml", 'sex = "required", age', 'sex = "needed", age'),
        "measures.toml, referrals: the breakdown by sex is required or optional",
    ),
    (
        (
            "measures.toml",
            'kind = "duration"',
            'kind = "duration"\nbreakdowns = { sex = "optional" }',
        ),
        "measures.toml, referral_to_admission_days: a duration is not broken down",
    ),
    (
        ("dimensions.toml", 'id = "entry_type"', 'id = "way_in"'),
        "dimensions.toml, way_in: there is no codes/way_in.csv",
    ),
    (
        ("measures.toml", 'breakdowns = { entry_type = "optional" }\n', ""),
        "dimensions.toml, entry_type: no measure is broken down by it",
    ),
    # Statuses.
    (
        ("codes/obs_status.csv", "2,estimated", "1,estimated"),
        "codes/obs_status.csv: 2 statuses have the number 1",
    ),
    (
        ("codes/obs_status.csv", "2,estimated", "0,estimated"),
        "codes/obs_status.csv: estimated: number is from 1 to 32767",
    ),
    (
        ("codes/obs_status.csv", "number,yes,required", "number,maybe,required"),
        "codes/obs_status.csv: estimated: accepted is yes or no",
    ),
    # Formulas.
    (
        ("indicators.toml", 'denominator = "screened"', 'denominator = "screenings"'),
        "indicators.toml, eligibility_rate: there is no measure screenings",
    ),
    (
        ("indicators.toml", 'numerator = "eligible"', 'numerator = "eligible +"'),
        "indicators.toml, eligibility_rate: not a formula: 'eligible +'",
    ),
    (
        ("indicators.toml", "referral_to_admission_days.sum", "referral_to_admission_days"),
        "referral_to_admission_days has no part value",
    ),
    (
        ("indicators.toml", "hearings[attendance: ATT]", "hearings[sex: F]"),
        "hearings is not broken down by sex",
    ),
    (
        ("indicators.toml", "attendance: ATT]", "attendance: PRESENT]"),
        "indicators.toml, hearing_attendance_rate: attendance has no code PRESENT",
    ),
    (
        ("indicators.toml", "exit_reason: ADM, TRF", "exit_reason: ADM, ADM"),
        "exits[exit_reason] adds ADM twice",
    ),
    (
        ("indicators.toml", "latest(active_close, 3)", "latest(active, 3)"),
        "indicators.toml, caseload_coverage: there is no measure active",
    ),
    (
        ("indicators.toml", '"month", "quarter"', '"month", "fortnight"'),
        "a window is one of month, quarter, year, rolling12",
    ),
    (
        ("indicators.toml", "each_month = true\n", ""),
        "new_charges_in_program counts distinct persons: no sum over months",
    ),
    # Units: what is added must be of a kind; what is divided need not.
    (
        (
            "indicators.toml",
            'numerator = "eligible"',
            'numerator = "eligible + detention_days"',
        ),
        "eligible + detention_days adds person_days to persons",
    ),
    (
        ("indicators.toml", 'numerator = "eligible"', 'numerator = "eligible + drug_tests"'),
        "eligible + drug_tests adds persons to tests",
    ),
    (
        ("rules.toml", 'equals = "active_close"', 'equals = "detention_days"'),
        "rules.toml, H09_treatment_identity: equal sets persons against person_days",
    ),
    # Rules.
    (
        ("rules.toml", 'severity = "confirm"', 'severity = "fatal"'),
        "rules.toml, S02_all_zero: severity is one of error, confirm, warning, notice",
    ),
    (
        ("rules.toml", 'kind = "breakdown_sum"', 'kind = "adds_up"'),
        "rules.toml, H03_breakdown_sum: there is no kind of check adds_up",
    ),
    (
        ("rules.toml", 'kind = "breakdown_sum"', 'kind = "breakdown_sum", of = "exits"'),
        "rules.toml, H03_breakdown_sum: breakdown_sum has no operand of",
    ),
    (
        ("rules.toml", 'unless = "series_break"', 'unless = "broken"'),
        "rules.toml, H02_continuity: there is no status broken",
    ),
    (
        ("rules.toml", ', unless = "series_break"', ""),
        "rules.toml, H02_continuity: continuity has no unless",
    ),
    (
        (
            "rules.toml",
            'measure = "graduations", at_most = "exits"',
            'measure = "graduations", at_most = "leavers"',
        ),
        "rules.toml, H08_grad_identity: there is no measure leavers",
    ),
    (
        ("rules.toml", 'never = ["graduations"', 'never = ["ceremonies"'),
        "rules.toml, S01_zero_after_nonzero: there is no measure ceremonies",
    ),
    (
        ("rules.toml", 'dimension = "followup_window"', 'dimension = "sex"'),
        "rules.toml, S23_cohort_origin: followup_due is not broken down by sex",
    ),
    (
        ("rules.toml", "M24 = 24", "M36 = 36"),
        "rules.toml, S23_cohort_origin: followup_window has no code M36",
    ),
    (
        ("rules.toml", 'code = "_U"', 'code = "UNKNOWN"'),
        "rules.toml, S05_unknown_share: no dimension has a code UNKNOWN",
    ),
    (
        ("rules.toml", "most = 0.2", 'most = "some"'),
        "rules.toml, S05_unknown_share: most is no number",
    ),
    (
        ("rules.toml", "months = 6", "months = 6.5"),
        "rules.toml, S01_zero_after_nonzero: months",
    ),
    (
        ("rules.toml", 'id = "H21_key"', 'id = "H23_key"'),
        "rules.toml: has no H21_key, which the reading of a document needs",
    ),
    # Words.
    (
        ("labels/fr.toml", "[measure.relapses]", "[measure.rechutes]"),
        "labels/fr.toml: has no measure.relapses.label",
    ),
    (
        ("labels/fr.toml", "[measure.relapses]", "[measure.rechutes]"),
        "labels/fr.toml: measure.rechutes: there is no such id",
    ),
    (
        ("labels/pt.toml", '\nF = "', '\nX = "'),
        "labels/pt.toml: has no dimension.sex.code.F",
    ),
    (
        ("labels/pt.toml", '\nWAI = "Admitida', '\nWAY = "Admitida'),
        "labels/pt.toml: has no dimension.treatment_modality.code_definition.WAI",
    ),
    (
        (
            "labels/fr.toml",
            "[dimension.exit_reason.group.NEU]",
            "[dimension.exit_reason.group.N]",
        ),
        "labels/fr.toml: has no dimension.exit_reason.group.NEU.definition",
    ),
    (
        ("labels/en.toml", "[reason.late_data]", "[reason.late]"),
        "labels/en.toml: has no reason.late_data.definition",
    ),
    (
        ("labels/es.toml", "[status.missing]\nlabel", "[status.missing]\nname"),
        "labels/es.toml: has no status.missing.label",
    ),
    (
        ("labels/en.toml", "message.differs = ", "message.varies = "),
        "labels/en.toml: has no rule.H02_continuity.message.differs",
    ),
    (
        ("labels/en.toml", "active_close of {period}", "active_close of {month}"),
        "labels/en.toml: rule.H02_continuity.message.differs has other fields than in es",
    ),
    (
        ("labels/en.toml", 'label = "Referrals received"', 'label = " "'),
        "labels/en.toml: measure.referrals.label is no text",
    ),
    (
        ("labels/en.toml", 'language = "en"', 'language = "es"'),
        "labels/en.toml: does not say that its language is en",
    ),
]


def faults_after(edit: Edit, folder: Path) -> list[str]:
    """What the edit makes unsound; the words, slow to read, only if it is they that changed."""
    if edit[0].startswith("labels/"):
        return faults(copied(folder, [edit]))
    changed = copied(folder, [edit])
    shutil.rmtree(changed / "labels")
    source, found = read(changed)
    if source is not None:
        found = faults_in(replace(source, labels=WORDS))
    return [str(fault) for fault in found]


@pytest.mark.parametrize(("edit", "told"), CASES, ids=[told for _, told in CASES])
def test_a_fault_is_named_by_its_file_and_entry(tmp_path: Path, edit: Edit, told: str) -> None:
    found = faults_after(edit, tmp_path)

    assert any(told in fault for fault in found), found


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("measures.toml", "measures.toml: is missing"),
        ("codes/sex.csv", "dimensions.toml, sex: there is no codes/sex.csv"),
        ("codes/obs_status.csv", "codes/obs_status.csv: is missing"),
        ("labels/fr.toml", "labels/fr.toml: is missing"),
    ],
)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, file: str, told: str) -> None:
    folder = copied(tmp_path, [])
    (folder / file).unlink()

    assert told in faults(folder)


def test_all_faults_are_named_at_once_and_the_version_does_not_load(tmp_path: Path) -> None:
    together = [
        edit
        for edit, told in CASES
        if edit[0] in ("indicators.toml", "codes/obs_status.csv") and "number" not in told
    ][:4]
    together += [
        ("measures.toml", 'kind = "stock_open"', 'kind = "opening"'),
        ("labels/fr.toml", "[measure.relapses]", "[measure.rechutes]"),
        ("rules.toml", 'unless = "series_break"', 'unless = "broken"'),
        ("contract.toml", 'status = "active"', 'status = "drafted"'),
    ]
    expected = {told for edit, told in CASES if edit in together}
    folder = copied(tmp_path, together)

    found = faults(folder)

    assert all(any(told in fault for fault in found) for told in expected), found
    with pytest.raises(ContractError) as refused:
        load(folder)
    assert all(f"- {fault}" in str(refused.value) for fault in found)


def test_a_ratio_may_divide_what_cannot_be_added(tmp_path: Path) -> None:
    folder = copied(
        tmp_path, [("indicators.toml", 'denominator = "screened"', 'denominator = "hearings"')]
    )

    assert faults(folder) == []


def test_every_operand_that_is_an_id_is_looked_up() -> None:
    declared = {
        str(operand.type).removesuffix(" | None")
        for kind in KINDS.values()
        for operand in fields(kind)  # type: ignore[arg-type]  # every kind is a dataclass
    }
    numbers = {"Formula", "Sequence[Formula]", "Fraction", "int", "bool"}

    assert declared - numbers == NAMES.keys()


def test_the_rules_that_the_reading_of_a_document_gives_are_asked_for() -> None:
    folder = FOLDER / "cauce_contract"
    named = {
        rule
        for file in ("read.py", "free_text.py", "check.py")
        for rule in re.findall(r'"([A-Z]\d\d_\w+)"', (folder / file).read_text("utf-8"))
    }

    assert named == set(READ_BY_THE_CHECK)
