"""Gold: every event with the features of its entity as of the event's own time."""

from __future__ import annotations

from functools import reduce
from typing import Iterable, Iterator, List, Optional, Sequence, Tuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from medallion.evaluation.evaluate import evaluate_partition
from medallion.layers.differences import differing_events, differing_rows, merge_rows
from medallion.layers.overflows import Tell, overflows_of
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import EVENT_KEY, IS_EVENT, IS_QUERY, OVERFLOWED, QUERY_TIME, all_quoted, quoted


def touched_entities(accepted: DataFrame, gold: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return one row for each entity whose gold rows may be wrong, with the first and last time of such rows.

    These are the entities of accepted events, and those that a gold row still gives to an event that now stands
    with another entity or time.
    """
    misplaced = gold.join(accepted.select("event_id"), "event_id", "left_semi")
    return _spans([_reached(events, group) for events in (accepted, misplaced)], group)


def entities_to_settle(
    silver: Tuple[DataFrame, DataFrame, DataFrame], gold: DataFrame, span: Tuple[int, int], group: FeatureGroup
) -> DataFrame:
    """Return one row for each entity whose gold rows a backfill recomputes, with the first and last time of such rows.

    ``silver`` are all events, the accepted ones, and the differences to what stood. Recomputed are the times of
    ``span``, both ends included, of entities with an event or a gold row there; the accepted events; and what is
    reached by events that differ in anything that the group's features are made of.
    """
    events, accepted, differences = silver
    entity = all_quoted(group.entity)
    first, last = (sf.timestamp_micros(sf.lit(us)) for us in span)
    within = sf.unix_micros("event_time").between(*span)
    in_span = [rows.where(within).select(*entity, *_from_until(first, last)) for rows in (events, gold)]
    differing = differing_events(differences, list(dict.fromkeys((*EVENT_KEY, *group.columns))))
    themselves = accepted.select(*entity, *_from_until(sf.col("event_time"), sf.col("event_time")))
    return _spans([*in_span, themselves, _reached(differing, group)], group)


def touched_range(touched: DataFrame) -> Optional[Tuple[int, int]]:
    """Return the first and last instant (microseconds) at which a gold row of a touched entity may be wrong."""
    first, last = sf.min(sf.unix_micros("_from_time")), sf.max(sf.unix_micros("_until_time"))
    first_us, last_us = touched.agg(first, last).collect()[0]
    return None if first_us is None else (int(first_us), int(last_us))


def gold_features(
    silver: DataFrame, touched: DataFrame, group: FeatureGroup, spec: Spec, tell: Optional[Tell] = None
) -> DataFrame:
    """Return the gold rows of the touched entities, between the times that they were touched, with ``OVERFLOWED``."""
    columns = _event_columns(spec)
    history = silver.join(touched, list(group.entity)).where(
        (sf.col("event_time") >= _moved("_from_time", -group.reach_us))
        & (sf.col("event_time") <= sf.col("_until_time"))
    )
    asked = sf.col("event_time") >= sf.col("_from_time")
    rows = history.select(
        *columns,
        sf.lit(True).alias(IS_EVENT),
        asked.alias(IS_QUERY),
        sf.when(asked, sf.col("event_time")).alias(QUERY_TIME),
    )
    evaluated = evaluated_rows(rows, group, spec, tell)
    names = [*columns, *all_quoted([*(feature.name for feature in group.features), OVERFLOWED])]
    return evaluated.select(*names, sf.to_date("event_time").alias("dt"))


def gold_changes(expected: DataFrame, gold: DataFrame, touched: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the expected rows that are new or differ, and the standing ones of touched entities that are obsolete."""
    in_reach = gold.join(touched, list(group.entity)).where("event_time BETWEEN _from_time AND _until_time")
    columns = all_quoted(gold.columns)
    return merge_rows(differing_rows(in_reach.select(*columns), expected.select(*columns), [*EVENT_KEY, "dt"]))


def evaluated_rows(rows: DataFrame, group: FeatureGroup, spec: Spec, tell: Optional[Tell] = None) -> DataFrame:
    """Return the query rows with their features; ``rows`` are events, queries or both, as in ``evaluate_rows``.

    The last column, ``OVERFLOWED``, names the features that are absent because they do not fit; it is null if all fit.
    ``tell`` is called with the number of overflows of each batch.
    """

    def evaluate(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in evaluate_partition(group, spec, batches):
            if tell is not None:
                tell(overflows_of(batch))
            yield batch

    kept = [
        f"{quoted(field.name)} {field.dataType.simpleString()}"
        for field in rows.schema
        if field.name not in (IS_EVENT, IS_QUERY)
    ]
    features = [f"{quoted(feature.name)} {feature.type.spark}" for feature in group.features]
    features.append(f"{quoted(OVERFLOWED)} ARRAY<STRING>")
    by_entity = rows.repartition(*all_quoted(group.entity))
    in_order = by_entity.sortWithinPartitions(*all_quoted(group.entity), sf.coalesce(QUERY_TIME, "event_time"))
    return in_order.mapInArrow(evaluate, ", ".join([*kept, *features]))


def _moved(instant: str, by_us: int) -> Column:
    """Return a column of instants, later by whole microseconds."""
    return sf.timestamp_micros(sf.unix_micros(sf.col(instant)) + sf.lit(by_us))


def _reached(events: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the times at which an event can be inside a window of its entity."""
    until = _moved("event_time", group.reach_us)
    return events.select(*all_quoted(group.entity), *_from_until(sf.col("event_time"), until))


def _spans(times: Sequence[DataFrame], group: FeatureGroup) -> DataFrame:
    """Return the first and last time of each entity."""
    by_entity = reduce(DataFrame.unionByName, times).groupBy(*all_quoted(group.entity))
    return by_entity.agg(sf.min("_from_time").alias("_from_time"), sf.max("_until_time").alias("_until_time"))


def _from_until(first: Column, last: Column) -> Tuple[Column, Column]:
    return first.alias("_from_time"), last.alias("_until_time")


def _event_columns(spec: Spec) -> List[str]:
    return [*EVENT_KEY, *all_quoted([column.name for column in spec.events.columns])]
