"""Columns as the engine takes them: which types pass for which, and numbers that stand for values."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, List

import numpy as np
import pyarrow as pa
import pytest
from factories import TYPES

from medallion.errors import InputError
from medallion.evaluation import arrow
from medallion.spec.column_type import INSTANT, ColumnType

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
MONEY = TYPES["decimal"]


def column_of(column: pa.Array, expected: pa.DataType) -> pa.Array:
    return arrow.column_of(pa.table({"value": column}), "value", expected)


def test_text_may_have_wide_offsets() -> None:
    column = column_of(pa.array(["a", None], pa.large_string()), pa.string())
    assert column.equals(pa.array(["a", None], pa.string()))


def test_an_instant_may_have_another_time_zone() -> None:
    column = column_of(pa.array([NOON, None], pa.timestamp("us", tz="Europe/Berlin")), INSTANT)
    assert column.equals(pa.array([NOON, None], INSTANT))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (pa.timestamp("us"), INSTANT),
        (pa.timestamp("ms", tz="UTC"), INSTANT),
        (pa.int64(), INSTANT),
        (pa.timestamp("us", tz="UTC"), pa.string()),
        (pa.binary(), pa.string()),
        (pa.large_string(), pa.int64()),
        (pa.int32(), pa.int64()),
        (pa.decimal128(12, 3), pa.decimal128(12, 2)),
    ],
    ids=str,
)
def test_fails_when_a_column_would_have_to_be_converted(got: pa.DataType, expected: pa.DataType) -> None:
    with pytest.raises(InputError, match="^value: got .*; cast it before$"):
        column_of(pa.array([None], got), expected)


def test_fails_when_a_column_is_missing() -> None:
    with pytest.raises(InputError, match="^other: got no such column, expected int64; select it$"):
        arrow.column_of(pa.table({"value": [1]}), "other", pa.int64())


@pytest.mark.parametrize("chunks", [[], [[1]], [[1], [], [2, 3]]])
def test_a_column_comes_in_one_piece(chunks: List[List[int]]) -> None:
    table = pa.table({"value": pa.chunked_array(chunks, pa.int64())})
    expected = pa.array([value for chunk in chunks for value in chunk], pa.int64())
    assert arrow.column_of(table, "value", pa.int64()).equals(expected)


def test_fails_when_an_instant_is_missing() -> None:
    with pytest.raises(InputError, match="^value: got 1 nulls, expected an instant in every row"):
        arrow.instants(pa.table({"value": pa.array([0, None], INSTANT)}), "value")


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (TYPES["integer"], [-3, None, 2**63 - 1], [-3, 0, 2**63 - 1]),
        (MONEY, [Decimal("-0.01"), None, Decimal("9999999999.99")], [-1, 0, 999_999_999_999]),
        (TYPES["double"], [-1.5, None, 5e-324], [-1.5, 0.0, 5e-324]),
        (TYPES["boolean"], [True, None, False], [1, 0, 0]),
        (TYPES["timestamp"], [NOON, None, NOON], [1_772_452_800_000_000, 0, 1_772_452_800_000_000]),
    ],
)
def test_numbers_come_with_a_mask_and_go_back(kind: ColumnType, values: List[Any], expected: List[Any]) -> None:
    # one row before and one after, so that the column begins within its buffers
    column = pa.array([values[0], *values, values[0]], kind.arrow).slice(1, 3)
    numbers, valid = arrow.numbers(column, kind)
    assert numbers.tolist() == expected
    assert valid.tolist() == [True, False, True]
    assert numbers.dtype == (np.float64 if kind.name == "double" else np.int64)
    assert arrow.from_numbers(numbers, valid, kind).equals(column)


@pytest.mark.parametrize("kind", ["integer", "boolean"])
def test_numbers_without_a_mask_are_all_valid(kind: str) -> None:
    column = arrow.from_numbers(np.array([1, 0]), None, TYPES[kind])
    assert column.equals(pa.array([1, 0]).cast(TYPES[kind].arrow))


@pytest.mark.parametrize("minor", [2**63, -(2**63) - 1])
def test_fails_when_a_decimal_has_more_than_64_bits(minor: int) -> None:
    kind = ColumnType("decimal", 19, 0)
    with pytest.raises(InputError, match="^decimal: got a value beyond 64 bits"):
        arrow.numbers(pa.array([Decimal(minor)], pa.decimal128(38, 0)), kind)


@pytest.mark.parametrize("minor", [2**63 - 1, -(2**63)])
def test_a_decimal_of_64_bits_is_whole(minor: int) -> None:
    kind = ColumnType("decimal", 19, 0)
    numbers, _ = arrow.numbers(pa.array([Decimal(minor)], kind.arrow), kind)
    assert numbers.tolist() == [minor]


def test_codes_count_the_different_values_and_nulls_are_the_first() -> None:
    codes, size = arrow.codes(pa.array(["b", None, "a", "b"]))
    assert (codes.tolist(), size) == ([0, 0, 1, 0], 2)
    assert codes.dtype == np.int64
    codes, size = arrow.codes(pa.array([], pa.string()))
    assert (codes.tolist(), size) == ([], 1)
    codes, size = arrow.codes(pa.array(["b"]))
    assert (codes.tolist(), size) == ([0], 1)


def test_structural_codes_tell_every_combination_apart() -> None:
    rows = [(one, two, three) for one in "abcde" for two in "xyz" for three in "pq"]
    codes, size = arrow.structural_codes([pa.array(column) for column in zip(*rows, *rows)])
    assert size == len(rows)
    assert sorted(codes[:size].tolist()) == list(range(size))
    assert codes[:size].tolist() == codes[size:].tolist()


def test_structural_codes_of_one_combination_are_one() -> None:
    codes, size = arrow.structural_codes([pa.array(["a", "a"]), pa.array(["b", "b"])])
    assert (codes.tolist(), size) == ([0, 0], 1)


def test_ranks_follow_the_utf8_bytes_with_nulls_last() -> None:
    # as bytes: 5a, 61, c3a9, ef bf bf, f0 9f 98 80; UTF-16 would put the last before the one before
    values = ["\uffff", None, "a", "\U0001f600", "Z", "é"]
    assert arrow.ranks(pa.array(values)).tolist() == [3, 5, 1, 4, 0, 2]
