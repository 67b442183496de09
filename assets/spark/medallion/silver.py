"""Silver: of all lines that carry an event id, the first one to arrive stands."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.window import Window

from medallion import bronze
from medallion.quality import CONFLICTING_DUPLICATE
from medallion.spec import Spec

ACCEPTED, DUPLICATE = "accepted", "duplicate"
INSERTED, REPLACED = "inserted", "replaced"

PROVENANCE = ("source_object", "source_line")
"""Where a line stands; arrival order is the order of these."""


def bronze_lines(objects: DataFrame, spec: Spec, bucket: str) -> DataFrame:
    """Return one row for each line of bronze objects given as (path, content): its event, or why it has none."""
    return objects.mapInArrow(bronze.line_batches(spec.events, bucket), bronze.lines_schema(spec.events))


def decided_lines(lines: DataFrame, standing: DataFrame, spec: Spec) -> DataFrame:
    """Return the lines that hold an event, with ``outcome``, ``change`` and ``match_dt``.

    ``standing`` are the silver rows among which an earlier line of the same event can be. ``outcome`` is accepted,
    duplicate or conflicting_duplicate; ``change`` is inserted, replaced or null, where silver has the event already;
    ``match_dt`` is the partition of the row to replace.
    """
    pool = _candidates(lines).unionByName(_incumbents(lines, standing, spec), allowMissingColumns=True)
    same_event = Window.partitionBy("event.event_id")
    place = sf.struct(*PROVENANCE, "is_standing", "event")
    decided = pool.select(
        "*",
        sf.min(place).over(same_event).alias("first"),
        sf.min(sf.when(sf.col("is_standing"), place)).over(same_event).alias("incumbent"),
    ).where("NOT is_standing")
    return decided.select(
        "event",
        "raw",
        "arrival_time",
        *PROVENANCE,
        _outcome().alias("outcome"),
        sf.when(_outcome() == ACCEPTED, _change()).alias("change"),
        sf.to_date(sf.coalesce("incumbent.event.event_time", "event.event_time")).alias("match_dt"),
    )


def silver_changes(decided: DataFrame, spec: Spec) -> DataFrame:
    """Return the silver rows that are new or replace another, ready to be merged."""
    return decided.where("change IS NOT NULL").select(
        "event.*",
        "arrival_time",
        *PROVENANCE,
        sf.to_date("event.event_time").alias("dt"),
        "match_dt",
        sf.lit(False).alias("obsolete"),
    )


def quarantined_lines(lines: DataFrame, decided: DataFrame) -> DataFrame:
    """Return the refused lines with their reasons, in the columns of the quarantine."""
    columns = ["reason", "column", "raw", *PROVENANCE, "arrival_time"]
    conflicting = decided.where(sf.col("outcome") == CONFLICTING_DUPLICATE)
    conflicting = conflicting.withColumn("reason", sf.col("outcome")).withColumn("column", sf.lit(None).cast("string"))
    return lines.where("reason IS NOT NULL").select(*columns).unionByName(conflicting.select(*columns))


def _candidates(lines: DataFrame) -> DataFrame:
    events = lines.where("reason IS NULL").select("event", "raw", "arrival_time", *PROVENANCE)
    return events.withColumn("is_standing", sf.lit(False))


def _incumbents(lines: DataFrame, standing: DataFrame, spec: Spec) -> DataFrame:
    ids = lines.where("reason IS NULL").select(sf.col("event.event_id").alias("event_id"))
    columns = ["event_id", "event_time", *(f"`{column.name}`" for column in spec.events.columns)]
    events = standing.join(ids, "event_id", "left_semi")
    return events.select(sf.struct(*columns).alias("event"), *PROVENANCE, sf.lit(True).alias("is_standing"))


def _is_at(other: str) -> Column:
    return (sf.col("source_object") == sf.col(f"{other}.source_object")) & (
        sf.col("source_line") == sf.col(f"{other}.source_line")
    )


def _outcome() -> Column:
    same_content = sf.col("event").eqNullSafe(sf.col("first.event"))
    return sf.when(_is_at("first"), ACCEPTED).when(same_content, DUPLICATE).otherwise(CONFLICTING_DUPLICATE)


def _change() -> Column:
    unchanged = _is_at("incumbent") & sf.col("event").eqNullSafe(sf.col("incumbent.event"))
    return sf.when(sf.col("incumbent").isNull(), INSERTED).when(~unchanged, REPLACED)
