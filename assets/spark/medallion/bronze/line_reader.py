"""One line of a bronze object: the event that it holds, or the first rule that it breaks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from medallion import identifiers
from medallion.bronze import column_value, event_time
from medallion.bronze.column_value import MAX_NUMBER_DIGITS, RefusedValue, ValueReader, column_reader
from medallion.bronze.event_time import EventTimes
from medallion.bronze.source import Finder, finder, places
from medallion.spec.declaration import Events

UNPARSEABLE = "unparseable"
TOO_LONG = "too_long"
CONFLICTING_DUPLICATE = "conflicting_duplicate"

REASONS = (
    UNPARSEABLE,
    column_value.MISSING_REQUIRED,
    column_value.WRONG_TYPE,
    column_value.NOT_FINITE,
    column_value.OUT_OF_BOUNDS,
    column_value.PATTERN_MISMATCH,
    column_value.NOT_ALLOWED,
    TOO_LONG,
    CONFLICTING_DUPLICATE,
    event_time.WRONG_UNIT,
    event_time.FROM_THE_FUTURE,
    event_time.TOO_LATE,
)
"""Every reason that a quarantined line can have."""


MAX_NESTING = 100
"""Objects and lists that are deeper inside one another than this are refused unread, on every version of Python."""

_MAX_BYTES = 4
"""Of a character in UTF-8."""

_BRACKET_OR_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
"""A text that is cut off is one too: where it was none, each quote in it would be tried up to the end of the line."""


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
        time = events.event_time
        self._times = EventTimes(events)
        identifying = {name for entity in events.entities for name in entity}
        columns = [
            (events.event_id, events.event_id_sources, event_id_value),
            (time.column, time.sources, self._times.read),
            *(
                (column.name, column.sources, column_reader(column, column.name in identifying))
                for column in events.columns
            ),
        ]
        found = [(name, places(name, sources), read) for name, sources, read in columns]
        self._time_column = time.column
        self._known = {source[0] for _, sources, _ in found for source in sources}
        self._readers: List[Tuple[str, Any, Optional[Finder], ValueReader]] = [
            (name, sources[0][0], finder(sources), read) for name, sources, read in found
        ]
        self._time = self._readers[1][1:3]
        numbers = {name: number for number, (name, *_) in enumerate(self._readers)}
        self._entities = [[numbers[name] for name in entity] for entity in events.entities]
        self._identifying = [numbers[name] for name in identifying]
        rooms = dict(events.text_rooms)
        self._text_rooms = [(numbers[name], rooms[name]) for name in numbers if name in rooms]
        self._always_fits = min(map(identifiers.always_fitting_length, map(len, self._entities)), default=0)

    def read(self, line: bytes, arrival_us: int) -> Union[Event, Refusal]:
        """Return the event of a line that arrived in the minute of ``arrival_us``, or why there is none."""
        document = json_object(line)
        if document is None:
            return Refusal(UNPARSEABLE)
        values: List[Any] = []
        for name, key, find, read in self._readers:
            try:
                values.append(read(_written(document, key, find)))
            except RefusedValue as refused:
                return Refusal(refused.reason, name)
        too_long = self._too_long(values)
        if too_long is not None:
            return Refusal(TOO_LONG, too_long)
        out_of_time = self._times.refusal(values[1], _written(document, *self._time), arrival_us)
        if out_of_time is not None:
            return Refusal(out_of_time, self._time_column)
        return Event(tuple(values), len(document.keys() - self._known))

    def _too_long(self, values: Sequence[Any]) -> Optional[str]:
        """Return the column with the longest value of an entity, or with a text, that no record could have."""
        if any(len(str(values[place])) > self._always_fits for place in self._identifying):
            too_long = self._unidentifiable(values)
            if too_long is not None:
                return too_long
        for place, room in self._text_rooms:
            text = values[place]
            if text is not None and len(text) * _MAX_BYTES > room and len(text.encode("utf-8")) > room:
                return self._readers[place][0]
        return None

    def _unidentifiable(self, values: Sequence[Any]) -> Optional[str]:
        """Return the column with the longest value of an entity that the feature store could not identify."""
        for entity in self._entities:
            texts = [str(values[place]) for place in entity]
            if not identifiers.fits(texts):
                longest = max(range(len(texts)), key=lambda place: len(texts[place].encode("utf-8")))
                return self._readers[entity[longest]][0]
        return None


def _written(document: Dict[str, Any], key: Any, find: Optional[Finder]) -> Any:
    return document.get(key) if find is None else find(document)


def _is_deep(line: bytes) -> bool:
    """Whether a line nests deeper than ``MAX_NESTING``; brackets in texts do not count."""
    if line.count(b"{") + line.count(b"[") <= MAX_NESTING:
        return False
    depth = 0
    for match in _BRACKET_OR_TEXT.finditer(line):
        first = match.group()[:1]
        depth += 1 if first in b"[{" else -1 if first in b"]}" else 0
        if depth > MAX_NESTING:
            return True
    return False


def json_object(line: bytes) -> Optional[Dict[str, Any]]:
    """Return the JSON object that a line holds, its numbers as ``int`` or ``Decimal``; None where it holds none."""
    if _is_deep(line):
        return None
    try:
        document = _STRICT.decode(line.decode("utf-8"))
    except (ValueError, ArithmeticError):
        return None
    return document if isinstance(document, dict) else None


def event_id_value(value: Any) -> str:
    """Return the id of an event: text, or the digits of a whole number."""
    if column_value.is_missing(value):
        raise RefusedValue(column_value.MISSING_REQUIRED)
    return str(value) if type(value) is int else column_value.text_value(value)


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


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction)
