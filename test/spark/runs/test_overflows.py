"""Values that do not fit through a slot, a backfill and a day: absent for as long as the cause is seen, and reported.

Minutes of 2025-10-23 before midnight, at which the first slot ends. Sums are over 20 minutes, [t - 20, t).

| event | bank | at | score | weight | sum_score at the event |
|---|---|---|---|---|---|
| high | b | 23:50 | 2**63 - 1 | | 0 |
| next | b | 23:52 | 1 | 1e300 | 2**63 - 1 |
| over | b | 23:54 | 5 | -1e300 | 2**63 - 1 + 1, which does not fit |
| mine | a | 23:51 | 7 | 0.5 | 0 |
| more | a | 23:55 | 8 | 1.5 | 7 |

At midnight the sum of b is 2**63 + 5, and the variance of 1e300 and -1e300 is 2e600; those of a are 15 and
((0.5 - 1)**2 + (1.5 - 1)**2) / 1 = 0.5. At 00:11 ``high`` has left, and b has 1 + 5 = 6.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Dict, List, Tuple

import pytest
from killed_runs import KilledError, kill_after
from properties import MINUTE, Delivery, Online, Row, Sent, deliver, differences, iso, served, table_rows
from properties_histories import DOUBLE, INTEGER, a_document, an_aggregation
from spark_lake import LakeFactory, TestLake, us

from medallion.lake.bucket import Bucket
from medallion.layers import overflows
from medallion.runs.dataset_run import DatasetRun
from medallion.runs.replay import refused_lines
from medallion.runs.slot_run import SlotRun

MIDNIGHT = us("2025-10-24T00:00:00Z")
SLOT = 10 * MINUTE
LARGEST = 2**63 - 1
FEATURES = [
    an_aggregation("events", "count", None, INTEGER, (20, 0, "left")),
    an_aggregation("sum_score", "sum", "score", INTEGER, (20, 0, "left")),
    an_aggregation("spread", "variance", "weight", DOUBLE, (20, 0, "left")),
    an_aggregation("highest", "max", "score", INTEGER, (20, 0, "left")),
]
COLUMNS: List[Row] = [
    {"name": "bank", "type": "string", "required": True},
    {"name": "card", "type": "string", "required": True},
    {"name": "score", "type": "integer", "required": False},
    {"name": "weight", "type": "double", "required": False},
]
EVENTS: List[Tuple[str, str, int, int, Any]] = [
    ("high", "b", 50, LARGEST, None),
    ("next", "b", 52, 1, 1e300),
    ("over", "b", 54, 5, -1e300),
    ("mine", "a", 51, 7, 0.5),
    ("more", "a", 55, 8, 1.5),
]
NAMES = ("events", "sum_score", "spread", "highest")
GOLD = {
    "high": (0, 0, None, None),
    "next": (1, LARGEST, None, LARGEST),
    "over": (2, None, None, LARGEST),
    "mine": (0, 0, None, None),
    "more": (1, 7, None, 7),
}
QUARANTINE = "quarantine/card_authorization/"
AT_MIDNIGHT = f"{QUARANTINE}slot=20251024T000000Z/"


def at(minute: int) -> int:
    return MIDNIGHT + (minute - 60) * MINUTE


def a_line(event_id: str, bank: str, minute: int, score: int, weight: Any) -> Sent:
    raw = {"event_id": event_id, "ts": at(minute), "bank": bank, "card": "c", "score": score, "weight": weight}
    return Sent(json.dumps(raw))


def values(rows: Dict[str, Row]) -> Dict[str, Tuple[Any, ...]]:
    return {key: tuple(row.get(name) for name in NAMES) for key, row in rows.items()}


def found(lake: TestLake, keys: List[str]) -> List[Tuple[Any, ...]]:
    """Return feature, event's place and the row that lacks it, of the overflows in these files."""
    rows = lake.spark.read.parquet(*(f"s3://{lake.bucket}/{key}" for key in keys)).collect()
    assert {row["reason"] for row in rows} == {"overflow"}
    places = [(row["source_object"] or "").rsplit("/", 1)[-1] for row in rows]
    return sorted(
        (row["column"], place, row["source_line"], json.loads(row["raw"])) for row, place in zip(rows, places)
    )


