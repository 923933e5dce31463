"""What changes between versions is named, with what it does to whom, and has its number."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from cauce_contract import LANGUAGES, Contract, ContractError, lint, load, summary
from cauce_contract.change import COMPARABILITIES, KINDS, LEVELS, Change
from cauce_contract.compare import compare
from cauce_contract.concordance import Grain
from support.versions import V1, V2, Edit, copied, following

CHANGES = compare(V1, V2).changes
WORDS = tomllib.loads((files("cauce_contract") / "compare.toml").read_text("utf-8"))


def told(changes: tuple[Change, ...]) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return {(change.kind, change.before, change.after) for change in changes}


def test_every_change_of_the_draft_is_named() -> None:
    assert told(CHANGES) == {
        ("measure_renamed", ("returns_to_ordinary",), ("returned_to_proceedings",)),
        ("measure_redefined", ("new_charges_in_program",), ("new_accusations_in_program",)),
        ("measure_added", (), ("persons_with_hearing",)),
        ("measure_added", (), ("naloxone_kits",)),
        ("measure_now_required", ("adverse_events",), ("adverse_events",)),
        ("breakdown_now_required", ("offence_type",), ("offence_type",)),
        ("breakdown_added", (), ("risk_need_level",)),
        ("code_split", ("COC",), ("CPO", "CRK")),
        ("code_split", ("OPI",), ("FEN", "HER", "OPO")),
        ("code_split", ("Y18T24",), ("Y18T20", "Y21T24")),
        ("code_split", ("VOL",), ("VOL_PRE", "VOL_POST")),
        ("code_merged", ("ADM", "MED"), ("ADM_MED",)),
        ("code_added", (), ("PH5",)),
        (
            "indicator_redefined",
            ("in_program_new_charge_rate",),
            ("in_program_new_accusation_rate",),
        ),
        ("rule_changed", ("S18_mix_shift",), ("S18_mix_shift",)),
        ("words", (), ()),  # of that rule
        ("indicator_rewritten", ("graduation_rate",), ("graduation_rate",)),
        (
            "indicator_rewritten",
            ("unsuccessful_termination_rate",),
            ("unsuccessful_termination_rate",),
        ),
        (
            "indicator_rewritten",
            ("voluntary_withdrawal_rate",),
            ("voluntary_withdrawal_rate",),
        ),
    }
    assert compare(V1, V2).level == "major"
    assert compare(V1, V2).least_version == "2.0.0"
    assert compare(V1, V2).comparability == "broken"


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_stand_with_what_each_version_calls_them(language: str) -> None:
    for change in CHANGES:
        if change.kind.startswith("code_"):
            assert change.dimension is not None
            for version, codes in ((V1, change.before), (V2, change.after)):
                for code in codes:
                    called = version.labels[language].code(change.dimension, code)
                    assert f"{code} [{called}]" in change.text(language)


def test_a_split_says_which_measures_it_reaches() -> None:
    (split,) = (change for change in CHANGES if change.before == ("OPI",))

    assert split.dimension == "substance"
    assert split.measures == ("admissions", "active_close", "exits", "graduations")


def cells(
    contract: Contract, grains: tuple[Grain, ...], change: Change, ids: tuple[str, ...]
) -> list[Grain]:
    """The grains of the figures that a change of codes or of a measure is about."""
    if change.dimension is None:
        return [grains[contract.measures[each].position] for each in ids]
    return [
        grains[measure.breakdowns[change.dimension].positions[each]]
        for measure in contract.measures.values()
        if change.dimension in measure.breakdowns
        for each in ids
    ]


OF_SERIES = [change for change in CHANGES if change.kind.startswith(("measure_re", "code_"))]


@pytest.mark.parametrize(
    "change", OF_SERIES, ids=lambda change: f"{change.kind}-{change.after}"
)
def test_what_is_said_of_a_series_is_what_its_cells_do(change: Change) -> None:
    related = V2.concordance
    assert related is not None
    back = cells(V1, related.backward, change, change.before)
    forth = cells(V2, related.forward, change, change.after)

    match change.comparability:
        case "mapped_without_loss":
            assert all(grain.is_exact for grain in [*back, *forth])
        case "mapped_with_loss":
            assert all(grain.sources for grain in [*back, *forth])
            assert not all(grain.is_exact for grain in [*back, *forth])
        case "broken":
            assert not any(grain.sources for grain in [*back, *forth])
        case _:
            raise AssertionError(change)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.kind}-{change.after}")
def test_a_change_is_said_in_every_language(change: Change, language: str) -> None:
    said = change.as_json(language)

    for text in (
        said["text"],
        change.for_producers(language),
        change.for_consumers(language),
    ):
        assert isinstance(text, str)
        assert text.endswith(".")
        assert "None" not in text
        assert not {"{", "}"} & set(text)


def test_all_that_can_be_said_has_words_in_every_language_and_nothing_is_left_over() -> None:
    assert WORDS["change"].keys() == KINDS.keys()
    assert WORDS["producers"].keys() == {producers for _, _, producers, _ in KINDS.values()}
    assert WORDS["consumers"].keys() == {consumers for _, _, _, consumers in KINDS.values()}
    assert WORDS["comparability"].keys() == set(COMPARABILITIES)
    for about in WORDS.values():
        for texts in about.values():
            assert tuple(texts) == LANGUAGES
            fields = [re.findall(r"\{\w+\}", text) for text in texts.values()]
            assert all(set(each) == set(fields[0]) for each in fields)


def test_a_version_has_not_changed_since_itself() -> None:
    assert compare(V1, V1).changes == ()
    assert compare(V1, V1).as_json("es") == {
        "from": "1.0.0",
        "to": "1.0.0",
        "versions": [summary(V1)] * 2,
        "level": None,
        "least_version": "1.0.0",
        "comparability": "same",
        "changes": [],
    }


def test_versions_that_do_not_follow_from_each_other_are_not_compared() -> None:
    with pytest.raises(KeyError):
        compare(V2, V1)


def in_every_language(old: str, new: str) -> list[Edit]:
    return [(f"labels/{language}.toml", old, new) for language in LANGUAGES]


CODE = '\n[[code]]\ndimension = "{}"\nrelation = "{}"\n{}\n'
LAST_CHECK = '    { kind = "zero_without_n" },\n'
AGES = "declined[age_band: Y12T17]"
CHECK_OF_AGES = f'{{ kind = "at_most", figure = "{AGES}", at_most = "declined" }}'
FIRST_PHASE = f"PH1,{V1.dimensions['phase'].codes[0].mapping or ''}\n"
STEPS: list[tuple[str, list[Edit], str, str, set[str]]] = [
    (
        "better words",
        [("labels/en.toml", '"Referrals received"', '"Referrals"')],
        "",
        "1.0.1",
        {"words"},
    ),
    (
        "another source",
        [("measures.toml", 'source = "CICAD CCM curriculum"', 'source = "CICAD"')],
        "",
        "1.0.1",
        {"sources"},
    ),
    (
        "a new optional breakdown",
        [
            (
                "measures.toml",
                'breakdowns = { sex = "optional" }',
                'breakdowns = { sex = "optional", age_band = "optional" }',
            )
        ],
        "",
        "1.1.0",
        {"breakdown_added"},
    ),
    (
        "a new code with a parent",
        [
            ("codes/phase.csv", "PH4,", "PH5,local phase 5\nPH4,"),
            ("rules.toml", "[phase: PH4, PH3]", "[phase: PH5, PH4, PH3]"),
            *in_every_language('\nPH4 = "', '\nPH5 = "Ph. 5"\nPH4 = "'),
        ],
        CODE.format("phase", "added", 'parent = "PH4"\nafter = ["PH5"]'),
        "1.1.0",
        {"code_added"},
    ),
    (
        "a code that takes cases of another, which is no longer called the same elsewhere",
        [
            ("codes/phase.csv", "PH4,", "PH4,the fourth of five\nPH5,"),
            *in_every_language('\nPH4 = "', '\nPH5 = "Ph. 5"\nPH4 = "'),
        ],
        CODE.format("phase", "added", 'parent = "PH4"\nafter = ["PH5"]'),
        "2.0.0",
        {"code_added", "rule_changed"},
    ),
    (
        "a check of a breakdown that is new and optional",
        [
            (
                "measures.toml",
                'breakdowns = { sex = "optional" }',
                'breakdowns = { sex = "optional", age_band = "optional" }',
            ),
            (
                "rules.toml",
                LAST_CHECK,
                f"{LAST_CHECK}    {CHECK_OF_AGES},\n",
            ),
        ],
        "",
        "1.1.0",
        {"breakdown_added"},
    ),
    (
        "a code that a rule does not follow",
        [
            ("codes/phase.csv", "PH4,", "PH5,local phase 5\nPH4,"),
            *in_every_language('\nPH4 = "', '\nPH5 = "Ph. 5"\nPH4 = "'),
        ],
        CODE.format("phase", "added", 'parent = "PH4"\nafter = ["PH5"]'),
        "2.0.0",
        {"code_added", "rule_changed"},
    ),
    (
        "a new required breakdown",
        [
            (
                "measures.toml",
                'breakdowns = { sex = "optional" }',
                'breakdowns = { sex = "optional", age_band = "required" }',
            )
        ],
        "",
        "2.0.0",
        {"breakdown_added_required"},
    ),
    (
        "a breakdown less",
        [("measures.toml", 'breakdowns = { sex = "optional" }\n', "")],
        "",
        "2.0.0",
        {"breakdown_removed"},
    ),
    (
        "a measure that becomes required",
        [("measures.toml", "required = false", "required = true")],
        "",
        "2.0.0",
        {"measure_now_required"},
    ),
    (
        "a measure that becomes optional",
        [("measures.toml", "required = true", "required = false")],
        "",
        "2.0.0",
        {"measure_now_optional"},
    ),
    (
        "a measure that closed programmes owe too",
        [("measures.toml", "required = true", "required = true\nafter_closing = true")],
        "",
        "2.0.0",
        {"measure_now_owed_after_closing"},
    ),
    (
        "a measure that closed programmes owe no longer",
        [("measures.toml", "after_closing = true\n", "")],
        "",
        "2.0.0",
        {"measure_no_longer_owed_after_closing"},
    ),
    (
        "a code under another name",
        [
            ("codes/phase.csv", "PH1,", "PHASE1,"),
            *in_every_language('\nPH1 = "', '\nPHASE1 = "'),
        ],
        CODE.format("phase", "renamed", 'before = ["PH1"]\nafter = ["PHASE1"]'),
        "2.0.0",
        {"code_renamed"},
    ),
    (
        "a code less",
        [
            ("codes/phase.csv", FIRST_PHASE, ""),
            *(
                (f"labels/{language}.toml", f'PH1 = "{said}"\n', "")
                for language, labels in V1.labels.items()
                for table in ("code", "code_definition")
                for said in [labels.texts["dimension"]["phase"][table]["PH1"]]
            ),
        ],
        CODE.format("phase", "removed", 'before = ["PH1"]\nparent = "PH2"'),
        "2.0.0",
        {"code_removed"},
    ),
    (
        "a code for persons who may have several",
        [
            ("codes/population_group.csv", "CAR,", "VET,\nCAR,"),
            *in_every_language('\nCAR = "', '\nVET = "Vet."\nCAR = "'),
        ],
        CODE.format("population_group", "added", 'after = ["VET"]'),
        "2.0.0",
        {"code_added_among_several"},
    ),
    (
        "codes that share their cases out anew",
        [
            ("codes/phase.csv", f"{FIRST_PHASE}PH2,", "PHA,\nPHB,"),
            *in_every_language('\nPH1 = "', '\nPHA = "'),
            *in_every_language('\nPH2 = "', '\nPHB = "'),
        ],
        CODE.format("phase", "redefined", 'before = ["PH1", "PH2"]\nafter = ["PHA", "PHB"]'),
        "2.0.0",
        {"codes_redefined"},
    ),
    (
        "another group",
        [("codes/exit_reason.csv", "UNS_NCO,UNS", "UNS_NCO,NEU")],
        "",
        "2.0.0",
        {"code_grouped_otherwise"},
    ),
    (
        "a stricter rule",
        [("rules.toml", 'severity = "confirm"', 'severity = "error"')],
        "",
        "2.0.0",
        {"rule_changed"},
    ),
    (
        "another bound of a rule",
        [("rules.toml", "most = 0.2", "most = 0.3")],
        "",
        "2.0.0",
        {"rule_changed"},
    ),
    (
        "a status that needs a note",
        [
            (
                "codes/obs_status.csv",
                "provisional,P,F,number,yes,optional",
                "provisional,P,F,number,yes,required",
            )
        ],
        "",
        "2.0.0",
        {"statuses"},
    ),
    (
        "longer texts",
        [("contract.toml", "text_limit = 500", "text_limit = 600")],
        "",
        "2.0.0",
        {"bounds"},
    ),
    (
        "an indicator for fewer windows",
        [
            (
                "indicators.toml",
                'denominator = "screened"\nwindows = ["month", "quarter", ',
                'denominator = "screened"\nwindows = ["month", ',
            )
        ],
        "",
        "2.0.0",
        {"indicator_windows"},
    ),
]


@pytest.mark.parametrize(
    ("edits", "concordance", "least", "kinds"),
    [step[1:] for step in STEPS],
    ids=[step[0] for step in STEPS],
)
def test_a_change_needs_its_number_and_a_version_that_is_less_is_refused(
    tmp_path: Path, edits: list[Edit], concordance: str, least: str, kinds: set[str]
) -> None:
    later = load(following(tmp_path, least, edits, concordance), {"1.0.0": V1})
    found = compare(V1, later)

    assert {change.kind for change in found.changes} == kinds
    assert found.least_version == least
    assert all(change.as_json(language) for change in found.changes for language in LANGUAGES)

    below = {"2.0.0": "1.9.0", "1.1.0": "1.0.9", "1.0.1": "1.0.0"}[least]
    if below != "1.0.0":
        folder = following(tmp_path, below, edits, concordance)
        named = [str(fault) for fault in lint(folder, {"1.0.0": V1})]
        why = f"its changes since 1.0.0 need {least} at the least"
        assert named == [f"contract.toml: version {below}: {why}"]


def test_the_draft_called_minor_does_not_load(tmp_path: Path) -> None:
    folder = copied(tmp_path, [], of="2.0.0", version="1.1.0")

    with pytest.raises(ContractError, match=r"its changes since 1\.0\.0 need 2\.0\.0"):
        load(folder, {"1.0.0": V1})


@pytest.mark.parametrize(
    "edit",
    [
        ("indicators.toml", 'denominator = "screened"', 'denominator = "referrals"'),
        ("indicators.toml", "exit_reason: VOL_PRE, VOL_POST]", "exit_reason: VOL_POST]"),
        ("indicators.toml", "exit_reason: ADM_MED, TRF", "exit_reason: TRF"),
        (
            "indicators.toml",
            'denominator = "screened"\n',
            'denominator = "screened"\neach_month = true\n',
        ),
    ],
)
def test_an_indicator_that_is_another_figure_needs_another_id(
    tmp_path: Path, edit: Edit
) -> None:
    found = lint(copied(tmp_path, [edit], of="2.0.0"), {"1.0.0": V1})

    assert [fault.what for fault in found] == ["is another figure: it needs a new id"]


def test_levels_go_from_words_to_what_breaks() -> None:
    assert {level for level, _, _, _ in KINDS.values()} == set(LEVELS)
    assert {comparability for _, comparability, _, _ in KINDS.values()} == set(COMPARABILITIES)
