"""Completeness against a second, naive one, over random rosters, reports and acts.

The naive one keeps what was accepted in dictionaries and counts days on its own calendar; it
says beforehand what each request must be answered with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import centre as under_test
from support.centre import Centre, Client, Databases
from support.coordination import done, enter, entry, local, send
from support.lives import follow_up_alone
from support.months import CONTRACT, Document, steady

MONTHS = [f"2026-{number:02}" for number in range(5, 10)]
PROGRAMMES = ("MX-CHH-01", "MX-NLE-01", "MX-NLE-02")
GAPS = ("relapses", "detention_days", "capacity_slots", "charges_dropped", "service_referrals")
HOURS = ("00:00:00", "12:00:00", "23:59:59")
AT_LAST = "2028-01-15 12:00"


@dataclass(frozen=True)
class Rostered:
    """A programme's months; after the last active one `follow_up` months of follow-up."""

    since: str
    until: str | None
    follow_up: int
    backfill_until: date | None

    def intervals(self) -> list[tuple[str, str, str | None]]:
        found = [("active", self.since, self.until)]
        if self.until and self.follow_up:
            found.append(("follow_up", after(self.until, 1), after(self.until, self.follow_up)))
        return found

    def owes(self, month: str) -> str | None:
        for kind, since, until in self.intervals():
            if since <= month and (until is None or month <= until):
                return kind
        return None


@dataclass(frozen=True)
class Event:
    """Something that is asked of the centre, so many days after a month is over, at an hour.

    until  the day that an extension gives, counted alike
    """

    programme: str
    month: str
    days: int
    hour: str
    kind: str
    until: int = 0
    gaps: frozenset[str] = frozenset()

    @property
    def at(self) -> datetime:
        return local(f"{self.day} {self.hour}")

    @property
    def day(self) -> date:
        return over(self.month) + timedelta(days=self.days)


def after(month: str, count: int) -> str:
    year, number = map(int, month.split("-"))
    years, index = divmod(number - 1 + count, 12)
    return f"{year + years}-{index + 1:02}"


def over(month: str) -> date:
    """The first day after a month."""
    return date.fromisoformat(f"{after(month, 1)}-01")


@dataclass
class Naive:
    """One programme's month, as plain facts."""

    waived: bool = False
    moved_to: date | None = None
    open_until: date | None = None
    report: Document | None = None
    received: date | None = None
    flags: list[str] = field(default_factory=list)
    extended: date | None = None
    waivers: list[bool] = field(default_factory=list)


@dataclass
class World:
    """What the naive one knows: the roster, the due days that were set, and each month."""

    roster: dict[str, Rostered]
    due_days: dict[str, int]
    months: dict[tuple[str, str], Naive] = field(default_factory=dict)

    def of(self, programme: str, month: str) -> Naive:
        return self.months.setdefault((programme, month), Naive())

    def due(self, programme: str, month: str) -> date:
        usual = over(month) + timedelta(days=self.due_days.get(month, 10) - 1)
        moved_to = self.of(programme, month).moved_to
        return max(usual, moved_to) if moved_to else usual

    def open_through(self, programme: str, month: str) -> date:
        usual = over(month).replace(day=10)
        given = [usual.replace(year=usual.year + 1), self.due(programme, month)]
        found = self.of(programme, month)
        given += [day for day in (found.open_until, found.moved_to) if day]
        window = self.roster[programme].backfill_until
        return max([*given, window] if window else given)

    def expected(self, event: Event, until: date) -> int:
        """The status of the answer that an event must have; notes what it then is."""
        rostered = self.roster[event.programme]
        is_owed = rostered.owes(event.month) is not None
        found = self.of(event.programme, event.month)
        if event.kind == "report":
            if event.days < 0 or event.month < rostered.since:
                return 422
            is_open = event.day <= self.open_through(event.programme, event.month)
            return 201 if is_owed and is_open else 409
        begun = date.fromisoformat(f"{event.month}-01")
        if not is_owed or event.day < begun:
            return 409
        if event.kind == "waive":
            return self._waive(found)
        if event.kind == "withdraw":
            return self._withdraw(found)
        return self._extend(event, found, until)

    def _waive(self, found: Naive) -> int:
        if found.report:
            return 409
        if found.waived:
            return 200
        found.waived = True
        found.waivers.append(True)
        return 201

    def _withdraw(self, found: Naive) -> int:
        if found.waived:
            found.waived = False
            found.waivers.append(False)
            return 201
        return 200 if found.waivers else 409

    def _extend(self, event: Event, found: Naive, until: date) -> int:
        if found.extended == until:
            return 200
        due = self.due(event.programme, event.month)
        is_in_time = event.day <= due
        least = due if is_in_time else self.open_through(event.programme, event.month)
        if until <= least or until < event.day:
            return 422
        found.extended = until
        if is_in_time:
            found.moved_to = until
        else:
            found.open_until = until
        return 201


