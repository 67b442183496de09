"""One evaluator, and no look ahead: an entity at an instant has the same features everywhere, none from the future."""

from __future__ import annotations

import random
from datetime import date
from typing import Dict, List, Sequence

import pytest
from properties import (
    MINUTE,
    Delivery,
    Online,
    Played,
    Row,
    as_served,
    differences,
    entity_of,
    identifier,
    plain,
    play,
)
from properties_histories import CARDS, SLOT, a_document, a_history, an_event, lines_of, some_values
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from spark_lake import LakeFactory, us

from medallion.lake.bucket import Bucket
from medallion.layers.datasets import spine_features
from medallion.runs.dataset_run import DatasetRun
from medallion.spec.declaration import AnyFeature, Feature, FeatureGroup

SEED = 8
MIDNIGHT = us("2025-10-26T00:00:00Z")
"""The end of a slot, of a day, and of a day on which clocks are changed in many places."""

HOUR_BEFORE = MIDNIGHT - 6 * SLOT
WORLDS = [f"w{number}-" for number in range(12)]
EVENTS = 30


def shifted(events: Sequence[Row], by_us: int) -> List[Row]:
    return [{**event, "event_time": event["event_time"] + by_us} for event in events]


def original() -> List[Row]:
    """Return the history whose copies are changed, each from another of its events on."""
    events = a_history(random.Random(SEED), "base-", EVENTS, 6 * SLOT)
    return shifted(events, HOUR_BEFORE - min(event["event_time"] for event in events))


def changed_from(time: int, world: str, chance: random.Random) -> List[Row]:
    """Return a copy in which every event from a time on is deleted, has other values or is at another later time."""
    copy = []
    for event in original():
        moved = {"event_id": world + event["event_id"][5:], "bank": world + event["bank"][5:]}
        fate = "kept" if event["event_time"] < time else chance.choice(("deleted", "other values", "later", "moved"))
        if fate == "deleted":
            continue
        if fate != "kept":
            moved.update(some_values(chance))
        if fate == "later":
            moved["event_time"] = event["event_time"] + chance.choice((1, MINUTE, 20 * MINUTE))
        if fate == "moved":
            moved["card"] = chance.choice(CARDS)[1]
        copy.append({**event, **moved})
    new = [an_event(f"{world}new{number}", time + number, (f"{world}1", "23"), weight=1e9) for number in range(3)]
    return [*copy, *new]


def at_midnight(worlds: Sequence[str]) -> List[Row]:
    """Return an event at midnight for each entity of some worlds."""
    entities = [(f"{world}{bank}", card) for world in worlds for bank, card in CARDS]
    return [an_event(f"{bank}-{card}-midnight", MIDNIGHT, (bank, card), weight=2.5) for bank, card in entities]


@pytest.fixture(scope="module")
def night(new_lake: LakeFactory) -> Played:
    """Return a lake after the slot at midnight: events of the hour before, and of many copies of a changed history."""
    chance = random.Random(SEED)
    events = [event for world in WORLDS for event in shifted(a_history(chance, world, 14, 6 * SLOT), -30 * MINUTE)]
    copies = [changed_from(event["event_time"], f"c{n}-", chance) for n, event in enumerate(original())]
    sent = [*events, *at_midnight(WORLDS[::2]), *original(), *(event for copy in copies for event in copy)]
    return play(new_lake(a_document()), {MIDNIGHT: [Delivery(MIDNIGHT - MINUTE, "a", tuple(lines_of(sent, chance)))]})


@pytest.fixture(scope="module")
def expected_online(night: Played) -> Online:
    """Return the records that the model has at midnight."""
    return night.expected[MIDNIGHT].online(night.group, MIDNIGHT)


def found(rows: DataFrame, group: FeatureGroup) -> Online:
    """Return rows of entities as records have them."""
    names = [feature.name for feature in group.features]
    own = [{name: plain(value) for name, value in row.asDict().items()} for row in rows.collect()]
    return {identifier(entity_of(row, group)): as_served({name: row[name] for name in names}, group) for row in own}


def test_a_record_has_the_features_of_the_model(night: Played, expected_online: Online) -> None:
    assert differences(expected_online, night.online[MIDNIGHT]) == {}
    assert differences(night.expected[MIDNIGHT].gold(night.group), night.gold[MIDNIGHT]) == {}


