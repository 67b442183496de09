"""Features of one entity as of any instant, straight from their definition: take the window, add it up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from demo.recompute.lines import Document, Event

AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": sum,
    "countDistinct": lambda values: len(set(values)),
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "last": lambda values: values[-1] if values else None,
}


class History:
    """The events of one entity, in order of event time and then event id, which is what ``last`` means in a tie."""

    def __init__(self, events: Sequence[Event]) -> None:
        ordered = sorted(events, key=lambda event: (event.event_time_us, event.event_id))
        self.events = ordered
        self._times = [event.event_time_us for event in ordered]
        self._columns = {name: [event.values[name] for event in ordered] for name in ordered[0].values}

    def features_at(self, instant_us: int, features: Sequence[Document], scales: Mapping[str, int]) -> dict[str, Any]:
        """Return every feature as of an instant: decimals in minor units, ``None`` where the window is empty."""
        return {feature["name"]: self._feature(instant_us, feature, scales) for feature in features}

    def _feature(self, instant_us: int, feature: Document, scales: Mapping[str, int]) -> Any:
        low, high = self._bounds(instant_us, feature["window"])
        if feature["aggregation"] == "count":
            return high - low
        column = feature["column"]
        values = [value for value in self._columns[column][low:high] if value is not None]
        if feature["aggregation"] == "mean":
            return sum(values) / (len(values) * 10 ** scales[column]) if values else None
        return AGGREGATES[feature["aggregation"]](values)

    def _bounds(self, instant_us: int, window: Document) -> tuple[int, int]:
        """Return the slice of events in the window: an end is in it if the window is closed there."""
        end = instant_us - window["offsetUs"]
        start = end - window["lengthUs"]
        at_start = bisect_left if window["closed"] in ("left", "both") else bisect_right
        at_end = bisect_right if window["closed"] in ("right", "both") else bisect_left
        return at_start(self._times, start), at_end(self._times, end)


def as_text(value: Any, result: Document) -> str:
    """Return a feature value as the online store holds it."""
    if result["type"] == "decimal":
        return format(Decimal(value).scaleb(-result["scale"]), "f")
    return repr(value) if result["type"] == "double" else str(value)
