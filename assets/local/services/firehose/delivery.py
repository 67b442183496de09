"""Delivery streams that read a Kinesis stream and write objects to S3, byte for byte as the service does."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from moto.firehose.models import firehose_backends
from moto.kinesis.models import kinesis_backends

from local.advance import Outcome, Selection
from local.identity import ACCOUNT, REGION
from local.runtime import Runtime
from local.services.cloudwatch.metrics import MetricSink
from local.services.firehose.buffers import Batch, BufferedRecord, StreamBuffer, next_batch
from local.services.firehose.exceptions import DestinationError
from local.services.firehose.layout import compression, object_name, object_prefix

_MEBIBYTE = 1 << 20
_DEFAULT_HINTS = {"IntervalInSeconds": 300, "SizeInMBs": 5}
_DELIMITER_PROCESSOR = "AppendDelimiterToRecord"
_READ_ACTIONS = ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")
RECORD_FAULT = "FirehoseRecord"
"""The operation of an entry fault that makes records fail in processing, by position in their object."""


class DeliveryStreams:
    """Every delivery stream with a Kinesis source, and what it has buffered. Reading needs rights but no request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sink = MetricSink(runtime.clock)
        self._buffers: dict[str, StreamBuffer] = {}

    def begin(self, now: datetime, selection: Selection) -> None:
        """Nothing to prepare: buffers fill while time stands still."""

    def next_due(self, until: datetime) -> datetime | None:
        """Return when the next object is written."""
        due = [at for stream in self._streams() if (at := self._due(stream)) is not None and at <= until]
        return min(due, default=None)

    def perform(self, at: datetime, outcome: Outcome) -> None:
        """Write every object that is due by now."""
        for stream in self._streams():
            while (due := self._due(stream)) is not None and due <= at:
                batch = self._batch(stream)
                if batch is None:
                    break
                outcome.delivered += self._deliver(stream, batch)

    def flush(self) -> list[str]:
        """Write everything that is buffered, due or not, and return the keys."""
        keys: list[str] = []
        for stream in self._streams():
            while (batch := self._batch(stream)) is not None:
                written = self._deliver(stream, batch)
                if not written:
                    break
                keys += written
        return keys

    def gauge(self) -> None:
        """Publish how old the oldest undelivered record is, and how far the readers are behind."""
        now = self._runtime.clock.now()
        for stream in self._streams():
            buffer = self._buffer(stream)
            age = (now - buffer.records[0].arrival).total_seconds() if buffer.records else 0.0
            self._put(stream, "DeliveryToS3.DataFreshness", age)
            behind = age * 1000 if buffer.retry_at else 0.0
            source = {"StreamName": _source(stream).stream_name}
            self._sink.put("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", source, behind)

    def _streams(self) -> list[Any]:
        streams = sorted(firehose_backends[ACCOUNT][REGION].delivery_streams.items())
        return [stream for _, stream in streams if stream.delivery_stream_type == "KinesisStreamAsSource"]

    def _buffer(self, stream: Any) -> StreamBuffer:
        buffer = self._buffers.setdefault(stream.delivery_stream_arn, StreamBuffer())
        read = buffer.read(_source(stream).shards)
        if read:
            self._put(stream, "IncomingRecords", read)
            for action in _READ_ACTIONS:
                self._runtime.audit.check(stream.source["RoleARN"], action, stream.source["KinesisStreamARN"])
        return buffer

    def _batch(self, stream: Any) -> Batch | None:
        destination = _destination(stream)
        hints = {**_DEFAULT_HINTS, **(destination.get("BufferingHints") or {})}
        interval = timedelta(seconds=int(hints["IntervalInSeconds"]))
        size = int(hints["SizeInMBs"]) * _MEBIBYTE
        return next_batch(self._buffer(stream).records, interval, size, _delimiter(destination))

    def _due(self, stream: Any) -> datetime | None:
        batch = self._batch(stream)
        return None if batch is None else self._buffer(stream).retry_at or batch.due

    def _deliver(self, stream: Any, batch: Batch) -> list[str]:
        """Write one batch and return its keys; keep it for a later attempt, and return none, if S3 refuses."""
        buffer = self._buffer(stream)
        now = self._runtime.clock.now()
        try:
            keys = self._write(stream, batch, f"object {buffer.objects}")
        except ClientError:
            hints = {**_DEFAULT_HINTS, **(_destination(stream).get("BufferingHints") or {})}
            buffer.retry_at = now + timedelta(seconds=int(hints["IntervalInSeconds"]))
            self._put(stream, "DeliveryToS3.Success", 0)
            return []
        buffer.take(batch)
        self._put(stream, "DeliveryToS3.Success", 1)
        self._put(stream, "DeliveryToS3.Records", len(batch.records))
        self._put(stream, "DeliveryToS3.DataFreshness", (now - batch.records[0].arrival).total_seconds())
        return keys

    def _write(self, stream: Any, batch: Batch, unique: str) -> list[str]:
        destination = _destination(stream)
        delimiter = _delimiter(destination)
        faults, now = self._runtime.faults, self._runtime.clock.now()
        judged = [(record, faults.entry_fault(RECORD_FAULT, index)) for index, record in enumerate(batch.records)]
        good = [record for record, verdict in judged if verdict is None]
        failed = [_failure(record, verdict, now) for record, verdict in judged if verdict is not None]
        arrival = batch.records[0].arrival
        keys = []
        if good:
            body = b"".join(record.data + delimiter for record in good)
            keys.append(self._put_object(stream, body, arrival, unique))
        if failed:
            keys.append(self._put_object(stream, b"".join(failed), arrival, unique, "processing-failed"))
        return keys

    def _put_object(
        self, stream: Any, body: bytes, arrival: datetime, unique: str, error_type: str | None = None
    ) -> str:
        destination = _destination(stream)
        prefix = object_prefix(destination, arrival, unique, error_type)
        name = object_name(stream.delivery_stream_name, stream.version_id, arrival, destination, unique)
        client = self._runtime.client("s3", destination["RoleARN"])
        client.put_object(
            Bucket=destination["BucketARN"].split(":::")[1], Key=prefix + name, Body=_compressed(body, destination)
        )
        return prefix + name

    def _put(self, stream: Any, name: str, value: float) -> None:
        self._sink.put("AWS/Firehose", name, {"DeliveryStreamName": stream.delivery_stream_name}, value)


