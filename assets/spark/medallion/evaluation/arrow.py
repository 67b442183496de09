"""Arrow columns to numpy arrays and back, exactly: decimals by their 128-bit buffers, nulls by a mask."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medallion.arrays.timeline import Int64, Mask
from medallion.errors import InputError
from medallion.spec.column_type import INSTANT, ColumnType


def column_of(table: pa.Table, name: str, expected: pa.DataType) -> pa.Array:
    """Return a column in one piece, or raise ``InputError`` where it is missing or of another type."""
    position = table.schema.get_field_index(name)
    if position < 0:
        raise InputError.at(name, "no such column", expected, "select it")
    column = table.column(position)
    got = column.type
    if got == expected:
        return _one_piece(column)
    same_text = pa.types.is_large_string(got) and pa.types.is_string(expected)
    same_instant = expected == INSTANT and pa.types.is_timestamp(got) and got.unit == "us" and got.tz is not None
    if not same_text and not same_instant:
        raise InputError.at(name, got, expected, "cast it before")
    return _one_piece(column.cast(expected))


def instants(table: pa.Table, name: str) -> Int64:
    """Return a column of instants as microseconds since 1970; nulls are refused."""
    column = column_of(table, name, INSTANT)
    if column.null_count:
        raise InputError.at(name, f"{column.null_count} nulls", "an instant in every row", "drop such rows")
    return _words(column, np.int64)


def numbers(column: pa.Array, kind: ColumnType) -> Tuple[npt.NDArray[Any], Mask]:
    """Return values as int64 (double: float64), nulls as 0, and where they are valid; decimals in minor units."""
    valid = validity(column)
    if kind.name == "decimal":
        return _minor_units(column, valid), valid
    if kind.name == "boolean":
        return column.cast(pa.int8()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64), valid
    words = _words(column, np.float64 if kind.name == "double" else np.int64)
    return np.where(valid, words, 0), valid


def validity(column: pa.Array) -> Mask:
    """Return where a column is not null."""
    if column.null_count == 0:
        return np.ones(len(column), dtype=np.bool_)
    valid: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


def normalised(column: pa.Array, kind: ColumnType, what: str) -> pa.Array:
    """Return doubles without negative zero, refusing NaN and infinity; other types as they are."""
    if kind.name != "double":
        return column
    values, valid = numbers(column, kind)
    if not np.isfinite(values).all():
        raise InputError.at(what, "NaN or infinity", "finite numbers", "quarantine such events")
    return from_numbers(values + 0.0, valid, kind)


def from_numbers(values: npt.NDArray[Any], valid: Optional[Mask], kind: ColumnType) -> pa.Array:
    """Return an Arrow column of exactly ``kind.arrow``, null where ``valid`` is false."""
    if kind.name == "boolean":
        return pa.array(values.astype(np.bool_), mask=None if valid is None else ~valid)
    if kind.name == "decimal":
        words = np.empty((values.size, 2), dtype=np.int64)
        words[:, 0] = values
        words[:, 1] = values >> 63
        values = words
    elif kind.name != "double":
        values = values.astype(np.int64)
    size = len(values)
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(kind.arrow, size, [bitmap, pa.py_buffer(np.ascontiguousarray(values))])


def codes(column: pa.Array) -> Tuple[Int64, int]:
    """Return a number from 0 for each distinct value (null: 0 as well), and how many numbers there are."""
    encoded = _one_piece(pa.chunked_array([column])).dictionary_encode()
    indices: Int64 = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return indices, max(len(encoded.dictionary), 1)


def structural_codes(columns: Sequence[pa.Array]) -> Tuple[Int64, int]:
    """Return a number from 0 for each distinct tuple of values, compared column by column."""
    combined, size = codes(columns[0])
    for column in columns[1:]:
        more, width = codes(column)
        distinct, combined = np.unique(combined * width + more, return_inverse=True)
        combined, size = combined.reshape(-1).astype(np.int64), max(distinct.size, 1)
    return combined, size


def ranks(column: pa.Array) -> Int64:
    """Return numbers in the order of the values; text is ordered by its UTF-8 bytes, nulls come last."""
    order = pc.sort_indices(column).to_numpy().astype(np.int64)
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    return rank


def _minor_units(column: pa.Array, valid: Mask) -> Int64:
    pairs = _words(column, np.int64, 2).reshape(-1, 2)
    low, high = np.where(valid, pairs[:, 0], 0), np.where(valid, pairs[:, 1], 0)
    if (high != low >> 63).any():
        raise InputError.at(
            "decimal", f"a value beyond 64 bits in {column.type}", "at most 18 digits", "bound the column"
        )
    return low


def _words(column: pa.Array, dtype: Any, width: int = 1) -> npt.NDArray[Any]:
    """Return the 8-byte words behind a column, ``width`` for each value; those of nulls have no meaning."""
    if not len(column):
        return np.empty(0, dtype=dtype)
    count, skipped = width * len(column), 8 * width * column.offset
    return np.frombuffer(column.buffers()[1], dtype=dtype, count=count, offset=skipped)


def _one_piece(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return pa.array([], type=column.type)
    return pa.concat_arrays(column.chunks)
