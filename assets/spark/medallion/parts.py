"""Numbered part objects, written straight from Spark's tasks: same rows, same keys, same bytes, at every attempt."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Sequence, Tuple

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

RECORDS_PER_PART = 5_000
"""How many lines a part of JSON lines holds: small enough for one publisher invocation."""

ROWS_PER_PART = 500_000
"""How many rows a Parquet part holds."""

_PARTS_SCHEMA = "key STRING, rows BIGINT, bytes BIGINT, sha256 STRING"
_PARTS = pa.schema([("key", pa.string()), ("rows", pa.int64()), ("bytes", pa.int64()), ("sha256", pa.string())])

Encoder = Callable[[pa.Table], bytes]


@dataclass(frozen=True)
class Part:
    """One object that was written."""

    key: str
    rows: int
    bytes: int
    sha256: str


def write_jsonl_parts(lines: DataFrame, order: str, bucket: str, prefix: str) -> List[Part]:
    """Write the column ``line`` as ``part-00000.jsonl`` and so on, sorted by ``order``."""
    sorted_lines = lines.repartition(1).sortWithinPartitions(order).select("line")
    return _written(sorted_lines, _writer(bucket, prefix + "part-", ".jsonl", RECORDS_PER_PART, _jsonl))


def write_parquet_parts(rows: DataFrame, order: List[Column], bucket: str, prefix: str) -> List[Part]:
    """Write rows as ``part-00000.parquet`` and so on, in the given order."""
    sorted_rows = rows.repartition(1).sortWithinPartitions(*order)
    return _written(sorted_rows, _writer(bucket, prefix + "part-", ".parquet", ROWS_PER_PART, _parquet))


def write_parquet_days(rows: DataFrame, order: List[str], bucket: str, prefix: str) -> List[Part]:
    """Write rows as ``<day>-00000.parquet`` and so on, by the day in ``dt``; days are written in parallel."""
    sorted_rows = rows.repartition("dt").sortWithinPartitions("dt", *order)

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for day, of_day in _by_day(batches):
            yield from _writer(bucket, f"{prefix}{day}-", ".parquet", ROWS_PER_PART, _parquet)(of_day)

    return _written(sorted_rows, write)


def _written(rows: DataFrame, write: Any) -> List[Part]:
    found = rows.mapInArrow(write, _PARTS_SCHEMA).collect()
    return sorted((Part(**row.asDict()) for row in found), key=lambda part: part.key)


def _writer(
    bucket: str, start: str, suffix: str, rows_per_part: int, encode: Encoder
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        store: Any = None
        for number, table in enumerate(_tables(batches, rows_per_part)):
            store = store or boto3.client("s3")
            key, body = f"{start}{number:05d}{suffix}", encode(table)
            store.put_object(Bucket=bucket, Key=key, Body=body)
            row = [[key], [table.num_rows], [len(body)], [hashlib.sha256(body).hexdigest()]]
            yield pa.RecordBatch.from_arrays([pa.array(value) for value in row], schema=_PARTS)

    return write


def _tables(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Yield the same rows in tables of exactly ``rows`` rows, the last one shorter."""
    held: List[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= rows:
            head = batch.slice(0, rows - count)
            yield pa.Table.from_batches([*held, head])
            batch, held, count = batch.slice(head.num_rows), [], 0
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
    if held:
        yield pa.Table.from_batches(held)


def _by_day(batches: Iterator[pa.RecordBatch]) -> Iterator[Tuple[str, Iterator[pa.RecordBatch]]]:
    """Split batches that are sorted by ``dt`` into one iterator for each day; each must be drained before the next."""
    days = _DayRuns(batches)
    while days.advance():
        yield str(days.day), days.run()


class _DayRuns:
    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._head: Any = None
        self.day: Any = None

    def advance(self) -> bool:
        """Move to the next day; False at the end."""
        if self._head is None or not self._head.num_rows:
            self._head = next((batch for batch in self._batches if batch.num_rows), None)
        if self._head is None:
            return False
        self.day = self._head["dt"][0].as_py()
        return True

    def run(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the current day."""
        while self._head is not None and self._head.num_rows and self._head["dt"][0].as_py() == self.day:
            same = sum(day == self.day for day in self._head["dt"].to_pylist())
            batch, self._head = self._head.slice(0, same), self._head.slice(same)
            yield batch
            if not self._head.num_rows:
                self._head = next((found for found in self._batches if found.num_rows), None)


def _jsonl(table: pa.Table) -> bytes:
    return "".join(f"{line}\n" for line in table.column("line").to_pylist()).encode("utf-8")


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table.combine_chunks(), buffer, compression="snappy")
    return buffer.getvalue()


def ascending(names: Sequence[str]) -> List[Column]:
    """Return ascending orders of columns, nulls first."""
    return [sf.col(f"`{name}`").asc() for name in names]
