"""Commits, schema changes and upkeep of the Iceberg tables."""

from __future__ import annotations

import re
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any, Iterable, List, Optional, Tuple

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from spark_lake import LakeFactory, TestLake

from medallion.errors import InputError
from medallion.lake.tables import KEPT_SNAPSHOTS, Field, LakeTable, TableDefinition

COLUMNS: Tuple[Field, ...] = (("event_id", "STRING"), ("value", "BIGINT"), ("dt", "DATE"))
DAYS = (date(2025, 10, 22), date(2025, 10, 23))
FIRST_DAY, LAST_DAY = map(str, DAYS)

Change = Tuple[str, Optional[int], str, str, bool]
"""Event id, value, day, day where the row stands now, and whether it is obsolete."""


def a_table(lake: TestLake, columns: Tuple[Field, ...] = COLUMNS) -> LakeTable:
    definition = TableDefinition("t", columns, "silver/t/", "silver/_iceberg/t/")
    table = LakeTable(lake.spark, lake.bucket, definition)
    table.create(lake.bucket)
    return table


def changes_of(spark: SparkSession, changes: List[Change]) -> DataFrame:
    schema = "event_id STRING, value BIGINT, dt STRING, _match_dt STRING, _obsolete BOOLEAN"
    days = {"dt": sf.to_date("dt"), "_match_dt": sf.to_date("_match_dt")}
    return spark.createDataFrame(changes, schema).withColumns(days)


def rows_of(table: LakeTable, snapshot_id: Optional[int] = None) -> List[Tuple[Any, ...]]:
    found = table.read(snapshot_id).orderBy("event_id", "dt").collect()
    return [(row.event_id, row.value, str(row.dt)) for row in found]


@pytest.fixture(scope="module")
def lake(new_lake_as_on_emr: LakeFactory) -> TestLake:
    return new_lake_as_on_emr()


def test_a_merge_inserts_updates_moves_and_deletes_in_one_commit(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    assert table.snapshot_id() is None
    standing: List[Change] = [(name, 1, FIRST_DAY, FIRST_DAY, False) for name in ("kept", "updated", "moved", "gone")]
    table.merge(changes_of(lake.spark, standing), ["event_id"], DAYS)
    first = table.snapshot_id()
    changed: List[Change] = [
        ("updated", 2, FIRST_DAY, FIRST_DAY, False),
        ("moved", 3, LAST_DAY, FIRST_DAY, False),
        ("gone", None, FIRST_DAY, FIRST_DAY, True),
        ("new", 4, LAST_DAY, LAST_DAY, False),
    ]
    table.merge(changes_of(lake.spark, changed), ["event_id"], DAYS)
    assert rows_of(table) == [
        ("kept", 1, FIRST_DAY),
        ("moved", 3, LAST_DAY),
        ("new", 4, LAST_DAY),
        ("updated", 2, FIRST_DAY),
    ]
    assert first is not None
    assert [row[0] for row in rows_of(table, first)] == ["gone", "kept", "moved", "updated"]
    assert (table.has_snapshot(first), table.has_snapshot(1)) == (True, False)


def test_a_row_that_stands_twice_is_replaced_by_one(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    for _ in range(2):
        lake.spark.sql(f"INSERT INTO {table.name} VALUES ('twice', 1, DATE '{FIRST_DAY}')")
    doomed: Change = ("twice", 1, FIRST_DAY, FIRST_DAY, True)
    anew = sf.when(sf.col("_obsolete"), sf.col("_match_dt"))
    changes = changes_of(lake.spark, [doomed, ("twice", 2, FIRST_DAY, FIRST_DAY, False)]).withColumn("_match_dt", anew)
    table.merge(changes, ["event_id"], DAYS)
    assert rows_of(table) == [("twice", 2, FIRST_DAY)]


def test_an_obsolete_row_that_does_not_stand_is_not_written(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    table.merge(changes_of(lake.spark, [("gone", 1, FIRST_DAY, FIRST_DAY, True)]), ["event_id"], DAYS)
    assert rows_of(table) == []


def test_files_keep_the_whole_bounds_of_the_object_that_silver_rows_came_from(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    key = lake.arrive("2025-10-23T22:01:00Z", [{"event_id": "a", "card_id": "c", "merchant_id": "m", "ts": 1761256830}])
    lake.run("2025-10-23T22:10:00.000Z")
    name = f"glue_catalog.`{lake.bucket}`.card_transactions.files"
    (row,) = lake.spark.sql(f"SELECT readable_metrics.source_object.lower_bound FROM {name}").collect()
    assert row[0] == key


def test_a_new_column_is_added_and_null_in_what_stands(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    table.merge(changes_of(lake.spark, [("a", 1, FIRST_DAY, FIRST_DAY, False)]), ["event_id"], DAYS)
    before = table.snapshot_id()
    wider = a_table(lake, (*COLUMNS, ("more", "DECIMAL(12,2)")))
    assert [tuple(row) for row in wider.read().select("event_id", "more").collect()] == [("a", None)]
    assert rows_of(wider, before) == [("a", 1, FIRST_DAY)]
    assert a_table(lake, COLUMNS).read().columns == ["event_id", "value", "dt"]


def test_a_column_of_another_type_is_refused(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    a_table(lake)
    with pytest.raises(InputError, match=r"value: got bigint, expected string; declare a new table or version"):
        a_table(lake, (("event_id", "STRING"), ("value", "STRING"), ("dt", "DATE")))


def test_upkeep_compacts_small_files_and_expires_old_snapshots(new_lake_as_on_emr: LakeFactory) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    commits = KEPT_SNAPSHOTS + 2
    for number in range(commits):
        lake.spark.sql(f"INSERT INTO {table.name} VALUES ('e{number}', {number}, DATE '{FIRST_DAY}')")
    before = rows_of(table)
    table.maintain("2100-01-01T00:00:00.000Z", DAYS[1])
    assert rows_of(table) == before
    assert len(before) == commits
    assert lake.spark.sql(f"SELECT * FROM {table.name}.files").count() == 1
    assert lake.spark.sql(f"SELECT * FROM {table.name}.snapshots").count() == KEPT_SNAPSHOTS


def test_of_two_runs_that_merge_at_once_the_second_is_refused(new_lake_as_on_emr: LakeFactory, tmp_path: Path) -> None:
    lake = new_lake_as_on_emr()
    table = a_table(lake)
    lake.spark.sql(f"INSERT INTO {table.name} VALUES ('before', 0, DATE '{FIRST_DAY}')")
    started, go_on = tmp_path / "started", tmp_path / "go_on"

    def held(batches: Iterable[Any]) -> Iterable[Any]:
        started.touch()
        while not go_on.exists():
            time.sleep(0.05)
        yield from batches

    same = changes_of(lake.spark, [("x", 1, FIRST_DAY, FIRST_DAY, False)])
    slow = same.coalesce(1).mapInArrow(held, same.schema)
    failures: List[BaseException] = []

    def merge_slowly() -> None:
        try:
            table.merge(slow, ["event_id"], DAYS)
        except Exception as error:
            failures.append(error)

    other = threading.Thread(target=merge_slowly)
    other.start()
    deadline = time.monotonic() + 60
    while not started.exists():
        assert time.monotonic() < deadline, "the slow merge did not start"
        time.sleep(0.05)
    lake.spark.sql(f"INSERT INTO {table.name} VALUES ('x', 1, DATE '{FIRST_DAY}')")
    go_on.touch()
    other.join(timeout=60)
    assert re.search("concurrently modified|conflicting files", str(failures[0]))
    assert [row[0] for row in rows_of(table)] == ["before", "x"]
