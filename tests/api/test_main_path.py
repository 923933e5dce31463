"""One programme's month becomes a national figure."""

from __future__ import annotations

from typing import Any

from support.centre import Centre, moved

SEPTEMBER = "?from=2026-09&to=2026-09"


async def _item(client: Any, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


async def test_a_month_becomes_figures_with_numerator_denominator_and_coverage(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()

    first = await nle.put(month)

    assert first.status_code == 201
    assert first.json()["revision"] == 1
    for indicator, numerator, denominator, value in (
        ("eligibility_rate", 8, 12, 0.666667),
        ("graduation_rate", 3, 5, 0.6),
        ("occupancy", 43, 60, 0.716667),
        ("mean_days_referral_to_admission", 168, 6, 28),
        ("hearing_attendance_rate", 86, 96, 0.895833),
        ("participants_served", 48, None, 48),
        ("reporting_coverage", 1, 1, 1),
        ("caseload_coverage", 43, 43, 1),
        ("share_female", 7, 43, 0.162791),
    ):
        item = await _item(nation, f"/v1/indicators/{indicator}{SEPTEMBER}")
        assert (item["numerator"], item["denominator"]) == (numerator, denominator), indicator
        assert item["value"] == value, indicator
        assert item["coverage"] == {
            "expected": 1,
            "reporting": 1,
            "share": 1,
            "missing": [],
            "waived": [],
        }


async def test_the_same_again_is_unchanged_with_the_same_receipt(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    first = await nle.put(month)

    again = await nle.put(month)

    assert again.status_code == 200
    assert again.json() == first.json() | {"changed": False}
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_a_breakdown_that_does_not_add_up_is_named_with_rule_and_pointer(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle = await centre.state("MX-NLE")
    month["measures"]["admissions"]["by"]["sex"]["M"] = 4

    answer = await nle.put(month)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["rule"] == "H03_breakdown_sum"
    assert error["pointer"] == "/measures/admissions/by/sex"
    assert (error["expected"], error["actual"]) == (6, 5)
    assert (await nle.get("/v1/submissions/MX-NLE-01/2026-09")).status_code == 404


async def test_a_national_rate_is_the_ratio_of_sums_and_names_who_is_silent(
    centre: Centre, month: dict[str, Any]
) -> None:
    for programme in ("MX-NLE-01", "MX-CHH-01", "MX-DUR-01"):
        await centre.programme(programme)
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    nation = await centre.coordinator()
    other = moved(month, "MX-CHH-01")
    other["measures"]["screened"] = {"value": 10, "by": {"sex": {"M": 8, "F": 2}}}
    other["measures"]["eligible"] = {"value": 1, "by": {"sex": {"M": 1}}}
    other["measures"]["not_eligible"] = {"value": 9, "by": {"inelig_reason": {"CAP": 9}}}
    assert (await nle.put(month)).status_code == 201
    assert (await chh.put(other)).status_code == 201

    item = await _item(nation, f"/v1/indicators/eligibility_rate{SEPTEMBER}")

    assert (item["numerator"], item["denominator"]) == (9, 22)  # not the mean of 8/12 and 1/10
    assert item["value"] == 0.409091
    assert item["status"] == "U"
    assert item["coverage"] == {
        "expected": 3,
        "reporting": 2,
        "share": 0.666667,
        "missing": ["MX-DUR-01"],
        "waived": [],
    }


async def test_a_part_that_is_not_collected_leaves_both_sides_of_the_ratio(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    await centre.programme("MX-NLE-02")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    without = moved(month, "MX-NLE-02")
    without["measures"]["capacity_slots"] = {"value": None, "status": "not_collected"}
    await nle.put(month)
    await nle.put(without)

    item = await _item(nation, f"/v1/indicators/occupancy{SEPTEMBER}")
    slots = await _item(nation, f"/v1/measures/capacity_slots{SEPTEMBER}&area=MX-NLE-02")

    assert (item["numerator"], item["denominator"]) == (43, 60)
    assert item["coverage"]["missing"] == ["MX-NLE-02"]
    assert (slots["value"], slots["status"]) == (None, "L")


async def test_breakdowns_and_areas_answer_in_a_fixed_order(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    await centre.programme("MX-CHH-01")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    await nle.put(month)

    by_sex = (await nation.get(f"/v1/measures/active_close{SEPTEMBER}&by=sex")).json()["items"]
    by_area = (await nation.get(f"/v1/measures/active_close{SEPTEMBER}&by=area")).json()[
        "items"
    ]

    assert [(row["sex"], row["value"]) for row in by_sex] == [
        ("F", 7),
        ("M", 36),
        ("_O", 0),
        ("_U", 0),
    ]
    assert [(row["area"], row["value"], row["status"]) for row in by_area] == [
        ("MX-CHH", None, "O"),
        ("MX-NLE", 43, "A"),
    ]


async def test_a_duration_answers_sum_n_and_their_mean(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    await nle.put(month)

    item = await _item(nation, f"/v1/measures/referral_to_admission_days{SEPTEMBER}")

    assert (item["value"], item["sum"], item["n"]) == (28, 168, 6)


async def test_a_state_reads_its_own_figures_and_never_the_nation(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    await centre.programme("MX-CHH-01")
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    await nle.put(month)
    path = f"/v1/indicators/eligibility_rate{SEPTEMBER}"

    own = await _item(nle, path)
    other = await _item(chh, path)

    assert (own["area"], own["numerator"]) == ("MX-NLE", 8)
    assert (other["area"], other["numerator"], other["status"]) == ("MX-CHH", None, "O")
    for area in ("MX", "MX-NLE", "MX-NLE-01"):
        refused = await chh.get(f"{path}&area={area}")
        assert refused.status_code == 403
    assert (await chh.get("/v1/submissions/MX-NLE-01/2026-09")).status_code == 404


async def test_caseload_coverage_carries_the_silent_forward_and_not_for_ever(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    await centre.programme("MX-CHH-01")
    nle, chh = await centre.state("MX-NLE"), await centre.state("MX-CHH")
    nation = await centre.coordinator()
    await nle.put(month)
    path = f"/v1/indicators/caseload_coverage{SEPTEMBER}"
    unknown = await _item(nation, path)
    assert (await chh.put(moved(month, "MX-CHH-01", "2026-04"))).status_code == 201
    too_old = await _item(nation, path)
    assert (await chh.put(moved(month, "MX-CHH-01", "2026-06"))).status_code == 201
    carried = await _item(nation, path)

    assert (unknown["value"], unknown["status"]) == (None, "O")
    assert too_old["value"] is None
    assert (carried["numerator"], carried["denominator"]) == (43, 86)
    assert carried["coverage"]["missing"] == ["MX-CHH-01"]


async def test_the_coverage_itself_is_never_called_unreliable(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    await centre.programme("MX-CHH-01")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    await nle.put(month)

    item = await _item(nation, f"/v1/indicators/reporting_coverage{SEPTEMBER}")

    assert (item["numerator"], item["denominator"], item["status"]) == (1, 2, "A")
    assert item["coverage"]["missing"] == ["MX-CHH-01"]


async def test_a_figure_without_a_number_says_why(
    centre: Centre, month: dict[str, Any]
) -> None:
    await centre.programme("MX-NLE-01")
    nle, nation = await centre.state("MX-NLE"), await centre.coordinator()
    assert "offence_group" not in month["measures"]["eligible"].get("by", {})
    await nle.put(month)
    path = f"/v1/indicators/uptake_rate{SEPTEMBER}&by=offence_group"

    items = (await nation.get(path)).json()["items"]

    assert {(item["value"], item["status"]) for item in items} == {(None, "O")}


async def test_a_month_that_is_not_over_is_refused_rather_than_called_missing(
    centre: Centre,
) -> None:
    await centre.programme("MX-NLE-01")
    nation = await centre.coordinator()

    for path in ("/v1/completeness", "/v1/indicators/reporting_coverage"):
        answer = await nation.get(f"{path}?from=2026-10&to=2026-11")
        assert answer.status_code == 422
        assert [error["rule"] for error in answer.json()["errors"]] == ["not_over"]
        assert "2026-10" in answer.json()["errors"][0]["message"]
