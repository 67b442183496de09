"""The rows of a Parquet file, read in batches, and its values in the forms that JSON has."""

from __future__ import annotations

from decimal import Decimal
from typing import IO, Any, Dict, Iterator, List, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from medallion.label_files.label_reader import Instant
from medallion.label_files.row import NOT_READABLE, Row, UnreadableFile, column_places

BATCH_ROWS = 10_000

_NS_OF_UNIT: Dict[str, int] = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}


class OtherValue:
    """A value of a type that no label column can have."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind

    def __str__(self) -> str:
        return f"<{self._kind}>"


def parquet_rows(file: IO[bytes], columns: Sequence[str]) -> Iterator[Row]:
    """Yield every row; raise ``UnreadableFile`` where a column is missing, or the file cannot be read any further."""
    number = 0
    try:
        found = pq.ParquetFile(file, coerce_int96_timestamp_unit="us")
        column_places(found.schema_arrow.names, columns)
        for batch in found.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
            for values in zip(*(_values(batch.column(name)) for name in columns)):
                number += 1
                yield Row(number, values, None)
    except (pa.ArrowException, OSError) as error:
        place = f" after row {number}" if number else ""
        raise UnreadableFile(NOT_READABLE, f"got {' '.join(str(error).split())}{place}, expected Parquet") from error


def _values(column: pa.Array) -> List[Any]:
    kind = column.type
    if types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if types.is_timestamp(kind):
        scale = _NS_OF_UNIT[kind.unit]
        counts = column.cast(pa.timestamp(kind.unit)).cast(pa.int64()).to_pylist()
        return [None if count is None else Instant(count * scale // 1000) for count in counts]
    if types.is_floating(kind):
        return [None if value is None else _as_written(float(value)) for value in column.to_pylist()]
    if types.is_decimal(kind):
        return [int(value) if value is not None and not kind.scale else value for value in column.to_pylist()]
    if any(is_text(kind) for is_text in _TEXT):
        texts = column.cast(pa.large_binary()).to_pylist()
        return [None if text is None else text.decode("utf-8", errors="surrogateescape") for text in texts]
    if types.is_integer(kind) or types.is_boolean(kind) or types.is_null(kind):
        return list(column.to_pylist())
    return [OtherValue(kind) if valid else None for valid in column.is_valid().to_pylist()]


_TEXT = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)


def _as_written(value: float) -> Any:
    """Return a double as the shortest decimal that is read back as it; NaN and infinities stay what they are."""
    return Decimal(repr(value)) if value - value == 0 else value