MONTH = st.sampled_from(MONTHS)
ROSTERED = st.builds(
    Rostered,
    since=st.sampled_from(MONTHS[:2]),
    until=st.none() | st.sampled_from(MONTHS[1:]),
    follow_up=st.integers(0, 3),
    backfill_until=st.none() | st.just(date(2027, 9, 30)),
)
EVENT = st.builds(
    Event,
    programme=st.sampled_from(PROGRAMMES),
    month=MONTH,
    days=st.integers(-3, 20) | st.sampled_from([9, 10, 11, 374, 375, 400]),
    hour=st.sampled_from(HOURS),
    kind=st.sampled_from(["report"] * 4 + ["waive", "withdraw", "extend", "extend"]),
    until=st.sampled_from([8, 9, 12, 20, 374, 380, 410]),
    gaps=st.frozensets(st.sampled_from(GAPS), max_size=3),
)
WORLD = st.builds(
    World,
    roster=st.fixed_dictionaries(dict.fromkeys(PROGRAMMES, ROSTERED)),
    due_days=st.dictionaries(MONTH, st.integers(5, 15), max_size=2),
)


@pytest.mark.parametrize("nations", [5, pytest.param(25, marks=pytest.mark.heavy)])
def test_completeness_equals_plain_counting_and_no_rate_is_above_1(
    databases: Databases, nations: int
) -> None:
    @settings(max_examples=nations)
    @given(world=WORLD, events=st.lists(EVENT, min_size=20, max_size=40))
    def in_any_nation(world: World, events: list[Event]) -> None:
        world.months.clear()
        asyncio.run(_lived(databases, world, sorted(events, key=lambda event: event.at)))

    in_any_nation()


async def _lived(databases: Databases, world: World, events: Sequence[Event]) -> None:
    async with under_test.centre(databases) as centre:
        nation = await centre.coordinator()
        states = {state: await centre.state(state) for state in ("MX-CHH", "MX-NLE")}
        for programme, rostered in world.roster.items():
            window = rostered.backfill_until
            whole = entry(*rostered.intervals(), backfill_until=str(window) if window else None)
            await enter(nation, programme, whole)
        for month, day in world.due_days.items():
            first = over(month)
            closes = first.replace(day=10, year=first.year + 1)
            days = {"opens": str(first), "due": str(first.replace(day=day))}
            await done(nation, "PUT", f"/v1/calendar/{month}", days | {"closes": str(closes)})
        for number, event in enumerate(events, start=1):
            centre.clock.now = event.at
            await _happens(world, event, number, nation, states[event.programme[:6]])
        centre.clock.now = local(AT_LAST)
        await _agree(centre, world, nation, states)


async def _happens(
    world: World, event: Event, number: int, nation: Client, state: Client
) -> None:
    path = f"/v1/submissions/{event.programme}/{event.month}"
    found = world.of(event.programme, event.month)
    until = over(event.month) + timedelta(days=event.until)
    if event.kind == "report":
        if found.report:
            return
        document = _document(world, event, number)
        status = world.expected(event, until)
        state.held.clear()
        answer = await state.put(document)
        if status == 201:
            found.report, found.received = document, event.day
            found.flags = answer.json().get("flags")
    else:
        status = world.expected(event, until)
        body = {"text": "Por acuerdo."}
        match event.kind:
            case "waive":
                answer = await send(nation, "PUT", f"{path}/waiver", body | {"code": "other"})
            case "withdraw":
                answer = await send(nation, "POST", f"{path}/waiver/withdrawal", body)
            case _:
                answer = await send(
                    nation, "POST", f"{path}/extensions", body | {"until": str(until)}
                )
    assert answer.status_code == status, (event, answer.text)


def _document(world: World, event: Event, number: int) -> Document:
    document = steady(event.month, event.programme, incentives=number)
    for measure in event.gaps:
        document["measures"][measure] = {"value": None, "status": "not_collected"}
    if "service_referrals" in event.gaps:
        document["measures"]["sanctions"]["by"] = {"sanction_type": {"status": "missing"}}
    kind = world.roster[event.programme].owes(event.month)
    return follow_up_alone(document) if kind == "follow_up" else document


# What must be there at last, counted plainly.


def _status(world: World, programme: str, month: str) -> str:
    found = world.of(programme, month)
    if world.roster[programme].owes(month) is None:
        return "not_expected"
    if found.received:
        return "on_time" if found.received <= world.due(programme, month) else "late"
    return "waived" if found.waived else "missing"


def _parts(measure: str) -> tuple[str, ...]:
    return ("sum", "n") if CONTRACT.measures[measure].kind == "duration" else ("value",)


def _cells(document: Document | None, measure: str) -> tuple[int, int]:
    """Required cells of a measure, and those that the document has a number in."""
    figure = document["measures"].get(measure, {}) if document else {}
    expected = len(_parts(measure))
    reported = sum(figure.get(part) is not None for part in _parts(measure))
    for dimension, breakdown in CONTRACT.measures[measure].breakdowns.items():
        if breakdown.is_required:
            codes = len(CONTRACT.dimensions[dimension].codes)
            counts = figure.get("by", {}).get(dimension)
            expected += codes
            reported += codes if counts is not None and "status" not in counts else 0
    return expected, reported


