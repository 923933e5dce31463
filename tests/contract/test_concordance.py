"""What a figure of one version is in the other: proved cell by cell, and on random months."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from cauce_contract import NOT_SENT, Breakdown, Contract, Month, Report, lint, load
from cauce_contract.concordance import Concordance, Grain, carried
from support.versions import V1, V2, Edit, copied, following

assert V2.concordance is not None
RELATED: Concordance = V2.concordance
FORWARD, BACKWARD = RELATED.forward, RELATED.backward
DIRECTIONS = [
    pytest.param(V2, V1, FORWARD, id="forward"),
    pytest.param(V1, V2, BACKWARD, id="backward"),
]
REPORTED = V1.statuses["reported"].number


def at(contract: Contract, measure: str, dimension: str = "", *codes: str) -> tuple[int, ...]:
    """The positions of a measure's value, or of codes of one of its breakdowns."""
    found = contract.measures[measure]
    if not dimension:
        return (found.position,)
    return tuple(found.breakdowns[dimension].positions[code] for code in codes)


def random_month(contract: Contract, seed: int) -> Report:
    """A month with a number in every cell, whose single-response breakdowns add up."""
    dice = Random(seed)
    numbers: list[int | None] = [dice.randrange(50) for _ in contract.cells]
    for measure in contract.measures.values():
        whole = numbers[measure.position] or 0
        for breakdown in measure.breakdowns.values():
            counts = [0] * len(breakdown.positions)
            for _ in range(0 if breakdown.is_multi_response else whole):
                counts[dice.randrange(len(counts))] += 1
            for position, count in zip(breakdown.positions.values(), counts, strict=True):
                several = dice.randrange(whole + 1)
                numbers[position] = several if breakdown.is_multi_response else count
    statuses = (REPORTED,) * len(numbers)
    return Report(contract, "MX-NLE-01", Month(2027, 1), tuple(numbers), statuses)


def added(report: Report, positions: tuple[int, ...]) -> int:
    numbers = [report.numbers[position] for position in positions]
    assert None not in numbers
    return sum(number for number in numbers if number is not None)


def single_response(contract: Contract) -> list[tuple[int, Breakdown]]:
    """Each breakdown that adds up, with the position of its total."""
    return [
        (measure.position, breakdown)
        for measure in contract.measures.values()
        for breakdown in measure.breakdowns.values()
        if not breakdown.is_multi_response
    ]


@pytest.mark.parametrize(("here", "there", "grains"), DIRECTIONS)
def test_every_cell_of_a_version_has_one_grain_in_the_other(
    here: Contract, there: Contract, grains: tuple[Grain, ...]
) -> None:
    assert len(grains) == len(here.cells)
    for position, grain in enumerate(grains):
        assert position in grain.cells
        assert all(grains[cell] == grain for cell in grain.cells)
        assert len(set(grain.cells)) == len(grain.cells)
        assert len(set(grain.sources)) == len(grain.sources)
        assert all(0 <= source < len(there.cells) for source in grain.sources)


@pytest.mark.parametrize(
    ("here", "grains", "back"),
    [
        pytest.param(V2, FORWARD, BACKWARD, id="forward"),
        pytest.param(V1, BACKWARD, FORWARD, id="backward"),
    ],
)
def test_what_a_figure_comes_from_leads_back_to_it(
    here: Contract, grains: tuple[Grain, ...], back: tuple[Grain, ...]
) -> None:
    new = set(at(V2, "admissions", "risk_need_level", "HRHN", "HRLN", "LRHN", "LRLN", "_U"))
    for position, grain in enumerate(grains):
        if here is V2 and position in new:
            continue  # its codes together are a total that is a figure of its own
        for source in grain.sources:
            assert back[source] == Grain(grain.sources, grain.cells)


