"""Features of one entity as of any instant, straight from their definition: take the window, add it up."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import mul
from typing import Any

from demo.recompute.derived import derive
from demo.recompute.lines import Document, Event
from demo.recompute.predicates import Predicate, predicate_of

MICROS = 1_000_000


@dataclass(frozen=True)
class Window:
    """What is in a window at an instant: times and values, oldest first; ``unit`` is how many minor units make one."""

    instant_us: int
    times: Sequence[int]
    values: Sequence[Any]
    unit: int


def _mean(window: Window) -> float | None:
    """Return the exact quotient of whole numbers, which Python's division rounds once."""
    return float(sum(window.values) / (len(window.values) * window.unit)) if window.values else None


def _variance(window: Window) -> float | None:
    """Return the sample variance, again as one quotient of whole numbers."""
    count, values = len(window.values), window.values
    if count < 2:
        return None
    squares = sum(map(mul, values, values))
    return float((count * squares - sum(values) ** 2) / (count * (count - 1) * window.unit**2))


def _stddev(window: Window) -> float | None:
    variance = _variance(window)
    return None if variance is None else math.sqrt(variance)


def _time_since_last(window: Window) -> float | None:
    return (window.instant_us - window.times[-1]) / MICROS if window.times else None


AGGREGATES: Mapping[str, Callable[[Window], Any]] = {
    "count": lambda window: len(window.times),
    "sum": lambda window: sum(window.values),
    "mean": _mean,
    "variance": _variance,
    "stddev": _stddev,
    "min": lambda window: min(window.values, default=None),
    "max": lambda window: max(window.values, default=None),
    "countDistinct": lambda window: len(set(window.values)),
    "first": lambda window: window.values[0] if window.values else None,
    "last": lambda window: window.values[-1] if window.values else None,
    "timeSinceLast": _time_since_last,
}


class Vocabulary:
    """The features of a group, ready to be worked out: predicates read, operands found."""

    def __init__(self, features: Sequence[Document], columns: Sequence[Document]) -> None:
        by_name = {column["name"]: column for column in columns}
        self.features = features
        self.results = {feature["name"]: feature["result"] for feature in features}
        self.predicates: Mapping[str, Predicate] = {
            feature["name"]: predicate_of(feature["where"], by_name) for feature in features if "where" in feature
        }
        self.units = {name: 10 ** column.get("scale", 0) for name, column in by_name.items()}


class History:
    """The events of one entity, in order of event time and then event id, which decides between first and last."""

    def __init__(self, events: Sequence[Event], vocabulary: Vocabulary) -> None:
        self.events = sorted(events, key=lambda event: (event.event_time_us, event.event_id))
        self._vocabulary = vocabulary
        self._taking_part = {
            feature["name"]: self._participants(feature) for feature in vocabulary.features if "window" in feature
        }

    def features_at(self, instant_us: int) -> dict[str, Any]:
        """Return every feature as of an instant: decimals in minor units, ``None`` where there is no value."""
        values: dict[str, Any] = {}
        for feature in self._vocabulary.features:
            if "window" in feature:
                values[feature["name"]] = AGGREGATES[feature["aggregation"]](self._window(instant_us, feature))
            else:
                operands = feature["operands"]
                results = [self._vocabulary.results[name] for name in operands]
                values[feature["name"]] = derive(feature["derivation"], [values[n] for n in operands], results)
        return values

    def _participants(self, feature: Document) -> tuple[list[int], list[Any]]:
        """Return times and values of the events that a feature looks at."""
        predicate = self._vocabulary.predicates.get(feature["name"])
        events = [event for event in self.events if predicate is None or predicate(event.values)]
        if "column" not in feature:
            return [event.event_time_us for event in events], []
        column = feature["column"]
        present = [event for event in events if event.values[column] is not None]
        return [event.event_time_us for event in present], [event.values[column] for event in present]

    def _window(self, instant_us: int, feature: Document) -> Window:
        """Return what lies in the window: an end is in it if the window is closed there."""
        window = feature["window"]
        end = instant_us - window["offsetUs"]
        start = end - window["lengthUs"]
        at_start = bisect_left if window["closed"] in ("left", "both") else bisect_right
        at_end = bisect_right if window["closed"] in ("right", "both") else bisect_left
        times, values = self._taking_part[feature["name"]]
        inside = slice(at_start(times, start), at_end(times, end))
        unit = self._vocabulary.units.get(feature.get("column"), 1)
        return Window(instant_us, times[inside], values[inside], unit)


def as_text(value: Any, result: Document) -> str:
    """Return a feature value as the online store holds it."""
    if result["type"] == "decimal":
        return format(Decimal(value).scaleb(-result["scale"]), "f")
    return repr(value) if result["type"] == "double" else str(value)
