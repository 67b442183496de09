"""The metrics that AWS services publish about themselves, stamped with the simulated clock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, cloudwatch_backends

from local.clock import SimulatedClock, naive_utc
from local.identity import ACCOUNT, REGION

_Series = tuple[str, str, tuple[tuple[str, str], ...]]


class MetricSink:
    """Writes datapoints of service metrics straight into CloudWatch's store."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._counters: dict[_Series, Any] = {}
        self._lock = threading.Lock()

    def put(self, namespace: str, name: str, dimensions: Mapping[str, str], value: float) -> None:
        """Add one datapoint at the simulated time."""
        stamp = naive_utc(self._clock.now())
        metric_data().append(MetricDatum(namespace, name, float(value), dimension_list(dimensions), stamp))

    def count(self, namespace: str, name: str, dimensions: Mapping[str, str], value: float) -> None:
        """Add to the datapoint of this instant, so that a burst of events costs one datapoint."""
        series = (namespace, name, tuple(sorted(dimensions.items())))
        stamp = naive_utc(self._clock.now())
        with self._lock:
            datum = self._counters.get(series)
            if datum is None or datum.timestamp != stamp:
                datum = _empty_datum(series, stamp, value)
                self._counters[series] = datum
                metric_data().append(datum)
            datum.sum += value
            datum.sample_count += 1
            datum.min, datum.max = min(datum.min, value), max(datum.max, value)


def metric_data() -> list[Any]:
    """Return CloudWatch's own list of datapoints."""
    data: list[Any] = cloudwatch_backends[ACCOUNT][REGION].metric_data
    return data


def dimension_list(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    """Return dimensions as the API writes them."""
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def _empty_datum(series: _Series, stamp: datetime, value: float) -> Any:
    namespace, name, dimensions = series
    return MetricAggregatedDatum(namespace, name, value, value, 0, 0, dimension_list(dict(dimensions)), stamp)
