"""Bronze objects, line by line: gzip that may be damaged, lines that may be anything."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple

import pyarrow as pa

from medallion import object_keys
from medallion.bronze.line_reader import UNPARSEABLE, Event, LineReader, Refusal
from medallion.spec.column_type import INSTANT
from medallion.spec.declaration import Events
from medallion.spec.names import quoted

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is refused: a Kinesis record holds at most 10 MiB."""

MAX_RAW_CHARACTERS = 1024 * 1024
"""What quarantine keeps of a refused line."""

CHUNK_BYTES = 1024 * 1024
BATCH_LINES = 10_000

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Line:
    """One physical line, counted from 1; ``damaged`` marks the end of what could be read of an object."""

    number: int
    content: bytes
    damaged: bool = False


def event_struct(events: Events) -> str:
    """Return the Spark type of an event: id, event time and the declared columns."""
    fields = ["event_id: STRING", "event_time: TIMESTAMP"]
    fields += [f"{quoted(column.name)}: {column.type.spark}" for column in events.columns]
    return f"STRUCT<{', '.join(fields)}>"


def lines_schema(events: Events) -> str:
    """Return the Spark schema of what ``line_batches`` yields."""
    return (
        "reason STRING, `column` STRING, raw STRING, source_object STRING, source_line BIGINT,"
        f" arrival_time TIMESTAMP, unknown_columns BIGINT, event {event_struct(events)}"
    )


def line_batches(events: Events, bucket: str) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    """Return the function that turns rows of (path, content) into one row per line, blank lines left out."""
    root = f"s3://{bucket}/"
    schema = _arrow_schema(events)

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        reader = LineReader(events)
        rows: List[Tuple[Any, ...]] = []
        for batch in batches:
            for path, content in zip(batch.column(0), batch.column(1)):
                key = path.as_py()[len(root) :]
                for row in _object_rows(reader, key, content.as_py()):
                    rows.append(row)
                    if len(rows) == BATCH_LINES:
                        yield _batch(rows, schema)
                        rows = []
        yield _batch(rows, schema)

    return read


def object_lines(content: bytes) -> Iterator[Line]:
    """Yield every line of an object, blank ones included, and at the end a damaged one if the object is not whole."""
    number, rest = 0, b""
    chunks = _decompressed(content) if content[:2] == GZIP_MAGIC else _plain(content)
    for chunk in chunks:
        if chunk is None:
            yield Line(number + 1, rest, damaged=True)
            return
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            number += 1
            yield Line(number, line[: MAX_LINE_BYTES + 1])
        rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield Line(number + 1, rest)


def _plain(content: bytes) -> Iterator[Optional[bytes]]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
    if not content:
        yield None


def _decompressed(content: bytes) -> Iterator[Optional[bytes]]:
    """Yield what the gzip members hold, in chunks of bounded size, then None if the object is damaged."""
    member, fed = zlib.decompressobj(wbits=31), False
    for start in range(0, len(content), CHUNK_BYTES):
        feed = content[start : start + CHUNK_BYTES]
        while feed:
            if member.eof:
                member, fed, feed = zlib.decompressobj(wbits=31), False, feed.lstrip(b"\0")
                continue
            before = member.copy()
            try:
                chunk = member.decompress(feed, CHUNK_BYTES)
            except zlib.error:
                yield from (*_readable(before, feed), None)
                return
            fed = True
            feed = member.unused_data if member.eof else member.unconsumed_tail
            if chunk:
                yield chunk
    yield from _end_of(member, fed)


def _readable(member: Any, feed: bytes) -> Iterator[bytes]:
    """Yield what precedes the damage, byte by byte: a failed call returns nothing of what it had read."""
    for position in range(len(feed)):
        try:
            yield member.decompress(feed[position : position + 1])
        except zlib.error:
            return


def _end_of(member: Any, fed: bool) -> Iterator[Optional[bytes]]:
    rest = member.flush()
    if rest:
        yield rest
    if fed and not member.eof:
        yield None


def _object_rows(reader: LineReader, key: str, content: bytes) -> Iterator[Tuple[Any, ...]]:
    arrival_us = object_keys.arrival_of_key(key)
    for line in object_lines(content):
        blank = not line.content.strip()
        if blank and not line.damaged:
            continue
        too_long = len(line.content) > MAX_LINE_BYTES
        answer = Refusal(UNPARSEABLE) if blank or too_long else reader.read(line.content, arrival_us)
        yield _row(answer, line.content, key, line.number, arrival_us)
        if line.damaged and answer != Refusal(UNPARSEABLE):
            yield _row(Refusal(UNPARSEABLE), b"", key, line.number + 1, arrival_us)


def _row(answer: Any, content: bytes, key: str, number: int, arrival_us: int) -> Tuple[Any, ...]:
    raw = content.decode("utf-8", errors="replace")[:MAX_RAW_CHARACTERS]
    if isinstance(answer, Event):
        return (None, None, raw, key, number, arrival_us, answer.unknown_columns, answer.values)
    return (answer.reason, answer.column, raw, key, number, arrival_us, 0, None)


def _arrow_schema(events: Events) -> pa.Schema:
    declared = [pa.field(column.name, column.type.arrow) for column in events.columns]
    event = pa.struct([pa.field("event_id", pa.string()), pa.field("event_time", INSTANT), *declared])
    return pa.schema(
        [
            ("reason", pa.string()),
            ("column", pa.string()),
            ("raw", pa.string()),
            ("source_object", pa.string()),
            ("source_line", pa.int64()),
            ("arrival_time", INSTANT),
            ("unknown_columns", pa.int64()),
            ("event", event),
        ]
    )


def _batch(rows: List[Tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns[:-1], schema)]
    return pa.RecordBatch.from_arrays([*arrays, _event_array(columns[-1], schema.field("event").type)], schema=schema)


def _event_array(events: Any, struct: pa.StructType) -> pa.StructArray:
    """Build the column of events from tuples and, where a line holds none, None."""
    missing = pa.array([event is None for event in events], pa.bool_())
    none = (None,) * struct.num_fields
    columns = list(zip(*(none if event is None else event for event in events))) or [()] * struct.num_fields
    arrays = [pa.array(values, field.type) for values, field in zip(columns, struct)]
    return pa.StructArray.from_arrays(arrays, fields=list(struct), mask=missing)