def _source(stream: Any) -> Any:
    backend = kinesis_backends[ACCOUNT][REGION]
    return backend.describe_stream(stream_arn=stream.source["KinesisStreamARN"], stream_name=None)


def _destination(stream: Any) -> dict[str, Any]:
    destination = stream.destinations[0]
    settings: dict[str, Any] = destination.get("ExtendedS3") or destination["S3"]
    return settings


def _delimiter(destination: dict[str, Any]) -> bytes:
    """Return what follows each record: nothing, unless the processor for it is configured."""
    configuration = destination.get("ProcessingConfiguration") or {}
    processors = configuration.get("Processors", []) if configuration.get("Enabled", False) else []
    for processor in processors:
        if processor["Type"] != _DELIMITER_PROCESSOR:
            raise DestinationError(f"firehose processor: got '{processor['Type']}', expected '{_DELIMITER_PROCESSOR}'")
    for parameter in (parameter for processor in processors for parameter in processor.get("Parameters", [])):
        if parameter["ParameterName"] == "Delimiter":
            return str(parameter["ParameterValue"]).encode().decode("unicode_escape").encode()
    return b"\n" if processors else b""


def _compressed(body: bytes, destination: dict[str, Any]) -> bytes:
    wanted = compression(destination)
    if wanted == "UNCOMPRESSED":
        return body
    if wanted == "GZIP":
        return gzip.compress(body, mtime=0)
    raise DestinationError(f"firehose compression: got '{wanted}', expected GZIP or UNCOMPRESSED")


def _failure(record: BufferedRecord, verdict: Sequence[str], now: datetime) -> bytes:
    """Return the line that Firehose writes about a record it could not process."""
    code, message = verdict
    line = {
        "attemptsMade": 1,
        "arrivalTimestamp": int(record.arrival.timestamp() * 1000),
        "errorCode": code,
        "errorMessage": message,
        "attemptEndingTimestamp": int(now.timestamp() * 1000),
        "rawData": base64.b64encode(record.data).decode(),
    }
    return json.dumps(line).encode() + b"\n"
