"""What has to change in a table, down to rows that stand twice."""

from __future__ import annotations

from datetime import date
from typing import List, Optional, Tuple

from pyspark.sql import DataFrame, SparkSession

from medallion.layers.differences import differing_rows, expected_rows, merge_rows

Row = Tuple[str, Optional[int], date]
MONDAY, TUESDAY = date(2025, 10, 20), date(2025, 10, 21)


def rows_of(spark: SparkSession, rows: List[Row]) -> DataFrame:
    return spark.createDataFrame(rows, "event_id STRING, value BIGINT, dt DATE")


def actions(spark: SparkSession, standing: List[Row], expected: List[Row]) -> List[Tuple[str, Optional[int], str]]:
    """Return event id, value and what is done with it."""
    differences = differing_rows(rows_of(spark, standing), rows_of(spark, expected), ["event_id", "dt"])
    found = []
    for row in merge_rows(differences).collect():
        kind = "delete" if row._obsolete else "insert" if row._match_dt is None else f"match {row._match_dt:%A}"
        found.append((row.event_id, row.value, kind))
    return sorted(found, key=str)


def test_equal_rows_need_nothing_nulls_included(spark: SparkSession) -> None:
    rows: List[Row] = [("a", 1, MONDAY), ("b", None, MONDAY)]
    assert actions(spark, rows, rows[::-1]) == []


def test_one_row_for_one_row_is_an_update_and_a_new_one_is_written(spark: SparkSession) -> None:
    standing: List[Row] = [("a", 1, MONDAY), ("c", None, MONDAY)]
    expected: List[Row] = [("a", 2, MONDAY), ("b", 3, TUESDAY), ("c", 4, MONDAY)]
    assert actions(spark, standing, expected) == [
        ("a", 2, "match Monday"),
        ("b", 3, "match Tuesday"),
        ("c", 4, "match Monday"),
    ]


def test_a_row_that_moves_to_another_day_is_deleted_and_written(spark: SparkSession) -> None:
    assert actions(spark, [("a", 1, MONDAY)], [("a", 1, TUESDAY)]) == [("a", 1, "delete"), ("a", 1, "match Tuesday")]


def test_a_row_that_stands_twice_is_deleted_once_and_written_anew(spark: SparkSession) -> None:
    assert actions(spark, [("a", 1, MONDAY)] * 2, [("a", 1, MONDAY)]) == [("a", 1, "delete"), ("a", 1, "insert")]


def test_a_row_that_stands_once_and_is_expected_twice_is_written_anew(spark: SparkSession) -> None:
    assert actions(spark, [("a", 1, MONDAY)], [("a", 1, MONDAY), ("a", 2, MONDAY)]) == [
        ("a", 1, "delete"),
        ("a", 1, "insert"),
        ("a", 2, "insert"),
    ]


def test_what_nobody_expects_is_deleted(spark: SparkSession) -> None:
    assert actions(spark, [("a", 1, MONDAY), ("a", 2, MONDAY)], []) == [("a", 1, "delete")]


def test_the_expected_rows_of_all_pairs_are_each_returned_once(spark: SparkSession) -> None:
    standing: List[Row] = [("a", 1, MONDAY), ("a", 1, MONDAY), ("gone", 1, MONDAY), ("same", 1, MONDAY)]
    expected: List[Row] = [("a", 1, MONDAY), ("a", 2, MONDAY), ("new", 3, TUESDAY), ("same", 1, MONDAY)]
    differences = differing_rows(rows_of(spark, standing), rows_of(spark, expected), ["event_id", "dt"])
    found = sorted((row.event_id, row.value) for row in expected_rows(differences).collect())
    assert found == [("a", 1), ("a", 2), ("new", 3)]
