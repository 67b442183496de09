"""Audit: what the online store has to have, so that it can be compared with what it has.

A slot writes the records whose features differ from those at the slot published before. So however old the record of an
entity is, its features are those at the newest published slot, over the events that this slot knew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Optional, Tuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from medallion import instants
from medallion.layers.datasets import spine_features
from medallion.layers.record import record_lines
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import QUERY_TIME, all_quoted

MUST_EXIST = "_must_exist"
"""A column that no feature can be called: whether the entity has to have a record."""

SPARED_US = instants.DAY_US
"""How long a record has to have left to live, for its absence to be a fault."""

SAMPLES = 1_000_000
"""Into how many parts entities are divided to draw a sample."""

_LINES = "record_identifier STRING, line STRING, must_exist BOOLEAN"
_SCHEMA = pa.schema([("record_identifier", pa.string()), ("line", pa.string()), ("must_exist", pa.bool_())])


@dataclass(frozen=True)
class Served:
    """The newest published slot, and the bronze objects of which it knew nothing."""

    slot_end_us: int
    unknown_objects: Tuple[str, ...]

    def first_event_us(self, group: FeatureGroup) -> int:
        """Return the time from which an event can have a record that is still served."""
        return self.slot_end_us - group.reach_us - group.ttl_us


def expected_records(
    silver: DataFrame,
    served: Served,
    group: FeatureGroup,
    spec: Spec,
    sample: float,
    spared: Optional[DataFrame] = None,
) -> DataFrame:
    """Return ``record_identifier``, ``line`` and ``must_exist`` of the records that the online store has to have.

    ``sample`` is the share of the entities that are looked at, other ones in each slot, without those that are
    ``spared``. A record that need not exist has to be right if it does.
    """
    known = silver.where(~sf.col("source_object").isin(list(served.unknown_objects)))
    entity, time = all_quoted(group.entity), sf.unix_micros("event_time")
    alive_us = max(served.slot_end_us - group.reach_us, served.slot_end_us - group.ttl_us + SPARED_US)
    sampled = sf.pmod(sf.xxhash64(*entity, sf.lit(served.slot_end_us)), sf.lit(SAMPLES)) < round(sample * SAMPLES)
    recent = known.where((time >= served.first_event_us(group)) & sampled)
    entities = recent.groupBy(*entity).agg((sf.max(time) >= alive_us).alias(MUST_EXIST))
    if spared is not None:
        entities = entities.join(spared, list(group.entity), "left_anti")
    spine = entities.withColumn(QUERY_TIME, sf.timestamp_micros(sf.lit(served.slot_end_us)))
    in_reach = known.where(time >= served.slot_end_us - group.reach_us)
    evaluated = spine_features(in_reach.join(entities, list(group.entity), "left_semi"), spine, group, spec)
    return evaluated.mapInArrow(_lines(served, group), _LINES)


def _lines(served: Served, group: FeatureGroup) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def lines(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            records = record_lines(group, served.slot_end_us, table)
            columns = [list(part) for part in zip(*records)] or [[], []]
            yield from pa.table([*columns, table[MUST_EXIST]], schema=_SCHEMA).to_batches()

    return lines
