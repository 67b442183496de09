"""Lines read a second way: JSON letter by letter, values in fractions, the rules as docs/input.md states them.

The declaration is the spec document itself. A line is ``None`` if it is blank, ``Refused``, or ``Held`` with an event.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Union

from slow_json import ESCAPED, MAX_EXPONENT_DIGITS, MAX_NUMBER, Json, Number, Row
from slow_values import DIGITS, PER_SECOND, WHITE_SPACE, Unreadable, slow_instant, slow_number, slow_unix

MAX_IDENTIFIER = 2048
CALENDAR = slow_instant("0001-01-02T00:00:00Z") or 0, slow_instant("9999-12-30T00:00:00Z") or 0
INFINITE = 2**1024 - 2**970
"""Half way from the largest double to what would be the next one."""


class Refused(NamedTuple):
    """Why a line states no event, and the column to blame."""

    reason: str
    column: Optional[str] = None


class Held(NamedTuple):
    """The event of a line, by the names of silver, and how many of its keys nobody declared."""

    event: Row
    unknown: int


class BrokenRule(Exception):
    """A value is refused."""


def is_blank(text: str) -> bool:
    """Return whether a text has nothing but white space of Unicode."""
    return all(letter in WHITE_SPACE for letter in text)


def entity_key(values: Sequence[Any]) -> str:
    """Return the identifier of an entity, by the rules of docs/feature-semantics.md."""
    if len(values) == 1:
        return str(values[0])
    short = {letter: f"\\{escape}" for escape, letter in ESCAPED.items() if escape != "/"}
    texts = [
        "".join(short.get(sign) or (f"\\u{ord(sign):04x}" if sign < " " else sign) for sign in str(value))
        for value in values
    ]
    return "[" + ",".join(f'"{text}"' for text in texts) + "]"


def rooms_of(group: Row) -> List[Tuple[str, int]]:
    """Return the columns whose text records of a group have, with the bytes that docs/input.md leaves them."""
    texts = [feature["column"] for feature in group["features"] if feature["result"]["type"] == "string"]
    values = len(group["features"]) + len(group["entity"]) + 2
    return [(name, (358_400 - 4_096 - 100 * values) // len(texts)) for name in texts]


class SlowLines:
    """Reads the lines of one declaration; ``matches`` says for each declared pattern which texts have it."""

    def __init__(self, document: Row, matches: Mapping[str, Callable[[str], bool]]) -> None:
        events = document["events"]
        time = events["eventTime"]
        self._matches = matches
        self._columns = {column["name"]: column for column in events["columns"]}
        self._entities: List[List[str]] = [group["entity"] for group in document["featureGroups"]]
        self._identifying: Set[str] = {name for entity in self._entities for name in entity}
        self._id, self._time, self._form = events["eventId"], time["column"], time["format"]
        self._places: Dict[str, Any] = {
            self._id: events.get("eventIdSources", [[self._id]]),
            self._time: time.get("sources", [[self._time]]),
            **{name: column.get("sources", [[name]]) for name, column in self._columns.items()},
        }
        self._rooms = [room for group in document["featureGroups"] for room in rooms_of(group)]
        self._known = {place[0] for places in self._places.values() for place in places}
        self._back = events["allowedLatenessUs"]
        self._ahead = events["arrivalSlackUs"] + events["allowedSkewUs"]

    def read(self, line: bytes, arrival_us: int) -> Union[Refused, Held, None]:
        """Return what a line amounts to that arrived in a minute."""
        if not line.strip(b" \t\r\n\x0b\x0c"):
            return None
        try:
            raw = Json(line.decode("utf-8")).whole()
        except (Unreadable, UnicodeDecodeError):
            return Refused("unparseable")
        return self._event(raw, arrival_us) if isinstance(raw, dict) else Refused("unparseable")

    def _event(self, raw: Row, arrival_us: int) -> Union[Refused, Held]:
        event: Row = {}
        blamed = self._id
        try:
            event["event_id"] = identifying_text(self._found(raw, self._id))
            blamed = self._time
            event["event_time"], in_units = self._instant(self._found(raw, self._time))
            for blamed, column in self._columns.items():
                event[blamed] = self._value(column, self._found(raw, blamed))
        except BrokenRule as broken:
            return Refused(str(broken), blamed)
        for entity in self._entities:
            values = [event[name] for name in entity]
            if len(entity_key(values).encode("utf-8")) > MAX_IDENTIFIER:
                sizes = [len(str(value).encode("utf-8")) for value in values]
                return Refused("too_long", entity[sizes.index(max(sizes))])
        for name, room in self._rooms:
            if len((event[name] or "").encode("utf-8")) > room:
                return Refused("too_long", name)
        reason = self._out_of_time(event["event_time"], in_units, arrival_us)
        return Refused(reason, self._time) if reason else Held(event, len(raw.keys() - self._known))

    def _found(self, raw: Row, name: str) -> Any:
        for place in self._places[name]:
            value: Any = raw
            for step in place:
                if isinstance(step, str):
                    value = value.get(step) if isinstance(value, dict) else None
                else:
                    value = value[step] if isinstance(value, list) and len(value) > step else None
            if value is not None:
                return value
        return None

    def _instant(self, value: Any) -> Tuple[int, List[int]]:
        """Return the time of an event, and what it would be in each unit."""
        if value is None:
            raise BrokenRule("missing_required")
        if self._form == "iso8601":
            return instant_of(value), []
        number = number_of(value)
        return slow_unix(number, self._form), [slow_unix(number, unit) for unit in PER_SECOND]

    def _out_of_time(self, us: int, in_units: List[int], arrival_us: int) -> str:
        def may_arrive(at: int) -> bool:
            return arrival_us - self._back <= at <= arrival_us + self._ahead and CALENDAR[0] <= at <= CALENDAR[1]

        if may_arrive(us):
            return ""
        if any(map(may_arrive, in_units)):
            return "wrong_unit"
        if not CALENDAR[0] <= us <= CALENDAR[1]:
            return "out_of_bounds"
        return "too_late" if us < arrival_us else "from_the_future"

    def _value(self, column: Row, value: Any) -> Any:
        is_missing = column["name"] in self._identifying and isinstance(value, str) and is_blank(value)
        if value is None or is_missing:
            if column["required"]:
                raise BrokenRule("missing_required")
            return None
        if column["type"] == "string":
            return self._text(column, text_of(value))
        if column["type"] == "boolean":
            if not isinstance(value, bool):
                raise BrokenRule("wrong_type")
            return value
        if column["type"] == "timestamp":
            us = instant_of(value)
            if not CALENDAR[0] <= us <= CALENDAR[1]:
                raise BrokenRule("out_of_bounds")
            return us
        return NUMBERS[column["type"]](column, number_of(value))

    def _text(self, column: Row, text: str) -> str:
        if len(text) > column.get("maxLength", len(text)):
            raise BrokenRule("out_of_bounds")
        if "pattern" in column and not self._matches[column["pattern"]](text):
            raise BrokenRule("pattern_mismatch")
        if "allowedValues" in column and text not in column["allowedValues"]:
            raise BrokenRule("not_allowed")
        return text


def text_of(value: Any) -> str:
    if not isinstance(value, str) or any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        raise BrokenRule("wrong_type")
    return value


def identifying_text(value: Any) -> str:
    """Return the id of an event."""
    if value is None or (isinstance(value, str) and is_blank(value)):
        raise BrokenRule("missing_required")
    if isinstance(value, Number):
        digits = value.text[1:] if value.text.startswith("-") else value.text
        if any(letter not in DIGITS for letter in digits):
            raise BrokenRule("wrong_type")
        return "0" if digits == "0" else value.text
    return text_of(value)


def instant_of(value: Any) -> int:
    us = slow_instant(text_of(value))
    if us is None:
        raise BrokenRule("wrong_type")
    return us


def number_of(value: Any) -> Fraction:
    """Return a number, or what is written like one in quotes."""
    text = value.text if isinstance(value, Number) else value
    if not isinstance(text, str):
        raise BrokenRule("wrong_type")
    exponent = text.lower().partition("e")[2]
    is_short = len(text) <= MAX_NUMBER and len(exponent) <= MAX_EXPONENT_DIGITS
    number = slow_number(text) if is_short else None
    if number is None:
        bare = text.lower()
        while bare[:1] in ("+", "-"):
            bare = bare[1:]
        raise BrokenRule("not_finite" if bare in ("nan", "inf", "infinity") else "wrong_type")
    return number


def whole_of(column: Row, number: Fraction) -> int:
    if abs(number) >= 10**19:
        raise BrokenRule("out_of_bounds")
    if number.denominator != 1:
        raise BrokenRule("wrong_type")
    if not -(2**63) <= number < 2**63:
        raise BrokenRule("out_of_bounds")
    return int(_bounded(column, number))


def decimal_of(column: Row, number: Fraction) -> Decimal:
    """Return a decimal, rounded half to even where the column allows it."""
    scale, is_exact = column["scale"], "rounding" not in column
    if abs(number) >= 10**41:
        raise BrokenRule("out_of_bounds")
    minor = number * 10**scale
    if minor.denominator != 1 and is_exact:
        raise BrokenRule("wrong_type")
    below = minor.numerator // minor.denominator
    over = minor - below
    units = below + (1 if over > Fraction(1, 2) or (over == Fraction(1, 2) and below % 2) else 0)
    if abs(units) >= 10 ** column["precision"]:
        raise BrokenRule("out_of_bounds")
    _bounded(column, Fraction(units, 10**scale))
    return Decimal((int(units < 0), [int(digit) for digit in str(abs(units))], -scale))


def double_of(column: Row, number: Fraction) -> float:
    """Return the nearest double, which Python promises of a quotient of whole numbers; bounds are doubles too."""
    if abs(number) >= INFINITE:
        raise BrokenRule("not_finite")
    double = number.numerator / number.denominator
    _bounded(column, Fraction(double), lambda bound: Fraction(bound.numerator / bound.denominator))
    return double


def _bounded(column: Row, number: Fraction, kept: Callable[[Fraction], Fraction] = lambda bound: bound) -> Fraction:
    checks: Dict[str, Callable[[Fraction], bool]] = {
        "greaterThan": lambda bound: number > bound,
        "greaterThanOrEqualTo": lambda bound: number >= bound,
        "lessThan": lambda bound: number < bound,
        "lessThanOrEqualTo": lambda bound: number <= bound,
    }
    if not all(check(kept(Fraction(column[name]))) for name, check in checks.items() if name in column):
        raise BrokenRule("out_of_bounds")
    return number


NUMBERS: Dict[str, Callable[[Row, Fraction], Any]] = {"integer": whole_of, "decimal": decimal_of, "double": double_of}
