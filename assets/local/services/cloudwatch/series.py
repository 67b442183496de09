"""The datapoints behind an alarm: one statistic per period, newest first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.clock import from_naive_utc
from local.services.cloudwatch.exceptions import ExpressionError
from local.services.cloudwatch.expressions import Value, metric_math
from local.services.cloudwatch.metrics import metric_data


@dataclass(frozen=True)
class MetricQuery:
    """One metric and the statistic of it that an alarm looks at; period in seconds."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int

    @staticmethod
    def of(namespace: str, name: str, dimensions: list[Any], statistic: str, period: Any) -> MetricQuery:
        """Build a query from moto's own values."""
        pairs = tuple(sorted((dimension.name, dimension.value) for dimension in dimensions or []))
        return MetricQuery(namespace, name, pairs, statistic, int(period))

    def values(self, now: datetime, periods: int) -> list[Value]:
        """Return the statistic of each of the last periods; the first one ends at `now`, inclusive."""
        groups: list[list[Any]] = [[] for _ in range(periods)]
        for datum in list(metric_data()):
            if datum.name != self.name or datum.namespace != self.namespace:
                continue
            age = (now - from_naive_utc(datum.timestamp)).total_seconds()
            index = int(age // self.period)
            if 0 <= index < periods and self._matches(datum):
                groups[index].append(datum)
        return [_statistic(self.statistic, group) if group else None for group in groups]

    def _matches(self, datum: Any) -> bool:
        return tuple(sorted((dimension.name, dimension.value) for dimension in datum.dimensions)) == self.dimensions


def alarm_values(alarm: Any, now: datetime) -> list[Value]:
    """Return what an alarm compares with its threshold, one value per evaluation period, newest first."""
    periods = int(alarm.evaluation_periods)
    if alarm.metric_data_queries:
        return _math_values(alarm.metric_data_queries, now, periods)
    statistic = alarm.statistic or alarm.extended_statistic
    query = MetricQuery.of(alarm.namespace, alarm.metric_name, alarm.dimensions, statistic, alarm.period)
    return query.values(now, periods)


def _math_values(queries: list[Any], now: datetime, periods: int) -> list[Value]:
    columns: dict[str, list[Value]] = {}
    for query in queries:
        if query.metric_stat:
            stat, metric = query.metric_stat, query.metric_stat.metric
            asked = MetricQuery.of(metric.namespace, metric.metric_name, metric.dimensions, stat.stat, stat.period)
            columns[query.id] = asked.values(now, periods)
    for query in (query for query in queries if query.expression):
        rows = [{name: values[index] for name, values in columns.items()} for index in range(periods)]
        columns[query.id] = [metric_math(query.expression, row) for row in rows]
    return columns[_returned(queries).id]


def _returned(queries: list[Any]) -> Any:
    returned = [query for query in queries if str(query.return_data).lower() != "false"]
    if len(returned) != 1:
        raise ExpressionError(f"alarm metrics: got {len(returned)} with ReturnData true, expected 1")
    return returned[0]


def _statistic(name: str, data: list[Any]) -> float:
    if name == "SampleCount":
        return float(sum(getattr(datum, "sample_count", 1) for datum in data))
    if name == "Maximum":
        return float(max(datum.max if hasattr(datum, "max") else datum.value for datum in data))
    if name == "Minimum":
        return float(min(datum.min if hasattr(datum, "min") else datum.value for datum in data))
    total = float(sum(datum.sum if hasattr(datum, "sum") else datum.value for datum in data))
    if name == "Sum":
        return total
    if name == "Average":
        return total / _statistic("SampleCount", data)
    if name[:1] == "p":
        return _percentile(float(name[1:]), data)
    raise ExpressionError(f"statistic: got {name!r}, expected Sum, Average, Minimum, Maximum, SampleCount or pNN")


def _percentile(percent: float, data: list[Any]) -> float:
    """Nearest rank; CloudWatch interpolates, which differs by less than one sample."""
    values = sorted(float(datum.value) for datum in data if hasattr(datum, "value"))
    return values[max(0, math.ceil(percent / 100 * len(values)) - 1)] if values else 0.0
