"""Several faults in one month: all are named in one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.months import GAP, Document, Place, check_alone, complaints, found_at, month

LEFT_OUT = object()


@dataclass(frozen=True)
class Fault:
    """What is put where in a sound month, and what is said of it. No fault touches another."""

    place: Place
    put: Any
    rule: str
    pointer: str

    def into(self, document: Document) -> None:
        *path, key = self.place
        if self.put is LEFT_OUT:
            del found_at(document, tuple(path))[key]
        else:
            found_at(document, tuple(path))[key] = self.put


def of(measure: str, *path: str) -> Place:
    return ("measures", measure, *path)


TYPO = {"code": "typo", "text": "Se corrigió un conteo."}
TWO_CAP = {"value": 5, "by": {"inelig_reason": {"CAP": 5}}}
ONE_LESS = {"value": 42, "by": {"treatment_modality": {"OPD": 42}}}
ONE_AFTER_24 = {"M6": 4, "M12": 1, "M24": 3}

FAULTS = [
    Fault(("sex",), "F", "H19_codes", "/sex"),
    Fault(("period",), "2026-11", "H18_period", "/period"),
    Fault(("acknowledgements",), ["S03_copy"], "H19_codes", "/acknowledgements/0"),
    Fault(("revision_reason",), TYPO, "H19_codes", "/revision_reason/code"),
    Fault(("measures", "extra"), {"value": 1}, "H19_codes", "/measures/extra"),
    Fault(of("detention_days"), LEFT_OUT, "H20_status", "/measures"),
    Fault(of("hearings", "by"), LEFT_OUT, "H20_status", "/measures/hearings"),
    Fault(of("relapses", "value"), -1, "H05_nonneg_int", "/measures/relapses/value"),
    Fault(of("incentives", "status"), 1, "H19_codes", "/measures/incentives/status"),
    Fault(of("capacity_slots", "value"), None, "H20_status", "/measures/capacity_slots/value"),
    Fault(of("declined", "note"), "", "H22_no_personal", "/measures/declined/note"),
    Fault(
        of("service_linkages", "by", "service_sector", "ART"),
        1,
        "H19_codes",
        "/measures/service_linkages/by/service_sector/ART",
    ),
    Fault(of("reentries", "value"), 2, "H01_balance", "/measures/active_close/value"),
    Fault(
        of("team_close", "value"),
        12,
        "H03_breakdown_sum",
        "/measures/team_close/by/profession",
    ),
    Fault(
        of("active_close", "by", "population_group", "CAR"),
        LEFT_OUT,
        "H04_multi_response",
        "/measures/active_close/by/population_group/CAR",
    ),
    Fault(of("not_eligible"), TWO_CAP, "H06_screening", "/measures/screened/value"),
    Fault(
        of("graduations", "by", "sex"),
        {"M": 1, "F": 2},
        "H08_grad_identity",
        "/measures/graduations/by/sex/F",
    ),
    Fault(
        of("treatment_active_close"),
        ONE_LESS,
        "H09_treatment_identity",
        "/measures/treatment_active_close/value",
    ),
    Fault(
        of("ccm_active_close", "value"), 44, "H10_subset", "/measures/ccm_active_close/value"
    ),
    Fault(
        of("arrest_to_admission_days", "n"),
        7,
        "H11_duration_n",
        "/measures/arrest_to_admission_days/n",
    ),
    Fault(
        of("followup_checked", "by", "followup_window"),
        ONE_AFTER_24,
        "H12_cohort",
        "/measures/followup_checked/by/followup_window/M24",
    ),
]


def said_of(faults: list[Fault]) -> list[tuple[str, str]]:
    """What is found in a month with these faults, whose history is not given, sorted."""
    document = month()
    for fault in faults:
        fault.into(document)
    return sorted(complaints(check_alone(document)))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(FAULTS), unique_by=lambda fault: fault.place))
def test_all_faults_of_a_month_are_named_at_once(faults: list[Fault]) -> None:
    assert said_of(faults) == sorted([*((fault.rule, fault.pointer) for fault in faults), GAP])


def test_a_month_with_every_fault_names_every_fault() -> None:
    assert said_of(FAULTS) == sorted([*((fault.rule, fault.pointer) for fault in FAULTS), GAP])
