"""What every feature should be, in plain Python and quadratic time: the reference that the fast code is tested against.

An event is a dict with ``event_id``, ``event_time`` (microseconds), the entity's columns and the value columns; a
missing value is ``None``. Values are int, Decimal, float, str or bool.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, List, Sequence

from medallion.spec import Feature, Window

Row = Dict[str, Any]


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


def feature_value(feature: Feature, entity: Sequence[str], events: Sequence[Row], query: Row) -> Any:
    """Return one feature for one query; ``OverflowError`` where the exact sum does not fit its type."""
    inside = [
        event
        for event in events
        if all(event[column] == query[column] for column in entity)
        and is_inside(event["event_time"], query["query_time"], feature.window)
    ]
    if feature.aggregation == "count":
        return len(inside)
    column = str(feature.column)
    inside = [event for event in inside if event[column] is not None]
    values = [event[column] for event in inside]
    if feature.aggregation == "countDistinct":
        return len(set(values))
    if feature.aggregation == "sum":
        return exact_sum(values, feature)
    if not values:
        return None
    if feature.aggregation == "mean":
        return float(sum(map(Fraction, values)) / len(values))
    if feature.aggregation == "min":
        return min(values)
    if feature.aggregation == "max":
        return max(values)
    if feature.aggregation == "last":
        return max(inside, key=lambda event: (event["event_time"], event["event_id"]))[column]
    raise ValueError(feature.aggregation)


def exact_sum(values: Sequence[Any], feature: Feature) -> Any:
    """Return the sum in the type of the feature, rounded once if that is a double."""
    total = sum(map(Fraction, values), Fraction(0))
    if feature.type.name == "double":
        return float(total)
    minor = total * 10 ** (feature.type.scale or 0)
    assert minor.denominator == 1
    if not -(2**63) <= minor < 2**63:
        raise OverflowError(feature.name)
    if feature.type.name == "decimal":
        return Decimal(int(minor)).scaleb(-(feature.type.scale or 0))
    return int(minor)


def feature_values(feature: Feature, entity: Sequence[str], events: Sequence[Row], queries: Sequence[Row]) -> List[Any]:
    """Return one feature for every query."""
    return [feature_value(feature, entity, events, query) for query in queries]