def overflow_keys(lake: TestLake) -> List[str]:
    return [key for key in lake.keys(QUARANTINE) if "/overflows-" in key]


def bodies(lake: TestLake) -> Dict[str, bytes]:
    return {key: lake.body(key) for key in overflow_keys(lake)}


def a_lake(new_lake: LakeFactory) -> TestLake:
    lake = new_lake(a_document(FEATURES, columns=COLUMNS))
    deliver(lake, [Delivery(at(58), "a", tuple(a_line(*event) for event in EVENTS))])
    return lake


@pytest.fixture(scope="module")
def lake(new_lake: LakeFactory) -> TestLake:
    """Return a lake after the slot that ends at midnight."""
    lake = a_lake(new_lake)
    lake.reports["first"] = lake.run(iso(MIDNIGHT))
    return lake


def test_only_what_does_not_fit_is_absent_in_gold_and_online(lake: TestLake) -> None:
    (group,) = lake.spec.feature_groups
    assert values(table_rows(lake, "card_features")) == GOLD
    expected = {'["b","c"]': (3, None, None, LARGEST), '["a","c"]': (2, 15, 0.5, 8)}
    assert values(served(lake, MIDNIGHT, group)) == expected


def test_the_quarantine_names_feature_entity_and_event(lake: TestLake) -> None:
    row = {"artefact": "gold row", "featureGroup": "card_features", "entity": {"bank": "b", "card": "c"}}
    record = {"artefact": "online record", "featureGroup": "card_features", "record": '["b","c"]'}
    record["time"] = "2025-10-24T00:00:00.000Z"
    gold_file = f"{AT_MIDNIGHT}overflows-gold-card_features-part-00000.parquet"
    online_file = f"{AT_MIDNIGHT}overflows-online-card_features-part-00000.parquet"
    assert lake.keys(QUARANTINE) == [gold_file, online_file]
    assert found(lake, [gold_file]) == [
        ("sum_score", "a.json.gz", 3, {**row, "eventId": "over", "time": "2025-10-23T23:54:00.000000Z"})
    ]
    assert found(lake, [online_file]) == [("spread", "", None, record), ("sum_score", "", None, record)]


def test_the_report_counts_them_and_refuses_no_line(lake: TestLake) -> None:
    report = lake.reports["first"]
    assert (report["lines"], report["accepted"], report["quarantinedTotal"]) == (5, 5, 0)
    # one value of a gold row and two of a record
    assert (report["overflows"], [group["overflows"] for group in report["groups"]]) == (3, [3])
    assert lake.document("control/results/20251024T000000Z.json")["overflows"] == 3


def test_an_overflow_is_nothing_to_put_back(lake: TestLake) -> None:
    assert list(refused_lines(Bucket(lake.bucket), lake.spec, at(0), MIDNIGHT + SLOT)) == []


def test_an_inference_row_is_counted_and_named_too(lake: TestLake) -> None:
    run = DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, date(2025, 10, 23))
    report = run.run()
    assert (report["overflows"], report["groups"][0]["overflows"]) == (2, 2)
    manifest = lake.document(f"{lake.spec.feature_groups[0].layout.inference}dt=2025-10-23/_manifest.json")
    assert (manifest["overflows"], manifest["rows"]) == (2, {"rows": 2})
    inferred = lake.spark.read.parquet(*(f"s3://{lake.bucket}/{part['key']}" for part in manifest["files"]))
    assert inferred.columns == ["bank", "card", "event_time", *NAMES]
    assert {row["bank"]: row["sum_score"] for row in inferred.collect()} == {"a": 15, "b": None}
    row = {"artefact": "inference row", "featureGroup": "card_features", "entity": {"bank": "b", "card": "c"}}
    row["time"] = "2025-10-24T00:00:00.000000Z"
    key = f"{AT_MIDNIGHT}overflows-inference-card_features-part-00000.parquet"
    assert found(lake, [key]) == [("spread", "", None, row), ("sum_score", "", None, row)]
    before = bodies(lake)
    assert run.run() == report
    assert bodies(lake) == before


