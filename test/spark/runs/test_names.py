"""Every name that the code writes, and every word of SQL, declared as entity, column and feature, through real runs.

The tables are called what the code calls the sides of a join and the structs that it takes apart.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Sequence, Tuple

import pytest
from code_names import column_names, declarable, sql_words, written_names
from naive_model import model_features
from pyspark.sql import SparkSession
from spark_lake import LakeFactory, TestLake, golden_document, us

from medallion import instants
from medallion.identifiers import record_identifier
from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun
from medallion.spec.declaration import FeatureGroup

FIRST, SECOND = "2025-10-23T22:10:00.000Z", "2025-10-23T22:20:00.000Z"
HOUR_US = 3_600_000_000
MOST_OF_AN_ENTITY = 15
"""Columns of one entity: Spark takes minutes to plan a join by a hundred."""
ON_THE_WAY = ["number", "position", "match_dt", "event", "part", "is_event", "from_time", "standing", "expected"]
"""Names that the code gave to columns of its own, before these began with an underscore."""

Row = Dict[str, Any]


def a_column(name: str, kind: str = "string") -> Row:
    return {"name": name, "type": kind, "required": True}


def a_feature(name: str, aggregation: str, column: str, result: str) -> Row:
    window = {"lengthUs": 24 * HOUR_US, "offsetUs": 0, "closed": "left"}
    return {
        "name": name,
        "aggregation": aggregation,
        **({} if aggregation == "count" else {"column": column}),
        "window": window,
        "result": {"type": result},
        **({"emptyValue": "0"} if aggregation in ("count", "sum") else {}),
    }


def a_group(name: str, table: str, entity: Sequence[str], features: Sequence[Row]) -> Row:
    folders = ("gold", "goldMetadata", "publish", "training", "inference")
    return {
        "name": name,
        "version": 1,
        "featureGroupName": f"{name}-v1",
        "table": table,
        "entity": list(entity),
        "recordIdentifier": entity[0] if len(entity) == 1 else "entity_key",
        "eventTimeFeature": "event_time",
        "ttlUs": 24 * HOUR_US,
        "features": list(features),
        "layout": {folder: f"{'publish' if folder == 'publish' else 'gold'}/{table}/{folder}/" for folder in folders},
    }


def a_document(silver: str, columns: Sequence[str], groups: Sequence[Row]) -> Row:
    """Return a declaration with these columns, and this name for the silver table."""
    document = golden_document()
    declared = [a_column("x_card"), a_column("x_amount", "integer"), *map(a_column, columns)]
    document["events"].update(columns=declared, table=silver)
    document["layout"].update(silver=f"silver/{silver}/", silverMetadata=f"silver/_iceberg/{silver}/")
    document["featureGroups"] = list(groups)
    return document


def everything(spark: SparkSession) -> List[str]:
    names = sorted({*written_names(), *sql_words(spark)})
    assert {"number", "position", "match_dt", "obsolete", "first", "event", "select", "order"} <= set(names)
    assert len(names) > 500
    return names


def an_event(event_id: str, time: str, card: str, kind: int, amount: int, columns: Sequence[str]) -> Row:
    """Return a raw event; events of one kind have the same text in every column, which says whose it is."""
    seconds = us(f"2025-10-23T{time}Z") // 1_000_000
    own = {"event_id": event_id, "ts": seconds, "x_card": card, "x_amount": amount}
    return {**own, **{name: f"{name} {kind}" for name in columns}}


def run_everything(lake: TestLake, columns: Sequence[str]) -> None:
    """Run two slots with a duplicate, a contradiction, poison and a late event, a backfill that replaces, and a day."""

    def event(event_id: str, time: str, card: str, kind: int, amount: int) -> Row:
        return an_event(event_id, time, card, kind, amount, columns)

    e1 = event("e1", "22:00:10", "c1", 1, 5)
    others = [event("e2", "22:00:20", "c1", 1, 7), event("e3", "22:00:30", "c2", 2, 9), {**e1, "x_amount": 6}]
    lake.arrive("2025-10-23T22:01:00Z", [e1, e1, *others, "poison"])
    lake.reports["first"] = lake.run(FIRST)
    assert_published(lake, FIRST)
    lake.arrive("2025-10-23T22:12:00Z", [event("e4", "21:30:00", "c1", 1, 11), event("e5", "22:11:00", "c2", 1, 13)])
    lake.reports["second"] = lake.run(SECOND)
    assert_published(lake, SECOND)
    assert_gold(lake)
    lake.arrive("2025-10-23T21:01:00Z", [event("e6", "21:00:30", "c3", 3, 17), event("e2", "21:00:40", "c2", 2, 19)])
    lake.reports["backfill"] = lake.backfill_run("2025-10-23T21:00:00Z", SECOND).run()
    assert_gold(lake)
    DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, date(2025, 10, 23)).run()
    assert_datasets(lake)


def silver_events(lake: TestLake) -> List[Row]:
    rows = lake.rows(lake.spec.events.table)
    return [{**row, "event_time": instants.micros_of(row["event_time"])} for row in rows]


def assert_gold(lake: TestLake) -> None:
    for number, group in enumerate(lake.spec.feature_groups):
        assert lake.rows(group.table) == lake.model_gold(lake.spec.events.table, number)


def assert_published(lake: TestLake, slot_end: str) -> None:
    """Compare the records of the entities of a slot's new events with those of the model."""
    events = silver_events(lake)
    arrived_us = us(slot_end) - 600_000_000
    for group in lake.spec.feature_groups:
        new = [event for event in events if instants.micros_of(event["arrival_time"]) >= arrived_us]
        expected: Dict[str, Row] = dict(a_record(group, events, event, slot_end) for event in new)
        found = {record[group.record_identifier]: record for record in lake.published(slot_end, group.name)}
        assert expected.keys() <= found.keys()
        assert {key: found[key] for key in expected} == expected


