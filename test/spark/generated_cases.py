"""Generated events, instants, windows and predicates that are small and nasty, for the comparison with the model.

All is drawn from a ``random.Random``: Hypothesis lends one whose draws it can shrink, a bulk run seeds its own.
"""

from __future__ import annotations

import math
import random
import struct
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Callable, Dict, List, Sequence, Tuple

from factories import (
    HOUR_US,
    KEYS,
    SECOND_US,
    TYPES,
    Row,
    combined,
    compared,
    every_derived_feature,
    every_feature,
)

from medallion.instants import FIRST_US, LAST_US
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import AnyFeature
from medallion.spec.predicate import Predicate

KINDS = {**TYPES, "wide decimal": ColumnType("decimal", 18, 4)}
"""The types of the column ``value`` that is aggregated."""

STEPS = 12
SLOT_US = 600 * SECOND_US
UNITS = (1, SLOT_US)
STARTS = (0, -12, FIRST_US, LAST_US - STEPS, LAST_US - STEPS * SLOT_US, 1_761_206_400_000_000)
MARKS = (None, "", "a", "b", "é")

Draw = Callable[[random.Random], Any]


@dataclass(frozen=True)
class History:
    """The events of one entity, and the instants at which its features are asked for."""

    events: List[Row]
    queries: List[Row]


@dataclass(frozen=True)
class Case:
    """Histories that are evaluated in one table; ``value`` has the type named ``kind``."""

    kind: str
    features: List[AnyFeature]
    histories: List[History]


def a_case(chance: random.Random, kind: str, sizes: Sequence[int]) -> Case:
    """Draw a case with one of the given numbers of histories, in half of the cases some with values at the limits.

    Every aggregation and derivation is asked for over one window with each of the boundaries, all, some or none of
    them with a condition.
    """
    extreme = chance.random() < 0.5
    values = chance.choice((EXTREME_VALUES if extreme else VALUES)[kind])
    of_history = [values, values, chance.choice(VALUES[kind])] if extreme else [values]
    unit = chance.choice(UNITS)
    length = max(1, unit * chance.choice((0, 1, 2, 3, 5, 8, STEPS, STEPS)) + chance.choice((-1, 0, 0, 1)))
    if chance.random() < 0.03:
        length = 3650 * 24 * HOUR_US
    offset = chance.choice((0, 0, 0, 0, 1, unit, unit * chance.randrange(6)))
    where = a_predicate(chance, kind, values) if chance.random() < 0.7 else None
    plain = chance.choice(((), (), ("mean", "stddev", "first"), ("count", "max", "last"), ("variance", "min")))
    features = [
        replace(feature, where=None) if feature.aggregation in plain else feature
        for feature in every_feature(KINDS[kind], [(length, offset)], where)
    ]
    size = chance.choice(list(sizes))
    keys = KEYS[:size] if size <= len(KEYS) else [a_key(number) for number in range(size)]
    histories = [a_history_of(chance, key, unit, (length, offset), chance.choice(of_history)) for key in keys]
    return Case(kind, [*features, *every_derived_feature(features)], histories)


def a_history_of(
    chance: random.Random,
    key: Tuple[str, str],
    unit: int,
    window: Tuple[int, int],
    values: Draw,
) -> History:
    """Draw up to twenty events, and instants at them, at the edges of their windows and anywhere."""
    entity = {"bank": key[0], "card": key[1]}
    start = chance.choice(STARTS)
    missing = chance.choice((0.0, 0.1, 0.4))
    events: List[Row] = [
        {
            **entity,
            "event_id": f"{chance.choice(('', 'a', 'b', 'é', '😀'))}{at}",
            "event_time": a_time(chance, start, unit),
            "value": None if chance.random() < missing else values(chance),
            "mark": chance.choice(MARKS),
        }
        for at in range(chance.choice((0, 1, 2, 3, 5, 8, 12, 12, 20)))
    ]
    instants = [a_time(chance, start, unit)]
    if events:
        times = [event["event_time"] for event in events]
        edge = chance.choice((0, window[0])) + window[1] + chance.choice((-1, 0, 1))
        instants += [chance.choice(times), within_range(chance.choice(times) + edge)]
    return History(events, [{**entity, "query_time": instant} for instant in instants])


