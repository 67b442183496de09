"""Gold: every event with the features of its entity as of the event's own time."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Sequence, Tuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from medallion.evaluate import evaluate_partition
from medallion.spec import FeatureGroup, Spec

EVENT_KEY = ("event_id", "event_time")
FLAGS = ("is_event", "is_query")


def moved(instant: str, by_us: int) -> Column:
    """Return a column of instants, later by whole microseconds."""
    return sf.timestamp_micros(sf.unix_micros(sf.col(instant)) + sf.lit(by_us))


def quoted(names: Sequence[str]) -> List[str]:
    """Return names as Spark reads them literally."""
    return [f"`{name}`" for name in names]


def touched_entities(accepted: DataFrame, gold: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return one row for each entity whose gold rows may be wrong, with the first and last time of such rows.

    These are the entities of accepted events, and those that a gold row still gives to an event that now stands
    with another entity or time.
    """
    entity = quoted(group.entity)
    events = accepted.select(*EVENT_KEY, *entity)
    misplaced = gold.join(accepted.select("event_id"), "event_id", "left_semi").select(*EVENT_KEY, *entity)
    both = events.unionByName(misplaced)
    return both.groupBy(*entity).agg(
        sf.min("event_time").alias("from_time"),
        sf.timestamp_micros(sf.max(sf.unix_micros("event_time")) + sf.lit(group.reach_us)).alias("until_time"),
    )


def touched_range(touched: DataFrame) -> Tuple[int, int]:
    """Return the first and last instant (microseconds) at which a gold row of a touched entity may be wrong."""
    first, last = sf.min(sf.unix_micros("from_time")), sf.max(sf.unix_micros("until_time"))
    first_us, last_us = touched.agg(first, last).collect()[0]
    return int(first_us), int(last_us)


def gold_features(silver: DataFrame, touched: DataFrame, group: FeatureGroup, spec: Spec) -> DataFrame:
    """Return the gold rows of the touched entities, between the times that they were touched."""
    columns = _event_columns(spec)
    history = silver.join(touched, list(group.entity)).where(
        (sf.col("event_time") >= moved("from_time", -group.reach_us)) & (sf.col("event_time") <= sf.col("until_time"))
    )
    asked = sf.col("event_time") >= sf.col("from_time")
    rows = history.select(
        *columns,
        sf.lit(True).alias("is_event"),
        asked.alias("is_query"),
        sf.when(asked, sf.col("event_time")).alias("query_time"),
    )
    evaluated = evaluated_rows(rows, group, spec)
    names = [*columns, *quoted([feature.name for feature in group.features])]
    return evaluated.select(*names, sf.to_date("event_time").alias("dt"))


def gold_changes(expected: DataFrame, gold: DataFrame, touched: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the expected rows that are new or differ, and the standing ones of touched entities that are obsolete."""
    in_reach = gold.join(touched, list(group.entity)).where("event_time BETWEEN from_time AND until_time")
    content = sf.struct(*quoted(gold.columns)).alias("content")
    new, standing = (
        side.select(*EVENT_KEY, content.alias(name))
        for side, name in ((expected, "expected"), (in_reach.select(*quoted(gold.columns)), "standing"))
    )
    both = new.join(standing, list(EVENT_KEY), "full_outer")
    differing = both.where(~sf.col("expected").eqNullSafe(sf.col("standing")))
    row = sf.coalesce("expected", "standing")
    obsolete = sf.col("expected").isNull()
    return differing.select(row.alias("row"), obsolete.alias("obsolete")).select(
        "row.*", sf.col("row.dt").alias("match_dt"), "obsolete"
    )


def evaluated_rows(rows: DataFrame, group: FeatureGroup, spec: Spec) -> DataFrame:
    """Return the query rows with their features; ``rows`` are events, queries or both, as in ``evaluate_rows``."""

    def evaluate(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return evaluate_partition(group, spec, iter(batches))

    kept = [f"`{field.name}` {field.dataType.simpleString()}" for field in rows.schema if field.name not in FLAGS]
    features = [f"`{feature.name}` {feature.type.spark}" for feature in group.features]
    return rows.repartition(*quoted(group.entity)).mapInArrow(evaluate, ", ".join([*kept, *features]))


def _event_columns(spec: Spec) -> List[str]:
    return [*EVENT_KEY, *quoted([column.name for column in spec.events.columns])]
