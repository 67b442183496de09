"""Objects read in Spark's tasks: exactly the given keys, each once, whatever their names are.

Keys are handed to tasks as they are. Nothing looks for files, so that no name is a pattern, and none is hidden.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Tuple

import boto3
import pyarrow as pa
from botocore.exceptions import HTTPClientError, IncompleteReadError
from pyspark.sql import DataFrame, SparkSession

from medallion.errors import InputError

TASK_BYTES = 4 * 1024 * 1024
"""Objects share a task until they have so many bytes together."""

OPENING_BYTES = 64 * 1024
"""What opening an object costs, in bytes that could be read in its place."""

CHUNK_BYTES = 1024 * 1024

BREAKS = 5
"""How often the connection may break in the middle of one object."""

_READINGS = count(0, 2**32)
"""Where the tasks of each reading are counted from: Spark answers a plan by what it keeps of an equal one."""

Reader = Callable[[Iterable[Tuple[str, Iterable[bytes]]]], Iterator[pa.RecordBatch]]
"""A function of objects, each its key and its bytes in chunks."""


def read_objects(spark: SparkSession, bucket: str, sizes: Mapping[str, int], read: Reader, schema: str) -> DataFrame:
    """Return what ``read`` makes of the objects, given with their bytes; a size that is wrong only costs time."""
    if not sizes:
        return spark.createDataFrame([], schema)
    tasks, first = object_tasks(sizes), next(_READINGS)

    def read_tasks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        numbers = [number - first for batch in batches for number in batch.column(0).to_pylist()]
        store = task_store()
        return read((key, object_chunks(store, bucket, key)) for number in numbers for key in tasks[number])

    return spark.range(first, first + len(tasks), 1, len(tasks)).mapInArrow(read_tasks, schema)


def object_tasks(sizes: Mapping[str, int]) -> List[List[str]]:
    """Divide objects, in their order, among tasks of about ``TASK_BYTES``."""
    tasks: List[List[str]] = []
    room = 0
    for key, size in sizes.items():
        cost = size + OPENING_BYTES
        if not tasks or cost > room:
            tasks.append([])
            room = TASK_BYTES
        tasks[-1].append(key)
        room -= cost
    return tasks


@cache
def task_store() -> Any:
    """Return the client for S3 of this process, which is made once for all of its tasks."""
    return boto3.client("s3")


def object_chunks(store: Any, bucket: str, key: str) -> Iterator[bytes]:
    """Yield the bytes of an object in chunks; where the connection breaks, the rest is asked for again."""
    taken, breaks, version = 0, 0, ""
    while True:
        rest = {"Range": f"bytes={taken}-", "IfMatch": version} if taken else {}
        answer = _opened(store, bucket, key, rest)
        version = answer["ETag"]
        try:
            for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                taken += len(chunk)
                yield chunk
            return
        except (HTTPClientError, IncompleteReadError):
            breaks += 1
            if breaks > BREAKS:
                raise


def _opened(store: Any, bucket: str, key: str, rest: Dict[str, str]) -> Any:
    try:
        return store.get_object(Bucket=bucket, Key=key, **rest)
    except store.exceptions.NoSuchKey:
        where = f"s3://{bucket}/{key}"
        raise InputError.at(where, "no object", "the one that was listed", "restore it from its versions") from None
