"""What callers get: the answers' JSON as values, each with the whole JSON beside it.

Members that the service adds later are in `json` and break nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cauce_client.problem import Fault, Json


@dataclass(frozen=True, slots=True)
class Return:
    """Why national coordination sent a month back: a code, and a sentence.

    open_until  the last local day on which it can be replaced or confirmed
    """

    code: str
    text: str
    open_until: date


@dataclass(frozen=True, slots=True)
class Submission:
    """A revision of a programme's month, as the service accepted it.

    is_changed        False where the same content was there already: no revision was added
    timeliness        `on_time` or `late`
    unexplained       those of the warnings that nobody has explained
    needs_correction  months after it whose figures no longer join this one's
    counts_only       the measures that count, where a closed programme sent others too
    returned          None unless the month waits to be replaced or confirmed
    receipt           a compact JWS: proof of what was accepted, and when
    etag              names this revision; a replacement is sent with it
    document          the canonical document; None in the answer to a submission
    json              the whole answer
    """

    programme: str
    state: str
    period: str
    contract: str
    revision: int
    is_changed: bool
    status: str
    received_at: datetime
    timeliness: str
    content_digest: str
    warnings: tuple[Fault, ...]
    unexplained: tuple[Fault, ...]
    flags: tuple[str, ...]
    needs_correction: tuple[str, ...]
    counts_only: tuple[str, ...]
    returned: Return | None
    receipt: str
    etag: str
    document: Json | None
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json, etag: str) -> Submission:
        return cls(
            programme=json["programme"],
            state=json["state"],
            period=json["period"],
            contract=json["contract"],
            revision=json["revision"],
            is_changed=json["changed"],
            status=json["status"],
            received_at=datetime.fromisoformat(json["received_at"]),
            timeliness=json["timeliness"],
            content_digest=json["content_digest"],
            warnings=tuple(Fault.read(warning) for warning in json["warnings"]),
            unexplained=tuple(
                Fault.read(warning)
                for warning in json["warnings"]
                if not warning.get("explained", False)
            ),
            flags=tuple(json["flags"]),
            needs_correction=tuple(json["needs_correction"]),
            counts_only=tuple(json.get("counts_only", ())),
            returned=_returned(json.get("returned")),
            receipt=json["receipt"],
            etag=etag,
            document=json.get("document"),
            json=json,
        )


def _returned(json: Json | None) -> Return | None:
    if json is None:
        return None
    return Return(json["code"], json["text"], date.fromisoformat(json["open_until"]))


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not the same; None is no number, or no such cell."""

    pointer: str
    before: int | None
    after: int | None
    status_before: str | None = None
    status_after: str | None = None

    @classmethod
    def read_all(cls, json: Json) -> tuple[Difference, ...]:
        """Those of an answer that has `differences`."""
        return tuple(
            cls(
                each["pointer"],
                each["before"],
                each["after"],
                each.get("status_before"),
                each.get("status_after"),
            )
            for each in json["differences"]
        )