def test_nothing_is_left_without_a_figure_but_what_was_declared_so() -> None:
    alone = [V2.cells[g.cells[0]].pointer for g in FORWARD if not g.sources]
    ended = [V1.cells[g.cells[0]].pointer for g in BACKWARD if not g.sources]

    assert alone == [
        "/measures/persons_with_hearing/value",
        "/measures/naloxone_kits/value",
        "/measures/new_accusations_in_program/value",
    ]
    assert ended == ["/measures/new_charges_in_program/value"]


SPLITS = [
    ("substance", "COC", ["CPO", "CRK"]),
    ("substance", "OPI", ["FEN", "HER", "OPO"]),
    ("age_band", "Y18T24", ["Y18T20", "Y21T24"]),
    ("exit_reason", "VOL", ["VOL_PRE", "VOL_POST"]),
    ("phase", "PH4", ["PH4", "PH5"]),
]


@pytest.mark.parametrize(("dimension", "whole", "parts"), SPLITS)
def test_a_split_code_is_the_sum_of_its_parts_and_they_are_not_to_be_had_from_it(
    dimension: str, whole: str, parts: list[str]
) -> None:
    measures = [m.id for m in V1.measures.values() if dimension in m.breakdowns]
    assert measures
    for measure in measures:
        before, after = at(V1, measure, dimension, whole), at(V2, measure, dimension, *parts)

        assert BACKWARD[before[0]] == Grain(before, after)
        assert BACKWARD[before[0]].is_exact
        assert all(FORWARD[part] == Grain(after, before) for part in after)
        assert not any(FORWARD[part].is_exact for part in after)


def test_merged_codes_add_up_to_the_new_one_and_are_not_to_be_had_from_it() -> None:
    before = at(V1, "exits", "exit_reason", "ADM", "MED")
    after = at(V2, "exits", "exit_reason", "ADM_MED")

    assert FORWARD[after[0]] == Grain(after, before)
    assert FORWARD[after[0]].is_exact
    assert all(BACKWARD[code] == Grain(before, after) for code in before)


def test_a_renamed_measure_is_the_same_both_ways() -> None:
    before, after = at(V1, "returns_to_ordinary"), at(V2, "returned_to_proceedings")

    assert FORWARD[after[0]] == Grain(after, before)
    assert BACKWARD[before[0]] == Grain(before, after)


def test_codes_of_a_new_breakdown_are_only_together_what_was_there_before() -> None:
    codes = V2.measures["admissions"].breakdowns["risk_need_level"].positions
    whole = tuple(codes.values())

    assert all(FORWARD[code] == Grain(whole, at(V1, "admissions")) for code in codes.values())


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(("here", "there", "grains"), DIRECTIONS)
def test_a_total_is_kept_by_every_breakdown(
    here: Contract, there: Contract, grains: tuple[Grain, ...], seed: int
) -> None:
    given = random_month(there, seed)
    related = 0
    for value, breakdown in single_response(here):
        total = grains[value]
        if total.is_exact:
            related += 1
            together = {grains[position] for position in breakdown.positions.values()}
            assert sum(added(given, grain.sources) for grain in together) == added(
                given, total.sources
            )
    assert related == len(single_response(here))


@pytest.mark.parametrize("seed", range(25))
def test_a_month_goes_back_with_splits_exact(seed: int) -> None:
    later = random_month(V2, seed)
    earlier = carried(later, V1)

    assert (earlier.programme, earlier.period) == (later.programme, later.period)
    for dimension, whole, parts in SPLITS:
        for measure in (m.id for m in V1.measures.values() if dimension in m.breakdowns):
            expected = added(later, at(V2, measure, dimension, *parts))
            assert added(earlier, at(V1, measure, dimension, whole)) == expected
    assert added(earlier, at(V1, "returns_to_ordinary")) == added(
        later, at(V2, "returned_to_proceedings")
    )
    for code in ("ADM", "MED"):
        (position,) = at(V1, "exits", "exit_reason", code)
        assert earlier.numbers[position] is None
        assert earlier.statuses[position] == V1.statuses["not_collected"].number


