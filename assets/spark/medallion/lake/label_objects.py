"""The label files of the lake: which objects they are, and their rows, read in tasks."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from typing import IO, Callable, Iterable, Iterator, List, Mapping, Tuple

import boto3
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from medallion.lake.bucket import Bucket

TASK_BYTES = 64 * 1024 * 1024
TASK_FILES = 500
"""A task reads this much, or one file if that is more."""

COPY_BYTES = 1024 * 1024

MARKER_STARTS = ("_", ".")
MARKER_ENDS = (".crc", "$folder$")

FileReader = Callable[[str, IO[bytes]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class LabelObjects:
    """The objects under the prefix of labels: files with their bytes, and keys of markers."""

    files: Mapping[str, int]
    ignored: Tuple[str, ...]

    @staticmethod
    def under(bucket: Bucket, prefix: str) -> LabelObjects:
        """List the objects under a prefix.

        A marker is what programs leave beside the files that they write: an object without bytes, one of whose name, or
        a folder of it, begins with ``_`` or ``.``, and one whose name ends with ``.crc`` or ``$folder$``.
        """
        sizes = bucket.sizes(prefix)
        files = {key: size for key, size in sizes.items() if size and not is_marker(key[len(prefix) :])}
        return LabelObjects(files, tuple(key for key in sizes if key not in files))

    def tasks(self) -> List[List[str]]:
        """Return the keys of the files in order, divided into those that one task reads."""
        tasks: List[List[str]] = []
        room = 0
        for key, size in self.files.items():
            if size > room or len(tasks[-1]) == TASK_FILES:
                tasks.append([])
                room = TASK_BYTES
            tasks[-1].append(key)
            room -= size
        return tasks


def is_marker(name: str) -> bool:
    """Whether an object of this name below the prefix is none of the files."""
    return name.endswith(MARKER_ENDS) or any(part.startswith(MARKER_STARTS) for part in name.split("/"))


def label_rows(spark: SparkSession, bucket: str, objects: LabelObjects, read: FileReader, schema: str) -> DataFrame:
    """Return what ``read`` makes of every file, each read once by one task."""
    tasks = objects.tasks()
    if not tasks:
        return spark.createDataFrame([], schema)
    divided = spark.sparkContext.parallelize([(keys,) for keys in tasks], len(tasks))
    keys = spark.createDataFrame(divided, "keys ARRAY<STRING>")
    return keys.mapInArrow(_task(bucket, read), schema)


def _task(bucket: str, read: FileReader) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def read_files(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        store = boto3.client("s3")
        for batch in batches:
            for key in batch.column(0).flatten().to_pylist():
                # On disk, so that a file may be larger than memory, and is what one request returned.
                with tempfile.TemporaryFile() as file:
                    shutil.copyfileobj(store.get_object(Bucket=bucket, Key=key)["Body"], file, COPY_BYTES)
                    file.flush()
                    file.seek(0)
                    yield from read(key, file)

    return read_files
