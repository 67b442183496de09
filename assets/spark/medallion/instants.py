"""Points in time as whole microseconds since 1970-01-01T00:00Z, and their spellings."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Union

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
NS_OF_US = 1000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US

FIRST_US, LAST_US = ((end.replace(tzinfo=timezone.utc) - EPOCH) // MICROSECOND for end in (datetime.min, datetime.max))
"""The first microsecond of year 1 and the last of year 9999: the calendar."""

EARLIEST_US = (datetime(1, 1, 2, tzinfo=timezone.utc) - EPOCH) // MICROSECOND
LATEST_US = (datetime(9999, 12, 30, tzinfo=timezone.utc) - EPOCH) // MICROSECOND
"""The first and last instant of an event, a day within the calendar."""

UNIT_NS = {"unix_seconds": 1_000_000_000, "unix_millis": 1_000_000, "unix_micros": 1000, "unix_nanos": 1}
"""The units in which the time since 1970 is counted, in nanoseconds."""

MAX_OFFSET_US = 18 * 60 * MINUTE_US
"""The greatest distance from UTC that a zone may have."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)\Z",
    re.ASCII,
)
_MOST_DIGITS = 40
"""Of a number of units, before or after the point: with more the instant is in no calendar, or at zero."""

_NO_INSTANT_US: int = 10**_MOST_DIGITS


def instant_us(text: str) -> int:
    """Read ISO 8601 with a zone, rounded down to the microsecond; raise ``ValueError`` for what is no such time.

    The seconds may be missing, the ``T`` may be a space, and the fraction may have any number of digits, after a point
    or a comma. Two times have no agreed meaning and are refused: ``24:00``, which some take for the start of the day
    and some for its end, and the leap second ``:60``, which some take for the second before and some for the one after.
    """
    match = _ISO.match(text)
    if match is None:
        raise _unreadable(text, "ISO 8601 with a zone", "write it like 2025-10-23T22:40:00.000Z")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone.utc)
    except ValueError:
        raise _unreadable(text, "a time of the calendar", "correct it") from None
    offset_us = (int(hours or 0) * 60 + int(minutes or 0)) * MINUTE_US
    if offset_us > MAX_OFFSET_US or int(minutes or 0) > 59:
        raise _unreadable(text, "an offset of at most 18 hours", "correct it")
    us = (whole - EPOCH) // MICROSECOND + int((fraction or "0")[:6].ljust(6, "0"))
    return us + offset_us if sign == "-" else us - offset_us


def unix_us(number: Union[int, Decimal], unit: str) -> int:
    """Return a count of units since 1970 as microseconds, rounded down; for far too many, an instant in no calendar."""
    if isinstance(number, int):
        return number * UNIT_NS[unit] // NS_OF_US
    if not number or number.adjusted() < -_MOST_DIGITS:
        return -1 if number < 0 else 0
    if number.adjusted() > _MOST_DIGITS:
        return -_NO_INSTANT_US if number < 0 else _NO_INSTANT_US
    numerator, denominator = number.as_integer_ratio()
    return numerator * UNIT_NS[unit] // (denominator * NS_OF_US)


def _unreadable(text: str, expected: str, fix: str) -> ValueError:
    return ValueError(f"instant: got '{text}', expected {expected}; {fix}")


def datetime_of(us: int) -> datetime:
    """Return the instant as an aware datetime in UTC."""
    return EPOCH + us * MICROSECOND


def micros_of(instant: datetime) -> int:
    """Return an aware datetime as microseconds; a naive one is taken for UTC."""
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=timezone.utc)
    return (aware - EPOCH) // MICROSECOND


def iso_millis(us: int) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SS.sssZ``; what is below a millisecond is rounded down."""
    return datetime_of(us - us % 1000).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def day_of(us: int) -> date:
    """Return the UTC day that contains the instant; the first or the last day for one outside of the calendar.

    Windows and lateness reach beyond the times that events have. There is nothing on the days out there.
    """
    return datetime_of(min(max(us, FIRST_US), LAST_US)).date()


def start_of(day: date) -> int:
    """Return the first instant of a UTC day."""
    return (day - EPOCH.date()).days * DAY_US
