"""Overflows: the features that a row lacks because they do not fit their type, as rows of the quarantine."""

from __future__ import annotations

from typing import Callable, List

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from medallion.spec.declaration import FeatureGroup
from medallion.spec.names import EVENT_ID, EVENT_TIME, OVERFLOWED, PROVENANCE, quoted

OVERFLOW = "overflow"
GOLD_ROW, ONLINE_RECORD, INFERENCE_ROW = "gold row", "online record", "inference row"

Tell = Callable[[int], None]
"""Takes the number of overflows of a batch. It counts within tasks, so that a task which is repeated counts twice."""


def overflows_of(batch: pa.RecordBatch) -> int:
    """Return how many values of an evaluated batch are absent because they do not fit."""
    return len(batch.column(batch.schema.get_field_index(OVERFLOWED)).flatten())


def gold_overflows(evaluated: DataFrame, events: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the overflows of gold rows with the events that the rows are of, and where these stand in bronze."""
    lacking = evaluated.where(_lacks()).select(EVENT_ID, *_found(GOLD_ROW, group, sf.col(EVENT_ID).alias("eventId")))
    stands = events.select(EVENT_ID, *PROVENANCE, "arrival_time")
    return lacking.join(stands, EVENT_ID).drop(EVENT_ID)


def inference_overflows(evaluated: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the overflows of inference rows."""
    return evaluated.where(_lacks()).select(*_found(INFERENCE_ROW, group), *_nowhere())


def record_overflows(records: DataFrame, group: FeatureGroup, slot_end: str) -> DataFrame:
    """Return the overflows of online records as of the end of a slot."""
    about = sf.struct(
        sf.lit(ONLINE_RECORD).alias("artefact"),
        sf.lit(group.name).alias("featureGroup"),
        sf.col("record_identifier").alias("record"),
        sf.lit(slot_end).alias("time"),
    )
    return records.where(_lacks()).select(*_rows(about), *_nowhere())


def _lacks() -> Column:
    return sf.col(quoted(OVERFLOWED)).isNotNull()


def _found(artefact: str, group: FeatureGroup, *about: Column) -> List[Column]:
    entity = sf.struct(*[sf.col(quoted(name)).alias(name) for name in group.entity])
    time = sf.date_format(EVENT_TIME, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
    return _rows(
        sf.struct(
            sf.lit(artefact).alias("artefact"),
            sf.lit(group.name).alias("featureGroup"),
            entity.alias("entity"),
            *about,
            time.alias("time"),
        )
    )


def _rows(about: Column) -> List[Column]:
    """Return the first columns of the quarantine, in one row for each feature that is lacking."""
    feature = sf.explode(quoted(OVERFLOWED)).alias("column")
    return [sf.lit(OVERFLOW).alias("reason"), feature, sf.to_json(about).alias("raw")]


def _nowhere() -> List[Column]:
    types = {"source_object": "string", "source_line": "bigint", "arrival_time": "timestamp"}
    return [sf.lit(None).cast(kind).alias(name) for name, kind in types.items()]
