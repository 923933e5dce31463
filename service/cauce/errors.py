"""Refusals, and the problem documents (RFC 9457) that they become."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cauce_contract import Finding
from cauce_contract.labels import Labels

MOST_ERRORS_SHOWN = (
    1000  # error_count tells how many there are; a body of 1 MiB can hold 100,000
)


@dataclass(frozen=True, slots=True)
class QueryError:
    """One fault of a query's parameter: `rule` names its message in problems.toml.

    figures   ids of ours and integers that the message names
    """

    rule: str
    parameter: str
    figures: Mapping[str, int | str] = field(default_factory=dict)

    def as_json(self, labels: Labels) -> dict[str, object]:
        return {
            "rule": self.rule,
            "severity": "error",
            "parameter": self.parameter,
            "message": message(self.rule, labels.language, self.figures),
        }


@dataclass(frozen=True, slots=True)
class DocumentError:
    """One fault of a document that no rule of the contract names, at a JSON Pointer."""

    rule: str
    pointer: str
    figures: Mapping[str, int | str] = field(default_factory=dict)

    def as_json(self, labels: Labels) -> dict[str, object]:
        return {
            "rule": self.rule,
            "severity": "error",
            "pointer": self.pointer,
            "message": message(self.rule, labels.language, self.figures),
        }


class Refusal(Exception):
    """A request that is not done, with the problem that says why.

    slug      the problem's name in problems.toml, which knows its status and words
    figures   what its detail names in braces
    errors    the single faults, all of them
    members   further members of the answer
    """

    def __init__(
        self,
        slug: str,
        *,
        errors: Sequence[Finding | QueryError | DocumentError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
        **figures: int | float | str,
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.figures = figures


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((files("cauce") / "problems.toml").read_text("utf-8"))


def slugs() -> list[str]:
    return [slug for slug in _texts() if slug != "errors"]


def status_of(slug: str) -> int:
    return int(_texts()[slug]["status"])


def words(slug: str, language: str) -> dict[str, str]:
    """Title and detail of a problem; KeyError for none of ours."""
    return dict(_texts()[slug][language])


def message(rule: str, language: str, figures: Mapping[str, int | str] = {}) -> str:
    """The sentence about one fault."""
    return str(_texts()["errors"][rule][language]).format(**figures)


def problem(request: Request, refusal: Refusal) -> Response:
    """The answer to a refused request, in the reader's language."""
    labels: Labels = request.state.labels
    text = words(refusal.slug, labels.language)
    shown = refusal.errors[:MOST_ERRORS_SHOWN]
    counted = {"error_count": len(refusal.errors)} if refusal.errors else {}
    listed = {"errors": [error.as_json(labels) for error in shown]} if shown else {}
    body = {
        "type": f"/problems/{refusal.slug}",
        "title": text["title"],
        "status": status_of(refusal.slug),
        "detail": text["detail"].format(**refusal.figures),
        "instance": request.state.instance,
        "trace_id": request.state.trace_id,
        **counted,
        **listed,
        **refusal.members,
    }
    return JSONResponse(
        body,
        status_of(refusal.slug),
        headers={**refusal.headers, "Content-Language": labels.language},
        media_type="application/problem+json",
    )