def _owed(world: World, programme: str, month: str) -> Iterator[str]:
    kind = world.roster[programme].owes(month)
    for measure in CONTRACT.measures.values():
        if kind and measure.is_required and (kind == "active" or measure.is_owed_after_closing):
            yield measure.id


def _part(expected: int, reported: int) -> dict[str, Any]:
    assert 0 <= reported <= expected
    share = round(Fraction(reported, expected) * 10**6) / 10**6 if expected else None
    return {"expected": expected, "reported": reported, "share": share}


def _sums(pairs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    return _part(sum(of for of, _ in pairs), sum(had for _, had in pairs))


def _row(world: World, programme: str, month: str) -> dict[str, Any]:
    found, due = world.of(programme, month), world.due(programme, month)
    owed = _owed(world, programme, month)
    return {
        "programme": programme,
        "state": programme[:6],
        "period": month,
        "status": _status(world, programme, month),
        "flags": found.flags,
        "revision": 1 if found.report else None,
        "due": str(due),
        "days_late": max(0, (found.received - due).days) if found.received else None,
        "cells": _sums([_cells(found.report, measure) for measure in owed]),
    }


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    statuses = [row["status"] for row in rows]
    expected = len(rows) - statuses.count("not_expected")
    reported = statuses.count("on_time") + statuses.count("late")
    timely = _part(expected - statuses.count("waived"), statuses.count("on_time"))
    flags = ("needs_correction", "returned", "explanation_due")
    return {
        "expected": expected,
        "reported": reported,
        **{
            status: statuses.count(status)
            for status in ("on_time", "late", "missing", "waived", "not_expected")
        },
        "flags": {flag: sum(flag in row["flags"] for row in rows) for flag in flags},
        "share_reported": _part(expected, reported)["share"],
        "share_on_time": timely["share"],
        "cells": _sums([(r["cells"]["expected"], r["cells"]["reported"]) for r in rows]),
    }


async def _agree(
    centre: Centre, world: World, nation: Client, states: dict[str, Client]
) -> None:
    async def asked(client: Client, query: str) -> Any:
        path = f"/v1/completeness?from={MONTHS[0]}&to={MONTHS[-1]}{query}"
        return await done(client, "GET", path)

    rows = [_row(world, programme, month) for month in MONTHS for programme in PROGRAMMES]
    found = await asked(nation, "")
    for item in found["items"]:
        received = world.of(item["programme"], item["period"]).received
        assert (item.pop("received_at") is not None) == (received is not None)
    assert found["items"] == rows
    for period in found["periods"]:
        del period["due"]
    assert found["periods"] == [
        {"period": month, **_summary([row for row in rows if row["period"] == month])}
        for month in MONTHS
    ]
    by_state = [
        {
            "state": state,
            "period": month,
            **_summary([r for r in rows if (r["period"], r["state"]) == (month, state)]),
        }
        for month in MONTHS
        for state in states
    ]
    assert (await asked(nation, "&by=state"))["items"] == by_state
    own = await asked(states["MX-NLE"], "&by=state")
    assert own["items"] == [each for each in by_state if each["state"] == "MX-NLE"]
    assert (await asked(nation, "&by=measure"))["items"] == _by_measure(world, PROGRAMMES)
    of_one = await asked(nation, "&by=measure&state=MX-NLE")
    assert of_one["items"] == _by_measure(world, PROGRAMMES[1:])


def _by_measure(world: World, programmes: Sequence[str]) -> list[dict[str, Any]]:
    items = []
    for month in MONTHS:
        for measure in CONTRACT.measures:
            owing = [p for p in programmes if measure in _owed(world, p, month)]
            reports = [world.of(programme, month).report for programme in owing]
            totals = [
                report is not None
                and all(
                    report["measures"][measure][part] is not None for part in _parts(measure)
                )
                for report in reports
            ]
            if owing:
                cells = [_cells(report, measure) for report in reports]
                programmes_ = _part(len(owing), sum(totals))
                items.append(
                    {
                        "measure": measure,
                        "period": month,
                        "programmes": programmes_,
                        "cells": _sums(cells),
                    }
                )
    return items


@pytest.fixture
async def nation(centre: Centre) -> Client:
    await centre.programme("MX-NLE-01")
    return await centre.coordinator()


async def test_who_has_the_answer_is_not_sent_it_again_until_it_changes(
    centre: Centre, nation: Client
) -> None:
    path = "/v1/completeness?from=2026-09&to=2026-09"
    first = await nation.get(path)

    again = await nation.get(path, If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == "private, no-cache"
    state = await centre.state("MX-NLE")
    assert (await state.put(steady("2026-09"))).status_code == 201
    changed = await nation.get(path, If_None_Match=first.headers["ETag"])
    assert changed.status_code == 200


async def test_a_view_that_there_is_not_is_refused_with_those_there_are(nation: Client) -> None:
    answer = await nation.get("/v1/completeness?by=court&from=2026-13", Accept_Language="en")

    assert answer.status_code == 422
    rules = [(error["rule"], error["parameter"]) for error in answer.json()["errors"]]
    assert rules == [("not_a_month", "from"), ("not_one_of", "by")]
    assert "programme, state, measure" in answer.json()["errors"][1]["message"]
