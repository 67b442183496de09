"""When a schedule is due: `cron(...)`, `rate(...)` and `at(...)` of EventBridge, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from local.services.scheduler.cron_fields import numbers
from local.services.scheduler.exceptions import ScheduleError

Occurrences = Callable[[datetime], "datetime | None"]
"""The first occurrence after a time, or None when there is none in the next years."""

_FORM = re.compile(r"^(cron|rate|at)\((.*)\)$")
_RATE = re.compile(r"^(\d+) (minute|minutes|hour|hours|day|days)$")
_SEARCHED_DAYS = 366 * 8


def occurrences(expression: str, start: datetime) -> Occurrences:
    """Return when an expression is due; a rate counts from `start`. Raises ScheduleError for what AWS refuses."""
    form = _FORM.match(expression)
    if form is None:
        raise ScheduleError(f"schedule: got '{expression}', expected cron(...), rate(...) or at(...)")
    if form[1] == "rate":
        return _rate(form[2], start)
    return _cron(form[2]) if form[1] == "cron" else _at(form[2])


def _rate(text: str, start: datetime) -> Occurrences:
    match = _RATE.match(text)
    if match is None or (match[1] == "1") == match[2].endswith("s") or match[1] == "0":
        raise ScheduleError(f"rate: got '{text}', expected a number and a unit as in '1 hour' or '10 minutes'")
    unit = match[2] if match[2].endswith("s") else f"{match[2]}s"
    every = timedelta(**{unit: int(match[1])})

    def after(time: datetime) -> datetime:
        return start + every * max(1, (time - start) // every + 1)

    return after


def _at(text: str) -> Occurrences:
    try:
        instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        raise ScheduleError(f"at: got '{text}', expected yyyy-mm-ddThh:mm:ss") from None
    return lambda time: instant if instant > time else None


def _cron(text: str) -> Occurrences:
    fields = text.split()
    if len(fields) != 6:
        raise ScheduleError(f"cron: got {len(fields)} fields in '{text}', expected 6; add the year, '*' for any")
    minutes, hours = sorted(numbers("minutes", fields[0])), sorted(numbers("hours", fields[1]))
    day_matches = _day_test(*fields[2:])

    def after(time: datetime) -> datetime | None:
        earliest = (time + timedelta(minutes=1)).replace(second=0, microsecond=0)
        for offset in range(_SEARCHED_DAYS):
            day = earliest.date() + timedelta(days=offset)
            if not day_matches(day):
                continue
            for hour in hours:
                for minute in minutes:
                    due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone.utc)
                    if due >= earliest:
                        return due
        return None

    return after


def _day_test(month_day: str, month: str, week_day: str, year: str) -> Callable[[date], bool]:
    if (month_day == "?") == (week_day == "?"):
        raise ScheduleError(
            f"cron: got day-of-month '{month_day}' and day-of-week '{week_day}', expected '?' in exactly one of them"
        )
    months, years = numbers("month", month), numbers("year", year)
    month_days = numbers("day-of-month", "*" if month_day == "?" else month_day)
    week_days = numbers("day-of-week", "*" if week_day == "?" else week_day)

    def test(day: date) -> bool:
        listed = day.day in month_days and day.isoweekday() % 7 + 1 in week_days  # 1 is Sunday
        return day.month in months and day.year in years and listed

    return test
