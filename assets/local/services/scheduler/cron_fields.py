"""The fields of an AWS cron expression as sets of numbers."""

from __future__ import annotations

import calendar
import re

from local.services.scheduler.exceptions import ScheduleError

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if number}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_STEP = re.compile(r"^([^/]+)/(\d+)$")
_LIMITS = {"minutes": (0, 59), "hours": (0, 23), "day-of-month": (1, 31), "month": (1, 12), "day-of-week": (1, 7)}
_LIMITS["year"] = (1970, 2199)


def numbers(field: str, text: str) -> frozenset[int]:
    """Return the values of a field such as `0/10`, `1-5` or `JAN,MAR`; raise ScheduleError for any other form."""
    values: set[int] = set()
    for part in text.upper().split(","):
        values |= set(_range(field, part))
    return frozenset(values)


def _range(field: str, part: str) -> range:
    low, high = _LIMITS[field]
    step = _STEP.match(part)
    body, by = (step[1], int(step[2])) if step else (part, 1)
    if body == "*":
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
    value = names.get(text, int(text) if text.isdigit() else -1)
    if not low <= value <= high:
        hint = "; L, W and # are not emulated" if field.startswith("day") else ""
        raise ScheduleError(f"cron {field}: got '{text}', expected {low} to {high}{hint}")
    return value
