"""Datasets: gold rows with mature labels to train on, and every active entity at the end of a day to score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from medallion import instants
from medallion.gold import EVENT_KEY, evaluated_rows, quoted
from medallion.spec import FeatureGroup, Spec

TRAIN, VALIDATION = "train", "validation"


@dataclass(frozen=True)
class Period:
    """The whole UTC days that a training set covers, both ends included."""

    first: date
    last: date

    @staticmethod
    def ending_at(day: date, days: int) -> Period:
        """Return the period of so many days whose last is ``day``."""
        return Period(instants.day_of(instants.start_of(day) - (days - 1) * instants.DAY_US), day)

    @property
    def end_us(self) -> int:
        """The first instant after the period."""
        return instants.start_of(self.last) + instants.DAY_US


@dataclass(frozen=True)
class Split:
    """Rows from ``boundary_us`` on validate; rows within ``embargo_us`` before it are left out."""

    boundary_us: int
    embargo_us: int

    @staticmethod
    def of_span(first_us: int, last_us: int, validation_share: float, embargo_us: int) -> Split:
        """Let the last share of the time between the first and the last row validate, never a random choice of rows."""
        boundary = last_us + 1 - int((last_us + 1 - first_us) * validation_share)
        return Split(boundary, embargo_us)


def training_rows(gold: DataFrame, labels: Optional[DataFrame], period: Period, maturity_us: int) -> DataFrame:
    """Return the period's gold rows; with labels only those that have a mature one, as ``label`` and ``label_time``.

    A label is mature when the event is at least ``maturity_us`` older than the end of the period.
    """
    rows = gold.where(sf.col("dt").between(period.first, period.last))
    if labels is None:
        return rows
    old_enough = rows.where(sf.unix_micros("event_time") <= period.end_us - maturity_us)
    return old_enough.join(labels, "event_id")


def split_rows(rows: DataFrame, split: Split) -> DataFrame:
    """Return the rows with ``part``, train or validation, without those of the embargo."""
    time = sf.unix_micros("event_time")
    part = sf.when(time >= split.boundary_us, VALIDATION).when(time < split.boundary_us - split.embargo_us, TRAIN)
    return rows.withColumn("part", part).where("part IS NOT NULL")


def inference_rows(silver: DataFrame, as_of_us: int, group: FeatureGroup, spec: Spec) -> DataFrame:
    """Return entity, ``event_time`` and features of each entity with an event that can matter at ``as_of_us``."""
    entity = quoted(group.entity)
    time = sf.unix_micros("event_time")
    active = silver.where((time >= as_of_us - group.reach_us) & (time < as_of_us))
    columns = list(dict.fromkeys((*EVENT_KEY, *quoted(group.columns))))
    events = active.select(*columns, sf.lit(True).alias("is_event"), sf.lit(False).alias("is_query"))
    asked = active.select(*entity).distinct().withColumn("is_event", sf.lit(False)).withColumn("is_query", sf.lit(True))
    rows = events.unionByName(asked, allowMissingColumns=True)
    rows = rows.withColumn("query_time", sf.when(sf.col("is_query"), sf.timestamp_micros(sf.lit(as_of_us))))
    evaluated = evaluated_rows(rows, group, spec)
    features = quoted([feature.name for feature in group.features])
    return evaluated.select(*entity, sf.col("query_time").alias("event_time"), *features)
