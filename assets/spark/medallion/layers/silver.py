"""Silver: of all lines that carry an event id, the first one to arrive stands."""

from __future__ import annotations

from datetime import date
from typing import Any, List, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.window import Window

from medallion.bronze.line_reader import CONFLICTING_DUPLICATE
from medallion.layers import days
from medallion.layers.differences import differing_rows, expected_rows
from medallion.spec.declaration import Spec
from medallion.spec.names import PROVENANCE, all_quoted

ACCEPTED, DUPLICATE = "accepted", "duplicate"
RAW = ("raw", "raw_is_exact")
"""The text of a line, and whether it is exactly what arrived."""

INSERTED, REPLACED = "inserted", "replaced"


def decided_lines(lines: DataFrame, standing: DataFrame, spec: Spec) -> DataFrame:
    """Return the lines that hold an event, with ``outcome``, ``change`` and ``_match_dt``.

    ``standing`` are the silver rows among which an earlier line of the same event can be. ``outcome`` is accepted,
    duplicate or conflicting_duplicate; ``change`` is inserted, replaced or null, where silver has the event already;
    ``_match_dt`` is the partition of the row to replace, and ``displaced`` what is known of that row.
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
        *RAW,
        "arrival_time",
        *PROVENANCE,
        _outcome().alias("outcome"),
        sf.when(_outcome() == ACCEPTED, _change()).alias("change"),
        sf.to_date(sf.coalesce("incumbent.event.event_time", "event.event_time")).alias("_match_dt"),
        sf.when((_outcome() == ACCEPTED) & (_change() == REPLACED), sf.col("incumbent")).alias("displaced"),
    )


def silver_changes(decided: DataFrame) -> DataFrame:
    """Return the silver rows that are new or replace another, ready to be merged."""
    changed = decided.where("change IS NOT NULL")
    return changed.select(*_silver_row(), "_match_dt", sf.lit(False).alias("_obsolete"))


def displacements(decided: DataFrame) -> DataFrame:
    """Return as differences the events that are displaced, ``_standing``, and what takes their place, ``_expected``."""
    standing = sf.col("displaced.event").withField("source_object", sf.col("displaced.source_object"))
    expected = sf.col("event").withField("source_object", sf.col("source_object"))
    sides = standing.alias("_standing"), expected.alias("_expected"), sf.lit(False).alias("_is_repeated")
    return decided.where("displaced IS NOT NULL").select(*sides)


def accepted_rows(decided: DataFrame) -> DataFrame:
    """Return the accepted lines as silver rows, whatever silver has."""
    return decided.where(sf.col("outcome") == ACCEPTED).select(*_silver_row())


def rows_to_settle(rows: DataFrame, lines: DataFrame, objects: Sequence[str]) -> DataFrame:
    """Return the silver rows of all lines of these objects, and those with the event id of one of either."""
    own = rows.where(sf.col("source_object").isin(list(objects))).select("event_id")
    ids = lines.where("event IS NOT NULL").select(sf.col("event.event_id").alias("event_id"))
    return rows.join(ids.unionByName(own), "event_id", "left_semi")


def silver_differences(standing: DataFrame, accepted: DataFrame, objects: Sequence[str], horizon: date) -> DataFrame:
    """Return how the standing rows differ from what all lines of these objects make of them.

    ``standing`` are the ``rows_to_settle``, ``accepted`` the silver rows of the accepted lines. Of the rows of other
    objects the first stays, unless a line that arrived before it is accepted; rows before ``horizon`` are of other
    events with the same id.
    """
    others = standing.where(~sf.col("source_object").isin(list(objects)))
    number = sf.row_number().over(Window.partitionBy("event_id").orderBy(*PROVENANCE))
    recent = (
        others.where(sf.col("dt") >= days.literal(horizon))
        .withColumn("_number", number)
        .where("_number = 1")
        .drop("_number")
    )
    kept = recent.join(accepted.select("event_id"), "event_id", "left_anti")
    expected = accepted.unionByName(kept).unionByName(others.where(sf.col("dt") < days.literal(horizon)))
    return differing_rows(standing, expected, ["event_id", "dt"])


def settled_rows(rows: DataFrame, differences: DataFrame) -> DataFrame:
    """Return silver rows as they will be when the differences are merged."""
    stale = differences.where("_standing IS NOT NULL").select("event_id", "dt")
    return rows.join(stale, ["event_id", "dt"], "left_anti").unionByName(expected_rows(differences))


def quarantined_lines(lines: DataFrame, decided: DataFrame) -> DataFrame:
    """Return the refused lines with their reasons, in the columns of the quarantine."""
    columns = ["reason", "column", *RAW, *PROVENANCE, "arrival_time"]
    conflicting = decided.where(sf.col("outcome") == CONFLICTING_DUPLICATE)
    conflicting = conflicting.withColumn("reason", sf.col("outcome")).withColumn("column", sf.lit(None).cast("string"))
    return lines.where("reason IS NOT NULL").select(*columns).unionByName(conflicting.select(*columns))


def _silver_row() -> List[Any]:
    return ["event.*", "arrival_time", *PROVENANCE, sf.to_date("event.event_time").alias("dt")]


def _candidates(lines: DataFrame) -> DataFrame:
    events = lines.where("event IS NOT NULL").select("event", *RAW, "arrival_time", *PROVENANCE)
    return events.withColumn("is_standing", sf.lit(False))


def _incumbents(lines: DataFrame, standing: DataFrame, spec: Spec) -> DataFrame:
    ids = lines.where("event IS NOT NULL").select(sf.col("event.event_id").alias("event_id"))
    columns = ["event_id", "event_time", *all_quoted(column.name for column in spec.events.columns)]
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
