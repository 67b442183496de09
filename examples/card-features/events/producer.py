"""Puts lines on a Kinesis stream: full calls, failed records again, nothing lost in silence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from events.generator import Arrival

#: Limits of one PutRecords call.
MAX_RECORDS = 500
MAX_BYTES = 5 * 2**20
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0

Entry = dict[str, Any]


class UndeliveredError(Exception):
    """Raised when records are still refused after the last attempt; the stream holds all the others."""


class Producer:
    """Sends lines to one stream.

    A record that the stream refuses (most often because a shard is at its limit) is sent again after a growing,
    random pause; records of later calls wait for it, so that a card's events keep their order as far as possible.
    """

    def __init__(
        self, kinesis: Any, stream: str, attempts: int = 8, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._kinesis = kinesis
        self._stream = stream
        self._attempts = attempts
        self._sleep = sleep
        self.retried = 0

    def send(self, arrivals: Iterable[Arrival], progress: Callable[[int], None] = lambda sent: None) -> int:
        """Put every line; call ``progress`` with the number of lines of each finished call, and return the total."""
        total = 0
        for entries in batches(arrivals):
            self._put(entries)
            total += len(entries)
            progress(len(entries))
        return total

    def _put(self, entries: Sequence[Entry]) -> None:
        pending = list(entries)
        for attempt in range(self._attempts):
            if attempt:
                self.retried += len(pending)
                longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**attempt)
                self._sleep(random.uniform(0, longest))
            answer = self._kinesis.put_records(StreamName=self._stream, Records=pending)
            refused = [(entry, result) for entry, result in zip(pending, answer["Records"]) if "ErrorCode" in result]
            if not refused:
                return
            pending = [entry for entry, _ in refused]
        error = refused[0][1]
        raise UndeliveredError(
            f"stream {self._stream}: got {error['ErrorCode']} for {len(pending)} records after {self._attempts} "
            f"attempts, expected them to be taken; add shards or lower the rate"
        )


def batches(arrivals: Iterable[Arrival]) -> Iterator[list[Entry]]:
    """Yield the entries of PutRecords calls, each as full as the limits of a call allow."""
    batch: list[Entry] = []
    size = 0
    for arrival in arrivals:
        weight = len(arrival.line) + len(arrival.partition_key)
        if batch and (len(batch) == MAX_RECORDS or size + weight > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append({"Data": arrival.line, "PartitionKey": arrival.partition_key})
        size += weight
    if batch:
        yield batch
