"""Entities are never merged: keys that some way of joining, trimming, folding or quoting text would take for equal."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
from properties import (
    MINUTE,
    Delivery,
    Online,
    Played,
    Row,
    Sent,
    deliver,
    differences,
    iso,
    play,
    quarantined,
    records,
    served,
)
from properties_histories import SLOT, START, a_document, an_event, lines_of
from spark_lake import LakeFactory
from spark_session import REPOSITORY

from medallion.lake.bucket import Bucket
from medallion.lake.renewals import renewed_entities, write_renewals

SENSOR_SPEC = REPOSITORY / "test" / "fixtures" / "sensor-features.spec.json"
LONG = "k" * 2039
"""With one letter more, and one in the other column, an identifier of 2048 bytes: the most that the store keeps."""

KEYS: List[Tuple[str, str]] = [
    ("1", "23"),
    ("12", "3"),
    ("a ", "b"),
    ("a", " b"),
    ("a", "b"),
    ("A", "b"),
    ("a\t", "b"),
    ("a\n", "b"),
    ("a\r", "b"),
    ("a\u0000", "b"),
    ("a", "\u0000b"),
    ("a\u0085", "b"),
    ("a\u2028", "b"),
    ("a\u200b", "b"),
    ("\ufeffa", "b"),
    ("a,b", "c"),
    ("a", "b,c"),
    ('a","b', "c"),
    ("a", 'b","c'),
    ('["a"', '"b"]'),
    ('["a","b"]', "c"),
    ("[a", "b]"),
    ("a\\", "b"),
    ("a", "\\b"),
    ('a\\"', "b"),
    ("{}", "[]"),
    ("null", "NULL"),
    ("NULL", "null"),
    ("true", "1"),
    ("1", "true"),
    ("0", "-0"),
    ("00", "0"),
    ("0.0", "0"),
    ("1e3", "x"),
    ("1000", "x"),
    ("NaN", "x"),
    ("é", "x"),
    ("e\u0301", "x"),
    ("Å", "x"),
    ("A\u030a", "x"),
    ("\u212b", "x"),
    ("ﬁ", "x"),
    ("fi", "x"),
    ("ß", "x"),
    ("ss", "x"),
    ("\u0131", "x"),
    ("i", "x"),
    ("I", "x"),
    ("\U0001f600", "x"),
    ("\uffff", "x"),
    ("%31", "23"),
    ("a/b", "c"),
    ("a", "b/c"),
    ("bank=a", "card=b"),
    (LONG + "k", "x"),
    (LONG + "l", "x"),
    (LONG, "kx"),
]
SINGLE = sorted(
    {part for key in KEYS for part in key} | {json.dumps(list(key)) for key in KEYS[:5]} | {"a b", "a|b", "k" * 2048}
)
"""Keys of one column: the parts of the others, texts that look like several, and the longest that the store keeps."""

REFUSED: List[Tuple[Tuple[str, str], str]] = [
    (("", "123"), "missing_required"),
    (("123", ""), "missing_required"),
    ((" ", "123"), "missing_required"),
    (("123", "\u3000\u0085\n"), "missing_required"),
    ((LONG, "kxx"), "too_long"),
    ((LONG + '"', "x"), "too_long"),
    (("\u20ac" * 680, "xx"), "too_long"),  # 3 * 680 + 2 + 7 = 2049
]
"""Keys that no record of the store can have, and the reason."""


PUBLISHER = REPOSITORY / "assets" / "publisher"
READER = """
import { createReadStream, readFileSync } from 'node:fs';
import { featureRecord } from './feature-record';
import { textLines } from './text-lines';

async function read() {
  const [group, end] = [JSON.parse(readFileSync('group', 'utf8')), readFileSync('end', 'utf8')];
  const found = [];
  for await (const line of textLines(createReadStream('part'))) {
    const { entity, values } = featureRecord(line, group, end);
    const text = (name: string) => values.find(({ FeatureName }) => FeatureName === name)!.ValueAsString;
    found.push([entity, text('bank'), text('card')]);
  }
  console.log(JSON.stringify(found));
}

void read();
"""
"""Prints the entity of each record of a part, and the columns of its key."""


def test_the_keys_are_distinct() -> None:
    assert len({*KEYS}) == len(KEYS) == 57


def an_hour_of(number: int) -> List[int]:
    """Return the times of an entity's events: one to three, so that a merger with another changes its count."""
    return [START + MINUTE * (1 + step) + number for step in range(number % 3 + 1)]


@pytest.fixture(scope="module")
def composite(new_lake: LakeFactory) -> Played:
    """Return a lake with one to three events of each composite key."""
    events = [
        an_event(f"e{number}-{time}", time, key, weight=float(number))
        for number, key in enumerate(KEYS)
        for time in an_hour_of(number)
    ]
    refused = [
        Sent(line.text, None, reason)
        for key, reason in REFUSED
        for line in lines_of([an_event("refused", START, key)], random.Random(10))
    ]
    lines = (*lines_of(events, random.Random(10)), *refused)
    return play(new_lake(a_document()), {START + SLOT: [Delivery(START + 8 * MINUTE, "a", lines)]})


def test_composite_keys_have_gold_rows_of_their_own(composite: Played) -> None:
    expected = composite.expected[START + SLOT]
    assert differences(expected.silver, composite.silver[START + SLOT]) == {}
    assert differences(expected.gold(composite.group), composite.gold[START + SLOT]) == {}