def test_a_run_that_dies_and_one_that_is_repeated_give_the_same(new_lake: LakeFactory, lake: TestLake) -> None:
    again = a_lake(new_lake)
    with pytest.MonkeyPatch.context() as patch:
        kill_after(patch, SlotRun, "write_manifest")
        with pytest.raises(KilledError):
            again.run(iso(MIDNIGHT))
    for _ in range(2):
        report = again.run(iso(MIDNIGHT), publish=False)
        assert report["overflows"] == 3
        assert {key: body for key, body in bodies(lake).items() if "inference" not in key} == bodies(again)
    assert values(table_rows(again, "card_features")) == GOLD


def test_a_value_is_back_when_the_cause_has_left_its_window(new_lake: LakeFactory) -> None:
    lake = a_lake(new_lake)
    (group,) = lake.spec.feature_groups
    ends = [MIDNIGHT + number * SLOT for number in range(4)]
    # a late event that takes off enough, but leaves with the others; one of the next slot that sees none of it
    deliver(lake, [Delivery(MIDNIGHT + MINUTE, "b", (a_line("less", "b", 53, -9, None),))])
    reports: List[Row] = []
    online: Dict[int, Online] = {}
    for end in ends:
        with pytest.MonkeyPatch.context() as patch:
            if end >= ends[2]:
                patch.setattr(overflows, "_rows", never)
            reports.append(lake.run(iso(end)))
        online[end] = served(lake, end, group, online.get(end - SLOT))
    b = {end: values(online[end])['["b","c"]'] for end in ends}
    # at 00:10 [23:50, 00:10) still holds all, and 2**63 - 1 + 1 + 5 - 9 fits; at 00:20 nothing is left
    assert [b[end][:2] for end in ends] == [(3, None), (4, LARGEST - 3), (0, 0), (0, 0)]
    assert [b[end][2] for end in ends] == [None, None, None, None]
    # at 00:10 the record lacks its variance, and the row of "less" the 2**63 - 1 + 1 before it
    assert [report["overflows"] for report in reports] == [3, 2, 0, 0]
    gold = values(table_rows(lake, "card_features"))
    assert gold["over"] == (3, LARGEST + 1 - 9, None, LARGEST)
    assert gold["less"] == (2, None, None, LARGEST)
    assert [report["groups"][0]["goldWritten"] for report in reports] == [5, 2, 0, 0]


def never(*_: Any) -> None:
    """A slot without overflows asks for none, which would be another Spark job."""
    raise AssertionError


def test_a_backfill_reports_what_it_found_and_with_a_bound_finds_nothing(new_lake: LakeFactory) -> None:
    lake = a_lake(new_lake)
    lake.run(iso(MIDNIGHT))
    day = iso(MIDNIGHT - 24 * 60 * MINUTE), iso(MIDNIGHT)
    before = bodies(lake)
    report = lake.backfill_run(*day, name="same").run()
    assert report["groups"][0]["overflows"] == 1
    assert lake.document("control/backfills/same/20251023T000000Z_20251024T000000Z.json") == report
    added = f"{AT_MIDNIGHT}overflows-backfill-card_features-same-20251023T000000Z-part-00000.parquet"
    assert set(bodies(lake)) == {*before, added}
    (gold_file,) = (key for key in before if "gold" in key)
    assert found(lake, [added]) == found(lake, [gold_file])
    bounded = [{**column, "lessThan": "1000"} if column["name"] == "score" else column for column in COLUMNS]
    healed = lake.with_spec(a_document(FEATURES, columns=bounded))
    report = healed.backfill_run(*day, name="bounded").run()
    assert (report["groups"][0]["overflows"], report["quarantined"]) == (0, {"out_of_bounds": 1})
    expected = {**GOLD, "next": (0, 0, None, None), "over": (1, 1, None, 1)}
    del expected["high"]
    assert (
        differences(
            {key: dict(zip(NAMES, row)) for key, row in expected.items()},
            {key: {name: row[name] for name in NAMES} for key, row in table_rows(healed, "card_features").items()},
        )
        == {}
    )
    # what earlier runs found stays as they found it
    assert set(bodies(lake)) == {*before, added}
