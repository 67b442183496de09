"""Bronze objects, line by line: gzip that may be damaged, lines that may be anything."""

from __future__ import annotations

import zlib
from itertools import chain
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

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
BATCH_BYTES = 16 * 1024 * 1024
"""Rows leave with the line that makes them as many lines or bytes as this, so that long lines fit into memory."""

GZIP_MAGIC = b"\x1f\x8b"

FOREIGN_MAGIC = (
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"\x04\x22\x4d\x18",  # LZ4
    b"\xfd7zXZ\x00",  # xz
    b"BZh91AY&SY",  # bzip2
    b"PK\x03\x04",  # zip
    b"\xff\x06\x00\x00sNaPpY",  # framed Snappy
)
"""How objects begin that are compressed otherwise. They are refused as a whole: none of their bytes is a line."""

_LONGEST_MAGIC = max(map(len, FOREIGN_MAGIC))

Answer = Union[Event, Refusal]

Content = Tuple[str, Iterable[bytes]]
"""The key of an object, and its bytes in chunks of any size."""


class Line(NamedTuple):
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
        "reason STRING, `column` STRING, raw STRING, raw_is_exact BOOLEAN, source_object STRING, source_line BIGINT,"
        f" arrival_time TIMESTAMP, event {event_struct(events)},"
        " totals STRUCT<lines: BIGINT, unknown_columns: BIGINT, refused: MAP<STRING, BIGINT>>"
    )


def line_batches(events: Events) -> Callable[[Iterable[Content]], Iterator[pa.RecordBatch]]:
    """Return the function that turns objects into a row for each line, blank ones left out, and one for each object.

    The row of an object ends it. It has the ``totals`` of the lines, which no line has, and neither event nor reason.
    """

    def read(objects: Iterable[Content]) -> Iterator[pa.RecordBatch]:
        reader, schema = LineReader(events), _arrow_schema(events)
        rows: List[Tuple[Any, ...]] = []
        size = 0
        for key, content in objects:
            for row, line_bytes in _object_rows(reader, key, content):
                rows.append(row)
                size += line_bytes
                if len(rows) >= BATCH_LINES or size >= BATCH_BYTES:
                    yield _batch(rows, schema)
                    rows, size = [], 0
        yield _batch(rows, schema)

    return read


def object_lines(content: Iterable[bytes]) -> Iterator[Line]:
    """Yield every line of an object, blank ones included, and at the end a damaged one if the object is not whole."""
    number, rest = 0, b""
    for chunk in _text(content):
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


def _text(content: Iterable[bytes]) -> Iterator[Optional[bytes]]:
    """Yield what an object holds, decompressed if it is gzip, then None if it is damaged, empty or foreign."""
    chunks, head = iter(content), b""
    while len(head) < _LONGEST_MAGIC and (chunk := next(chunks, None)) is not None:
        head += chunk
    foreign = next((magic for magic in FOREIGN_MAGIC if head.startswith(magic)), None)
    if foreign is not None:
        yield from (foreign, None)
    elif head[:2] == GZIP_MAGIC:
        yield from _decompressed(chain([head], chunks))
    else:
        yield from chain([head or None], chunks)


def _decompressed(content: Iterable[bytes]) -> Iterator[Optional[bytes]]:
    """Yield what the gzip members hold, in chunks of bounded size, then None if the object is damaged."""
    member, fed = zlib.decompressobj(wbits=31), False
    for feed in content:
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
    """Yield what precedes the damage, which is read byte by byte: a failed call returns nothing of what it had read."""
    found = bytearray()
    for position in range(len(feed)):
        try:
            found += member.decompress(feed[position : position + 1])
        except zlib.error:
            break
        if len(found) >= CHUNK_BYTES:
            yield bytes(found)
            found.clear()
    yield bytes(found)


def _end_of(member: Any, fed: bool) -> Iterator[Optional[bytes]]:
    rest = member.flush()
    if rest:
        yield rest
    if fed and not member.eof:
        yield None


def _object_rows(reader: LineReader, key: str, content: Iterable[bytes]) -> Iterator[Tuple[Tuple[Any, ...], int]]:
    """Yield the rows of an object, each with the bytes of its line."""
    arrival_us = object_keys.arrival_of_key(key)
    refused: Dict[str, int] = {}
    lines = unknown_columns = 0
    for line, answer in _answers(reader, content, arrival_us):
        lines += 1
        place = (*_raw(line), key, line.number, arrival_us)
        if isinstance(answer, Event):
            unknown_columns += answer.unknown_columns
            yield (None, None, *place, answer.values, None), len(line.content)
        else:
            refused[answer.reason] = refused.get(answer.reason, 0) + 1
            yield (answer.reason, answer.column, *place, None, None), len(line.content)
    totals = (lines, unknown_columns, list(refused.items()))
    yield (None, None, None, None, key, None, arrival_us, None, totals), 0


def _answers(reader: LineReader, content: Iterable[bytes], arrival_us: int) -> Iterator[Tuple[Line, Answer]]:
    for line in object_lines(content):
        blank = not line.content.strip()
        if blank and not line.damaged:
            continue
        too_long = len(line.content) > MAX_LINE_BYTES
        answer = Refusal(UNPARSEABLE) if blank or too_long else reader.read(line.content, arrival_us)
        yield line, answer
        if line.damaged and answer != Refusal(UNPARSEABLE):
            yield Line(line.number + 1, b"", damaged=True), Refusal(UNPARSEABLE)


def _raw(line: Line) -> Tuple[str, bool]:
    """Return a line as text, and whether it is the line: whole, and UTF-8; other bytes are written like ``\\xfc``."""
    is_whole = not line.damaged and len(line.content) <= MAX_LINE_BYTES
    try:
        text = line.content.decode("utf-8")
    except UnicodeDecodeError:
        text, is_whole = line.content.decode("utf-8", errors="backslashreplace"), False
    return text[:MAX_RAW_CHARACTERS], is_whole and len(text) <= MAX_RAW_CHARACTERS


def _arrow_schema(events: Events) -> pa.Schema:
    declared = [pa.field(column.name, column.type.arrow) for column in events.columns]
    event = pa.struct([pa.field("event_id", pa.string()), pa.field("event_time", INSTANT), *declared])
    refused = pa.map_(pa.string(), pa.int64())
    totals = pa.struct([("lines", pa.int64()), ("unknown_columns", pa.int64()), ("refused", refused)])
    return pa.schema(
        [
            ("reason", pa.string()),
            ("column", pa.string()),
            ("raw", pa.string()),
            ("raw_is_exact", pa.bool_()),
            ("source_object", pa.string()),
            ("source_line", pa.int64()),
            ("arrival_time", INSTANT),
            ("event", event),
            ("totals", totals),
        ]
    )


def _batch(rows: List[Tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows)) if rows else [()] * len(schema)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    return _struct_array(values, kind) if pa.types.is_struct(kind) else pa.array(values, kind)


def _struct_array(rows: Any, struct: pa.StructType) -> pa.StructArray:
    """Build a column of structs from tuples and, where a row has none, None."""
    missing = pa.array([row is None for row in rows], pa.bool_())
    none = (None,) * struct.num_fields
    columns = list(zip(*(none if row is None else row for row in rows))) or [()] * struct.num_fields
    arrays = [pa.array(values, field.type) for values, field in zip(columns, struct)]
    return pa.StructArray.from_arrays(arrays, fields=list(struct), mask=missing)