def test_composite_keys_have_records_of_their_own(composite: Played) -> None:
    online = composite.online[START + SLOT]
    assert differences(composite.expected[START + SLOT].online(composite.group, START + SLOT), online) == {}
    assert {tuple(json.loads(name)) for name in online} == {*KEYS}
    assert [online[joined(key)]["events"] for key in KEYS] == [number % 3 + 1 for number in range(len(KEYS))]


def test_a_key_that_no_record_can_have_is_refused_with_the_reason(composite: Played) -> None:
    assert sorted(quarantined(composite.lake).values()) == sorted(reason for _, reason in REFUSED)


def test_the_columns_of_a_composite_key_stand_in_its_record_as_they_were_sent(composite: Played) -> None:
    sent = {joined(key): key for key in KEYS}
    found = records(composite.lake, START + SLOT, composite.group)
    assert {record["entity_key"]: (record["bank"], record["card"]) for record in found} == sent


def test_the_publisher_reads_every_key_as_it_was_sent(composite: Played, tmp_path: Path) -> None:
    """The publisher's own code, bundled as for its function, reads the part that Spark wrote."""
    lake, end = composite.lake, START + SLOT
    (part,) = lake.keys(f"{composite.group.layout.publish}slot=")
    group = a_document()["featureGroups"][0]
    for name, body in (("part", lake.body(part)), ("group", json.dumps(group).encode()), ("end", iso(end).encode())):
        (tmp_path / name).write_bytes(body)
    bundle = [str(REPOSITORY / "node_modules" / ".bin" / "esbuild"), "--bundle", "--platform=node", "--loader=ts"]
    code = subprocess.run(bundle, input=READER, cwd=PUBLISHER, check=True, capture_output=True, text=True).stdout
    (tmp_path / "reader.js").write_text(code, "utf-8")
    read = subprocess.run(["node", "reader.js"], cwd=tmp_path, check=True, capture_output=True)
    assert json.loads(read.stdout) == [[joined(key), *key] for key in sorted(KEYS, key=joined)]


def test_keys_that_are_named_to_be_published_again_are_those_that_were_sent(composite: Played) -> None:
    """Named by a run, and by the lines of records, as an auditor and a publish set that was not finished have them."""
    lake, group, bucket = composite.lake, composite.group, Bucket(composite.lake.bucket)
    sent = lake.table(lake.spec.events.table)
    named = write_renewals(sent, group, bucket, lake.spec.layout)
    for keys in (named, lake.keys(f"{group.layout.publish}slot=")):
        found = renewed_entities(lake.spark, keys, group, bucket, lake.spec)
        assert found is not None
        assert sorted(tuple(row) for row in found.collect()) == sorted(KEYS)
    bucket.delete(named)


def test_whole_numbers_are_named_by_their_digits_or_by_numbers(new_lake: LakeFactory) -> None:
    lake = new_lake(json.loads(SENSOR_SPEC.read_text("utf-8")))
    group, bucket, numbers = (
        lake.spec.feature_group("gateway_traffic"),
        Bucket(lake.bucket),
        [-(2**63), -1, 0, 2**63 - 1],
    )
    rows = lake.spark.createDataFrame([(number,) for number in numbers], "gateway_id BIGINT")
    keys = write_renewals(rows, group, bucket, lake.spec.layout)
    assert lake.keys("control/republish/entities/gateway_traffic/") == keys
    as_record = f"{lake.spec.layout.republish}entities/gateway_traffic/record/part-00000.jsonl"
    bucket.put(as_record, b'{"gateway_id": "7", "event_time": "2025-10-23T22:10:00.000Z", "count": 1}\n')
    of_another_group = f"{lake.spec.layout.republish}entities/site_overview/part-00000.jsonl"
    found = renewed_entities(lake.spark, [*keys, as_record, of_another_group], group, bucket, lake.spec)
    assert found is not None
    assert sorted(row.gateway_id for row in found.collect()) == sorted([*numbers, 7])
    assert renewed_entities(lake.spark, [of_another_group], group, bucket, lake.spec) is None


def joined(key: Tuple[str, str]) -> str:
    """Return the record identifier as any JSON writer gives it that leaves letters as they are."""
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def test_single_keys_have_records_of_their_own(new_lake: LakeFactory) -> None:
    lake = new_lake()
    group, end = lake.spec.feature_groups[0], START + SLOT
    lines = [
        Sent(json.dumps(raw_event(f"{number}-{time}", key, time)))
        for number, key in enumerate(SINGLE)
        for time in range(number % 3 + 1)
    ]
    deliver(lake, [Delivery(START + 8 * MINUTE, "a", tuple(lines))])
    lake.run(iso(end))
    online: Online = served(lake, end, group)
    assert {key: record["txn_count_1h"] for key, record in online.items()} == {
        key: number % 3 + 1 for number, key in enumerate(SINGLE)
    }
    counts: Dict[str, int] = {}
    for row in lake.rows("card_features"):
        counts[row["card_id"]] = max(counts.get(row["card_id"], 0), row["txn_count_1h"])
    assert counts == {key: number % 3 for number, key in enumerate(SINGLE)}


def raw_event(event_id: str, card: str, second: int) -> Row:
    """Return a raw event of the golden declaration, some seconds after the start."""
    values: Dict[str, Any] = {"ts": START // 1_000_000 + second, "merchant_id": "m", "amount": 1}
    return {"event_id": event_id, "card_id": card, **values}
