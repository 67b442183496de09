"""Features of entities at instants: a spec and Arrow tables in, one column for each feature out.

Gold rows, online records, inference rows and label spines are all evaluated here, so that the same entity at the same
instant has the same features, bit for bit. Everything of one call is in memory: the rows, and some 64-bit arrays as
long as the rows; ``pieces`` bounds them.
"""

from __future__ import annotations

from typing import Iterable, Iterator, List

import pyarrow as pa

from medallion.arrays.timeline import Int64, Mask, Timeline
from medallion.errors import InputError
from medallion.evaluation import arrow
from medallion.evaluation.aggregate import aggregated
from medallion.evaluation.derive import derived
from medallion.evaluation.pieces import PIECE_ROWS, timed_pieces
from medallion.evaluation.result import NAMES, overflowed_names
from medallion.spec.declaration import DerivedFeature, FeatureGroup, Spec
from medallion.spec.names import EVENT_ID, EVENT_TIME, IS_EVENT, IS_QUERY, OVERFLOWED, QUERY_TIME

BATCH_ROWS = 10_000


def evaluate(group: FeatureGroup, spec: Spec, events: pa.Table, queries: pa.Table) -> pa.Table:
    """Return the queries, unchanged and in their order, with one column appended for each feature of the group.

    The last column, ``OVERFLOWED``, names the features of a row that are absent because they do not fit their type.
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
    """Evaluate a table whose rows are events (``_is_event``), queries (``_is_query``) or both.

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
    group: FeatureGroup,
    spec: Spec,
    batches: Iterable[pa.RecordBatch],
    piece_rows: int = PIECE_ROWS,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pa.RecordBatch]:
    """Apply ``evaluate_rows`` to one hash partition, for ``DataFrame.mapInArrow``; all rows of an entity are in it.

    Rows are sorted by entity and instant, and a row that is event and query has one time. They are evaluated in
    pieces of about ``piece_rows``, and leave in batches of at most ``batch_rows``.
    """
    for piece in timed_pieces(batches, group.entity, group.reach_us, piece_rows):
        yield from evaluate_rows(group, spec, piece).to_batches(max_chunksize=batch_rows)


def evaluated_fields(group: FeatureGroup) -> List[pa.Field]:
    """Return the columns that an evaluation appends, in order."""
    return [
        *(pa.field(feature.name, feature.type.arrow) for feature in group.features),
        pa.field(OVERFLOWED, NAMES),
    ]


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
    if any(feature.aggregation in ("first", "last") for feature in group.aggregated):
        _order_ties(timeline, events)
    asked = timeline.queries(query_codes, arrow.instants(queries, QUERY_TIME))
    results = aggregated(group.aggregated, spec, events, timeline, asked)
    for feature in group.features:
        if isinstance(feature, DerivedFeature):
            operands = [(results[name].values, group.feature(name).type) for name in feature.operands]
            results[feature.name] = derived(feature, operands)
    in_order = {feature.name: results[feature.name] for feature in group.features}
    overflowed = overflowed_names(in_order, queries.num_rows)
    columns = [*(result.values for result in in_order.values()), overflowed]
    for field, column in zip(evaluated_fields(group), columns):
        queries = queries.append_column(field, column)
    return queries


def _order_ties(timeline: Timeline, events: pa.Table) -> None:
    """Order events of one entity and instant by their id, so that first and last do not depend on arrival."""
    tied = timeline.tied()
    if tied.size:
        ids = arrow.column_of(events, EVENT_ID, pa.string()).take(pa.array(timeline.order[tied]))
        timeline.order_ties(tied, arrow.ranks(ids))


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
