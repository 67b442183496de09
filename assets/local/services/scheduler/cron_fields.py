"""The fields of an AWS cron expression as sets of numbers, and the two that depend on the calendar."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from local.services.scheduler.exceptions import ScheduleError

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if number}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_STEP = re.compile(r"^([^/]+)/(\d+)$")
_NTH_WEEKDAY = re.compile(r"^(\w+)#([1-5])$")
_NEAREST_WEEKDAY = re.compile(r"^(\d+)W$")
_LAST_WEEKDAY = re.compile(r"^(\w+)L$")
_LIMITS = {"minutes": (0, 59), "hours": (0, 23), "day-of-month": (1, 31), "month": (1, 12), "day-of-week": (1, 7)}
_LIMITS["year"] = (1970, 2199)

DayTest = Callable[[date], bool]


def numbers(field: str, text: str) -> frozenset[int]:
    """Return the values of a field such as `0/10`, `1-5` or `JAN,MAR`; raise ScheduleError when out of its limits."""
    values: set[int] = set()
    for part in text.upper().split(","):
        values |= set(_range(field, part))
    return frozenset(values)


def month_day_test(text: str) -> DayTest:
    """Return whether a date matches a day-of-month field: numbers, `L` or `15W`."""
    if text == "L":
        return lambda day: day.day == _last_day(day)
    nearest = _NEAREST_WEEKDAY.match(text)
    if nearest:
        wanted = int(nearest[1])
        return lambda day: day == _nearest_weekday(day, wanted)
    days = numbers("day-of-month", text)
    return lambda day: day.day in days


def week_day_test(text: str) -> DayTest:
    """Return whether a date matches a day-of-week field: numbers from 1 = Sunday, names, `6L` or `2#1`."""
    nth = _NTH_WEEKDAY.match(text)
    if nth:
        weekday, week = _number("day-of-week", nth[1]), int(nth[2])
        return lambda day: _week_day(day) == weekday and (day.day - 1) // 7 + 1 == week
    last = _LAST_WEEKDAY.match(text)
    if last:
        weekday = _number("day-of-week", last[1])
        return lambda day: _week_day(day) == weekday and day.day + 7 > _last_day(day)
    days = numbers("day-of-week", "SAT" if text == "L" else text)
    return lambda day: _week_day(day) in days


def _range(field: str, part: str) -> range:
    low, high = _LIMITS[field]
    step = _STEP.match(part)
    body, by = (step[1], int(step[2])) if step else (part, 1)
    if body in ("*", "?"):
        first, last = low, high
    elif "-" in body:
        first, last = (_number(field, end) for end in body.split("-", 1))
    else:
        first = _number(field, body)
        last = high if step else first
    if by < 1 or last < first:
        raise ScheduleError(f"cron {field}: got '{part}', expected a range that rises by 1 or more")
    return range(first, last + 1, by)


def _number(field: str, text: str) -> int:
    names = {"month": _MONTHS, "day-of-week": _WEEKDAYS}.get(field, {})
    low, high = _LIMITS[field]
    value = names.get(text.upper(), int(text) if text.isdigit() else -1)
    if not low <= value <= high:
        raise ScheduleError(f"cron {field}: got '{text}', expected {low} to {high}")
    return value


def _week_day(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _last_day(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> date:
    """Return the working day nearest to the wanted day, within the month of `day`."""
    target = day.replace(day=min(wanted, _last_day(day)))
    if target.isoweekday() == 6:
        return target + timedelta(days=2 if target.day == 1 else -1)
    if target.isoweekday() == 7:
        return target + timedelta(days=-2 if target.day == _last_day(day) else 1)
    return target
