"""How often an address may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cauce.limits import PerAddress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_minute_s_worth_may_be_asked_at_once_and_no_more() -> None:
    limit = PerAddress(60)

    waits = [limit.seconds_to_wait("192.0.2.1", NOON) for _ in range(62)]

    assert waits == [0] * 60 + [1, 1]
    assert limit.seconds_to_wait("192.0.2.2", NOON) == 0


def test_who_waits_as_told_may_ask_again_once() -> None:
    limit = PerAddress(4)
    for _ in range(4):
        limit.seconds_to_wait("192.0.2.1", NOON)
    wait = limit.seconds_to_wait("192.0.2.1", NOON)

    after = NOON + timedelta(seconds=wait)

    assert wait == 15
    assert limit.seconds_to_wait("192.0.2.1", after) == 0
    assert limit.seconds_to_wait("192.0.2.1", after) == 15


def test_after_a_quiet_minute_all_is_forgiven_and_nothing_saved_up() -> None:
    limit = PerAddress(3)
    for _ in range(9):
        limit.seconds_to_wait("192.0.2.1", NOON)

    later = NOON + timedelta(hours=1)

    assert [limit.seconds_to_wait("192.0.2.1", later) for _ in range(4)] == [0, 0, 0, 20]


def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_ever() -> None:
    limit = PerAddress(3)
    limit.seconds_to_wait("192.0.2.1", NOON)

    assert limit.seconds_to_wait("192.0.2.1", NOON - timedelta(days=1)) <= 60


def test_one_subscriber_s_many_addresses_are_one() -> None:
    limit = PerAddress(1)
    assert limit.seconds_to_wait("2001:db8:1:2::1", NOON) == 0
    assert limit.seconds_to_wait("2001:db8:1:2:ffff::9", NOON) > 0
    assert limit.seconds_to_wait("2001:db8:1:3::1", NOON) == 0
    assert limit.seconds_to_wait("", NOON) == 0


def test_no_more_addresses_are_remembered_than_fit() -> None:
    limit = PerAddress(1, addresses=3)

    for number in range(1, 6):
        assert limit.seconds_to_wait(f"192.0.2.{number}", NOON) == 0

    assert limit.seconds_to_wait("192.0.2.5", NOON) > 0
    assert limit.seconds_to_wait("192.0.2.1", NOON) == 0
