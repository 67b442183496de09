"""Simulated time: it stands still, runs forwards only, and is what every other part reads."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from local.clock import ClockError, SimulatedClock, iso_instant, naive_utc, parse_instant

START = datetime(2025, 10, 23, 22, 42, tzinfo=timezone.utc)


def test_clock_stands_still_until_it_is_moved() -> None:
    clock = SimulatedClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(START + timedelta(minutes=10))
    assert clock.now() == datetime(2025, 10, 23, 22, 52, tzinfo=timezone.utc)


def test_clock_may_be_moved_to_the_present() -> None:
    clock = SimulatedClock(START)
    clock.advance(START)
    assert clock.now() == START


def test_clock_refuses_the_past() -> None:
    clock = SimulatedClock(START)
    with pytest.raises(ClockError, match="got 2025-10-23T22:41:59.000Z, expected 2025-10-23T22:42:00.000Z or later"):
        clock.advance(START - timedelta(seconds=1))
    assert clock.now() == START


def test_clock_starts_at_real_time_by_default() -> None:
    before = datetime.now(timezone.utc)
    assert before <= SimulatedClock().now() <= datetime.now(timezone.utc)


def test_times_of_any_zone_become_utc() -> None:
    assert parse_instant("2025-10-24T00:42:00+02:00") == START
    assert parse_instant("2025-10-24T00:42:00+02:00").tzinfo == timezone.utc
    assert naive_utc(parse_instant("2025-10-24T00:42:00+02:00")) == datetime(2025, 10, 23, 22, 42)


@pytest.mark.parametrize("text", ["yesterday", "", "2025-10-23T22:42:00"])
def test_times_without_a_zone_or_meaning_are_refused(text: str) -> None:
    with pytest.raises(ClockError, match="expected"):
        parse_instant(text)


def test_written_times_are_rounded_down_to_milliseconds() -> None:
    assert iso_instant(START + timedelta(microseconds=1999)) == "2025-10-23T22:42:00.001Z"
