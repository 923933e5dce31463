"""What the service answers: a JSON object, or the error that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cauce_client.errors import (
    AlreadyReported,
    CauceError,
    ContractViolation,
    Misconfigured,
    NotAllowed,
    Overtaken,
    Refused,
    ServiceFault,
    Unavailable,
    Unrecognised,
)
from cauce_client.problem import Json, Problem
from cauce_contract.strict_json import NotJson, loads

T = TypeVar("T")

# Too slow, too many, and what proxies say while a service behind them starts or moves.
COME_BACK = {408, 429, 502, 503, 504}
REFUSALS: Mapping[int, type[Refused]] = {
    401: Unrecognised,
    403: NotAllowed,
    412: Overtaken,
    428: AlreadyReported,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def require_success(self) -> None:
        """Raise the error that this answer is, unless it is none."""
        if not 200 <= self.status < 300:
            raise _error(self)

    def json(self) -> Json:
        """The JSON object of a success; the error that any other answer is."""
        self.require_success()
        try:
            value = loads(self.content)
        except NotJson:
            value = None
        if not isinstance(value, dict):
            raise ServiceFault("answer_not_understood")
        return value


def _error(answer: Answer) -> CauceError:
    if answer.status in COME_BACK:
        asked = answer.headers.get("retry-after", "")
        # A date is rare here, and needs clocks that agree: it counts as no wish.
        retry_after = int(asked) if asked.isdecimal() else None
        if retry_after is None:
            return Unavailable("busy", status=answer.status)
        return Unavailable("busy_for", retry_after=retry_after, seconds=retry_after)
    if answer.status < 400:
        return Misconfigured("redirected", location=answer.headers.get("location", "?"))
    problem = Problem.read(answer.status, answer.content)
    if answer.status >= 500:
        trace = problem.trace_id
        return ServiceFault(
            "service_fault", trace_id=trace, status=answer.status, trace=trace or "-"
        )
    if problem.slug == "contract-violation":
        return ContractViolation(problem)
    return REFUSALS.get(answer.status, Refused)(problem)


def understood(read: Callable[[Json], T], json: Json) -> T:
    """The value in an answer's JSON; ServiceFault where the interface's members lack."""
    try:
        return read(json)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ServiceFault("answer_not_understood") from None


def joined(pages: Sequence[Json]) -> Json:
    """The pages of a collection as one answer."""
    items = [item for page in pages for item in page["items"]]
    return {**pages[0], "items": items, "next": None}
