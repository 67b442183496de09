"""The bucket beyond what one request may do."""

from __future__ import annotations

from medallion.lake.bucket import DELETE_BATCH, Bucket


def test_deletes_more_keys_than_one_request_may_name(bucket: Bucket) -> None:
    keys = [f"k/{number:04d}" for number in range(DELETE_BATCH + 1)]
    for key in keys:
        bucket.put(key, b"")
    bucket.delete(keys)
    assert bucket.keys("k/") == []
