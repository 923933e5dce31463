"""A synthetic nation of therapeutic-justice programmes, and how its reports come in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from cauce.demo.caseload import Court, opened
from cauce.demo.chance import chance
from cauce.demo.month_document import CONTRACT, document
from cauce.demo.programme_life import live
from cauce_contract import Contract, Month, load_all, state_of

_MISSING, _LATE, _VERY_LATE = 0.03, 0.09, 0.105  # cumulative shares of months
# Words that decide, with programme and month, when a report comes. They were chosen so that of
# October 2026, the month that the demo ends with, one report is missing and two come late.
_POST = "correo 43"


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme on the roster. `until` is its last month, None while it goes on."""

    id: str
    state: str
    name: str
    kind: Literal["court", "consolidated"]
    since: Month
    until: Month | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report as it comes in. `at` is the instant of receipt, in UTC."""

    programme: str
    period: Month
    at: datetime
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """A line of the roster: id, place, first month; participants, ceremony, days to hearing."""

    id: str
    name: str
    since: str
    size: int
    ceremony: int
    days_to_hearing: int
    kind: Literal["court", "consolidated"] = "court"

    @property
    def state(self) -> str:
        return state_of(self.id)


_PLACES = (
    _Place("MX-NLE-01", "Guadalupe", "2022-01", 42, 6, 14),
    _Place("MX-NLE-02", "San Nicolás", "2022-01", 28, 5, 12),
    _Place("MX-NLE-03", "Monterrey", "2022-01", 50, 6, 16),
    _Place("MX-CHH-01", "Chihuahua", "2022-01", 34, 4, 12),
    _Place("MX-CHH-02", "Ciudad Juárez", "2022-02", 38, 5, 18),
    _Place("MX-DUR-01", "Durango", "2022-01", 24, 3, 14, "consolidated"),
    _Place("MX-MEX-01", "Toluca", "2022-01", 48, 5, 10),
    _Place("MX-MEX-02", "Ecatepec", "2022-01", 36, 6, 18),
    _Place("MX-MEX-03", "Nezahualcóyotl", "2022-03", 32, 4, 14),
    _Place("MX-MEX-04", "Tlalnepantla", "2022-04", 26, 5, 12),
    _Place("MX-MOR-01", "Cuernavaca", "2022-01", 24, 6, 16),
    _Place("MX-BCS-01", "Baja California Sur", "2022-03", 22, 4, 12, "consolidated"),
    _Place("MX-CHP-01", "Tuxtla Gutiérrez", "2022-01", 26, 6, 18),
    _Place("MX-HID-01", "Pachuca", "2025-11", 24, 5, 14),
)


def programmes() -> list[Programme]:
    return [
        Programme(
            id=place.id,
            state=place.state,
            name=f"Programa sintético {place.name}",
            kind=place.kind,
            since=Month.parse(place.since),
            until=None,
        )
        for place in _PLACES
    ]


def schedule(first: Month, last: Month) -> list[tuple[datetime, str, Month]]:
    """When each report about these months comes, its programme and month, in that order.

    Quick: nobody's month is lived for it.
    """
    contract = load_all()[CONTRACT]
    found = [
        (at, place.id, month)
        for place in _PLACES
        for month in max(first, Month.parse(place.since)).through(last)
        if (at := _received(place, month, contract))
    ]
    return sorted(found)


def arrivals(first: Month, last: Month) -> list[Arrival]:
    """The reports about these months in the order of their receipt; some never come."""
    contract = load_all()[CONTRACT]
    found = [
        arrival for place in _PLACES for arrival in _of_programme(place, first, last, contract)
    ]
    return sorted(found, key=lambda arrival: (arrival.at, arrival.programme))


def _of_programme(
    place: _Place, first: Month, last: Month, contract: Contract
) -> Iterator[Arrival]:
    """Lives from the programme's first month on, whatever is asked for."""
    since = Month.parse(place.since)
    court = Court(
        programme=place.id,
        state=place.state,
        size=place.size,
        ceremony=place.ceremony,
        days_to_hearing=place.days_to_hearing,
        # A report for the whole state includes its adolescent courts.
        with_adolescents=place.kind == "consolidated",
    )
    caseload = opened(court, contract.measures)
    for month in since.through(last):
        tally = live(caseload, month)
        if month < first:
            continue
        at = _received(place, month, contract)
        if at:
            yield Arrival(place.id, month, at, document(tally, place.id, month))


def _received(place: _Place, period: Month, contract: Contract) -> datetime | None:
    """When the report comes; None if never. Nobody forgets the first one."""
    rng = chance(_POST, place.id, period)
    drawn = rng.random()
    if drawn < _MISSING:
        is_first = str(period) == place.since
        return None if not is_first else _at_work(rng, period + 1, 2, 10, contract)
    if drawn < _LATE:
        return _at_work(rng, period + 1, 11, 25, contract)
    if drawn < _VERY_LATE:
        return _at_work(rng, period + 2, 2, 10, contract)
    return _at_work(rng, period + 1, 2, 10, contract)


def _at_work(
    rng: random.Random, month: Month, earliest: int, latest: int, contract: Contract
) -> datetime:
    """An instant between nine and six, by the country's clock, on a weekday of these days."""
    days = [month.first_day.replace(day=day) for day in range(earliest, latest + 1)]
    day = rng.choice([day for day in days if day.weekday() < 5])
    local = datetime.combine(day, time(9), UTC) + timedelta(seconds=rng.randrange(9 * 3600))
    return local - timedelta(hours=contract.utc_offset_hours)
