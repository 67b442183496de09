"""Firehose delivers what arrived, byte for byte, where and when the service would."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from local.clock import iso_instant
from local.server import Server
from local.services.firehose.buffers import BufferedRecord, next_batch
from local.services.firehose.exceptions import PrefixError
from local.services.firehose.layout import object_prefix

MINUTE = timedelta(minutes=1)
START = datetime(2025, 10, 23, 22, 31, 15, tzinfo=timezone.utc)
NEWLINE = {"Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}


@dataclass
class Delivery:
    """A stream, its delivery stream and the bucket that it fills."""

    server: Server
    name: str

    def put(self, *records: bytes) -> None:
        client = self.server.runtime.client("kinesis")
        entries = [{"Data": record, "PartitionKey": "key"} for record in records]
        assert client.put_records(StreamName=self.name, Records=entries)["FailedRecordCount"] == 0

    def after(self, passed: timedelta) -> list[str]:
        """Let time pass and return the keys delivered to this bucket's stream."""
        until = self.server.runtime.clock.now() + passed
        delivered = self.server.runtime.timeline.advance(until, False).delivered
        return [key for key in delivered if self.name in key]

    def content(self, key: str) -> bytes:
        body = self.server.runtime.client("s3").get_object(Bucket=self.name, Key=key)["Body"].read()
        return gzip.decompress(body)


@pytest.fixture
def delivery(server: Server) -> Delivery:
    return _delivery(server, {"Enabled": True, "Processors": [NEWLINE]})


def _delivery(server: Server, processing: dict[str, Any], megabytes: int = 5) -> Delivery:
    name = f"events-{uuid4().hex[:8]}"
    runtime = server.runtime
    runtime.client("s3").create_bucket(Bucket=name)
    runtime.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    destination = {
        "RoleARN": "arn:aws:iam::123456789012:role/delivery",
        "BucketARN": f"arn:aws:s3:::{name}",
        "Prefix": "bronze/!{timestamp:yyyy/MM/dd/HH/mm}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/",
        "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": megabytes},
        "CompressionFormat": "GZIP",
        "FileExtension": ".json.gz",
        "ProcessingConfiguration": processing,
    }
    runtime.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:123456789012:stream/{name}",
            "RoleARN": "arn:aws:iam::123456789012:role/delivery",
        },
        ExtendedS3DestinationConfiguration=destination,
    )
    return Delivery(server, name)


def test_records_are_delivered_when_the_buffer_interval_has_passed(delivery: Delivery) -> None:
    arrival = delivery.server.runtime.clock.now()
    delivery.put(b'{"a":1}', b'{"a":2}')
    assert delivery.after(timedelta(seconds=59)) == []
    (key,) = delivery.after(timedelta(seconds=1))
    assert key.startswith(f"bronze/{arrival:%Y/%m/%d/%H/%M}/{delivery.name}-1-{arrival:%Y-%m-%d-%H-%M-%S}-")
    assert key.endswith(".json.gz")
    assert delivery.content(key) == b'{"a":1}\n{"a":2}\n'


def test_records_are_glued_together_without_the_delimiter_processor(server: Server) -> None:
    glued = _delivery(server, {"Enabled": False})
    glued.put(b'{"a":1}', b'{"a":2}')
    (key,) = glued.after(MINUTE)
    assert glued.content(key) == b'{"a":1}{"a":2}'


def test_records_of_two_buffers_make_two_objects(delivery: Delivery) -> None:
    delivery.put(b"first")
    assert delivery.after(timedelta(seconds=61)) != []
    delivery.put(b"second")
    (key,) = delivery.after(MINUTE)
    assert delivery.content(key) == b"second\n"


def test_a_full_buffer_does_not_wait_for_the_interval(server: Server) -> None:
    small = _delivery(server, {"Enabled": False}, megabytes=1)
    small.put(b"x" * 600_000)
    small.put(b"y" * 600_000)
    small.put(b"z")
    (key,) = small.after(timedelta(seconds=1))
    assert small.content(key) == b"x" * 600_000 + b"y" * 600_000


def test_flush_delivers_at_once(delivery: Delivery) -> None:
    delivery.put(b"now")
    keys = delivery.server.runtime.timeline.flush()["firehose"]
    assert [delivery.content(key) for key in keys if delivery.name in key] == [b"now\n"]


