"""Kinesis Data Streams: moto's, made safe for concurrent producers and stamped with the simulated clock."""

from __future__ import annotations

import threading
from typing import Any

from moto.kinesis.models import Shard, Stream

from local.clock import naive_utc
from local.patching import wrap
from local.runtime import Runtime
from local.services.cloudwatch.metrics import MetricSink

_NAMESPACE = "AWS/Kinesis"


def install(runtime: Runtime) -> None:
    """Patch how a shard stores a record, and count what arrives."""
    _lock_shards(runtime)
    _find_last_sequence_number_at_once()
    _count_incoming_records(runtime)


def _lock_shards(runtime: Runtime) -> None:
    """Stock is a read-modify-write without a lock, and stamps the wall clock's time."""
    lock = threading.Lock()

    def make(stock: Any) -> Any:
        def put_record(self: Any, partition_key: str, data: str, explicit_hash_key: str) -> str:
            with lock:
                number: str = stock(self, partition_key, data, explicit_hash_key)
                record = self.records[int(number)]
                arrival = runtime.clock.now()
                record.created_at_datetime = naive_utc(arrival)
                record.created_at = arrival.timestamp()
            return number

        return put_record

    wrap(Shard, "put_record", make)


def _find_last_sequence_number_at_once() -> None:
    """Stock copies every key of the shard for each record, which makes n puts cost n squared."""

    def make(_stock: Any) -> Any:
        def get_max_sequence_number(self: Any) -> int:
            return next(reversed(self.records)) if self.records else 0

        return get_max_sequence_number

    wrap(Shard, "get_max_sequence_number", make)


def _count_incoming_records(runtime: Runtime) -> None:
    sink = MetricSink(runtime.clock)

    def make(stock: Any) -> Any:
        def put_record(self: Any, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
            result: tuple[str, str] = stock(self, partition_key, explicit_hash_key, data)
            sink.count(_NAMESPACE, "IncomingRecords", {"StreamName": self.stream_name}, 1)
            return result

        return put_record

    wrap(Stream, "put_record", make)