@pytest.mark.parametrize("seed", range(25))
def test_a_month_goes_forward_with_merges_exact(seed: int) -> None:
    earlier = random_month(V1, seed)
    later = carried(earlier, V2)

    assert added(later, at(V2, "exits", "exit_reason", "ADM_MED")) == added(
        earlier, at(V1, "exits", "exit_reason", "ADM", "MED")
    )
    for dimension, _, parts in SPLITS:
        for position in at(
            V2, "exits" if dimension != "phase" else "active_close", dimension, *parts
        ):
            assert later.numbers[position] is None
            assert later.statuses[position] == V2.statuses["not_collected"].number


@pytest.mark.parametrize("seed", range(10))
def test_a_cell_that_is_exact_both_ways_comes_back_as_it_was(seed: int) -> None:
    given = random_month(V1, seed)
    back = carried(carried(given, V2), V1)

    for position, grain in enumerate(BACKWARD):
        alone = grain.is_exact and FORWARD[grain.sources[0]].is_exact
        if alone and len(grain.sources) == 1:
            assert back.numbers[position] == given.numbers[position]
        else:
            assert back.numbers[position] is None


def test_a_redefined_measure_is_never_bridged() -> None:
    (ended,), (begun,) = at(V1, "new_charges_in_program"), at(V2, "new_accusations_in_program")

    assert carried(random_month(V1, 1), V2).numbers[begun] is None
    assert carried(random_month(V2, 1), V1).numbers[ended] is None


def test_a_status_goes_along_and_the_graver_one_speaks_for_a_sum() -> None:
    given = random_month(V1, 1)
    statuses = list(given.statuses)
    numbers = list(given.numbers)
    adm, med = at(V1, "exits", "exit_reason", "ADM", "MED")
    (value,) = at(V1, "returns_to_ordinary")
    (tests,) = at(V1, "drug_tests")
    statuses[adm] = V1.statuses["estimated"].number
    statuses[med] = V1.statuses["not_collected"].number
    numbers[med] = None
    statuses[value] = V1.statuses["provisional"].number
    statuses[tests] = NOT_SENT
    notes = {"returns_to_ordinary": "una nota"}
    later = carried(
        Report(V1, given.programme, given.period, tuple(numbers), tuple(statuses), notes), V2
    )

    (merged,) = at(V2, "exits", "exit_reason", "ADM_MED")
    (renamed,) = at(V2, "returned_to_proceedings")
    assert later.numbers[merged] is None
    assert later.statuses[merged] == V2.statuses["not_collected"].number
    assert later.statuses[renamed] == V2.statuses["provisional"].number
    assert later.statuses[at(V2, "drug_tests")[0]] == NOT_SENT
    assert later.notes == {"returned_to_proceedings": "una nota"}


def test_a_month_goes_over_several_versions_step_by_step(tmp_path: Path) -> None:
    known = {"1.0.0": V1, "2.0.0": V2}
    third = load(following(tmp_path, "2.0.1", [], of="2.0.0"), known)
    given = random_month(V1, 3)

    assert carried(given, third).numbers == carried(given, V2).numbers
    assert carried(carried(given, third), V1).numbers == carried(carried(given, V2), V1).numbers
    assert carried(given, V1) is given