def test_refused_objects_are_delivered_later(delivery: Delivery) -> None:
    delivery.put(b"kept")
    faults = delivery.server.runtime.faults
    faults.add({"service": "s3", "operation": "PutObject", "error": "SlowDown", "status": 503, "count": 1})
    assert delivery.after(MINUTE) == []
    assert _metric(delivery, "DeliveryToS3.Success") == [0.0]
    (key,) = delivery.after(MINUTE)
    assert delivery.content(key) == b"kept\n"
    assert 120.0 in _metric(delivery, "DeliveryToS3.DataFreshness")


def test_records_that_fail_in_processing_go_below_the_error_prefix(delivery: Delivery) -> None:
    arrival = delivery.server.runtime.clock.now()
    delivery.put(b"good", b"bad")
    verdict = ["Lambda.FunctionError", "no answer"]
    delivery.server.runtime.faults.add({"operation": "FirehoseRecord", "entries": verdict, "index": [1]})
    good, bad = delivery.after(MINUTE)
    assert delivery.content(good) == b"good\n"
    assert bad.startswith(f"errors/processing-failed/{arrival:%Y}/")
    failure = json.loads(delivery.content(bad))
    assert (failure["errorCode"], failure["rawData"]) == ("Lambda.FunctionError", "YmFk")  # base64 of "bad"
    assert failure["arrivalTimestamp"] == int(arrival.timestamp()) * 1000


def test_concurrent_producers_lose_nothing(server: Server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    busy = _delivery(server, {"Enabled": True, "Processors": [NEWLINE]})
    batches = [[b"%d-%d" % (producer, number) for number in range(100)] for producer in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda batch: busy.put(*batch), batches))
    (key,) = busy.after(MINUTE)
    assert sorted(busy.content(key).split()) == sorted(record for batch in batches for record in batch)


def _metric(delivery: Delivery, name: str) -> list[float]:
    from local.services.cloudwatch.metrics import metric_data

    return [
        datum.value
        for datum in metric_data()
        if datum.name == name and [dimension.value for dimension in datum.dimensions] == [delivery.name]
    ]


def _record(seconds: int, size: int = 10) -> BufferedRecord:
    return BufferedRecord(START + timedelta(seconds=seconds), "shard", seconds, b"x" * size)


def test_a_buffer_closes_after_its_interval_or_when_it_is_full() -> None:
    records = [_record(0), _record(60), _record(61)]
    by_time = next_batch(records, MINUTE, 1000, b"")
    assert by_time is not None
    assert (len(by_time.records), iso_instant(by_time.due)) == (2, "2025-10-23T22:32:15.000Z")
    by_size = next_batch(records, MINUTE, 20, b"")
    assert by_size is not None
    assert (len(by_size.records), by_size.due) == (2, records[1].arrival)
    with_delimiter = next_batch(records, MINUTE, 11, b"\n")
    assert with_delimiter is not None
    assert len(with_delimiter.records) == 1  # 10 bytes and the delimiter
    assert next_batch([], MINUTE, 20, b"") is None


@pytest.mark.parametrize(
    ("destination", "error_type", "expected"),
    [
        ({"Prefix": "a/"}, None, "a/2025/10/23/22/"),
        ({}, None, "2025/10/23/22/"),
        ({"Prefix": "dt=!{timestamp:yyyy-MM-dd}/"}, None, "dt=2025-10-23/"),
        ({"Prefix": "!{timestamp:'yy'yy-HH:mm:ss}/"}, None, "yy25-22:31:15/"),
        ({"Prefix": "!{timestamp:HH}/", "CustomTimeZone": "Europe/Berlin"}, None, "00/"),
        ({"Prefix": "a/"}, "processing-failed", "a/processing-failed/2025/10/23/22/"),
        ({"ErrorOutputPrefix": "e/!{firehose:error-output-type}/!{timestamp:MM}/"}, "format", "e/format/10/"),
    ],
)
def test_prefixes_are_evaluated_at_arrival(destination: dict[str, Any], error_type: str | None, expected: str) -> None:
    assert object_prefix(destination, START, "unique", error_type) == expected


@pytest.mark.parametrize("prefix", ["!{timstamp:yyyy}/", "!{timestamp:QQ}/", "!{firehose:error-output-type}/"])
def test_unknown_prefix_expressions_are_refused(prefix: str) -> None:
    with pytest.raises(PrefixError, match="firehose prefix: got"):
        object_prefix({"Prefix": prefix}, START, "unique")
