"""Points in time as whole microseconds since 1970-01-01T00:00Z, and their spellings."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US

FIRST_US, LAST_US = ((end.replace(tzinfo=timezone.utc) - EPOCH) // MICROSECOND for end in (datetime.min, datetime.max))
"""The first microsecond of year 1 and the last of year 9999: the calendar."""

EARLIEST_US = (datetime(1, 1, 2, tzinfo=timezone.utc) - EPOCH) // MICROSECOND
LATEST_US = (datetime(9999, 12, 30, tzinfo=timezone.utc) - EPOCH) // MICROSECOND
"""The first and last instant of an event, a day within the calendar."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))\Z",
    re.ASCII,
)


def instant_us(text: str) -> int:
    """Read ISO-8601 with a zone; raise ``ValueError`` for another form, no such date, or a part below a microsecond."""
    match = _ISO.match(text)
    if match is None:
        raise ValueError(
            f"instant: got '{text}', expected ISO-8601 with a zone; write it like 2025-10-23T22:40:00.000Z"
        )
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction = (match.group(7) or "").ljust(9, "0")
    if fraction[6:] != "000":
        raise ValueError(f"instant: got '{text}', expected whole microseconds; drop the digits after the sixth")
    whole = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    return (whole - EPOCH) // MICROSECOND + int(fraction[:6]) - _zone_us(match)


def _zone_us(match: re.Match[str]) -> int:
    if match.group(8) is None:
        return 0
    hours, minutes = int(match.group(9)), int(match.group(10))
    if hours > 18 or minutes > 59:
        raise ValueError(f"instant: got '{match.group(0)}', expected an offset of at most 18 hours; correct it")
    return (hours * 60 + minutes) * MINUTE_US * (-1 if match.group(8) == "-" else 1)


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