def a_predicate(chance: random.Random, kind: str, values: Draw, depth: int = 0) -> Predicate:
    """Draw a predicate on ``value`` or ``mark``, combined up to two levels deep."""
    if depth < 2 and chance.random() < 0.4:
        operator = chance.choice(("allOf", "anyOf", "not"))
        count = 1 if operator == "not" else chance.choice((1, 2, 3))
        return combined(operator, *(a_predicate(chance, kind, values, depth + 1) for _ in range(count)))
    column, name = chance.choice((("value", KINDS[kind].name), ("mark", "string")))
    operators = ["isNull", "isNotNull"]
    if name != "double":
        operators += ["equalTo", "notEqualTo", "oneOf"]
    if name not in ("string", "boolean"):
        operators += ["greaterThan", "greaterThanOrEqualTo", "lessThan", "lessThanOrEqualTo"]
    operator = chance.choice(operators)
    literals = values if column == "value" else one_of("", "a", "b", "c")
    count = {"isNull": 0, "isNotNull": 0, "oneOf": chance.choice((1, 2, 3))}.get(operator, 1)
    return compared(column, operator, *(literals(chance) for _ in range(count)))


def a_key(number: int) -> Tuple[str, str]:
    """Return one of many keys, five of which at a time would be one if their parts were joined."""
    text = str(1000 + number // 5)
    return text[: number % 5], text[number % 5 :]


def a_time(chance: random.Random, start: int, unit: int) -> int:
    """Draw a whole number of units after the start, or a microsecond beside it."""
    return within_range(start + unit * chance.randrange(STEPS + 1) + chance.choice((-1, 0, 0, 1)))


def within_range(time: int) -> int:
    return min(max(time, FIRST_US), LAST_US)


def any_double(chance: random.Random) -> float:
    """Draw a finite double, every pattern of bits alike."""
    value: float = struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0]
    return value if math.isfinite(value) else 0.0


def one_of(*values: Any) -> Draw:
    return lambda chance: chance.choice(values)


def decimals(texts: str) -> Draw:
    return one_of(*map(Decimal, texts.split()))


LARGEST_DOUBLE = 1.7976931348623157e308
"""With half of its last bit, which is 2**970, it is halfway to what no double holds, and with less it is itself."""


VALUES: Dict[str, Sequence[Draw]] = {
    "integer": (one_of(0, 1, 2, 2, -3, 7), one_of(0, 1, 2, 2, -3, 7, 2**53 + 1, -(2**31))),
    "decimal": (decimals("0.00 0.01 0.01 -0.01 12.34 -7.50"), decimals("0.00 0.01 0.01 -7.50 99999999.99")),
    "wide decimal": (decimals("0.0000 0.0001 -1.5000 -1.5000 2.2500"), decimals("0.0001 -1.5000 12345678901234.5678")),
    "double": (one_of(0.0, -0.0, 0.1, 0.1, -2.25, 1e15, -1e15, 3.0, 1 / 3),),
    "string": (one_of("", "a", "b", "Z", "é", "e\u0301", "\U0001f600", "\uffff"),),
    "boolean": (one_of(False, True),),
    "timestamp": (one_of(0, -1, 1, FIRST_US, LAST_US, 1_761_206_400_000_000),),
}
"""Values with repetitions, of which no twenty overflow."""

EXTREME_VALUES: Dict[str, Sequence[Draw]] = {
    **VALUES,
    "integer": (
        one_of(0, 1, -1, 2**62, -(2**62), 2**63 - 1, -(2**63)),
        one_of(2**30 - 1, -(2**30)),
        one_of(0, 2**32, 2**30, -(2**31)),
        lambda chance: chance.getrandbits(64) - 2**63,
    ),
    "decimal": (decimals("0.00 9999999999.99 -9999999999.99 9999999999.98"),),
    "wide decimal": (decimals(7 * "99999999999999.9999 " + "-99999999999999.9999 0.0001"),),
    "double": (
        any_double,
        one_of(0.0, 1e300, -1e300, 1.7976931348623157e308, 5e-324),
        one_of(LARGEST_DOUBLE, -LARGEST_DOUBLE, 2.0**970, -(2.0**970), 2.0**969, 5e-324, -5e-324),
        one_of(0.0, 5e-324, -5e-324, -1e-323),
        one_of(1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3),
    ),
}
"""Values at the limits of their types, whose sums and squares may overflow, vanish, or go out and come back."""