@dataclass(frozen=True, slots=True)
class DryRun:
    """What sending an acceptable document would change. `json`: the findings too.

    needs_correction  months after it whose figures would no longer join this one's
    counts_only       the measures that would count, where a closed programme sends others too
    """

    content_digest: str
    warnings: tuple[Fault, ...]
    differences: tuple[Difference, ...]
    needs_correction: tuple[str, ...]
    counts_only: tuple[str, ...]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> DryRun:
        return cls(
            content_digest=json["content_digest"],
            warnings=tuple(Fault.read(warning) for warning in json["warnings"]),
            differences=Difference.read_all(json),
            needs_correction=tuple(json.get("needs_correction", ())),
            counts_only=tuple(json.get("counts_only", ())),
            json=json,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a programme's month stands.

    status  `on_time`, `late`, `missing`, `waived` or `not_expected`
    flags   of `needs_correction`, `returned`, `explanation_due`
    json    the rest: revision, received_at, days_late, cells
    """

    programme: str
    period: str
    status: str
    flags: tuple[str, ...]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> Standing:
        flags = tuple(json.get("flags", ()))
        return cls(json["programme"], json["period"], json["status"], flags, json)


@dataclass(frozen=True, slots=True)
class Completeness:
    """Who has reported which month. `json` has the summary by period."""

    items: tuple[Standing, ...]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> Completeness:
        return cls(tuple(Standing.read(item) for item in json["items"]), json)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of whom a figure speaks: programmes, or programme-months in a longer window.

    missing  ids of the expected programmes that the figure is without
    """

    expected: int
    reporting: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its coverage.

    value        None where there is none: `status` says why
    numerator    a duration's is its sum
    denominator  a duration's is its n; None where the figure is no ratio
    status       SDMX observation status
    breakdown    code by dimension
    json         the rest: the share covered, the waived, the months of a window
    """

    period: str
    area: str
    value: float | None
    numerator: float | None
    denominator: float | None
    status: str
    coverage: Coverage
    breakdown: Mapping[str, str]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json, dimensions: Sequence[str]) -> Figure:
        coverage = json["coverage"]
        return cls(
            period=json["period"],
            area=json["area"],
            value=json["value"],
            numerator=json.get("numerator", json.get("sum")),
            denominator=json.get("denominator", json.get("n")),
            status=json["status"],
            coverage=Coverage(
                coverage["expected"], coverage["reporting"], tuple(coverage["missing"])
            ),
            breakdown={dimension: json[dimension] for dimension in dimensions},
            json=json,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """An indicator's or a measure's figures. `about` has its id, label and unit."""

    about: Mapping[str, Any]
    known_at: datetime
    items: tuple[Figure, ...]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> Figures:
        dimensions = [by for by in json["query"]["by"] if by != "area"]
        return cls(
            about=json["indicator"] if "indicator" in json else json["measure"],
            known_at=datetime.fromisoformat(json["known_at"]),
            items=tuple(Figure.read(item, dimensions) for item in json["items"]),
            json=json,
        )


@dataclass(frozen=True, slots=True)
class Act:
    """What was decided or said about a month.

    kind   `return`, `explanation`, `waiver`, `waiver_withdrawal`, `extension_request` or
           `extension`
    by     the id of the client or the person who did it, or `cauce-service`
    text   why
    code   of a return or a waiver
    rule   of an explanation: the warning's
    until  the last day that was asked for or granted
    json   the whole act, with its `position` in the state's log
    """

    kind: str
    at: datetime
    by: str
    text: str
    code: str | None
    rule: str | None
    until: date | None
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> Act:
        until = json.get("until", json.get("open_until"))
        return cls(
            kind=json["kind"],
            at=datetime.fromisoformat(json["at"]),
            by=json["by"],
            text=json["explanation" if json["kind"] == "explanation" else "text"],
            code=json.get("code"),
            rule=json.get("rule"),
            until=date.fromisoformat(until) if until else None,
            json=json,
        )

    @classmethod
    def read_all(cls, json: Json) -> list[Act]:
        """Those of a collection."""
        return [cls.read(item) for item in json["items"]]


@dataclass(frozen=True, slots=True)
class Me:
    """Who a client is to the service.

    key       the kid of the key that it speaks with
    keys      all it ever had, in the service's own words
    ending    by kid, when those of its keys end that do so within 30 days
    due       the months it still has to report, in the service's own words, nearest first
    json      the whole answer
    """

    client_id: str
    name: str
    state: str | None
    scopes: tuple[str, ...]
    key: str
    keys: tuple[Json, ...]
    ending: Mapping[str, str]
    due: tuple[Json, ...]
    json: Json = field(repr=False)

    @classmethod
    def read(cls, json: Json) -> Me:
        return cls(
            client_id=json["client_id"],
            name=json["name"],
            state=json["state"],
            scopes=tuple(json["scopes"]),
            key=json["key"],
            keys=tuple(json["keys"]),
            ending={each["kid"]: each["not_after"] for each in json["warnings"]},
            due=tuple(json["deadlines"]),
            json=json,
        )


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The client that an enrolment link made.

    issuer  the address that it reaches the service at: CAUCE_URL
    """

    issuer: str
    client_id: str
    name: str

    @classmethod
    def read(cls, json: Json) -> Enrolled:
        return cls(json["issuer"], json["client_id"], json["name"])
