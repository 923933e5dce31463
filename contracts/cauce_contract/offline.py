"""What is told of a check that had nothing but the months that it was given."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from cauce_contract.check import Outcome
from cauce_contract.finding import Finding
from cauce_contract.history import not_checked
from cauce_contract.labels import Labels
from cauce_contract.report import Report


def told(
    outcome: Outcome, of: Report | None, history: Iterable[Report], language: str
) -> dict[str, object]:
    """What `cauce check --json` and `POST /v1/validate` answer.

    As `Outcome.as_json`; `not_checked` are the rules that look back at months not given.

    of  what the document says that it is; None where it does not say whose month it is
    """
    labels = outcome.labels(language)
    notices = [finding_told(finding, labels) for finding in outcome.of("notice")]
    missed = not_checked(of, history) if of else []
    return {**outcome.as_json(labels), "notices": notices, "not_checked": missed}


def finding_told(finding: Finding, labels: Labels) -> dict[str, object]:
    """The finding, without a claim about months that the centre may have."""
    said = finding.as_json(labels)
    if finding.variant == "gap":
        said["message"] = _words()["gap"][labels.language].format(**finding.figures)
    return said


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((files("cauce_contract") / "offline.toml").read_text("utf-8"))
