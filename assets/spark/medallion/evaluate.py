"""Features of entities at instants: a spec and Arrow tables in, one column for each feature out.

Everything of one call is in memory: the rows, and about a dozen 64-bit arrays as long as the rows. Callers bound
it by the number of hash partitions; an entity's events are never split over two calls.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple, TypeVar, Union

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medallion import arrow, kernel
from medallion.column_type import ColumnType
from medallion.errors import InputError
from medallion.exact_sum import DoubleSums, IntegerSums
from medallion.spec import Feature, FeatureGroup, Spec
from medallion.timeline import Int64, Mask, Queries, Timeline

EVENT_TIME, EVENT_ID, QUERY_TIME = "event_time", "event_id", "query_time"
IS_EVENT, IS_QUERY = "is_event", "is_query"
BATCH_ROWS = 10_000

T = TypeVar("T")


def evaluate(group: FeatureGroup, spec: Spec, events: pa.Table, queries: pa.Table) -> pa.Table:
    """Return the queries, unchanged and in their order, with one column appended for each feature of the group.

    ``events`` has ``event_id``, ``event_time``, and the columns named by ``group.columns``; event ids are distinct.
    ``queries`` has the entity's columns and ``query_time``. Both times are ``timestamp[us, UTC]``.
    """
    split = events.num_rows
    columns = []
    for name in group.entity:
        parts = [_entity_column(table, name, spec) for table in (events, queries)]
        columns.append(pa.concat_arrays(parts))
    codes, entities = arrow.structural_codes(columns)
    return _evaluate(group, spec, events, codes[:split], queries, codes[split:], entities)


def evaluate_rows(group: FeatureGroup, spec: Spec, rows: pa.Table) -> pa.Table:
    """Evaluate a table whose rows are events (``is_event``), queries (``is_query``) or both.

    A query row has a ``query_time``. The result has the query rows, in their order and without the two flags.
    """
    codes, entities = arrow.structural_codes([_entity_column(rows, name, spec) for name in group.entity])
    is_event, is_query = (_flags(rows, name) for name in (IS_EVENT, IS_QUERY))
    events = rows.select(list(dict.fromkeys((EVENT_ID, EVENT_TIME, *group.columns))))
    queries = rows.drop([IS_EVENT, IS_QUERY])
    return _evaluate(
        group,
        spec,
        _chosen(events, is_event),
        codes[is_event],
        _chosen(queries, is_query),
        codes[is_query],
        entities,
    )


def evaluate_partition(
    group: FeatureGroup, spec: Spec, batches: Iterator[pa.RecordBatch], batch_rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """Apply ``evaluate_rows`` to one hash partition, for ``DataFrame.mapInArrow``; all rows of an entity are in it.

    The partition is held in memory as a whole; results leave in batches of at most ``batch_rows``.
    """
    received = list(batches)
    if received:
        yield from evaluate_rows(group, spec, pa.Table.from_batches(received)).to_batches(max_chunksize=batch_rows)


def feature_fields(group: FeatureGroup) -> List[pa.Field]:
    """Return the columns that an evaluation appends, in order."""
    return [pa.field(feature.name, feature.type.arrow) for feature in group.features]


def _evaluate(
    group: FeatureGroup,
    spec: Spec,
    events: pa.Table,
    event_codes: Int64,
    queries: pa.Table,
    query_codes: Int64,
    entities: int,
) -> pa.Table:
    timeline = Timeline(event_codes, arrow.instants(events, EVENT_TIME), entities)
    if any(feature.aggregation == "last" for feature in group.features):
        _order_ties(timeline, events)
    asked = timeline.queries(query_codes, arrow.instants(queries, QUERY_TIME))
    columns = _EventColumns(spec, events, timeline)
    for feature in group.features:
        values = _AGGREGATIONS[feature.aggregation](feature, columns, asked)
        queries = queries.append_column(pa.field(feature.name, feature.type.arrow), values)
    return queries


def _order_ties(timeline: Timeline, events: pa.Table) -> None:
    """Order events of one entity and instant by their id, which makes ``last`` independent of arrival order."""
    tied = timeline.tied()
    if tied.size:
        ids = arrow.column_of(events, EVENT_ID, pa.string()).take(pa.array(timeline.order[tied]))
        timeline.order_ties(tied, arrow.ranks(ids))


class _EventColumns:
    """Columns of the events in timeline order, and what several features share, prepared once."""

    def __init__(self, spec: Spec, events: pa.Table, timeline: Timeline) -> None:
        self.timeline = timeline
        self._spec, self._events = spec, events
        self._prepared: Dict[Tuple[str, str], Any] = {}

    def type(self, feature: Feature) -> ColumnType:
        return self._spec.events.column(_column(feature)).type

    def values(self, feature: Feature) -> pa.Array:
        """Return the column in the caller's order."""
        return self._once("values", feature, self._values)

    def numbers(self, feature: Feature) -> Tuple[npt.NDArray[Any], Mask]:
        return self._once("numbers", feature, self._numbers)

    def sums(self, feature: Feature) -> Union[IntegerSums, DoubleSums]:
        return self._once("sums", feature, self._sums)

    def distinct(self, feature: Feature) -> kernel.Distinct:
        return self._once("distinct", feature, self._distinct)

    def last(self, feature: Feature) -> kernel.Last:
        return self._once("last", feature, self._last)

    def _once(self, what: str, feature: Feature, prepare: Callable[[Feature], T]) -> T:
        key = (what, _column(feature))
        if key not in self._prepared:
            self._prepared[key] = prepare(feature)
        prepared: T = self._prepared[key]
        return prepared

    def _values(self, feature: Feature) -> pa.Array:
        name, kind = _column(feature), self.type(feature)
        return arrow.normalised(arrow.column_of(self._events, name, kind.arrow), kind, name)

    def _numbers(self, feature: Feature) -> Tuple[npt.NDArray[Any], Mask]:
        values, valid = arrow.numbers(self.values(feature), self.type(feature))
        return self.timeline.sort(values), self.timeline.sort(valid)

    def _sums(self, feature: Feature) -> Union[IntegerSums, DoubleSums]:
        values, valid = self.numbers(feature)
        kind = self.type(feature)
        if kind.name == "double":
            return DoubleSums(values, valid)
        return IntegerSums(values, valid, unit=10 ** (kind.scale or 0))

    def _distinct(self, feature: Feature) -> kernel.Distinct:
        column = self.values(feature)
        codes, _ = arrow.codes(column)
        return kernel.Distinct(self.timeline, self.timeline.sort(codes), self.timeline.sort(arrow.validity(column)))

    def _last(self, feature: Feature) -> kernel.Last:
        return kernel.Last(self.timeline.sort(arrow.validity(self.values(feature))))


