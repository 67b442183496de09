"""Which objects are label files."""

from __future__ import annotations

import pytest

from medallion.lake.bucket import Bucket
from medallion.lake.label_objects import LabelObjects, is_marker


@pytest.mark.parametrize(
    "name",
    [
        "_SUCCESS",
        "_delta_log/0.json",
        "a/_temporary/0/b.parquet",
        ".a.parquet.crc",
        "a/.hidden/b.csv",
        "a.crc",
        "2025_$folder$",
    ],
)
def test_what_programs_leave_beside_files_is_a_marker(name: str) -> None:
    assert is_marker(name)


@pytest.mark.parametrize("name", ["a.csv", "a", "dt=2025-10-23/part-0.snappy.parquet", "a_b/c.d_e", "[1]{0}*?.csv"])
def test_every_other_name_is_a_file(name: str) -> None:
    assert not is_marker(name)


def test_objects_without_bytes_are_ignored_and_the_prefix_itself_is_no_marker(bucket: Bucket) -> None:
    for key in ("labels/_v1/", "labels/_v1/empty.csv"):
        bucket.put(key, b"")
    bucket.put("labels/_v1/a.csv", b"id")
    bucket.put("labels/_v1/_SUCCESS", b"x")
    bucket.put("labels/other.csv", b"id")
    found = LabelObjects.under(bucket, "labels/_v1/")
    assert found.files == {"labels/_v1/a.csv": 2}
    assert found.ignored == ("labels/_v1/", "labels/_v1/_SUCCESS", "labels/_v1/empty.csv")