def a_record(group: FeatureGroup, events: Sequence[Row], event: Row, slot_end: str) -> Tuple[str, Row]:
    """Return the identifier of an event's entity, and its record."""
    values = model_features(group, events, {**event, "query_time": us(slot_end)})
    entity = {name: event[name] for name in group.entity}
    key = record_identifier([str(value) for value in entity.values()])
    known = {name: value for name, value in values.items() if value is not None}
    return key, {**entity, group.record_identifier: key, "event_time": slot_end, **known}


def assert_datasets(lake: TestLake) -> None:
    for group in lake.spec.feature_groups:
        files = f"s3://{lake.bucket}/{group.layout.training}dt=2025-10-23/*/*.parquet"
        training = lake.spark.read.parquet(files).orderBy("event_id", "event_time")
        assert [row.asDict() for row in training.collect()] == lake.rows(group.table)
        inference = lake.spark.read.parquet(f"s3://{lake.bucket}/{group.layout.inference}dt=2025-10-23/*.parquet")
        assert inference.columns == [*group.entity, "event_time", *(feature.name for feature in group.features)]


@pytest.mark.parametrize(
    "names", [ON_THE_WAY, pytest.param(column_names(), marks=pytest.mark.nightly)], ids=["on the way", "every column"]
)
def test_no_entity_is_in_the_way_of_the_code(new_lake: LakeFactory, names: List[str]) -> None:
    assert set(ON_THE_WAY) <= set(names)
    parts = [names[at : at + MOST_OF_AN_ENTITY] for at in range(0, len(names), MOST_OF_AN_ENTITY)]
    features = [a_feature("x_count", "count", "", "integer"), a_feature("x_last", "last", "x_amount", "integer")]
    groups = [a_group(f"x_{part[0]}", table, part, features) for part, table in zip(parts, names)]
    lake = new_lake(a_document("event", names, groups))
    run_everything(lake, names)
    report = lake.reports["first"]
    assert (report["accepted"], report["duplicates"], report["quarantinedTotal"]) == (3, 1, 2)
    assert lake.reports["backfill"]["silver"]["replaced"] == 1
    assert {row["event_id"]: row["number"] for row in lake.rows("event")} == {
        "e1": "number 1", "e2": "number 2", "e3": "number 2", "e4": "number 1", "e5": "number 1", "e6": "number 3"
    }  # fmt: skip


@pytest.mark.nightly
def test_no_column_is_in_the_way_of_the_code(spark: SparkSession, new_lake: LakeFactory) -> None:
    names = everything(spark)
    features = [a_feature(f"x_{number}", "last", name, "string") for number, name in enumerate(column_names())]
    lake = new_lake(a_document("totals", names, [a_group("standing", "changed", ["x_card"], features)]))
    run_everything(lake, names)


@pytest.mark.nightly
def test_no_feature_is_in_the_way_of_the_code(spark: SparkSession, new_lake: LakeFactory) -> None:
    names = everything(spark)
    kinds = (("count", "integer"), ("sum", "integer"), ("last", "integer"), ("mean", "double"))
    features = [a_feature(name, *_of_amount(*kinds[number % 4])) for number, name in enumerate(names)]
    lake = new_lake(a_document("expected", [], [a_group("first", "incumbent", ["x_card"], features)]))
    run_everything(lake, [])


def _of_amount(aggregation: str, result: str) -> List[str]:
    return [aggregation, "x_amount", result]


def test_names_on_the_way_cannot_be_declared() -> None:
    assert declarable({"_number", "_is_event", "number_", "a__b", "ok"}) == ["a__b", "ok"]
