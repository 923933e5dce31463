"""The kinds of check that interpret the contract's rules; rules.toml says which figures."""

from __future__ import annotations

from collections.abc import Mapping

from cauce_contract.rules import over_time, plausible, sums
from cauce_contract.rules.subject import Check, Found, Subject, total

KINDS: Mapping[str, type[Check]] = {
    "equal": sums.Equal,
    "at_most": sums.AtMost,
    "at_most_by_code": sums.AtMostByCode,
    "zero_without_n": sums.ZeroWithoutN,
    "breakdown_sum": sums.BreakdownSum,
    "multi_response": sums.MultiResponse,
    "document": sums.Document,
    "ratio": plausible.Ratio,
    "unknown_share": plausible.UnknownShare,
    "zero_while": plausible.ZeroWhile,
    "equal_while": plausible.EqualWhile,
    "all_zero": plausible.AllZero,
    "continuity": over_time.Continuity,
    "gap": over_time.Gap,
    "copy": over_time.Copy,
    "zero_after_nonzero": over_time.ZeroAfterNonzero,
    "outlier": over_time.Outlier,
    "run_at_most": over_time.RunAtMost,
    "more_than_before": over_time.MoreThanBefore,
    "lag": over_time.Lag,
    "cohort_origin": over_time.CohortOrigin,
    "carryover": over_time.Carryover,
    "stale": over_time.Stale,
    "half_share": over_time.HalfShare,
    "mix_shift": over_time.MixShift,
}

__all__ = ["KINDS", "Check", "Found", "Subject", "total"]
