"""Months: written one way, ordered, and over at one instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce_contract import Month

MEXICO_CITY = -6

months = st.builds(Month, st.integers(1900, 2999), st.integers(1, 12))
# Hypothesis wants bounds without a zone and adds it itself.
instants = st.datetimes(
    datetime.fromisoformat("1950-01-01"),
    datetime.fromisoformat("2900-01-01"),
    timezones=st.just(UTC),
)


@given(months)
def test_a_month_is_read_back_from_how_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-9",
        "2026-00",
        "2026-13",
        "2026-09-01",
        "2026/09",
        "202609",
        " 2026-09",
        "2026-09\n",
        "\uff12026-09",
        "1899-12",
        "3000-01",
    ],
)
def test_a_month_written_in_any_other_way_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        Month.parse(text)


def test_a_refused_month_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(ValueError, match="not a month") as refused:
        Month.parse("GOLM850101")

    assert "GOLM850101" not in str(refused.value)


@given(months, st.integers(-500, 500))
def test_adding_months_goes_as_far_as_counting_them(month: Month, step: int) -> None:
    later = month + step

    assert (later.year - month.year) * 12 + later.number - month.number == step
    assert later + -step == month
    assert (later > month) == (step > 0)


@given(months)
def test_the_next_month_begins_the_day_after_the_last(month: Month) -> None:
    last_day = (month + 1).first_day - timedelta(days=1)

    assert Month.of(last_day) == month
    assert Month.of(month.first_day) == month


@given(months, st.integers(-3, 40))
def test_a_span_of_months_has_each_once_in_order(first: Month, length: int) -> None:
    last = first + (length - 1)

    span = first.through(last)

    assert len(span) == max(length, 0)
    assert span == sorted(set(span))
    assert all(first <= month <= last for month in span)


@given(instants, st.integers(-12, 14))
def test_a_month_is_over_from_its_end_and_not_a_moment_before(
    now: datetime, offset: int
) -> None:
    last = Month.last_over(now, offset)

    assert last.ends_at(offset) <= now < (last + 1).ends_at(offset)


def test_september_is_over_when_october_begins_in_mexico_city() -> None:
    september = Month(2026, 9)

    assert september.ends_at(MEXICO_CITY) == datetime(2026, 10, 1, 6, tzinfo=UTC)
    assert Month.last_over(datetime(2026, 10, 1, 5, 59, 59, tzinfo=UTC), MEXICO_CITY) == Month(
        2026, 8
    )
    assert Month.last_over(datetime(2026, 10, 1, 6, tzinfo=UTC), MEXICO_CITY) == september


def test_an_instant_counts_whatever_zone_it_is_written_in() -> None:
    tokyo = timezone(timedelta(hours=9))
    now = datetime(2026, 10, 1, 15, tzinfo=tokyo)

    assert Month.last_over(now, MEXICO_CITY) == Month(2026, 9)
    assert Month.last_over(now - timedelta(seconds=1), MEXICO_CITY) == Month(2026, 8)


def test_a_month_is_that_of_its_days() -> None:
    assert Month.of(date(2024, 2, 29)) == Month(2024, 2)
    assert Month(2024, 2).first_day == date(2024, 2, 1)
