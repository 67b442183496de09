"""Every aggregation of the vocabulary: the columns of the events and the edges of the windows in, one column out."""

from __future__ import annotations

from typing import Callable, Dict, Tuple

import numpy as np
import pyarrow as pa

from medallion.arrays import kernel
from medallion.arrays.exact_sum import quotients
from medallion.arrays.timeline import Int64, Mask, Queries
from medallion.evaluation import arrow
from medallion.evaluation.event_columns import EventColumns
from medallion.spec.declaration import Feature

_SECOND_US = 1_000_000

Aggregation = Callable[[Feature, EventColumns, Queries], pa.Array]


def aggregated(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    """Return a feature for every query, in the order in which the queries were given."""
    return _AGGREGATIONS[feature.aggregation](feature, columns, asked)


def _edges(feature: Feature, asked: Queries) -> Tuple[Int64, Int64]:
    return asked.edge(feature.window.back_us), asked.edge(feature.window.front_us)


def _count(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    chosen, edges = columns.chosen(feature), _edges(feature, asked)
    counts = kernel.count(*edges) if chosen is None else kernel.count_where(chosen, *edges)
    return arrow.from_numbers(asked.restore(counts), None, feature.type)


def _sum(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    totals = columns.sums(feature).sums(*_edges(feature, asked), feature.name)
    return arrow.from_numbers(asked.restore(totals), None, feature.type)


def _mean(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    means, valid = columns.sums(feature).means(*_edges(feature, asked))
    return arrow.from_numbers(asked.restore(means), asked.restore(valid), feature.type)


def _variance(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    variances, valid = columns.variances(feature).variances(*_edges(feature, asked), feature.name)
    return arrow.from_numbers(asked.restore(variances), asked.restore(valid), feature.type)


def _stddev(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    variances, valid = columns.variances(feature).variances(*_edges(feature, asked), feature.name)
    return arrow.from_numbers(asked.restore(np.sqrt(variances)), asked.restore(valid), feature.type)


def _count_distinct(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    length = feature.window.back_us - feature.window.front_us
    counts = columns.distinct(feature).counts(*_edges(feature, asked), length)
    return arrow.from_numbers(asked.restore(counts), None, feature.type)


def _min(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    return _extreme(feature, columns, asked, largest=False)


def _max(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    return _extreme(feature, columns, asked, largest=True)


def _extreme(feature: Feature, columns: EventColumns, asked: Queries, largest: bool) -> pa.Array:
    valid = columns.taking_part(feature)
    if feature.type.name != "string":
        found, present = kernel.extremes(columns.numbers(feature), valid, *_edges(feature, asked), largest)
        return arrow.from_numbers(asked.restore(found), asked.restore(present), feature.type)
    column = columns.column(feature)
    rank = arrow.ranks(column)
    found, present = kernel.extremes(columns.timeline.sort(rank), valid, *_edges(feature, asked), largest)
    at = np.empty_like(rank)
    at[rank] = np.arange(rank.size)
    return _taken(column, at, found, present, asked)


def _first(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    return _at(feature, columns, asked, columns.nearest(feature).first(*_edges(feature, asked)))


def _last(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    return _at(feature, columns, asked, columns.nearest(feature).last(*_edges(feature, asked)))


def _time_since_last(feature: Feature, columns: EventColumns, asked: Queries) -> pa.Array:
    positions = columns.nearest(feature).last(*_edges(feature, asked))
    valid = positions >= 0
    elapsed_us = np.zeros(positions.size, dtype=np.int64)
    elapsed_us[valid] = asked.time[valid] - columns.timeline.time[positions[valid]]
    seconds = quotients(elapsed_us, np.ones_like(elapsed_us), _SECOND_US)
    return arrow.from_numbers(asked.restore(seconds), asked.restore(valid), feature.type)


def _at(feature: Feature, columns: EventColumns, asked: Queries, positions: Int64) -> pa.Array:
    return _taken(columns.column(feature), columns.timeline.order, positions, positions >= 0, asked)


def _taken(column: pa.Array, rows: Int64, found: Int64, present: Mask, asked: Queries) -> pa.Array:
    """Return ``column[rows[found]]``, null where absent, in the order of the queries as given."""
    chosen = np.zeros(found.size, dtype=np.int64)
    chosen[present] = rows[found[present]]
    return column.take(pa.array(asked.restore(chosen), mask=~asked.restore(present)))


_AGGREGATIONS: Dict[str, Aggregation] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "variance": _variance,
    "stddev": _stddev,
    "min": _min,
    "max": _max,
    "countDistinct": _count_distinct,
    "first": _first,
    "last": _last,
    "timeSinceLast": _time_since_last,
}
