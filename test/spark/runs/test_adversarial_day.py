"""Half an hour before midnight with values at every limit, through slots, a daily run and a backfill.

Nothing fails: what is refused is found with its reason, what overflows is absent, and every other value is that of the
quadratic model, in gold, online, as the publisher reads it, and in the datasets.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Dict, List, Sequence, Tuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from naive_model import overflowed_features
from properties import (
    MINUTE,
    Delivery,
    Expected,
    Online,
    Row,
    Sent,
    as_served,
    by_entity,
    deliver,
    differences,
    entity_of,
    identifier,
    iso,
    plain,
    quarantined,
    served,
)
from properties_histories import BOTH, DOUBLE, INTEGER, LEFT, NEITHER, RIGHT, STRING, a_derivation, an_aggregation
from publisher_reading import sent_records
from pyspark.sql import functions as sf
from spark_lake import LakeFactory, TestLake, golden_document, us

from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun
from medallion.spec.declaration import FeatureGroup

START, MIDNIGHT, SLOT = us("2025-10-26T23:30:00Z"), us("2025-10-27T00:00:00Z"), 10 * MINUTE
ENDS = (START + SLOT, START + 2 * SLOT, MIDNIGHT)
DAY = date(2025, 10, 26)
DECIMAL, DECIMAL_SUM = ({"type": "decimal", "precision": digits, "scale": 2} for digits in (18, 19))
TIMESTAMP, BOOLEAN = {"type": "timestamp"}, {"type": "boolean"}
TYPES: Dict[str, Row] = {
    "score": INTEGER,
    "amount": DECIMAL,
    "weight": DOUBLE,
    "note": STRING,
    "is_new": BOOLEAN,
    "seen_at": TIMESTAMP,
}
COLUMNS: List[Row] = [
    {"name": "bank", "type": "string", "required": True},
    {"name": "card", "type": "string", "required": True},
    *({"name": name, "required": False, **kind} for name, kind in TYPES.items()),
    {"name": "memo", "type": "string", "required": False},
]
FIRST_INSTANT, LAST_INSTANT = us("0001-01-02T00:00:00Z"), us("9999-12-30T00:00:00Z")
LARGEST, MOST = 2**63 - 1, Decimal("9999999999999999.99")
HUGE, TINY = 1.7976931348623157e308, 5e-324


NUMBERS = ("score", "amount", "weight")
AGGREGATIONS: Dict[str, Tuple[str, ...]] = {
    "first": tuple(TYPES),
    "last": tuple(TYPES),
    "countDistinct": tuple(name for name in TYPES if name != "weight"),
    "min": (*NUMBERS, "seen_at"),
    "max": (*NUMBERS, "seen_at"),
    **dict.fromkeys(("sum", "mean", "variance", "stddev"), NUMBERS),
}
RESULTS = {"countDistinct": INTEGER, "mean": DOUBLE, "variance": DOUBLE, "stddev": DOUBLE}
BOUNDARIES = (LEFT, RIGHT, BOTH, NEITHER)


def features() -> List[Row]:
    """Return every aggregation over every type that it takes and with every boundary, and derived features of them."""
    found: List[Row] = []
    for closed in BOUNDARIES:
        found.append(an_aggregation(f"count_{closed}", "count", None, INTEGER, (20, 0, closed)))
        found.append(an_aggregation(f"since_{closed}", "timeSinceLast", None, DOUBLE, (20, 0, closed)))
    for aggregation, names in AGGREGATIONS.items():
        for number in range(max(len(names), len(BOUNDARIES))):
            name, closed = names[number % len(names)], BOUNDARIES[number % len(BOUNDARIES)]
            of_amounts = DECIMAL_SUM if (aggregation, name) == ("sum", "amount") else TYPES[name]
            result = RESULTS.get(aggregation, of_amounts)
            found.append(an_aggregation(f"{aggregation}_{name}_{closed}", aggregation, name, result, (20, 0, closed)))
    found.append(a_derivation("share", "ratio", "sum_weight_both", "mean_weight_both"))
    found.append(a_derivation("unusual", "zScore", "last_weight_both", "mean_weight_both", "stddev_weight_both"))
    found.append({**a_derivation("change", "difference", "max_score_left", "min_score_left"), "result": INTEGER})
    return found


FEATURES = features()
TEXTS = sum(feature["result"]["type"] == "string" for feature in FEATURES)
ROOM = (358_400 - 4_096 - 100 * (len(FEATURES) + 2 + 2)) // TEXTS
LONG_CARD = "k" * (2048 - len('["b",""]'))
ENTITIES = (
    ("b", "c"), ("\x00", "\u2028x\u2029"), ("😀", '["x","y"]'), ("b", LONG_CARD), ("\u200b", "9223372036854775807"),
    (" b ", '\\"'),
)  # fmt: skip


def a_document() -> Row:
    """Return a declaration with every feature for entities of two columns, and a few for those of one."""
    document = golden_document()
    time = {"column": "ts", "format": "unix_micros"}
    document["events"].update(eventTime=time, allowedSkewUs=24 * 60 * MINUTE, columns=COLUMNS)
    (both,) = document["featureGroups"]
    one: Row = json.loads(json.dumps(both).replace("card_features", "one_features"))
    both.update(entity=["bank", "card"], recordIdentifier="entity_key", features=FEATURES)
    one.update(entity=["card"], recordIdentifier="card", features=[f for f in FEATURES if f["name"].endswith("_right")])
    one["layout"].update(training="gold/training/one/", inference="gold/inference/one/")
    document["featureGroups"] = [both, one]
    document["datasets"]["labels"] = {
        "prefix": "labels/",
        "format": "jsonl",
        "eventIdColumn": "id",
        "labelColumn": "label",
        "labelType": "string",
        "labelTimeColumn": "at",
        "labelTimeFormat": "unix_micros",
        "maturityUs": 0,
        "quarantine": "quarantine/card_authorization-labels/",
    }
    return document


def values(number: int) -> Row:
    """Return values at their limits, in combinations that differ from event to event."""

    def one_of(column: int, *found: Any) -> Any:
        return found[(number * (column * 2 + 1) + column) % len(found)]

    return {
        "score": one_of(0, LARGEST, -LARGEST - 1, 1, None, -1, LARGEST, 0),
        "amount": one_of(1, MOST, -MOST, Decimal("0.01"), None, MOST, Decimal("0.00"), MOST),
        "weight": one_of(2, HUGE, -HUGE, TINY, 0.0, 1e-300, HUGE, None, 3.0),
        "note": one_of(3, "", "\x00", "\u2028", "😀", '{"a":1}', "n" * ROOM, "é", None, "e\u0301", "\ufeff\u0085"),
        "is_new": one_of(4, True, False, None),
        "seen_at": one_of(5, FIRST_INSTANT, LAST_INSTANT, -1, 0, None, FIRST_INSTANT + 1),
        "memo": one_of(6, None, "m" * 200_000, "x", "", "y"),
    }


def an_event(event_id: str, time: int, entity: Tuple[str, str], **changed: Any) -> Row:
    return {"event_id": event_id, "event_time": time, "bank": entity[0], "card": entity[1], **changed}


def a_line(event: Row) -> Sent:
    raw = {("ts" if name == "event_time" else name): as_json(name, value) for name, value in event.items()}
    # what is -0.0 counts as zero, and is sent so
    return Sent(json.dumps(raw, ensure_ascii=False).replace('"weight": 0.0', '"weight": -0.0'), event)


def as_json(name: str, value: Any) -> Any:
    if name == "seen_at" and value is not None:
        return INSTANTS[value]
    return str(value) if isinstance(value, Decimal) else value


INSTANTS = {
    FIRST_INSTANT: "0001-01-02T00:00:00Z",
    FIRST_INSTANT + 1: "0001-01-02T00:00:00.0000019Z",
    LAST_INSTANT: "9999-12-30T00:00:00Z",
    -1: "1969-12-31T23:59:59.999999Z",
    0: "1970-01-01T00:00Z",
}
TS = START + MINUTE
GOOD = {"event_id": "p", "ts": TS, "bank": "b", "card": "c"}


def refused() -> List[Sent]:
    """Return lines that state no event, one for every limit."""
    changes: Sequence[Tuple[str, Row]] = (
        ("missing_required", {"event_id": "\u3000"}),
        ("missing_required", {"bank": "\u2028"}),
        ("wrong_type", {"note": "\ud800"}),
        ("wrong_type", {"note": {"a": 1}}),
        ("wrong_type", {"amount": "0.001"}),
        ("out_of_bounds", {"amount": "10000000000000000"}),
        ("out_of_bounds", {"score": LARGEST + 1}),
        ("out_of_bounds", {"score": -LARGEST - 2}),
        ("out_of_bounds", {"seen_at": "0001-01-01T23:59:59.999999Z"}),
        ("out_of_bounds", {"seen_at": "9999-12-30T00:00:00.000001Z"}),
        ("not_finite", {"weight": float("inf")}),
        ("not_finite", {"weight": "1.8e308"}),
        ("too_long", {"card": f"{LONG_CARD}k"}),
        ("too_long", {"note": "n" * (ROOM + 1)}),
        ("too_long", {"note": "n" * 400_000}),
        ("out_of_bounds", {"ts": "1e99"}),
        ("wrong_unit", {"ts": TS // 1000}),
        ("too_late", {"ts": 0}),
        ("from_the_future", {"ts": TS + 30 * 24 * 60 * MINUTE}),
    )
    found = [Sent(json.dumps({**GOOD, **change}), reason=reason) for reason, change in changes]
    return [*found, Sent("{" * 200), Sent('{"event_id": "p", "event_id": "q"}'), Sent("\x00")]


def deliveries() -> Dict[int, List[Delivery]]:
    """Return what appears before each slot: ties, late events, repeats, and earlier lines that displace later ones."""
    events = [
        an_event(f"e{number}", START + number % 28 * MINUTE + number % 3 - 1, ENTITIES[number % 6], **values(number))
        for number in range(66)
    ]
    full = an_event("full", START + 25 * MINUTE, ("full", "k" * (2048 - len('["full",""]'))), **values(6))
    assert full["note"] == "n" * ROOM
    # ten times 10**18 - 1 minor units are more than 2**63
    money = [
        an_event(f"money{number}", START + 25 * MINUTE + number, ("money", "m"), **{**values(6), "amount": MOST})
        for number in range(11)
    ]
    lines = [a_line(event) for event in (*events, full, *money)]
    displaced = a_line({**events[4], **values(40)})
    contradicting = a_line({**events[7], **values(41)})
    return {
        ENDS[0]: [Delivery(START + MINUTE, "m", (*lines[:22], *refused()))],
        # the second half of the events of the first minutes is late
        ENDS[1]: [Delivery(START + 11 * MINUTE, "a", (*lines[22:44], lines[0], contradicting))],
        ENDS[2]: [
            Delivery(START + MINUTE, "a", (displaced,)),
            Delivery(START + 25 * MINUTE, "b", (*lines[44:], *refused(), lines[3])),
        ],
    }


@dataclass
class Day:
    """A lake after three slots, and what stood after each of them, by group."""

    lake: TestLake
    document: Row
    expected: Dict[int, Expected] = field(default_factory=dict)
    reports: Dict[int, Row] = field(default_factory=dict)
    gold: Dict[Tuple[int, str], Dict[str, Row]] = field(default_factory=dict)
    online: Dict[Tuple[int, str], Online] = field(default_factory=dict)


def rows_of(lake: TestLake, table: str) -> Dict[str, Row]:
    """Return a table by event id, instants of any year as microseconds."""
    names = [name for name, kind in lake.table(table).dtypes if kind == "timestamp"]
    found = lake.table(table).withColumns({name: sf.unix_micros(name) for name in names}).collect()
    return {row["event_id"]: row.asDict() for row in found}


@pytest.fixture(scope="module")
def day(new_lake: LakeFactory) -> Day:
    document = a_document()
    found = Day(new_lake(document), document)
    lake, delivered = found.lake, []
    for end, appearing in deliveries().items():
        deliver(lake, appearing)
        delivered += appearing
        found.reports[end] = lake.run(iso(end))
        found.expected[end] = Expected(lake.spec, list(delivered))
        for group in lake.spec.feature_groups:
            found.gold[end, group.name] = rows_of(lake, group.table)
            before = found.online.get((end - SLOT, group.name))
            found.online[end, group.name] = served(lake, end, group, before)
    return found


def test_every_slot_leaves_what_the_model_says(day: Day) -> None:
    for end, expected in day.expected.items():
        for group in day.lake.spec.feature_groups:
            assert differences(expected.gold(group), day.gold[end, group.name]) == {}
            assert differences(expected.online(group, end), day.online[end, group.name]) == {}


def test_every_refused_line_is_found_with_its_reason(day: Day) -> None:
    expected = day.expected[MIDNIGHT]
    assert quarantined(day.lake) == {
        f"{delivery.key(day.lake.spec)}:{number}": line.reason
        for delivery in expected.deliveries
        for number, line in enumerate(delivery.lines, 1)
        if line.event is None
    } | conflicts(day)
    for end, report in day.reports.items():
        counts = day.expected[end].counts(report["objects"])
        assert {name: report[name] for name in counts} == counts


def conflicts(day: Day) -> Dict[str, str]:
    """Return the two lines that contradict earlier ones; the one that was displaced was accepted when it was read."""
    second = Delivery(START + 11 * MINUTE, "a", ()).key(day.lake.spec)
    return {f"{second}:24": "conflicting_duplicate"}


def test_what_overflows_is_counted(day: Day) -> None:
    group = day.lake.spec.feature_groups[0]
    own = by_entity(day.expected[MIDNIGHT].silver.values(), group)
    names = {
        name
        for events in own.values()
        for event in events
        for name in overflowed_features(group, events, {**event, "query_time": event["event_time"]})
    }
    assert {"sum_score_left", "sum_amount_right", "sum_weight_both", "variance_weight_both", "change"} <= names
    assert all(report["overflows"] > 0 for report in day.reports.values())


@pytest.mark.parametrize("number", [0, 1])
def test_the_publisher_reads_every_record_and_the_store_takes_it(day: Day, number: int) -> None:
    group = day.lake.spec.feature_groups[number]
    store: Dict[str, Row] = {}
    for end in ENDS:
        store.update(sent_records(day.lake, day.document, iso(end), group.name))
    texts = {
        name: {feature: as_text(value) for feature, value in record.items()}
        for name, record in day.expected[MIDNIGHT].online(group, MIDNIGHT).items()
    }
    others = {group.record_identifier, group.event_time_feature, *group.entity}
    found = {name: {key: value for key, value in record.items() if key not in others} for name, record in store.items()}
    assert differences(texts, found) == {}
    assert {len(name.encode("utf-8")) for name in found} >= {2048 if number == 0 else len(LONG_CARD)}
    sizes = [sum(len((key + value).encode("utf-8")) for key, value in record.items()) for record in store.values()]
    assert number == 1 or max(sizes) > 345_000


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.nightly
def test_a_day_of_hostile_labels_gives_training_rows_of_gold_and_inference_rows_of_the_model(day: Day) -> None:
    at, lake = MIDNIGHT - 1, day.lake
    rows: List[Any] = [{"id": f"e{number}", "label": "\u2028\x00😀", "at": at} for number in range(20)]
    rows += [{"id": "e20", "label": "l" * 200_000, "at": str(at)}, {"id": "e21", "label": "", "at": at}]
    rows += [{"id": "e22", "label": "\ud800", "at": at}, {"id": " ", "label": "x", "at": at}]
    rows += [{"id": "e23", "label": "x", "at": f"{time}"} for time in ("1e99", "-1e99", "9" * 400, "NaN", "", at + 2)]
    rows += [{"id": {"a": 1}, "label": "x", "at": at}, ["e24"], 1, None, {"id": "e25"}]
    body = "\n".join([*(json.dumps(row) for row in rows), "{" * 200, "\x00", '{"id": "e26", "id": "e26"}', ""])
    lake.s3.put_object(Bucket=lake.bucket, Key="labels/a.jsonl", Body=body.encode("utf-8"))
    report = DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, DAY).run()
    assert report["training"]["rows"] > 0
    for group in lake.spec.feature_groups:
        gold = day.gold[MIDNIGHT, group.name]
        training = dataset(lake, group.layout.training)
        assert {row["event_id"] for row in training} == {f"e{number}" for number in range(21)}
        labels = {row["event_id"]: (row.pop("label"), row.pop("label_time")) for row in training}
        assert {labels[f"e{number}"][0] for number in range(20)} == {"\u2028\x00😀"}
        found = {row["event_id"]: {name: plain(value) for name, value in row.items()} for row in training}
        expected = {name: {key: gold[name][key] for key in row} for name, row in found.items()}
        assert differences(expected, found) == {}
        assert differences(inferred(day, group), inference(lake, group)) == {}


def dataset(lake: TestLake, prefix: str) -> List[Row]:
    manifest = lake.document(f"{prefix}dt={DAY}/_manifest.json")
    parts = [pq.read_table(io.BytesIO(lake.body(entry["key"]))) for entry in manifest["files"]]
    return [row for part in parts for row in in_micros(part).to_pylist()]


def in_micros(table: pa.Table) -> pa.Table:
    """Return a table with instants as microseconds."""
    instants = {field.name for field in table.schema if pa.types.is_timestamp(field.type)}
    columns = [table[name].cast(pa.int64()) if name in instants else table[name] for name in table.column_names]
    return pa.table(columns, table.column_names)


def inferred(day: Day, group: FeatureGroup) -> Dict[str, Row]:
    """Return what the model says of each entity at midnight that any window reaches, as records have it."""
    return day.expected[MIDNIGHT].online(group, MIDNIGHT)


def inference(lake: TestLake, group: FeatureGroup) -> Dict[str, Row]:
    found = {}
    for row in dataset(lake, group.layout.inference):
        features = {feature.name: row[feature.name] for feature in group.features}
        found[identifier(entity_of(row, group))] = as_served(features, group)
    return found


@pytest.mark.nightly
def test_a_backfill_finds_everything_as_it_should_be(day: Day) -> None:
    lake = day.lake
    report = lake.backfill_run("2025-10-26T00:00:00.000Z", iso(MIDNIGHT), publish=True).run()
    expected = day.expected[MIDNIGHT]
    for group, found in zip(lake.spec.feature_groups, report["groups"]):
        assert found["goldWritten"] == 0
        own = by_entity(expected.silver.values(), group)
        overflows = [
            len(overflowed_features(group, own[entity_of(event, group)], {**event, "query_time": event["event_time"]}))
            for event in expected.silver.values()
        ]
        assert found["overflows"] == sum(overflows)
        assert differences(expected.gold(group), rows_of(lake, group.table)) == {}
    counts = expected.counts(expected.outcomes)
    assert {name: report[name] for name in counts} == counts
