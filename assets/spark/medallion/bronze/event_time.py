"""When an event happened: how its time is read, and whether an event of that time may arrive."""

from __future__ import annotations

from typing import Any, Optional

from medallion import instants
from medallion.bronze import column_value
from medallion.bronze.column_value import RefusedValue
from medallion.spec.declaration import Events

FROM_THE_FUTURE = "from_the_future"
TOO_LATE = "too_late"
WRONG_UNIT = "wrong_unit"


def written_instant(value: Any, form: str) -> int:
    """Return the microsecond that a JSON value says in a format, or raise ``RefusedValue``; no calendar bounds it."""
    if form not in instants.UNIT_NS:
        return column_value.unbounded_instant(value)
    return instants.unix_us(column_value.number_value(value), form)


class EventTimes:
    """Reads the time of an event, and judges it once the rest of the event is known to be right."""

    def __init__(self, events: Events) -> None:
        self._form = events.event_time.format
        self._lateness_us = events.allowed_lateness_us
        self._ahead_us = events.arrival_slack_us + events.allowed_skew_us

    def read(self, value: Any) -> int:
        """Return the microsecond that the event happened in, or raise ``RefusedValue``; no calendar bounds it."""
        if value is None:
            raise RefusedValue(column_value.MISSING_REQUIRED)
        return written_instant(value, self._form)

    def refusal(self, event_time_us: int, value: Any, arrival_us: int) -> Optional[str]:
        """Return why no event of this time, written as ``value``, arrives in the minute of ``arrival_us``."""
        if self._may_arrive(event_time_us, arrival_us):
            return None
        if self._form in instants.UNIT_NS:
            number = column_value.number_value(value)
            if any(self._may_arrive(instants.unix_us(number, unit), arrival_us) for unit in instants.UNIT_NS):
                return WRONG_UNIT
        if not instants.EARLIEST_US <= event_time_us <= instants.LATEST_US:
            return column_value.OUT_OF_BOUNDS
        return TOO_LATE if event_time_us < arrival_us else FROM_THE_FUTURE

    def _may_arrive(self, us: int, arrival_us: int) -> bool:
        if not arrival_us - self._lateness_us <= us <= arrival_us + self._ahead_us:
            return False
        return instants.EARLIEST_US <= us <= instants.LATEST_US
