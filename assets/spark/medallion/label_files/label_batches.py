"""Label files as Arrow batches: one row for each of theirs, and one for each file."""

from __future__ import annotations

import json
import tempfile
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple

import pyarrow as pa

from medallion.bronze.line_reader import UNPARSEABLE, Refusal
from medallion.bronze.objects import MAX_RAW_CHARACTERS, Content
from medallion.label_files.csv_rows import csv_rows
from medallion.label_files.json_rows import json_rows
from medallion.label_files.label_reader import LabelReader
from medallion.label_files.parquet_rows import parquet_rows
from medallion.label_files.row import Row, UnreadableFile
from medallion.spec.column_type import INSTANT
from medallion.spec.declaration import Labels

BATCH_ROWS = 10_000


def rows_schema(labels: Labels) -> str:
    """Return the Spark schema of what ``label_batches`` yields."""
    return (
        "file_rows BIGINT, reason STRING, `column` STRING, raw STRING, source_object STRING, source_line BIGINT,"
        f" event_id STRING, label {labels.label_type.spark}, label_time TIMESTAMP"
    )


def label_batches(labels: Labels) -> Callable[[Iterable[Content]], Iterator[pa.RecordBatch]]:
    """Return the function that reads files, each given with its key.

    A row has a label, or no label, or a ``reason`` why it cannot be read. The last row of a file is the file's own: how
    many rows it has, and the ``reason`` why it has no more, if it could not be read to its end.
    """
    schema = _arrow_schema(labels)

    def read(files: Iterable[Content]) -> Iterator[pa.RecordBatch]:
        reader = LabelReader(labels)
        for key, content in files:
            held: List[Tuple[Any, ...]] = []
            count, problem = 0, None
            try:
                for row in _rows(labels, content):
                    count += 1
                    held.append(_row(reader, labels.columns, key, row))
                    if len(held) == BATCH_ROWS:
                        yield _batch(held, schema)
                        held = []
            except UnreadableFile as unreadable:
                problem = unreadable
            yield _batch([*held, _file_row(key, count, problem)], schema)

    return read


def _rows(labels: Labels, content: Iterable[bytes]) -> Iterator[Row]:
    if labels.format != "parquet":
        yield from (csv_rows if labels.format == "csv" else json_rows)(content, labels.columns)
        return
    # On disk, because Parquet is read from its end, and a file may be larger than memory.
    with tempfile.TemporaryFile() as file:
        file.writelines(content)
        file.seek(0)
        yield from parquet_rows(file, labels.columns)


def _row(reader: LabelReader, columns: Sequence[str], key: str, row: Row) -> Tuple[Any, ...]:
    answer = Refusal(UNPARSEABLE) if row.values is None else reader.read(row.values)
    if isinstance(answer, Refusal):
        return (None, answer.reason, answer.column, _raw(columns, row), key, row.number, None, None, None)
    if answer.value is None:
        return (None, None, None, None, key, row.number, None, None, None)
    return (None, None, None, None, key, row.number, answer.event_id, answer.value, answer.label_time_us)


def _file_row(key: str, count: int, problem: Optional[UnreadableFile]) -> Tuple[Any, ...]:
    reason, column, detail = (None, None, None) if problem is None else (problem.reason, problem.column, problem.detail)
    return (count, reason, column, None if detail is None else _text(detail), key, None, None, None, None)


def _raw(columns: Sequence[str], row: Row) -> str:
    if isinstance(row.raw, bytes):
        return row.raw.decode("utf-8", errors="replace")[:MAX_RAW_CHARACTERS]
    if row.raw is not None:
        return _text(row.raw[:MAX_RAW_CHARACTERS])
    values = dict(zip(columns, row.values or ()))
    return _text(json.dumps(values, ensure_ascii=False, default=str)[:MAX_RAW_CHARACTERS])


def _text(text: str) -> str:
    """Return text that can be written as UTF-8: bytes that were none, kept as surrogates, are replaced."""
    return text.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _arrow_schema(labels: Labels) -> pa.Schema:
    return pa.schema(
        [
            ("file_rows", pa.int64()),
            ("reason", pa.string()),
            ("column", pa.string()),
            ("raw", pa.string()),
            ("source_object", pa.string()),
            ("source_line", pa.int64()),
            ("event_id", pa.string()),
            ("label", labels.label_type.arrow),
            ("label_time", INSTANT),
        ]
    )


def _batch(rows: List[Tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(values, field.type) for values, field in zip(zip(*rows), schema)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
