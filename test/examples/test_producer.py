"""The producer: full calls, refused records again, an error when the stream keeps refusing."""

from __future__ import annotations

from typing import Any

import pytest
from events.generator import Arrival
from events.producer import MAX_BYTES, MAX_RECORDS, Producer, UndeliveredError, batches


class Stream:
    """Takes records, except that every record is refused as often as ``refusals`` says."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[bytes] = []
        self.calls = 0
        self._refusals = refusals
        self._seen: dict[bytes, int] = {}

    def put_records(self, **request: Any) -> dict[str, Any]:
        """Answer as Kinesis does: one result for each record, in order."""
        self.calls += 1
        return {"Records": [self._take(record["Data"]) for record in request["Records"]]}

    def _take(self, data: bytes) -> dict[str, str]:
        self._seen[data] = self._seen.get(data, 0) + 1
        if self._seen[data] <= self._refusals:
            return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
        self.taken.append(data)
        return {"SequenceNumber": "1"}


def lines(count: int, size: int = 10) -> list[Arrival]:
    """Return that many different lines of ``size`` bytes."""
    return [Arrival(n, str(n).encode().ljust(size), "k") for n in range(count)]


def test_a_call_holds_at_most_500_records() -> None:
    assert [len(batch) for batch in batches(lines(MAX_RECORDS * 2 + 1))] == [500, 500, 1]


def test_a_call_holds_at_most_five_mebibytes_of_lines_and_keys() -> None:
    size = MAX_BYTES // 5 - 1  # with its key of one byte, five lines fill a call to the last byte
    assert [len(batch) for batch in batches(lines(6, size))] == [5, 1]
    assert [len(batch) for batch in batches(lines(5, size + 1))] == [4, 1]


def test_refused_records_are_sent_again_and_nothing_else() -> None:
    stream, naps = Stream(refusals=2), list[float]()
    producer = Producer(stream, "s", sleep=naps.append)
    assert producer.send(lines(30)) == 30
    assert sorted(stream.taken) == sorted(line.line for line in lines(30))
    assert (stream.calls, producer.retried, len(naps)) == (3, 60, 2)


def test_an_error_says_what_the_stream_answered_when_it_keeps_refusing() -> None:
    producer = Producer(Stream(refusals=99), "cards", attempts=3, sleep=lambda _: None)
    with pytest.raises(
        UndeliveredError, match="stream cards: got ProvisionedThroughputExceededException for 4 records"
    ):
        producer.send(lines(4))


def test_progress_counts_the_lines_of_each_call() -> None:
    seen: list[int] = []
    Producer(Stream(), "s").send(lines(700), seen.append)
    assert seen == [500, 200]