def _edges(feature: Feature, asked: Queries) -> Tuple[Int64, Int64]:
    return asked.edge(feature.window.back_us), asked.edge(feature.window.front_us)


def _count(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    return arrow.from_numbers(asked.restore(kernel.count(*_edges(feature, asked))), None, feature.type)


def _sum(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    totals = columns.sums(feature).sums(*_edges(feature, asked), feature.name)
    return arrow.from_numbers(asked.restore(totals), None, feature.type)


def _mean(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    means, valid = columns.sums(feature).means(*_edges(feature, asked), feature.name)
    return arrow.from_numbers(asked.restore(means), asked.restore(valid), feature.type)


def _count_distinct(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    length = feature.window.back_us - feature.window.front_us
    counts = columns.distinct(feature).counts(*_edges(feature, asked), length)
    return arrow.from_numbers(asked.restore(counts), None, feature.type)


def _min(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    return _extreme(feature, columns, asked, largest=False)


def _max(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    return _extreme(feature, columns, asked, largest=True)


def _extreme(feature: Feature, columns: _EventColumns, asked: Queries, largest: bool) -> pa.Array:
    if feature.type.name != "string":
        values, valid = columns.numbers(feature)
        found, present = kernel.extremes(values, valid, *_edges(feature, asked), largest)
        return arrow.from_numbers(asked.restore(found), asked.restore(present), feature.type)
    column = columns.values(feature)
    rank = arrow.ranks(column)
    valid = columns.timeline.sort(arrow.validity(column))
    found, present = kernel.extremes(columns.timeline.sort(rank), valid, *_edges(feature, asked), largest)
    at = np.empty_like(rank)
    at[rank] = np.arange(rank.size)
    return _taken(column, at, found, present, asked)


def _last(feature: Feature, columns: _EventColumns, asked: Queries) -> pa.Array:
    positions = columns.last(feature).positions(*_edges(feature, asked))
    return _taken(columns.values(feature), columns.timeline.order, positions, positions >= 0, asked)


def _taken(column: pa.Array, rows: Int64, found: Int64, present: Mask, asked: Queries) -> pa.Array:
    """Return ``column[rows[found]]``, null where absent, in the order of the queries as given."""
    chosen = np.zeros(found.size, dtype=np.int64)
    chosen[present] = rows[found[present]]
    return column.take(pa.array(asked.restore(chosen), mask=~asked.restore(present)))


_AGGREGATIONS = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "countDistinct": _count_distinct,
    "min": _min,
    "max": _max,
    "last": _last,
}


def _column(feature: Feature) -> str:
    if feature.column is None:
        raise InputError.at(f"features.{feature.name}", "no column", "one", "declare it")
    return feature.column


def _entity_column(table: pa.Table, name: str, spec: Spec) -> pa.Array:
    column = arrow.column_of(table, name, spec.events.column(name).type.arrow)
    if column.null_count:
        raise InputError.at(name, f"{column.null_count} nulls in an entity's column", "none", "quarantine such events")
    return column


def _flags(rows: pa.Table, name: str) -> Mask:
    flags: Mask = arrow.column_of(rows, name, pa.bool_()).fill_null(False).to_numpy(zero_copy_only=False)
    return flags


def _chosen(rows: pa.Table, flags: Mask) -> pa.Table:
    return rows if flags.all() else rows.filter(pa.array(flags))


__all__: Sequence[str] = ("evaluate", "evaluate_partition", "evaluate_rows", "feature_fields")
