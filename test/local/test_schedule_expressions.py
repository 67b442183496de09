"""When schedules are due, by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from local.services.scheduler.exceptions import ScheduleError
from local.services.scheduler.expressions import occurrences

START = datetime(2025, 10, 23, 22, 31, 30, tzinfo=timezone.utc)  # a Thursday


def _next(expression: str, count: int = 1, start: datetime = START) -> list[str]:
    due, found, at = occurrences(expression, start), [], start
    for _ in range(count):
        following = due(at)
        assert following is not None
        at = following
        found.append(f"{at:%Y-%m-%d %H:%M}")
    return found


def test_cron_fires_two_minutes_after_each_slot() -> None:
    assert _next("cron(2/10 * * * ? *)", 4) == [
        "2025-10-23 22:32",
        "2025-10-23 22:42",
        "2025-10-23 22:52",
        "2025-10-23 23:02",
    ]


def test_cron_does_not_repeat_the_minute_that_it_is() -> None:
    due = occurrences("cron(32 22 * * ? *)", START)
    at = datetime(2025, 10, 23, 22, 32, tzinfo=timezone.utc)
    assert due(at - timedelta(seconds=1)) == at
    assert due(at) == at + timedelta(days=1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(30 0 * * ? *)", "2025-10-24 00:30"),
        ("cron(0 8 1 * ? *)", "2025-11-01 08:00"),
        ("cron(0 8 ? * MON-FRI *)", "2025-10-24 08:00"),
        ("cron(0 8 ? * 1 *)", "2025-10-26 08:00"),  # 1 is Sunday
        ("cron(2 0/2 * * ? *)", "2025-10-24 00:02"),  # slots of two hours
        ("cron(0 8 1-7 NOV ? 2026)", "2026-11-01 08:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00"),
        ("cron(0,45 22-23 * * ? *)", "2025-10-23 22:45"),
    ],
)
def test_cron_follows_the_calendar(expression: str, expected: str) -> None:
    assert _next(expression) == [expected]


def test_cron_of_a_past_year_is_never_due() -> None:
    assert occurrences("cron(0 0 1 1 ? 2020)", START)(START) is None


def test_rate_counts_from_its_start() -> None:
    assert _next("rate(10 minutes)", 2) == ["2025-10-23 22:41", "2025-10-23 22:51"]
    assert occurrences("rate(1 hour)", START)(START + timedelta(minutes=90)) == START + timedelta(hours=2)


def test_at_is_due_once() -> None:
    due = occurrences("at(2025-10-24T01:02:03)", START)
    at = datetime(2025, 10, 24, 1, 2, 3, tzinfo=timezone.utc)
    assert due(START) == at
    assert due(at) is None


@pytest.mark.parametrize(
    "expression",
    [
        "cron(* * * * * *)",
        "cron(* * ? * ? *)",
        "cron(? * * * ? *)",
        "cron(60 * * * ? *)",
        "cron(* * * * ?)",
        "cron(5-1 * * * ? *)",
        "rate(1 hours)",
        "rate(2 minute)",
        "rate(0 minutes)",
        "every(5 minutes)",
        "at(tomorrow)",
    ],
)
def test_expressions_that_the_service_refuses_are_refused(expression: str) -> None:
    with pytest.raises(ScheduleError, match="got"):
        occurrences(expression, START)(START)


@pytest.mark.parametrize("day", ["L * ?", "1W * ?", "? * 2#1", "? * 6L", "? * L"])
def test_letters_that_count_from_the_end_or_by_weeks_are_refused(day: str) -> None:
    with pytest.raises(ScheduleError, match="cron day-of-.*: got .*, expected 1 to .*; L, W and # are not emulated"):
        occurrences(f"cron(0 0 {day} *)", START)
