"""Of lines that carry the same event id, the first to arrive stands, against silver and within a run."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from spark_lake import golden_document

from medallion.bronze.objects import lines_schema
from medallion.instants import datetime_of
from medallion.layers.silver import decided_lines, displacements, quarantined_lines, silver_changes
from medallion.spec.document import spec_of

SPEC = spec_of(golden_document())
DAY_US = 86_400_000_000
T0 = 1_761_256_800_000_000  # 2025-10-23T22:00:00Z

Line = Tuple[str, int, Optional[str], str]
"""Object, line number, event id (None: a refused line) and currency, which stands for all content."""


def lines_of(spark: SparkSession, lines: Sequence[Line]) -> DataFrame:
    rows = []
    for source, number, event_id, currency in lines:
        event = None if event_id is None else (event_id, datetime_of(T0), "c", "m", None, currency, None, None)
        reason = "unparseable" if event_id is None else None
        rows.append((reason, None, f"raw {source}{number}", True, source, number, datetime_of(T0), event, None))
    return spark.createDataFrame(rows, lines_schema(SPEC.events))


def standing_of(spark: SparkSession, lines: Sequence[Line], days_before: int = 0) -> DataFrame:
    """Return silver rows, in part on another day."""
    changes = lines_of(spark, lines).select("event.*", "arrival_time", "source_object", "source_line")
    moved = sf.timestamp_micros(sf.unix_micros("event_time") - sf.lit(days_before * DAY_US))
    return changes.withColumn("event_time", moved).withColumn("dt", sf.to_date("event_time"))


def decided(lines: DataFrame, standing: DataFrame) -> Dict[str, Tuple[str, Optional[str], str]]:
    found: List[Any] = decided_lines(lines, standing, SPEC).collect()
    assert len(found) == lines.where("event IS NOT NULL").count()
    return {f"{row.source_object}{row.source_line}": (row.outcome, row.change, str(row._match_dt)) for row in found}


def test_the_first_line_stands_and_others_are_duplicates_or_conflicts(spark: SparkSession) -> None:
    lines = lines_of(spark, [("b", 1, "x", "EUR"), ("a", 10, "x", "EUR"), ("a", 9, "x", "EUR"), ("c", 1, "x", "USD")])
    assert decided(lines, standing_of(spark, [])) == {
        "a9": ("accepted", "inserted", "2025-10-23"),
        "a10": ("duplicate", None, "2025-10-23"),
        "b1": ("duplicate", None, "2025-10-23"),
        "c1": ("conflicting_duplicate", None, "2025-10-23"),
    }


def test_what_stands_in_silver_wins_against_later_objects_and_loses_to_earlier_ones(spark: SparkSession) -> None:
    standing = standing_of(spark, [("b", 5, "x", "EUR"), ("b", 6, "y", "EUR"), ("b", 7, "z", "EUR")])
    lines = lines_of(spark, [("c", 1, "x", "EUR"), ("c", 2, "y", "USD"), ("a", 1, "z", "USD")])
    assert {name: found[:2] for name, found in decided(lines, standing).items()} == {
        "c1": ("duplicate", None),
        "c2": ("conflicting_duplicate", None),
        "a1": ("accepted", "replaced"),
    }


def test_lines_that_stand_already_are_accepted_without_a_change(spark: SparkSession) -> None:
    lines: List[Line] = [("b", 5, "x", "EUR"), ("b", 6, "x", "USD")]
    found = decided(lines_of(spark, lines), standing_of(spark, lines[:1]))
    assert {name: answer[:2] for name, answer in found.items()} == {
        "b5": ("accepted", None),
        "b6": ("conflicting_duplicate", None),
    }


def test_a_line_that_is_read_otherwise_than_it_stands_replaces_itself(spark: SparkSession) -> None:
    found = decided(lines_of(spark, [("b", 5, "x", "EUR")]), standing_of(spark, [("b", 5, "x", "")]))
    assert found["b5"][:2] == ("accepted", "replaced")


def test_a_replaced_row_is_matched_on_the_day_where_it_stands(spark: SparkSession) -> None:
    found = decided(lines_of(spark, [("a", 1, "x", "EUR")]), standing_of(spark, [("b", 1, "x", "EUR")], days_before=2))
    assert found["a1"] == ("accepted", "replaced", "2025-10-21")


def test_an_event_is_displaced_by_an_earlier_line_whatever_its_content(spark: SparkSession) -> None:
    standing = standing_of(spark, [("b", 1, "same", "EUR"), ("b", 2, "other", "EUR"), ("b", 3, "first", "EUR")])
    lines = [("a", 1, "same", "EUR"), ("a", 2, "other", "USD"), ("c", 1, "first", "USD"), ("a", 3, "new", "EUR")]
    outcome = decided_lines(lines_of(spark, lines), standing, SPEC)
    found = {row._standing.event_id: (row._standing, row._expected) for row in displacements(outcome).collect()}
    assert {name: (before.currency, after.currency) for name, (before, after) in found.items()} == {
        "same": ("EUR", "EUR"),
        "other": ("EUR", "USD"),
    }
    assert {(before.source_object, after.source_object) for before, after in found.values()} == {("b", "a")}


def test_changes_are_silver_rows_and_the_rest_is_quarantined(spark: SparkSession) -> None:
    lines = lines_of(spark, [("a", 1, "x", "EUR"), ("a", 2, "x", "USD"), ("a", 3, None, "")])
    outcome = decided_lines(lines, standing_of(spark, []), SPEC)
    (row,) = silver_changes(outcome).collect()
    assert (row.event_id, row.currency, row.source_line, str(row.dt), row._obsolete) == (
        "x",
        "EUR",
        1,
        "2025-10-23",
        False,
    )
    refused = quarantined_lines(lines, outcome).orderBy("source_line").collect()
    assert [(row.reason, row.raw) for row in refused] == [
        ("conflicting_duplicate", "raw a2"),
        ("unparseable", "raw a3"),
    ]
