"""From a bronze line to an event, or to the reason why it is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

Document = Mapping[str, Any]

NUMBER_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
UNITS_PER_SECOND = {"unix_seconds": 1, "unix_millis": 10**3, "unix_micros": 10**6, "unix_nanos": 10**9}
MICROS = 10**6
LONGEST_IDENTIFIER = 2048


class Refused(Exception):
    """The line goes to quarantine; ``reason`` is the word in the slot report, ``column`` the column at fault."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason, column)
        self.reason = reason
        self.column = column


@dataclass(frozen=True, order=True)
class BronzeLine:
    """One line where it lies: object key and line number from 1, in the order that decides who came first."""

    source_object: str
    source_line: int
    raw: bytes
    arrival_us: int


@dataclass(frozen=True)
class Event:
    """A line that passed every check; decimals in ``values`` are integers of the column's smallest unit."""

    event_id: str
    event_time_us: int
    values: Mapping[str, Any]
    line: BronzeLine

    @property
    def content(self) -> tuple[Any, ...]:
        """What two lines of one event id must share to be the same event."""
        return (self.event_time_us, *self.values.values())


def read_event(line: BronzeLine, spec: Document) -> Event:
    """Return the event of a line, or raise ``Refused`` with the first rule it breaks, columns in declared order."""
    events = spec["events"]
    fields = _json_object(line.raw)
    entities = [group["entity"] for group in spec["featureGroups"]]
    for name in {events["eventId"]}.union(*entities):
        if isinstance(fields.get(name), str) and fields[name].strip() == "":
            fields[name] = None
    if type(fields.get(events["eventId"])) is int:
        fields[events["eventId"]] = str(fields[events["eventId"]])
    event_id = _read(fields, {"name": events["eventId"], "type": "string", "required": True})
    event_times = _event_times_us(fields, events["eventTime"])
    values = {column["name"]: _read(fields, column) for column in events["columns"]}
    for entity in entities:
        _check_identifier([values[name] for name in entity], entity)
    _check_time(event_times, events["eventTime"], line.arrival_us, events)
    return Event(event_id, event_times[events["eventTime"]["format"]], values, line)


def _json_object(raw: bytes) -> dict[str, Any]:
    def pairs(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(items)) < len(items):
            raise ValueError("repeated key")
        return dict(items)

    try:
        fields = json.loads(raw.decode(), parse_float=Decimal, object_pairs_hook=pairs)
    except ValueError:
        raise Refused("unparseable") from None
    if not isinstance(fields, dict):
        raise Refused("unparseable")
    return fields


def _event_times_us(fields: Mapping[str, Any], event_time: Document) -> dict[str, int]:
    """Return when the event happened if its time is in this unit, for each unit, rounded down."""
    name = event_time["column"]
    value = fields.get(name)
    if value is None:
        raise Refused("missing_required", name)
    exact = Fraction(_number(value, name)) * MICROS
    return {unit: floor(exact / per_second) for unit, per_second in UNITS_PER_SECOND.items()}


def _check_time(times: Mapping[str, int], event_time: Document, arrival_us: int, events: Document) -> None:
    earliest = arrival_us - events["allowedLatenessUs"]
    latest = arrival_us + events["arrivalSlackUs"] + events["allowedSkewUs"]
    happened = times[event_time["format"]]
    if earliest <= happened <= latest:
        return
    if any(earliest <= other <= latest for other in times.values()):
        raise Refused("wrong_unit", event_time["column"])
    raise Refused("too_late" if happened < earliest else "from_the_future", event_time["column"])


def _check_identifier(values: Sequence[Any], columns: Sequence[str]) -> None:
    texts = [str(value) for value in values]
    identifier = texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    if len(identifier.encode()) > LONGEST_IDENTIFIER:
        raise Refused("too_long", max(zip(columns, texts, strict=True), key=lambda pair: len(pair[1].encode()))[0])


def _read(fields: Mapping[str, Any], column: Document) -> Any:
    name = column["name"]
    value = fields.get(name)
    if value is None:
        if column.get("required"):
            raise Refused("missing_required", name)
        return None
    value = _typed(value, column)
    if "pattern" in column and not re.search(column["pattern"], value):
        raise Refused("pattern_mismatch", name)
    if "greaterThan" in column and not value > _minor(Decimal(column["greaterThan"]), column):
        raise Refused("out_of_bounds", name)
    return value


def _typed(value: Any, column: Document) -> Any:
    kind, name = column["type"], column["name"]
    if kind == "string" and isinstance(value, str):
        return value
    if kind != "decimal":
        raise Refused("wrong_type", name)
    minor = _minor(_number(value, name), column)
    if minor != int(minor):
        raise Refused("wrong_type", name)
    if abs(minor) >= 10 ** column["precision"]:
        raise Refused("out_of_bounds", name)
    return int(minor)


def _number(value: Any, name: str) -> Decimal:
    """Return a number, quoted or not; the only floats that the parser makes are NaN and the infinities."""
    if isinstance(value, str) and NUMBER_TEXT.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, float):
        raise Refused("not_finite", name)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Refused("wrong_type", name)
    return Decimal(value)


def _minor(value: Decimal, column: Document) -> Decimal:
    return value.scaleb(column.get("scale", 0))
