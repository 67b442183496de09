"""Training, validation and inference sets of a day: which rows, which labels, which split, and the manifest."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from decimal import Decimal
from typing import Any, Dict, List, Tuple

import pyarrow.parquet as pq
import pytest
from naive_model import model_features
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from spark_lake import LakeFactory, TestLake, golden_document, raw_event, us

from medallion import instants
from medallion.lake.bucket import Bucket
from medallion.layers.datasets import Period, Split, inference_rows, spine_features
from medallion.runs.dataset_run import DatasetRun
from medallion.spec.document import spec_of

DAY = date(2025, 10, 23)
TRAINING, INFERENCE = "gold/training/dt=2025-10-23/", "gold/inference/dt=2025-10-23/"
HOUR_US = 3_600_000_000
LABELS = {
    "prefix": "labels/",
    "format": "csv",
    "eventIdColumn": "id",
    "labelColumn": "fraud",
    "labelType": "double",
    "labelTimeColumn": "at",
    "labelTimeFormat": "iso8601",
    "maturityUs": 2 * HOUR_US,
    "quarantine": "quarantine/card_authorization-labels/",
}


def build(lake: TestLake) -> Dict[str, Any]:
    return DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, DAY).run()


def dataset(lake: TestLake, prefix: str) -> List[Dict[str, Any]]:
    """Return the rows of a dataset in the order of its files, each checked against its entry in the manifest."""
    manifest = lake.document(f"{prefix.split('dt=')[0]}dt=2025-10-23/_manifest.json")
    rows = []
    for entry in manifest["files"]:
        body = lake.body(entry["key"])
        assert (entry["bytes"], entry["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
        if entry["key"].startswith(prefix):
            found = pq.read_table(io.BytesIO(body)).to_pylist()
            assert len(found) == entry["rows"]
            rows += found
    return rows


@pytest.fixture(scope="module")
def day(new_lake: LakeFactory) -> TestLake:
    """Return a lake with hourly events of one day, one of the day after, and labels; datasets are built once."""
    document = golden_document()
    document["datasets"]["labels"] = LABELS
    lake = new_lake(document)
    lake.arrive("2025-10-23T23:00:00Z", [raw_event(f"e{hour}", f"{hour:02d}:00:00", amount=5) for hour in range(23)])
    lake.arrive("2025-10-23T23:59:00Z", [raw_event("c2", "23T22:30:00", "c2", amount=5)])
    lake.arrive("2025-10-24T00:00:00Z", [raw_event("tomorrow", "24T00:00:00", "c3", amount=5)])
    lake.run("2025-10-24T00:10:00.000Z")
    labels = [f"e{hour},{'true' if hour % 4 == 0 else 'false'},2025-10-23T21:30:00Z" for hour in range(20)]
    labels += ["e1,true,2025-10-23T21:40:00Z", "e2,true,2025-10-24T00:00:00Z", "e22,true,2025-10-23T22:00:00Z"]
    labels += ["e21,true,2025-10-23T22:00:00.000001Z", "e20,true,2025-10-23T19:54:59.999999Z"]
    lake.s3.put_object(Bucket=lake.bucket, Key="labels/a.csv", Body="\n".join(["id,fraud,at", *labels]) + "\n")
    lake.reports["day"] = build(lake)
    return lake


def test_training_has_the_events_whose_label_is_known_for_as_long_as_the_maturity(day: TestLake) -> None:
    rows = {row["event_id"]: row["label"] for row in dataset(day, TRAINING)}
    # At 24:00 the label of e22 is known for two hours exactly, that of e21 for a microsecond less.
    # The label of e20 claims to have been known before its event of 20:00, by more than the skew of five minutes.
    assert set(rows) == {*(f"e{hour}" for hour in range(20)), "e22"}


def test_the_newest_label_known_in_time_counts(day: TestLake) -> None:
    rows = {row["event_id"]: row["label"] for row in dataset(day, TRAINING)}
    assert (rows["e0"], rows["e1"], rows["e2"]) == (1.0, 1.0, 0.0)


def test_validation_is_the_last_share_of_the_time(day: TestLake) -> None:
    # From 00:00 to 22:00 are 22 hours; the last fifth begins at 17:36.
    assert {row["event_id"] for row in dataset(day, f"{TRAINING}validation/")} == {"e18", "e19", "e22"}
    assert {row["event_id"] for row in dataset(day, f"{TRAINING}train/")} == {f"e{hour}" for hour in range(18)}


def test_the_training_manifest_states_counts_classes_period_and_snapshot(day: TestLake) -> None:
    manifest = day.document(f"{TRAINING}_manifest.json")
    assert manifest["rows"] == {"train": 18, "validation": 3}
    # Hours divisible by four below 18 are five, and e1 was relabelled; of e18, e19 and e22 only e22 is fraud.
    assert manifest["classBalance"] == {"train": {"0.0": 12, "1.0": 6}, "validation": {"0.0": 2, "1.0": 1}}
    assert manifest["period"] == {"first": "2025-09-24", "last": "2025-10-23"}
    assert manifest["specHash"] == day.spec.spec_hash
    assert manifest["snapshots"]["gold"] > 0


def test_the_training_manifest_states_what_became_of_every_label(day: TestLake) -> None:
    labels = day.document(f"{TRAINING}_manifest.json")["labels"]
    (warning,) = labels.pop("warnings")
    assert warning.startswith("labels: got 1 labels known before their event")
    # 20 labels, and one each of e1, e2, e22, e21 and e20; of those the second of e2 and that of e21 are too young.
    assert labels == {
        "files": 1,
        "filesUnreadable": 0,
        "filesIgnored": 0,
        "rows": 25,
        "usable": 22,
        "superseded": 1,
        "notYetKnown": 2,
        "unlabelled": 0,
        "unreadable": {},
        "unreadableTotal": 0,
        "used": 21,
        "beforeEvent": 1,
        "withoutEvent": 0,
        "unreadableFiles": [],
    }


def test_training_rows_equal_gold_with_their_label(day: TestLake) -> None:
    gold = {row["event_id"]: row for row in day.rows("card_features")}
    for row in dataset(day, TRAINING):
        expected = gold[row["event_id"]]
        assert {name: row[name] for name in expected if name != "event_time"} == {
            name: value for name, value in expected.items() if name != "event_time"
        }


def test_inference_has_every_active_entity_as_of_the_end_of_the_day(day: TestLake) -> None:
    group, end_us = day.spec.feature_groups[0], us("2025-10-24T00:00:00Z")
    events = [{**row, "event_time": instants.micros_of(row["event_time"])} for row in day.rows("card_transactions")]
    rows = dataset(day, INFERENCE)
    assert [row["card_id"] for row in rows] == ["c1", "c2"]
    for row in rows:
        assert instants.micros_of(row["event_time"]) == end_us
        query = {"card_id": row["card_id"], "query_time": end_us}
        expected = model_features(group, events, query)
        assert {name: row[name] for name in expected} == expected


def a_spine(lake: TestLake, rows: List[Tuple[str, str, str, str]]) -> DataFrame:
    """Return a spine of card, query time, and two columns that silver has as well, of other types."""
    spine = lake.spark.createDataFrame(rows, "card_id STRING, asked STRING, amount STRING, event_id STRING")
    return spine.withColumn("query_time", sf.to_timestamp("asked")).drop("asked")


def test_a_spine_has_the_features_of_its_instants_and_keeps_its_own_columns(day: TestLake) -> None:
    group = day.spec.feature_groups[0]
    events = [{**row, "event_time": instants.micros_of(row["event_time"])} for row in day.rows("card_transactions")]
    spine = a_spine(
        day,
        [
            ("c1", "2025-10-23T05:00:00Z", "five", "e5"),
            ("c1", "2025-10-23T05:00:00Z", "same", "e5"),
            ("c1", "2025-10-23T05:30:00.000001Z", "between", "none"),
            ("c2", "2025-10-30T22:30:00Z", "seven days later", "none"),
            ("nobody", "2025-10-23T05:00:00Z", "no events", "none"),
        ],
    )
    rows = spine_features(day.table("card_transactions"), spine, group, day.spec).orderBy("amount").collect()
    assert [row.amount for row in rows] == ["between", "five", "no events", "same", "seven days later"]
    for row in rows:
        query = {"card_id": row.card_id, "query_time": instants.micros_of(row.query_time)}
        expected = model_features(group, events, query)
        assert {name: row[name] for name in expected} == expected
    assert [rows[1].event_id, rows[1].avg_amount_7d, rows[2].txn_count_1h] == ["e5", 5.0, 0]


def test_gold_online_and_inference_have_what_a_spine_has(day: TestLake) -> None:
    group, silver = day.spec.feature_groups[0], day.table("card_transactions")
    names = [feature.name for feature in group.features]
    of_events = silver.select("card_id", "event_id", sf.col("event_time").alias("query_time"))
    gold = {row["event_id"]: [row[name] for name in names] for row in day.rows("card_features")}
    found = spine_features(silver, of_events, group, day.spec).collect()
    assert {row.event_id: [row[name] for name in names] for row in found} == gold
    end = a_spine(day, [(card, "2025-10-24T00:00:00Z", "", "") for card in ("c1", "c2")])
    at_end = {
        row.card_id: [row[name] for name in names] for row in spine_features(silver, end, group, day.spec).collect()
    }
    assert {row["card_id"]: [row[name] for name in names] for row in dataset(day, INFERENCE)} == at_end
    served = {record["card_id"]: record for record in day.published("2025-10-24T00:10:00.000Z")}
    later = a_spine(day, [(card, "2025-10-24T00:10:00Z", "", "") for card in ("c1", "c2")])
    for row in spine_features(silver, later, group, day.spec).collect():
        values = {name: value for name, value in row.asDict().items() if name in names and value is not None}
        texts = {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
        assert served[row.card_id] == {"card_id": row.card_id, "event_time": "2025-10-24T00:10:00.000Z", **texts}


@pytest.mark.parametrize(
    ("closed", "offset_us", "expected"),
    [("left", 0, {"c1": 1}), ("right", 0, {"c3": 1}), ("left", HOUR_US, {}), ("both", HOUR_US, {"c1": 1})],
)
def test_an_entity_is_active_if_one_of_its_events_can_be_in_a_window_at_the_end_of_the_day(
    day: TestLake, closed: str, offset_us: int, expected: Dict[str, int]
) -> None:
    document = golden_document()
    (described,) = document["featureGroups"]
    described["features"] = described["features"][:1]
    # The windows of an hour are [23, 24), (23, 24], [22, 23) and [22, 23].
    described["features"][0]["window"].update(offsetUs=offset_us, closed=closed)
    spec = spec_of(document)
    events = [("c1", "2025-10-23T23:00:00Z"), ("c3", "2025-10-24T00:00:00Z")]
    silver = day.spark.createDataFrame(events, "card_id STRING, at STRING").select(
        sf.col("card_id").alias("event_id"), sf.to_timestamp("at").alias("event_time"), "card_id"
    )
    rows = inference_rows(silver, us("2025-10-24T00:00:00Z"), spec.feature_groups[0], spec).collect()
    assert {row.card_id: row.txn_count_1h for row in rows} == expected


def test_the_report_sums_up_the_day(day: TestLake) -> None:
    report = day.reports["day"]
    assert report["training"] == {"rows": 21, "train": 18, "validation": 3}
    assert report["inference"] == {"rows": 2}
    assert (report["labels"]["rows"], report["labels"]["usable"], report["labels"]["used"]) == (25, 22, 21)
    assert day.document("control/datasets/2025-10-23.json") == report


def test_building_the_day_again_gives_the_same_bytes_although_an_event_came_late(day: TestLake) -> None:
    before = {key: day.body(key) for prefix in (TRAINING, INFERENCE) for key in day.keys(prefix)}
    day.s3.put_object(Bucket=day.bucket, Key=f"{TRAINING}train/left-over.parquet", Body=b"")
    day.arrive("2025-10-24T00:11:00Z", [raw_event("late", "23T10:30:00", amount=5)])
    day.run("2025-10-24T00:20:00.000Z")
    build(day)
    assert {key: day.body(key) for prefix in (TRAINING, INFERENCE) for key in day.keys(prefix)} == before


def test_upkeep_keeps_every_row(day: TestLake) -> None:
    before = day.rows("card_transactions")
    DatasetRun(day.spark, day.spec, Bucket(day.bucket), day.bucket, DAY).maintain(us("2100-01-01T00:00:00Z"))
    assert day.rows("card_transactions") == before


def test_a_day_without_labels_or_events_is_built_empty_and_says_so(new_lake: LakeFactory) -> None:
    lake = new_lake()
    report = build(lake)
    assert (report["training"]["rows"], report["inference"]["rows"]) == (0, 0)
    manifest = lake.document(f"{TRAINING}_manifest.json")
    assert (manifest["labels"], manifest["files"], manifest["split"]["boundary"]) == (None, [], None)
    assert "labels" not in report


def test_the_period_ends_with_the_day_and_is_as_long_as_declared() -> None:
    period = Period.ending_at(date(2025, 3, 1), 2)
    assert (period.first, period.end_us) == (date(2025, 2, 28), us("2025-03-02T00:00:00Z"))


@pytest.mark.parametrize(("share", "boundary"), [(0.2, 80), (0.0, 100), (1.0, 0)])
def test_the_split_is_at_a_share_of_the_time_between_first_and_last(share: float, boundary: int) -> None:
    assert Split.of_span(0, 99, share, 0).boundary_us == boundary
