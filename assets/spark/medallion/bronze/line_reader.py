"""One line of a bronze object: the event that it holds, or the first rule that it breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from medallion.bronze import column_value
from medallion.bronze.column_value import RefusedValue, ValueReader, column_reader
from medallion.bronze.source import Finder, finder, places
from medallion.spec.declaration import Events, EventTime

UNPARSEABLE = "unparseable"
CONFLICTING_DUPLICATE = "conflicting_duplicate"
FROM_THE_FUTURE = "from_the_future"
TOO_LATE = "too_late"

REASONS = (
    UNPARSEABLE,
    column_value.MISSING_REQUIRED,
    column_value.WRONG_TYPE,
    column_value.NOT_FINITE,
    column_value.OUT_OF_BOUNDS,
    column_value.PATTERN_MISMATCH,
    column_value.NOT_ALLOWED,
    CONFLICTING_DUPLICATE,
    FROM_THE_FUTURE,
    TOO_LATE,
)
"""Every reason that a quarantined line can have."""

MAX_NUMBER_DIGITS = 400
"""Numbers longer than this are refused unread: the largest double has 309 digits."""


@dataclass(frozen=True)
class Refusal:
    """Why a line holds no event, and the column to blame, if one is; id and time by their first source as declared."""

    reason: str
    column: Optional[str] = None


@dataclass(frozen=True)
class Event:
    """The typed values of a line: id, event time (microseconds), then the declared columns in order.

    ``unknown_columns`` is the number of keys of the line's object with which no source begins.
    """

    values: Tuple[Any, ...]
    unknown_columns: int = 0


class LineReader:
    """Reads lines by the declaration of one event stream; the same line always gives the same answer."""

    def __init__(self, events: Events) -> None:
        self._events = events
        time = events.event_time
        columns = [
            (events.event_id, events.event_id_sources, _event_id),
            (time.column, time.sources, _event_time_reader(time)),
            *((column.name, column.sources, column_reader(column)) for column in events.columns),
        ]
        found = [(name, places(name, sources), read) for name, sources, read in columns]
        self._known = {source[0] for _, sources, _ in found for source in sources}
        self._readers: List[Tuple[str, Any, Optional[Finder], ValueReader]] = [
            (name, sources[0][0], finder(sources), read) for name, sources, read in found
        ]

    def read(self, line: bytes, arrival_us: int) -> Union[Event, Refusal]:
        """Return the event of a line that arrived in the minute of ``arrival_us``, or why there is none."""
        try:
            document = json.loads(line.decode("utf-8"), **_STRICT)
        except (ValueError, RecursionError, ArithmeticError):
            return Refusal(UNPARSEABLE)
        if not isinstance(document, dict):
            return Refusal(UNPARSEABLE)
        values: List[Any] = []
        for name, key, find, read in self._readers:
            try:
                values.append(read(document.get(key) if find is None else find(document)))
            except RefusedValue as refused:
                return Refusal(refused.reason, name)
        return self._in_time(values[1], arrival_us) or Event(tuple(values), len(document.keys() - self._known))

    def _in_time(self, event_time_us: int, arrival_us: int) -> Optional[Refusal]:
        if event_time_us < arrival_us - self._events.allowed_lateness_us:
            return Refusal(TOO_LATE, self._events.event_time.column)
        if event_time_us > arrival_us + self._events.arrival_slack_us + self._events.allowed_skew_us:
            return Refusal(FROM_THE_FUTURE, self._events.event_time.column)
        return None


def _event_id(value: Any) -> str:
    if value is None or value == "":
        raise RefusedValue(column_value.MISSING_REQUIRED)
    return column_value.text_value(value)


def _event_time_reader(event_time: EventTime) -> ValueReader:
    to_us = _instant if event_time.format == "iso8601" else _unix(_FRACTION_DIGITS[event_time.format])

    def read(value: Any) -> int:
        if value is None:
            raise RefusedValue(column_value.MISSING_REQUIRED)
        return to_us(value)

    return read


_FRACTION_DIGITS = {"unix_seconds": 6, "unix_millis": 3, "unix_micros": 0}


def _instant(value: Any) -> int:
    return column_value.instant_value(value)


def _unix(fraction_digits: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        scaled = column_value.scaled_value(value, fraction_digits)
        return column_value.instant_in_bounds(int(scaled.scaleb(fraction_digits)))

    return read


def _object(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("an object names a key twice")
    return document


def _whole(digits: str) -> int:
    if len(digits) > MAX_NUMBER_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > MAX_NUMBER_DIGITS:
        raise ValueError("a number is too long")
    return Decimal(digits)


_STRICT: Dict[str, Any] = {"object_pairs_hook": _object, "parse_int": _whole, "parse_float": _fraction}