def test_a_record_equals_the_gold_row_of_an_event_at_that_instant(night: Played) -> None:
    names = [feature.name for feature in night.group.features]
    rows = [row for row in night.gold[MIDNIGHT].values() if row["event_time"] == MIDNIGHT]
    gold = {
        identifier(entity_of(row, night.group)): as_served({name: row[name] for name in names}, night.group)
        for row in rows
    }
    assert {identifier(entity_of(event, night.group)) for event in at_midnight(WORLDS[::2])} <= gold.keys()
    assert differences(gold, {key: night.online[MIDNIGHT][key] for key in gold}) == {}


def test_a_record_equals_the_inference_row_of_the_day(night: Played) -> None:
    """Entities of which every event is older than the longest window have no such row, and an empty record."""
    lake = night.lake
    manifest = DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, date(2025, 10, 25)).build_inference(
        night.group
    )
    rows = lake.spark.read.parquet(*(f"s3://{lake.bucket}/{part['key']}" for part in manifest["files"]))
    inferred = found(rows, night.group)
    assert differences(inferred, {key: night.online[MIDNIGHT][key] for key in inferred}) == {}
    silent = [night.online[MIDNIGHT][key] for key in night.online[MIDNIGHT].keys() - inferred.keys()]
    assert all(set(record.values()) == {0, "0.00"} for record in silent)
    assert len(inferred) > 100


def test_a_record_equals_the_row_of_a_label_at_that_instant(night: Played) -> None:
    lake, group = night.lake, night.group
    silver = lake.table(lake.spec.events.table)
    labels = silver.select(*group.entity).distinct().withColumn("label", sf.lit(1.0))
    spine = labels.withColumn("query_time", sf.timestamp_micros(sf.lit(MIDNIGHT)))
    rows = spine_features(silver, spine, group, lake.spec)
    assert {row["label"] for row in rows.select("label").collect()} == {1.0}
    assert differences(night.online[MIDNIGHT], found(rows, group)) == {}


def test_the_row_of_a_label_at_an_event_equals_the_gold_row_of_the_event(night: Played) -> None:
    lake, group = night.lake, night.group
    silver = lake.table(lake.spec.events.table)
    spine = silver.select(*group.entity, sf.col("event_time").alias("query_time"), sf.col("event_id").alias("label_id"))
    names = [feature.name for feature in group.features]
    rows = [row.asDict() for row in spine_features(silver, spine, group, lake.spec).collect()]
    of_labels = {row["label_id"]: {name: row[name] for name in names} for row in rows}
    gold = {key: {name: row[name] for name in names} for key, row in night.gold[MIDNIGHT].items()}
    assert differences(gold, of_labels) == {}


def test_no_feature_at_an_instant_depends_on_what_happens_from_it_on(night: Played) -> None:
    """Of windows that end at the row's own time, those that hold it see what happens then, but nothing later."""
    gold, compared = night.gold[MIDNIGHT], 0
    past = [feature.name for feature in night.group.features if looks_back(feature, night.group)]
    assert len(past) == len(night.group.features) - 4  # two counts, a sum and a minimum hold their own time
    for number, first in enumerate(original()):
        for event in original():
            row, copy = gold[event["event_id"]], gold.get(f"c{number}-{event['event_id'][5:]}")
            if event["event_time"] > first["event_time"] or copy is None or is_elsewhere(copy, row):
                continue
            names = past if event["event_time"] == first["event_time"] else [f.name for f in night.group.features]
            assert values(copy, names) == values(row, names)
            compared += 1
    assert compared > EVENTS * EVENTS / 3


def looks_back(feature: AnyFeature, group: FeatureGroup) -> bool:
    """Whether the instant at which a feature is asked for is outside of every window that it looks at."""
    if isinstance(feature, Feature):
        return feature.window.closed in ("left", "neither") or feature.window.offset_us > 0
    return all(looks_back(group.feature(name), group) for name in feature.operands)


def is_elsewhere(copy: Row, row: Row) -> bool:
    """Whether an event of the copy is at another time or of another card than that of the original."""
    return bool(copy["event_time"] != row["event_time"] or copy["card"] != row["card"])


def values(row: Row, names: Sequence[str]) -> Dict[str, str]:
    return {name: repr(row[name]) for name in names}
