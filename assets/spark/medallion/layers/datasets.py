"""Datasets: gold rows with mature labels to train on, and every active entity at the end of a day to score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional, Tuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from medallion import instants
from medallion.layers import days
from medallion.layers.gold import evaluated_rows
from medallion.layers.labels import LabelUse
from medallion.layers.overflows import Tell
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import EVENT_KEY, IS_EVENT, IS_QUERY, OVERFLOWED, QUERY_TIME, all_quoted, quoted

TRAIN, VALIDATION = "train", "validation"

IS_EARLY = "is early"
"""A scratch column; no declared name has a space."""


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


def period_rows(gold: DataFrame, period: Period) -> DataFrame:
    """Return the period's gold rows."""
    return gold.where(sf.col("dt").between(days.literal(period.first), days.literal(period.last)))


def labelled_rows(rows: DataFrame, labels: DataFrame, allowed_skew_us: int) -> DataFrame:
    """Return the rows that have a label, as ``label`` and ``label_time``; ``IS_EARLY`` marks what cannot be one.

    No label is known before its event: then one of the two times is wrong, or the id is of another event. An event's
    own time may be ahead by ``allowed_skew_us``.
    """
    early = sf.unix_micros("label_time") < sf.unix_micros("event_time") - allowed_skew_us
    labelled = rows.join(labels.select("event_id", "label", "label_time"), "event_id")
    return labelled.withColumn(IS_EARLY, early)


def label_use(labelled: DataFrame, usable: int) -> LabelUse:
    """Count what became of the usable labels. An id that two events share has one label."""
    used = sf.count_distinct(sf.when(~sf.col(quoted(IS_EARLY)), sf.col("event_id")))
    matched, counted = labelled.agg(sf.count_distinct("event_id"), used).collect()[0]
    return LabelUse(counted, matched - counted, usable - matched)


def used_rows(labelled: DataFrame) -> DataFrame:
    """Return the rows whose label is used."""
    return labelled.where(~sf.col(quoted(IS_EARLY))).drop(IS_EARLY)


def split_rows(rows: DataFrame, split: Split) -> DataFrame:
    """Return the rows with ``_part``, train or validation, without those of the embargo."""
    time = sf.unix_micros("event_time")
    part = sf.when(time >= split.boundary_us, VALIDATION).when(time < split.boundary_us - split.embargo_us, TRAIN)
    return rows.withColumn("_part", part).where("_part IS NOT NULL")


def spine_features(
    silver: DataFrame, spine: DataFrame, group: FeatureGroup, spec: Spec, tell: Optional[Tell] = None
) -> DataFrame:
    """Return the rows of a spine, each with the group's features of its entity at its ``query_time``.

    The last column is ``OVERFLOWED``, as in ``evaluated_rows``, which also says what ``tell`` is.
    A spine has the entity's columns and ``query_time``; its other columns are kept, whatever their names. ``silver``
    has every event that can matter: those of the longest reach before the first query time, up to the last one.
    """
    entity, own = list(group.entity), [*group.entity, QUERY_TIME]
    others = {name: f"spine {number}" for number, name in enumerate(spine.columns) if name not in own}
    asked = spine.select(
        *all_quoted(own),
        *(sf.col(quoted(name)).alias(alias) for name, alias in others.items()),
        *_flags(is_event=False),
    )
    columns = all_quoted(list(dict.fromkeys((*EVENT_KEY, *group.columns))))
    rows = silver.select(*columns, *_flags(is_event=True)).unionByName(asked, allowMissingColumns=True)
    evaluated = evaluated_rows(rows, group, spec, tell)
    kept = [sf.col(quoted(alias)).alias(name) for name, alias in others.items()]
    features = all_quoted([*(feature.name for feature in group.features), OVERFLOWED])
    return evaluated.select(*all_quoted(entity), QUERY_TIME, *kept, *features)


def inference_rows(
    silver: DataFrame, as_of_us: int, group: FeatureGroup, spec: Spec, tell: Optional[Tell] = None
) -> DataFrame:
    """Return entity, ``event_time``, features and ``OVERFLOWED`` of each entity with an event that can matter."""
    first_us = as_of_us - max(window.back_us for window in group.windows)
    end_us = as_of_us - min(window.front_us for window in group.windows)
    time = sf.unix_micros("event_time")
    active = silver.where((time >= first_us) & (time < end_us))
    as_of = sf.timestamp_micros(sf.lit(as_of_us)).alias(QUERY_TIME)
    spine = active.select(*all_quoted(group.entity), as_of).distinct()
    return spine_features(active, spine, group, spec, tell).withColumnRenamed(QUERY_TIME, "event_time")


def _flags(is_event: bool) -> Tuple[Column, Column]:
    return sf.lit(is_event).alias(IS_EVENT), sf.lit(not is_event).alias(IS_QUERY)
