"""One JSON value against one declared column: the typed value, or the rule that it breaks."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from typing import Any, Callable, Dict, Optional, Union

from medallion import instants
from medallion.bronze import text_pattern
from medallion.spec.declaration import Column

MISSING_REQUIRED = "missing_required"
WRONG_TYPE = "wrong_type"
NOT_FINITE = "not_finite"
OUT_OF_BOUNDS = "out_of_bounds"
PATTERN_MISMATCH = "pattern_mismatch"
NOT_ALLOWED = "not_allowed"

INT64_MAX = 2**63 - 1

MAX_NUMBER_DIGITS = 400
"""A longer number is refused unread: the largest double has 309 digits."""

_MOST_WHOLE_DIGITS = 40
_ROUNDINGS = {
    None: Context(prec=2 * _MOST_WHOLE_DIGITS, traps=[InvalidOperation, Inexact]),
    "half_even": Context(prec=2 * _MOST_WHOLE_DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation]),
}
_NUMBER_TEXT = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_NOT_NUMBERS = ("nan", "inf", "infinity")

ValueReader = Callable[[Any], Any]


class RefusedValue(Exception):
    """A value breaks a quality rule; ``reason`` is the rule's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def column_reader(column: Column, identifies: bool = False) -> ValueReader:
    """Return a function from a JSON value to the column's value, None for null; it raises ``RefusedValue``.

    JSON numbers must have been parsed as ``int`` or ``Decimal``; a ``float`` stands for NaN or an infinity. Blank text
    is no value of a column that identifies an entity.
    """
    read = _READERS[column.type.name](column)
    check = _bounds(column)

    def read_checked(value: Any) -> Any:
        if value is None or (identifies and is_missing(value)):
            if column.required:
                raise RefusedValue(MISSING_REQUIRED)
            return None
        typed = read(value)
        if check is not None:
            check(typed)
        return typed

    return read_checked


def is_missing(value: Any) -> bool:
    """Return whether there is no value of an id: none at all, or text of nothing but what ``str.strip`` removes."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_value(value: Any) -> str:
    """Return a string that can be written as UTF-8."""
    if not isinstance(value, str):
        raise RefusedValue(WRONG_TYPE)
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise RefusedValue(WRONG_TYPE)
    return value


def number_value(value: Any) -> Union[int, Decimal]:
    """Return a finite number as it is written: a number of JSON, or the same in quotes, where zeros may lead."""
    if isinstance(value, str):
        return _quoted_number(value)
    if isinstance(value, float):
        raise RefusedValue(NOT_FINITE)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise RefusedValue(WRONG_TYPE)
    return value


def _quoted_number(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_DIGITS or _NUMBER_TEXT.match(text) is None:
        raise RefusedValue(NOT_FINITE if text.lower().lstrip("+-") in _NOT_NUMBERS else WRONG_TYPE)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise RefusedValue(WRONG_TYPE) from None


def whole_value(value: Any) -> int:
    """Return a whole number that fits 64 bits; ``1.0`` and ``"1"`` are whole, ``1.5`` is refused."""
    number = number_value(value)
    if isinstance(number, Decimal):
        if not number:
            return 0
        if number.adjusted() > 18:
            raise RefusedValue(OUT_OF_BOUNDS)
        if number != number.to_integral_value():
            raise RefusedValue(WRONG_TYPE)
        number = int(number)
    if not -INT64_MAX - 1 <= number <= INT64_MAX:
        raise RefusedValue(OUT_OF_BOUNDS)
    return number


def scaled_value(value: Any, scale: int, rounding: Optional[str] = None) -> Decimal:
    """Return a number as a decimal of exactly ``scale`` fractional digits; one with more is refused, or rounded."""
    number = Decimal(number_value(value))
    if number and number.adjusted() > _MOST_WHOLE_DIGITS:
        raise RefusedValue(OUT_OF_BOUNDS)
    try:
        scaled = _ROUNDINGS[rounding].quantize(number, Decimal(1).scaleb(-scale))
    except Inexact:
        raise RefusedValue(WRONG_TYPE) from None
    return scaled if scaled else abs(scaled)


def instant_value(value: Any) -> int:
    """Return an ISO 8601 text with a zone as microseconds that every part of the platform can write."""
    return instant_in_bounds(unbounded_instant(value))


def instant_in_bounds(us: int) -> int:
    """Return the instant, if every part of the platform can write it."""
    if not instants.EARLIEST_US <= us <= instants.LATEST_US:
        raise RefusedValue(OUT_OF_BOUNDS)
    return us


def unbounded_instant(value: Any) -> int:
    """Return an ISO 8601 text with a zone as microseconds."""
    try:
        return instants.instant_us(text_value(value))
    except ValueError:
        raise RefusedValue(WRONG_TYPE) from None


def _string(column: Column) -> ValueReader:
    pattern = None if column.pattern is None else text_pattern.compiled(column.pattern)

    def read(value: Any) -> str:
        text = text_value(value)
        if column.max_length is not None and len(text) > column.max_length:
            raise RefusedValue(OUT_OF_BOUNDS)
        if pattern is not None and pattern.search(text) is None:
            raise RefusedValue(PATTERN_MISMATCH)
        if column.allowed_values is not None and text not in column.allowed_values:
            raise RefusedValue(NOT_ALLOWED)
        return text

    return read


def _decimal(column: Column) -> ValueReader:
    precision, scale = column.type.precision or 0, column.type.scale or 0
    limit = Decimal(10) ** (precision - scale)

    def read(value: Any) -> Decimal:
        scaled = scaled_value(value, scale, column.rounding)
        if abs(scaled) >= limit:
            raise RefusedValue(OUT_OF_BOUNDS)
        return scaled

    return read


def _double(_: Column) -> ValueReader:
    def read(value: Any) -> float:
        try:
            number = float(number_value(value))
        except OverflowError:
            raise RefusedValue(NOT_FINITE) from None
        if number in (float("inf"), float("-inf")):
            raise RefusedValue(NOT_FINITE)
        return number + 0.0

    return read


def _boolean(_: Column) -> ValueReader:
    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise RefusedValue(WRONG_TYPE)
        return value

    return read


_READERS: Dict[str, Callable[[Column], ValueReader]] = {
    "string": _string,
    "integer": lambda _: whole_value,
    "decimal": _decimal,
    "double": _double,
    "boolean": _boolean,
    "timestamp": lambda _: instant_value,
}


def _bounds(column: Column) -> Optional[Callable[[Any], None]]:
    """Return the check of the declared bounds; those of doubles are the doubles nearest to them, as the values are."""
    number: Callable[[str], Union[Decimal, float]] = float if column.type.name == "double" else Decimal
    above, at_least, below, at_most = (
        None if bound is None else number(bound)
        for bound in (
            column.greater_than,
            column.greater_than_or_equal_to,
            column.less_than,
            column.less_than_or_equal_to,
        )
    )
    if above is None and at_least is None and below is None and at_most is None:
        return None

    def check(value: Any) -> None:
        kept = (
            (above is None or value > above)
            and (at_least is None or value >= at_least)
            and (below is None or value < below)
            and (at_most is None or value <= at_most)
        )
        if not kept:
            raise RefusedValue(OUT_OF_BOUNDS)

    return check
