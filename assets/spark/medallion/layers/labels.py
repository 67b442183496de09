"""Labels: what is known, by the end of a day, about events that are old enough to be judged."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, DataType, NumericType, TimestampType

from medallion.errors import InputError
from medallion.spec.declaration import Labels
from medallion.spec.names import quoted


def source_labels(spark: SparkSession, uri: str, labels: Labels) -> DataFrame:
    """Return ``event_id``, ``label`` and ``label_time`` of everything under the label prefix, as it is declared.

    Numbers and booleans become doubles, other labels text. A label time is a timestamp, ISO-8601 text or seconds
    since 1970.
    """
    reader = spark.read.option("recursiveFileLookup", "true")
    if labels.format == "csv":
        found = reader.option("header", "true").option("inferSchema", "true").csv(uri)
    else:
        found = reader.parquet(uri) if labels.format == "parquet" else reader.json(uri)
    for name in (labels.event_id_column, labels.label_column, labels.label_time_column):
        if name not in found.columns:
            raise InputError.at(
                "labels", f"columns {', '.join(found.columns)}", f"'{name}' among them", "correct the source"
            )
    kinds = {field.name: field.dataType for field in found.schema}
    label, time = quoted(labels.label_column), quoted(labels.label_time_column)
    return found.select(
        sf.col(quoted(labels.event_id_column)).cast("string").alias("event_id"),
        _label(label, kinds[labels.label_column]).alias("label"),
        _instant(time, kinds[labels.label_time_column]).alias("label_time"),
    )


def known_labels(source: DataFrame, end_us: int) -> DataFrame:
    """Return the newest label of each event among those known before ``end_us``; ties go to the greatest label."""
    known = source.where(sf.unix_micros("label_time") < end_us).where("event_id IS NOT NULL AND label IS NOT NULL")
    newest = known.groupBy("event_id").agg(sf.max(sf.struct("label_time", "label")).alias("newest"))
    return newest.select("event_id", "newest.label", "newest.label_time")


def _label(column: str, kind: DataType) -> Column:
    if isinstance(kind, BooleanType):
        return sf.col(column).cast("int").cast("double")
    return sf.col(column).cast("double" if isinstance(kind, NumericType) else "string")


def _instant(column: str, kind: DataType) -> Column:
    if isinstance(kind, NumericType):
        return sf.timestamp_micros((sf.col(column) * 1_000_000).cast("long"))
    return sf.col(column) if isinstance(kind, TimestampType) else sf.col(column).cast("timestamp")
