"""What every feature should be, in plain Python and quadratic time: the reference that the fast code is tested against.

An event is a dict with ``event_id``, ``event_time`` (microseconds), the entity's columns and the value columns; a
missing value is ``None``. Values are int, Decimal, float, str or bool. Arithmetic is in fractions, without rounding;
``float`` of a fraction is the nearest double, and raises ``OverflowError`` beyond the largest. A feature whose exact
value does not fit its type is absent, as ``model_features`` says, and ``overflowed_features`` names it.
"""

from __future__ import annotations

import math
import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from medallion.spec.declaration import AnyFeature, DerivedFeature, Feature, FeatureGroup, Window
from medallion.spec.predicate import Comparison, Predicate

Row = Dict[str, Any]

COMPARE = {
    "equalTo": operator.eq,
    "notEqualTo": operator.ne,
    "greaterThan": operator.gt,
    "greaterThanOrEqualTo": operator.ge,
    "lessThan": operator.lt,
    "lessThanOrEqualTo": operator.le,
}


def is_inside(event_time: int, query_time: int, window: Window) -> bool:
    """Say whether a window asked for at ``query_time`` holds ``event_time``."""
    begin = query_time - window.offset_us - window.length_us
    end = query_time - window.offset_us
    return {
        "left": begin <= event_time < end,
        "right": begin < event_time <= end,
        "both": begin <= event_time <= end,
        "neither": begin < event_time < end,
    }[window.closed]


def truth(predicate: Predicate, event: Row) -> Optional[bool]:
    """Return whether a predicate is true of an event, ``None`` where that is unknown."""
    if isinstance(predicate, Comparison):
        value = event[predicate.column]
        if predicate.operator in ("isNull", "isNotNull"):
            return (value is None) == (predicate.operator == "isNull")
        if value is None:
            return None
        if predicate.operator == "oneOf":
            return value in predicate.values
        return bool(COMPARE[predicate.operator](value, predicate.values[0]))
    parts = [truth(part, event) for part in predicate.predicates]
    if predicate.operator == "not":
        return None if parts[0] is None else not parts[0]
    decisive = predicate.operator == "anyOf"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def feature_value(feature: Feature, entity: Sequence[str], events: Sequence[Row], query: Row) -> Any:
    """Return one aggregated feature for one query; ``OverflowError`` where the exact result does not fit its type."""
    inside = [
        event
        for event in events
        if is_inside(event["event_time"], query["query_time"], feature.window)
        and all(event[column] == query[column] for column in entity)
        and (feature.where is None or truth(feature.where, event) is True)
    ]
    if feature.aggregation == "count":
        return len(inside)
    if feature.aggregation == "timeSinceLast":
        since = [query["query_time"] - event["event_time"] for event in inside]
        return float(Fraction(min(since), 10**6)) if since else None
    column = str(feature.column)
    inside = [event for event in inside if event[column] is not None]
    if feature.aggregation in ("first", "last"):
        inside.sort(key=lambda event: (event["event_time"], event["event_id"].encode("utf-8")))
        return unsigned(inside[0 if feature.aggregation == "first" else -1][column]) if inside else None
    return aggregate(feature, [event[column] for event in inside])


def aggregate(feature: Feature, values: List[Any]) -> Any:
    """Return an aggregation that depends on the values alone, none of which is missing."""
    if feature.aggregation == "countDistinct":
        return len(set(values))
    if feature.aggregation in ("min", "max"):
        return unsigned((min if feature.aggregation == "min" else max)(values)) if values else None
    count, total = len(values), sum(map(Fraction, values), Fraction(0))
    if feature.aggregation == "sum":
        return typed(total, feature)
    if feature.aggregation == "mean":
        return unsigned(float(total / count)) if values else None
    if count < 2:
        return None
    squares = sum((Fraction(value) ** 2 for value in values), Fraction(0))
    variance = float((count * squares - total**2) / (count * (count - 1)))
    return {"variance": variance, "stddev": math.sqrt(variance)}[feature.aggregation]


def derived_value(feature: DerivedFeature, values: Mapping[str, Any]) -> Any:
    """Return a derived feature from the values of those that it combines, every operation that of two doubles.

    ``OverflowError`` where all of them are there and the result does not fit; a division by zero is no overflow.
    """
    operands = [values[name] for name in feature.operands]
    if None in operands:
        return None
    if feature.type.name in ("integer", "decimal"):
        return typed(Fraction(operands[0]) - Fraction(operands[1]), feature)
    numbers = [float(Fraction(operand)) for operand in operands]
    if feature.derivation == "difference":
        result = numbers[0] - numbers[1]
    elif numbers[-1] == 0:
        return None
    elif feature.derivation == "ratio":
        result = numbers[0] / numbers[1]
    else:
        result = (numbers[0] - numbers[1]) / numbers[2]
    if not math.isfinite(result):
        raise OverflowError(feature.name)
    return unsigned(result)


def evaluated_features(
    features: Sequence[AnyFeature], entity: Sequence[str], events: Sequence[Row], query: Row
) -> Tuple[Dict[str, Any], List[str]]:
    """Return features for one query by name, and the names of those that are absent because they overflow."""
    values: Dict[str, Any] = {}
    overflowed = []
    for feature in features:
        try:
            if isinstance(feature, Feature):
                values[feature.name] = feature_value(feature, entity, events, query)
            else:
                values[feature.name] = derived_value(feature, values)
        except OverflowError:
            values[feature.name] = None
            overflowed.append(feature.name)
    return values, overflowed


def model_features(group: FeatureGroup, events: Sequence[Row], query: Row) -> Dict[str, Any]:
    """Return every feature of a group for one query, by name."""
    return evaluated_features(group.features, group.entity, events, query)[0]


def overflowed_features(group: FeatureGroup, events: Sequence[Row], query: Row) -> List[str]:
    """Return the features of a group that overflow for one query."""
    return evaluated_features(group.features, group.entity, events, query)[1]


def typed(exact: Fraction, feature: Any) -> Any:
    """Return an exact number in the type of the feature: whole units of 64 bits, or the nearest double."""
    if feature.type.name == "double":
        return unsigned(float(exact))
    units = exact * 10 ** (feature.type.scale or 0)
    assert units.denominator == 1
    if not -(2**63) <= units < 2**63:
        raise OverflowError(feature.name)
    return int(units) if feature.type.scale is None else Decimal(int(units)).scaleb(-feature.type.scale)


def unsigned(value: Any) -> Any:
    """Return a value without the sign of a zero: no feature is ever -0.0."""
    return 0.0 if isinstance(value, float) and value == 0 else value
