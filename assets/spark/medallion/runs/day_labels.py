"""The labels of a day: read from their files, counted, and those that cannot be read kept in a quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as sf

from medallion.label_files.label_batches import label_batches, rows_schema
from medallion.lake import parts
from medallion.lake.bucket import Bucket
from medallion.lake.label_objects import LabelObjects
from medallion.lake.reading import read_objects
from medallion.layers import labels as layer
from medallion.layers.datasets import Period
from medallion.layers.labels import LabelCounts, LabelUse
from medallion.spec.declaration import Labels


@dataclass(frozen=True)
class DayLabels:
    """The labels that training sets of a day can use, and what became of all others; ``known`` is persisted."""

    known: DataFrame
    counts: LabelCounts
    unreadable_files: Tuple[Row, ...]
    quarantine: str

    @staticmethod
    def read(spark: SparkSession, bucket: Bucket, declared: Labels, period: Period) -> DayLabels:
        """Read every label file, and let the day's quarantine be exactly the rows that cannot be read."""
        known_by_us = period.end_us - declared.maturity_us
        objects = LabelObjects.under(bucket, declared.prefix)
        reader, schema = label_batches(declared), rows_schema(declared)
        rows = read_objects(spark, bucket.name, objects.files, reader, schema).persist()
        outcomes = layer.outcome_counts(rows, known_by_us)
        known = layer.known_labels(rows, known_by_us).persist()
        found = known.agg(sf.count("*").alias("labels"), sf.sum("rows").alias("rows")).collect()[0]
        counts = layer.label_counts(outcomes, found, len(objects.ignored))
        counts.check()
        unreadable_files = layer.unreadable_files(rows) if counts.files_unreadable else []
        quarantine = f"{declared.quarantine}dt={period.last}/"
        _replace_quarantine(bucket, quarantine, rows, counts)
        rows.unpersist()
        return DayLabels(known, counts, tuple(unreadable_files), quarantine)

    def manifest(self, use: LabelUse) -> Dict[str, Any]:
        """Return what the manifest of a training set says about labels."""
        warnings = layer.warnings(self.counts, use, self.unreadable_files, self.quarantine)
        return {
            **self.counts.document(),
            **use.document(),
            "unreadableFiles": [_file_entry(file) for file in self.unreadable_files],
            "warnings": warnings,
        }

    def report(self, used: int) -> Dict[str, Any]:
        """Return what the day's report says about labels; it does not grow with the files."""
        return {**self.counts.document(), "used": used}


def _replace_quarantine(bucket: Bucket, prefix: str, rows: DataFrame, counts: LabelCounts) -> None:
    written: List[parts.Part] = []
    if counts.unreadable_total:
        order = parts.ascending(["source_object", "source_line"])
        written = parts.write_parquet_parts(layer.quarantined_rows(rows), order, bucket.name, prefix)
    bucket.delete(set(bucket.keys(prefix)).difference(part.key for part in written))


def _file_entry(file: Row) -> Dict[str, Any]:
    return {
        "key": file.source_object,
        "reason": file.reason,
        "column": file.column,
        "detail": file.raw,
        "rows": file.file_rows,
    }
