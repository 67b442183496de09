"""Parquet files of labels: every type that a column may have, and files that are none."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from label_file import declared, labels_of, parquet_bytes, read_file, reasons_of

PARQUET = declared("parquet")
T = "2025-10-23T12:00:00+00:00"
NOON = datetime(2025, 10, 23, 12, tzinfo=timezone.utc)
NOON_US = 1_761_220_800_000_000


def a_file(ids: Any = None, labels: Any = None, times: Any = None, **options: Any) -> bytes:
    columns = {
        "at": pa.array([NOON], pa.timestamp("us", "UTC")) if times is None else times,
        "id": pa.array(["a"]) if ids is None else ids,
        "fraud": pa.array([1.0]) if labels is None else labels,
    }
    return parquet_bytes(pa.table(columns), **options)


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (pa.array(["0012"]), "0012"),
        (pa.array(["0012"], pa.large_string()), "0012"),
        (pa.array([b"0012"], pa.binary()), "0012"),
        (pa.array(["0012"]).dictionary_encode(), "0012"),
        (pa.array([12], pa.int8()), "12"),
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
        (pa.array([Decimal(12)], pa.decimal128(38, 0)), "12"),
    ],
)
def test_ids_are_text_or_whole_numbers(ids: pa.Array, text: str) -> None:
    assert labels_of(a_file(ids=ids), PARQUET) == [(text, 1.0, T)]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([12.0]),
        pa.array([Decimal("12.0")], pa.decimal128(5, 1)),
        pa.array([b"\xff"]),
        pa.array([True]),
        pa.array([["a"]]),
        pa.array([date(2025, 10, 23)]),
    ],
    ids=str,
)
def test_ids_of_another_type_are_refused(ids: pa.Array) -> None:
    assert reasons_of(a_file(ids=ids), PARQUET) == [(1, "wrong_type", "id")]


@pytest.mark.parametrize(
    ("unit", "count", "us"),
    [
        ("s", 1_761_220_800, NOON_US),
        ("ms", 1_761_220_800_001, NOON_US + 1000),
        ("us", NOON_US + 1, NOON_US + 1),
        ("ns", NOON_US * 1000 + 1999, NOON_US + 1),
        ("ns", -1, -1),  # a nanosecond before 1970 is in the microsecond before it
    ],
)
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_timestamps_of_every_unit_and_zone_are_instants_rounded_down(zone: str, unit: str, count: int, us: int) -> None:
    times = pa.array([count], pa.int64()).cast(pa.timestamp(unit, zone))
    rows, _ = read_file(a_file(times=times, version="2.6"), PARQUET)
    assert rows[0]["label_time"] == datetime.fromtimestamp(us // 1_000_000, timezone.utc).replace(
        microsecond=us % 1_000_000
    )


def test_timestamps_as_old_programs_write_them_are_read() -> None:
    times = pa.array([NOON.replace(tzinfo=None)], pa.timestamp("ns"))
    assert labels_of(a_file(times=times, use_deprecated_int96_timestamps=True), PARQUET) == [("a", 1.0, T)]


def test_counts_are_read_in_their_declared_unit_and_refused_without_one() -> None:
    seconds = pa.array([1_761_220_800], pa.int32())
    assert labels_of(a_file(times=seconds), declared("parquet", time_format="unix_seconds")) == [("a", 1.0, T)]
    assert reasons_of(a_file(times=seconds), PARQUET) == [(1, "wrong_type", "at")]
    # As pandas writes whole numbers of a column in which one is missing.
    floats = pa.array([1_761_220_800.0])
    assert labels_of(a_file(times=floats), declared("parquet", time_format="unix_seconds")) == [("a", 1.0, T)]


def test_days_are_no_instants() -> None:
    assert reasons_of(a_file(times=pa.array([NOON.date()])), PARQUET) == [(1, "wrong_type", "at")]


@pytest.mark.parametrize(
    ("kind", "labels", "expected"),
    [
        ("double", pa.array([1], pa.int64()), 1.0),
        ("double", pa.array([True]), 1.0),
        ("double", pa.array([0.1]), 0.1),
        ("double", pa.array([Decimal("0.50")], pa.decimal128(5, 2)), 0.5),
        ("integer", pa.array([2.0]), 2),
        ("boolean", pa.array([1], pa.int8()), True),
        ("string", pa.array(["good"]).dictionary_encode(), "good"),
        ("string", pa.array([3], pa.int64()), "3"),
    ],
)
def test_labels_are_cast_to_their_declared_type(kind: str, labels: pa.Array, expected: Any) -> None:
    assert labels_of(a_file(labels=labels), declared("parquet", kind)) == [("a", expected, T)]


@pytest.mark.parametrize(
    ("labels", "reason"),
    [(pa.array(["good"]), "wrong_type"), (pa.array([float("nan")]), "not_finite"), (pa.array([[1.0]]), "wrong_type")],
)
def test_labels_of_another_type_are_refused_with_the_row_as_json(labels: pa.Array, reason: str) -> None:
    rows, _ = read_file(a_file(labels=labels), PARQUET)
    assert (rows[0]["reason"], rows[0]["column"]) == (reason, "fraud")
    assert rows[0]["raw"].startswith('{"id": "a", "fraud": ')


def test_rows_are_counted_across_row_groups_and_nulls_say_nothing() -> None:
    table = pa.table({"id": [str(n) for n in range(25_000)], "fraud": [1.0] * 24_999 + [None], "at": [NOON] * 25_000})
    rows, about = read_file(parquet_bytes(table, row_group_size=7_000), PARQUET)
    assert [row["source_line"] for row in rows] == list(range(1, 25_001))
    assert (about["file_rows"], rows[-1]["reason"], rows[-1]["label"]) == (25_000, None, None)


@pytest.mark.parametrize(
    "body", [b"PAR1", b"id,fraud,at\n", a_file()[:-1], a_file()[:40]], ids=["magic", "csv", "end", "half"]
)
def test_a_file_that_is_no_parquet_is_named(body: bytes) -> None:
    rows, about = read_file(body, PARQUET)
    assert (rows, about["reason"]) == ([], "not_readable")
    assert about["raw"].startswith("got ")
    assert about["raw"].endswith(", expected Parquet")


def test_a_file_that_is_damaged_inside_gives_the_rows_before() -> None:
    table = pa.table({"id": [f"{n * 7919}" for n in range(20_000)], "fraud": [1.0] * 20_000, "at": [NOON] * 20_000})
    body = parquet_bytes(table, row_group_size=10_000, use_dictionary=False)
    middle = len(body) // 2
    rows, about = read_file(body[:middle] + b"\xff" * 20_000 + body[middle + 20_000 :], PARQUET)
    assert about["reason"] == "not_readable"
    assert about["file_rows"] == len(rows) < 20_000


@pytest.mark.parametrize(("name", "reason"), [("other", "missing_column"), ("ID", "missing_column")])
def test_a_file_without_a_column_is_named(name: str, reason: str) -> None:
    rows, about = read_file(parquet_bytes(pa.table({name: ["a"], "fraud": [1.0], "at": [NOON]})), PARQUET)
    assert (rows, about["reason"], about["column"]) == ([], reason, "id")
    assert about["raw"] == f"got the columns {name}, fraud, at, expected 'id' among them"
