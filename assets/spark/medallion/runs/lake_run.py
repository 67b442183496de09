"""What every run over the lake has: the session, the spec, the tables, and the steps that several runs take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import date
from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple, TypeVar

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from medallion import instants
from medallion.bronze.objects import line_batches, lines_schema
from medallion.errors import InputError
from medallion.lake import ownership, tables
from medallion.lake.bucket import Bucket
from medallion.lake.quarantine import replace_overflows, replace_quarantine
from medallion.lake.reading import read_objects
from medallion.layers import days, gold, overflows
from medallion.layers.line_counts import LineCounts
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import EVENT_KEY

T = TypeVar("T")


class GoldChange(NamedTuple):
    """How many gold rows of a group were written, and how many values of those that were evaluated do not fit."""

    written: int
    overflows: int


NO_CHANGE = GoldChange(0, 0)


class LakeRun:
    """Base of the runs; it changes nothing by itself."""

    def __init__(self, spark: SparkSession, spec: Spec, bucket: Bucket, database: str) -> None:
        self._spark, self._spec, self._bucket, self._database = spark, spec, bucket, database
        self._silver = tables.LakeTable(spark, database, tables.silver_table(spec))
        self._gold = {
            g.name: tables.LakeTable(spark, database, tables.gold_table(spec, g)) for g in spec.feature_groups
        }
        self._durations_ms: Dict[str, int] = {}

    def claim_lake(self) -> None:
        """Raise ``InputError`` if the lake is another platform's."""
        ownership.claim(self._bucket, self._spec, self._database)

    def create_tables(self) -> None:
        """Create the tables that do not exist, and add the columns that they lack."""
        with self._timed("tables"):
            for table in (self._silver, *self._gold.values()):
                table.create(self._bucket.name)

    def bronze_lines(self, objects: Sequence[str], sizes: Mapping[str, int]) -> DataFrame:
        """Return one row for each line of bronze objects, and one that ends each object; ``sizes`` are their bytes."""
        schema = lines_schema(self._spec.events)
        read, known = line_batches(self._spec.events), {key: sizes.get(key, 0) for key in objects}
        return read_objects(self._spark, self._bucket.name, known, read, schema)

    def write_quarantine(self, objects: Sequence[str], refused: Optional[DataFrame], counts: LineCounts) -> None:
        """Let what these objects have in the quarantine be the refused lines, and nothing else."""
        counts.check_quarantine(replace_quarantine(self._bucket, self._spec, objects, refused))

    def rewrite_gold(
        self, group: FeatureGroup, events: DataFrame, touched: DataFrame, overflow_keys: str
    ) -> GoldChange:
        """Recompute the touched gold rows from silver events, in one commit, and keep what overflows in them.

        ``overflow_keys`` is how the keys of these overflows begin.
        """
        span = gold.touched_range(touched)
        if span is None:
            return NO_CHANGE
        first_us, last_us = span
        table = self._gold[group.name]
        history = self._between(events, first_us - group.reach_us, last_us)
        count = self._spark.sparkContext.accumulator(0)
        expected = gold.gold_features(history, touched, group, self._spec, count.add)
        standing = self._between(table.read(), first_us, last_us)
        changes = gold.gold_changes(expected, standing, touched, group).persist()
        written, first_dt, last_dt = changes.agg(sf.count("*"), sf.min("_match_dt"), sf.max("_match_dt")).collect()[0]
        # all rows have been evaluated now, and counted on the way; only overflows are worth another evaluation
        overflowed = overflows.gold_overflows(expected, history, group) if count.value else None
        found = replace_overflows(self._bucket, overflow_keys, overflowed)
        if written:
            table.merge(changes, EVENT_KEY, (first_dt, last_dt))
        changes.unpersist()
        return GoldChange(int(written), found)

    def _check_on_grid(self, where: str, us: int) -> None:
        """Raise ``InputError`` unless an instant is the end of a slot."""
        if us % self._spec.slot.length_us:
            multiple = f"a multiple of {self._spec.slot.length_us // instants.MINUTE_US} minutes"
            raise InputError.at(where, instants.iso_millis(us), multiple, "round it")

    def _horizon(self, arrival_us: int) -> date:
        """Return the first day on which an event can stand that a line arriving at this time repeats."""
        return instants.day_of(arrival_us - self._spec.events.allowed_lateness_us)

    def _between(self, events: DataFrame, first_us: int, last_us: int) -> DataFrame:
        first, last = (days.literal(instants.day_of(us)) for us in (first_us, last_us))
        return events.where(sf.col("dt").between(first, last))

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._add_duration(step, _elapsed_ms(start))

    def _add_duration(self, step: str, ms: int) -> None:
        self._durations_ms[step] = self._durations_ms.get(step, 0) + ms


def clocked(work: Callable[..., T], *arguments: Any) -> Tuple[T, int]:
    """Do something, and return what it returns with the milliseconds that it took."""
    start = time.monotonic()
    return work(*arguments), _elapsed_ms(start)


def _elapsed_ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