CODE = '\n[[code]]\ndimension = "{}"\nrelation = "{}"\nbefore = {}\nafter = {}\n'
SPLIT_OF_COC = """[[code]]
dimension = "substance"
relation = "split"
before = ["COC"]
after = ["CPO", "CRK"]
"""
FAULTS: list[tuple[Edit, str]] = [
    (
        ("concordance.toml", SPLIT_OF_COC, ""),
        "concordance.toml, code of substance: nothing says what became of COC",
    ),
    (
        ("concordance.toml", SPLIT_OF_COC, ""),
        "concordance.toml, code of substance: nothing says what was before CRK",
    ),
    (
        ("concordance.toml", SPLIT_OF_COC, SPLIT_OF_COC * 2),
        "concordance.toml, code of substance: says 2 times what became of COC",
    ),
    (
        ("concordance.toml", 'after = ["CPO", "CRK"]', 'after = ["CPO", "CRACK"]'),
        "concordance.toml, code of substance: there is no CRACK",
    ),
    (
        ("concordance.toml", 'after = ["CPO", "CRK"]', 'after = ["CPO", "CRK", "MET"]'),
        "concordance.toml, code of substance: MET is in both versions, and so means the same",
    ),
    (
        ("concordance.toml", 'after = ["CPO", "CRK"]', 'after = ["CPO"]'),
        "concordance.toml, code: split: after names 1 ids",
    ),
    (
        ("concordance.toml", 'relation = "split"', 'relation = "divided"'),
        "concordance.toml, code: relation is one of renamed, split, merged,",
    ),
    (
        ("concordance.toml", 'dimension = "substance"\n', ""),
        "concordance.toml, code: a code has a dimension, and nothing else has",
    ),
    (
        ("concordance.toml", 'dimension = "substance"', 'dimension = "drug"'),
        "concordance.toml: code: no dimension drug that goes on",
    ),
    (
        ("concordance.toml", 'parent = "PH4"\n', ""),
        "concordance.toml, code of phase: PH5: no parent, though cases must have been counted",
    ),
    (
        ("concordance.toml", 'parent = "PH4"', 'parent = "PH6"'),
        "concordance.toml, code of phase: the parent PH6 is not in both versions",
    ),
    (
        ("concordance.toml", 'relation = "split"', 'relation = "redefined"'),
        "COC redefined: name every code that its cases move to or from",
    ),
    (
        (
            "concordance.toml",
            'after = ["persons_with_hearing", "naloxone_kits"]',
            'after = ["naloxone_kits"]',
        ),
        "concordance.toml, measure: nothing says what was before persons_with_hearing",
    ),
    (
        ("concordance.toml", 'relation = "redefined"', 'relation = "merged"'),
        "concordance.toml, measure: a measure is not merged",
    ),
    (
        ("concordance.toml", 'from = "1.0.0"', 'from = "0.9.0"'),
        "concordance.toml: must be from 1.0.0",
    ),
    (
        ("concordance.toml", "[[indicator]]", "[[figure]]"),
        "concordance.toml: has no place for figure",
    ),
    (
        (
            "measures.toml",
            'id = "incentives"\nkind = "flow"\nunit = "events"',
            'id = "incentives"\nkind = "flow"\nunit = "persons"',
        ),
        "concordance.toml: incentives is of another kind or unit: it needs a new id",
    ),
]


@pytest.mark.parametrize(("edit", "told"), FAULTS, ids=[told for _, told in FAULTS])
def test_a_concordance_that_is_not_a_whole_function_is_refused(
    tmp_path: Path, edit: Edit, told: str
) -> None:
    found = [str(fault) for fault in lint(copied(tmp_path, [edit], of="2.0.0"), {"1.0.0": V1})]

    assert any(told in fault for fault in found), found


def test_a_version_after_the_first_says_what_became_of_it(tmp_path: Path) -> None:
    folder = copied(tmp_path, [], version="1.0.1")

    assert [str(fault) for fault in lint(folder, {"1.0.0": V1})] == [
        "concordance.toml: must be from 1.0.0"
    ]


def test_counts_of_persons_with_several_codes_are_not_added(tmp_path: Path) -> None:
    edits: list[Edit] = [
        (
            "codes/population_group.csv",
            "CAR,",
            "CAM,\nCAD,",
        ),
        *(
            (f"labels/{language}.toml", '\nCAR = "', '\nCAD = "x"\nCAM = "')
            for language in V1.labels
        ),
    ]
    told = CODE.format("population_group", "split", '["CAR"]', '["CAM", "CAD"]')
    later = load(following(tmp_path, "2.0.0", edits, told), {"1.0.0": V1})

    assert later.concordance is not None
    (before,) = at(V1, "admissions", "population_group", "CAR")
    assert later.concordance.backward[before] == Grain((before,), ())
