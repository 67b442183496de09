"""Numbered part objects, written straight from Spark's tasks: same rows, same keys, same bytes, at every attempt."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Sequence

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from medallion.spec.names import quoted

RECORDS_PER_PART = 5_000
"""How many lines a part of JSON lines holds: small enough for one publisher invocation."""

ROWS_PER_PART = 500_000
"""How many rows a Parquet part holds."""

PARQUET = ".parquet"

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
    return _written(sorted_rows, _writer(bucket, prefix + "part-", PARQUET, ROWS_PER_PART, _parquet))


def write_parquet_groups(
    rows: DataFrame, by: str, order: Sequence[str], bucket: str, start_of: Callable[[Any], str]
) -> List[Part]:
    """Write the rows of each value of the column ``by`` as ``<start of the value>00000.parquet`` and so on.

    Groups are written in parallel, each in the given order.
    """
    sorted_rows = rows.repartition(by).sortWithinPartitions(by, *order)

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        runs = _Runs(batches, by)
        while runs.advance():
            yield from _writer(bucket, start_of(runs.value), PARQUET, ROWS_PER_PART, _parquet)(runs.run())

    return _written(sorted_rows, write)


def part_start(key: str) -> str:
    """Return what stands before the number in the key of a Parquet part."""
    return key[: -len("00000" + PARQUET)]


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


class _Runs:
    """Splits batches that are sorted by a column into runs of one value; each must be drained before the next."""

    def __init__(self, batches: Iterator[pa.RecordBatch], by: str) -> None:
        self._batches, self._by = batches, by
        self._head: Any = None
        self.value: Any = None

    def advance(self) -> bool:
        """Move to the next value; False at the end."""
        if self._head is None or not self._head.num_rows:
            self._head = next((batch for batch in self._batches if batch.num_rows), None)
        if self._head is None:
            return False
        self.value = self._head[self._by][0].as_py()
        return True

    def run(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the current value."""
        while self._head is not None and self._head.num_rows and self._head[self._by][0].as_py() == self.value:
            same = pc.sum(pc.equal(self._head[self._by], self.value)).as_py()
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
    return [sf.col(quoted(name)).asc() for name in names]
