"""What Firehose holds before it writes: records in order of arrival, cut into objects by time and size."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.clock import from_naive_utc


@dataclass(frozen=True)
class BufferedRecord:
    """One record of a stream, with when it arrived there."""

    arrival: datetime
    shard: str
    sequence: int
    data: bytes

    def order(self) -> tuple[datetime, str, int]:
        """Return what records are sorted by."""
        return self.arrival, self.shard, self.sequence


@dataclass(frozen=True)
class Batch:
    """The records of the next object, and when Firehose writes it."""

    records: tuple[BufferedRecord, ...]
    due: datetime


@dataclass
class StreamBuffer:
    """The undelivered records of one delivery stream; `retry_at` is set while its destination refuses them."""

    positions: dict[str, int] = field(default_factory=dict)
    records: list[BufferedRecord] = field(default_factory=list)
    objects: int = 0
    retry_at: datetime | None = None

    def read(self, shards: dict[str, Any]) -> int:
        """Take over the records of moto's shards that were not read yet, and return how many."""
        found = [record for shard_id, shard in sorted(shards.items()) for record in self._new_records(shard_id, shard)]
        if found:
            self.records = sorted([*self.records, *found], key=BufferedRecord.order)
        return len(found)

    def take(self, batch: Batch) -> None:
        """Forget the records of a batch that was written: the oldest ones."""
        del self.records[: len(batch.records)]
        self.objects += 1
        self.retry_at = None

    def _new_records(self, shard_id: str, shard: Any) -> list[BufferedRecord]:
        first, last = self.positions.get(shard_id, 0) + 1, shard.get_max_sequence_number()
        self.positions[shard_id] = max(last, first - 1)
        return [
            BufferedRecord(from_naive_utc(record.created_at_datetime), shard_id, number, base64.b64decode(record.data))
            for number in range(first, last + 1)
            if (record := shard.records.get(number)) is not None
        ]


def next_batch(records: Sequence[BufferedRecord], interval: timedelta, size: int, delimiter: bytes) -> Batch | None:
    """Return the oldest records that make one object, or None if there are none.

    A buffer opens with its first record and closes after the interval, or with the record that fills `size` bytes.
    """
    if not records:
        return None
    closes = records[0].arrival + interval
    total = 0
    for count, record in enumerate(records, 1):
        if record.arrival > closes:
            return Batch(tuple(records[: count - 1]), closes)
        total += len(record.data) + len(delimiter)
        if total >= size:
            return Batch(tuple(records[:count]), record.arrival)
    return Batch(tuple(records), closes)
