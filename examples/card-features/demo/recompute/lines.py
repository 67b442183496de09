"""From a bronze line to an event, or to the reason why it is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Document = Mapping[str, Any]

DECIMAL_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MICROS_PER_UNIT = {"unix_seconds": 1_000_000, "unix_millis": 1_000, "unix_micros": 1}


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
    event_id = _read(fields, {"name": events["eventId"], "type": "string", "required": True})
    event_time = _event_time_us(fields, events["eventTime"])
    values = {column["name"]: _read(fields, column) for column in events["columns"]}
    if event_time < line.arrival_us - events["allowedLatenessUs"]:
        raise Refused("too_late", events["eventTime"]["column"])
    if event_time > line.arrival_us + events["arrivalSlackUs"] + events["allowedSkewUs"]:
        raise Refused("from_the_future", events["eventTime"]["column"])
    return Event(event_id, event_time, values, line)


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


def _event_time_us(fields: Mapping[str, Any], event_time: Document) -> int:
    name = event_time["column"]
    value = fields.get(name)
    if value is None:
        raise Refused("missing_required", name)
    micros = _number(value, name) * MICROS_PER_UNIT[event_time["format"]]
    if micros != int(micros):
        raise Refused("wrong_type", name)
    return int(micros)


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
    if isinstance(value, str) and DECIMAL_TEXT.fullmatch(value):
        value = Decimal(value)
    minor = _minor(_number(value, name), column)
    if minor != int(minor):
        raise Refused("wrong_type", name)
    if abs(minor) >= 10 ** column["precision"]:
        raise Refused("out_of_bounds", name)
    return int(minor)


def _number(value: Any, name: str) -> Decimal:
    """Return a JSON number; the only floats that the parser makes are NaN and the infinities."""
    if isinstance(value, float):
        raise Refused("not_finite", name)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Refused("wrong_type", name)
    return Decimal(value)


def _minor(value: Decimal, column: Document) -> Decimal:
    return value.scaleb(column.get("scale", 0))
