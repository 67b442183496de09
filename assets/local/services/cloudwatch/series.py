"""The datapoints behind an alarm: one statistic per period, newest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.clock import from_naive_utc
from local.services.cloudwatch.metrics import metric_data

Value = float | None
"""The statistic of one period; None where no datapoint was published."""


def alarm_values(alarm: Any, now: datetime) -> list[Value]:
    """Return what an alarm compares with its threshold; its newest evaluation period ends at `now`, inclusive."""
    wanted = {(dimension.name, dimension.value) for dimension in alarm.dimensions}
    groups: list[list[Any]] = [[] for _ in range(int(alarm.evaluation_periods))]
    for datum in list(metric_data()):
        if (datum.name, datum.namespace) != (alarm.metric_name, alarm.namespace):
            continue
        index = int((now - from_naive_utc(datum.timestamp)).total_seconds() // int(alarm.period))
        if 0 <= index < len(groups) and {(each.name, each.value) for each in datum.dimensions} == wanted:
            groups[index].append(datum)
    statistic = _STATISTICS[alarm.statistic]
    return [statistic(group) if group else None for group in groups]


def _sum(data: list[Any]) -> float:
    return float(sum(_part(datum, "sum") for datum in data))


def _samples(data: list[Any]) -> float:
    return float(sum(getattr(datum, "sample_count", 1) for datum in data))


def _part(datum: Any, name: str) -> float:
    """Return a part of a datapoint that was published as a set of statistics, or the value of a single one."""
    return float(getattr(datum, name) if hasattr(datum, name) else datum.value)


_STATISTICS: dict[str, Callable[[list[Any]], float]] = {
    "SampleCount": _samples,
    "Average": lambda data: _sum(data) / _samples(data),
    "Sum": _sum,
    "Minimum": lambda data: min(_part(datum, "min") for datum in data),
    "Maximum": lambda data: max(_part(datum, "max") for datum in data),
}
