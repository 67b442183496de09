"""The Feature Store keeps the newest record online until its time has passed, and every write offline."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from local.clock import iso_instant
from local.server import Server
from local.services.sagemaker import records
from medallion import identifiers

DEFINITIONS = {
    "card_id": "String",
    "event_time": "String",
    "txn_count": "Integral",
    "amount": "Fractional",
    "merchant": "String",
}
BUCKET = "feature-store-tests"


@pytest.fixture(scope="module")
def store(server: Server) -> Any:
    """A client of the Feature Store runtime."""
    server.runtime.client("s3").create_bucket(Bucket=BUCKET)
    return server.runtime.client("sagemaker-featurestore-runtime")


@pytest.fixture
def group(server: Server, store: Any) -> str:
    """A new feature group with both stores and a time to live of one day."""
    name = f"cards-{uuid4().hex[:8]}"
    server.runtime.client("sagemaker").create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="card_id",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[{"FeatureName": key, "FeatureType": value} for key, value in DEFINITIONS.items()],
        OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 1}},
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/offline-store/"}},
        RoleArn="arn:aws:iam::123456789012:role/features",
    )
    return name


def _record(card: str, event_time: datetime | str, **features: str) -> list[dict[str, str]]:
    time = event_time if isinstance(event_time, str) else iso_instant(event_time)
    values = {"card_id": card, "event_time": time, **features}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


def _read(store: Any, group: str, card: str = "c1") -> dict[str, str]:
    answer = store.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=card)
    return {feature["FeatureName"]: feature["ValueAsString"] for feature in answer.get("Record", [])}


def _put(store: Any, group: str, record: list[dict[str, str]], **more: Any) -> None:
    store.put_record(FeatureGroupName=group, Record=record, **more)


def test_values_come_back_as_they_were_written(server: Server, store: Any, group: str) -> None:
    now = server.runtime.clock.now()
    _put(store, group, _record("c1", now, txn_count="3", amount="125.50"))
    assert _read(store, group) == {
        "card_id": "c1",
        "event_time": iso_instant(now),
        "txn_count": "3",
        "amount": "125.50",
    }
    chosen = store.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="c1", FeatureNames=["amount"])
    assert chosen["Record"] == [{"FeatureName": "amount", "ValueAsString": "125.50"}]


def test_the_later_event_time_wins_whatever_the_order_of_writes(server: Server, store: Any, group: str) -> None:
    now = server.runtime.clock.now()
    _put(store, group, _record("c1", now, amount="2.0"))
    _put(store, group, _record("c1", now - timedelta(minutes=10), amount="1.0"))
    assert _read(store, group)["amount"] == "2.0"
    _put(store, group, _record("c1", now, amount="3.0"))
    assert _read(store, group)["amount"] == "3.0"


def test_records_expire_on_the_simulated_clock(server: Server, store: Any, group: str) -> None:
    clock = server.runtime.clock
    written = clock.now()
    _put(store, group, _record("c1", written, amount="1.0"))
    _put(store, group, _record("c2", written), TtlDuration={"Unit": "Minutes", "Value": 5})
    answer = store.get_record(
        FeatureGroupName=group, RecordIdentifierValueAsString="c1", ExpirationTimeResponse="Enabled"
    )
    assert answer["ExpiresAt"] == f"{written + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    clock.advance(written + timedelta(minutes=5))
    assert (_read(store, group, "c1") != {}, _read(store, group, "c2")) == (True, {})
    clock.advance(written + timedelta(days=1) - timedelta(seconds=1))
    assert _read(store, group, "c1") != {}
    clock.advance(written + timedelta(days=1))
    assert _read(store, group, "c1") == {}


def test_deleted_records_are_gone_until_a_later_write(server: Server, store: Any, group: str) -> None:
    now = server.runtime.clock.now()
    _put(store, group, _record("c1", now, amount="1.0"))
    store.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="c1", EventTime=iso_instant(now))
    assert _read(store, group) == {}
    listed = store.list_records(FeatureGroupName=group)
    assert listed["RecordIdentifiers"] == []
    _put(store, group, _record("c1", now - timedelta(seconds=1), amount="2.0"))
    assert _read(store, group) == {}
    _put(store, group, _record("c1", now + timedelta(seconds=1), amount="3.0"))
    assert _read(store, group)["amount"] == "3.0"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (_record("c1", "2025-10-23T22:40:00.000Z", unknown="1"), "is not defined"),
        (_record("c1", "2025-10-23T22:40:00.000Z", txn_count="1.5"), "not of type Integral"),
        (_record("c1", "2025-10-23T22:40:00.000Z", txn_count=str(2**63)), "not of type Integral"),
        (_record("c1", "2025-10-23T22:40:00.000Z", amount="NaN"), "not of type Fractional"),
        (_record("c1", "2025-10-23 22:40:00"), "is not yyyy-MM-dd"),
        (_record("€" * 682 + "ccc", "2025-10-23T22:40:00.000Z"), "has 2049 bytes, over the maximum of 2 KB"),
        (_record("c1", "2025-10-23T22:40:00.000Z") + _record("c1", "")[:1], "given twice"),
        ([{"FeatureName": "card_id", "ValueAsString": "c1"}], "Missing value for required feature 'event_time'"),
    ],
)
def test_malformed_records_are_refused(store: Any, group: str, record: list[dict[str, str]], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refusal:
        _put(store, group, record)
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_the_longest_identifier_is_the_longest_that_a_line_may_have(server: Server, store: Any, group: str) -> None:
    assert records.MAX_IDENTIFIER_BYTES == identifiers.MAX_IDENTIFIER_BYTES
    longest = "€" * 682 + "cc"  # 3 * 682 + 2 = 2048
    _put(store, group, _record(longest, server.runtime.clock.now()))
    assert _read(store, group, longest)["card_id"] == longest


def test_the_largest_record_is_the_largest_that_lines_may_make(server: Server, store: Any, group: str) -> None:
    assert records.MAX_RECORD_BYTES == identifiers.MAX_RECORD_BYTES
    now = server.runtime.clock.now()
    # of 358400 bytes, the names card_id and event_time take 17, the time 24, and its own name the third
    longest = "c" * 2048
    room = 358_400 - 17 - 24 - 2048 - len("merchant")
    _put(store, group, _record(longest, now, merchant="m" * room))
    with pytest.raises(ClientError, match="Record has 358401 bytes, over the maximum of 350 KB"):
        _put(store, group, _record(longest, now, merchant="m" * (room + 1)))


def test_unknown_groups_are_not_found(store: Any, server: Server) -> None:
    with pytest.raises(ClientError) as refusal:
        _read(store, "no-such-group")
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        server.runtime.client("sagemaker").describe_feature_group(FeatureGroupName="no-such-group")


def test_batches_write_what_they_can(server: Server, store: Any, group: str) -> None:
    now = server.runtime.clock.now()
    entries = [{"FeatureGroupName": group, "Record": _record(f"c{number}", now)} for number in range(4)]
    entries[2]["Record"] = _record("c2", "soon")
    server.runtime.faults.add({"operation": "BatchWriteRecord", "entries": "unprocessed", "index": [1], "count": 1})
    server.runtime.faults.add({"operation": "BatchWriteRecord", "entries": ["InternalFailure", "x"], "index": [3]})
    answer = store.batch_write_record(Entries=entries)
    assert answer["UnprocessedEntries"] == [entries[1]]
    assert [(error["Entry"], error["ErrorCode"]) for error in answer["Errors"]] == [
        (entries[2], "ValidationError"),
        (entries[3], "InternalFailure"),
    ]
    retried = store.batch_write_record(Entries=[entries[1], entries[3]])
    assert (retried["UnprocessedEntries"], retried["Errors"]) == ([], [])
    assert store.list_records(FeatureGroupName=group)["RecordIdentifiers"] == ["c0", "c1", "c3"]


def test_batches_have_at_most_25_entries(server: Server, store: Any, group: str) -> None:
    now = server.runtime.clock.now()
    entries = [{"FeatureGroupName": group, "Record": _record(f"c{number}", now)} for number in range(26)]
    assert store.batch_write_record(Entries=entries[:25])["Errors"] == []
    with pytest.raises(ClientError):
        store.batch_write_record(Entries=entries)


def test_batches_are_read_with_what_is_missing_left_out(server: Server, store: Any, group: str) -> None:
    _put(store, group, _record("c1", server.runtime.clock.now(), amount="1.0"))
    identifiers = [
        {"FeatureGroupName": group, "RecordIdentifiersValueAsString": ["c1", "absent"]},
        {"FeatureGroupName": "no-such-group", "RecordIdentifiersValueAsString": ["c1"]},
    ]
    answer = store.batch_get_record(Identifiers=identifiers)
    assert [record["RecordIdentifierValueAsString"] for record in answer["Records"]] == ["c1"]
    assert [error["ErrorCode"] for error in answer["Errors"]] == ["ResourceNotFound"]


def test_every_write_reaches_the_offline_store_after_15_simulated_minutes(
    server: Server, store: Any, group: str
) -> None:
    clock, timeline = server.runtime.clock, server.runtime.timeline
    timeline.flush()
    event_time = datetime(2025, 10, 23, 22, 50, tzinfo=timezone.utc)
    written = clock.now()
    _put(store, group, _record("c1", event_time, txn_count="3", amount="125.50"))
    _put(store, group, _record("c1", event_time - timedelta(minutes=10), amount="1"))
    timeline.advance(written + timedelta(minutes=14), False)
    assert _offline(server, group) == []
    timeline.advance(written + timedelta(minutes=15), False)
    (rows,) = _offline(server, group)
    assert [(row["card_id"], row["txn_count"], row["amount"], row["is_deleted"]) for row in rows] == [
        ("c1", 3, 125.5, False),
        ("c1", None, 1.0, False),
    ]
    assert rows[0]["write_time"] == written.replace(microsecond=written.microsecond // 1000 * 1000)


def _offline(server: Server, group: str) -> list[list[dict[str, Any]]]:
    """Return the rows of each object below the place that the group says."""
    described = server.runtime.client("sagemaker").describe_feature_group(FeatureGroupName=group)
    uri = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert uri.startswith(f"s3://{BUCKET}/offline-store/123456789012/sagemaker/us-east-1/offline-store/{group}-")
    client = server.runtime.client("s3")
    prefix = f"{uri.removeprefix(f's3://{BUCKET}/')}/year=2025/month=10/day=23/hour=22/"
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    bodies = [client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]
    return [pq.read_table(io.BytesIO(body)).to_pylist() for body in bodies]


def test_descriptions_keep_both_stores_and_groups_can_be_deleted(server: Server, group: str) -> None:
    client = server.runtime.client("sagemaker")
    described = client.describe_feature_group(FeatureGroupName=group)
    assert described["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 1}
    client.delete_feature_group(FeatureGroupName=group)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.describe_feature_group(FeatureGroupName=group)
