"""One run of one slot: bronze to silver to gold to the publish set, and last the report that commits the slot."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any, Dict, Iterator, List, Optional, Tuple

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as sf

from medallion import control, gold, instants, online, parts, silver, tables
from medallion.control import Lake, SlotInput
from medallion.errors import InputError
from medallion.slot_report import GroupResult, LineCounts, SilverResult, SlotReport
from medallion.spec import FeatureGroup, Spec

NOTHING_READ = SilverResult(LineCounts(0, 0, 0, {}, 0))


class SlotRun:
    """Runs a slot; may be stopped at any point and run again any number of times, with the same end state."""

    def __init__(self, spark: SparkSession, spec: Spec, lake: Lake, database: str, slot_end_us: int) -> None:
        if slot_end_us % spec.slot.length_us:
            minutes = spec.slot.length_us // instants.MINUTE_US
            raise InputError.at(
                "slot end", instants.iso_millis(slot_end_us), f"a multiple of {minutes} minutes", "round it"
            )
        self._spark, self._spec, self._lake = spark, spec, lake
        self._slot_end_us = slot_end_us
        self._slot = f"slot={instants.slot_key(slot_end_us)}"
        self._silver = tables.LakeTable(spark, database, tables.silver_table(spec))
        self._gold = {
            g.name: tables.LakeTable(spark, database, tables.gold_table(spec, g)) for g in spec.feature_groups
        }
        self._durations_ms: Dict[str, int] = {}

    def run(self) -> Dict[str, Any]:
        """Run every step and return the report, as written."""
        with self._timed("total"):
            slot = control.slot_input(self._lake, self._spec.layout, self._slot_end_us)
            self._create_tables()
            merged = self.merge_silver(slot.objects)
            groups = self.derive_groups(slot, merged)
            manifest_key = self.write_manifest(groups)
            silver_snapshot = self._silver.snapshot_id()
        report = SlotReport(
            slot_end_us=self._slot_end_us,
            spec_hash=self._spec.spec_hash,
            objects=slot.objects,
            silver=merged,
            silver_snapshot_id=silver_snapshot,
            groups=groups,
            is_active=slot.is_active(self._slot_end_us),
            since_us=slot.published_us,
            manifest_key=manifest_key,
            durations_ms=self._durations_ms,
        )
        return self.write_report(report)

    def merge_silver(self, objects: Tuple[str, ...]) -> SilverResult:
        """Read the objects, quarantine what is refused and merge what is new."""
        if not objects:
            self.write_quarantine(None)
            return NOTHING_READ
        with self._timed("bronze"):
            lines = silver.bronze_lines(self._bronze_objects(objects), self._spec, self._lake.bucket).persist()
            by_reason = lines.groupBy("reason").agg(
                sf.count("*").alias("lines"), sf.sum("unknown_columns").alias("unknown")
            )
            read = by_reason.collect()
        with self._timed("silver"):
            horizon = self._horizon(objects)
            standing = self._silver.read().where(sf.col("dt") >= horizon)
            decided = silver.decided_lines(lines, standing, self._spec).persist()
            outcomes = _outcomes(decided) if any(row.reason is None for row in read) else []
            merged = _silver_result(read, outcomes)
            merged.counts.check()
            self.write_quarantine(silver.quarantined_lines(lines, decided) if merged.counts.quarantined else None)
            if merged.inserted or merged.replaced:
                changed_days = [row for row in outcomes if row.change is not None]
                days = min(row.first_dt for row in changed_days), max(row.last_dt for row in changed_days)
                self._silver.merge(silver.silver_changes(decided, self._spec), ["event_id"], days)
            decided.unpersist()
            lines.unpersist()
        return merged

    def write_quarantine(self, refused: Optional[DataFrame]) -> None:
        """Replace the slot's quarantine by the refused lines."""
        prefix = f"{self._spec.layout.quarantine}{self._slot}/"
        order = parts.ascending(silver.PROVENANCE)
        written = [] if refused is None else parts.write_parquet_parts(refused, order, self._lake.bucket, prefix)
        self._delete_others(prefix, [part.key for part in written])

    def merge_gold(self, group: FeatureGroup, objects: Tuple[str, ...], merged: SilverResult) -> int:
        """Recompute the gold rows that the accepted events can affect; return how many were written."""
        if merged.first_event_us is None or merged.last_event_us is None:
            return 0
        table = self._gold[group.name]
        accepted = self._between(self._silver.read(), merged.first_event_us, merged.last_event_us)
        accepted = accepted.where(sf.col("source_object").isin(list(objects)))
        recent_gold = table.read().where(sf.col("dt") >= self._horizon(objects))
        touched = gold.touched_entities(accepted, recent_gold, group).persist()
        first_us, last_us = gold.touched_range(touched)
        history = self._between(self._silver.read(), first_us - group.reach_us, last_us)
        expected = gold.gold_features(history, touched, group, self._spec)
        changes = gold.gold_changes(expected, self._between(table.read(), first_us, last_us), touched, group).persist()
        written, first_dt, last_dt = changes.agg(sf.count("*"), sf.min("match_dt"), sf.max("match_dt")).collect()[0]
        if written:
            table.merge(changes, gold.EVENT_KEY, (first_dt, last_dt))
        changes.unpersist()
        touched.unpersist()
        return int(written)

    def write_publish_set(self, group: FeatureGroup, slot: SlotInput) -> Tuple[parts.Part, ...]:
        """Write the records that differ from what is served; nothing, if this slot or a later one is published."""
        if not slot.is_active(self._slot_end_us):
            return ()
        new_objects = () if slot.published_us is None else slot.new_objects
        publication = online.Publication(self._slot_end_us, slot.published_us, new_objects)
        events = self._silver.read()
        earliest_us = online.earliest_event_us(publication, group, self._spec)
        if earliest_us is not None:
            events = events.where(sf.col("dt") >= instants.day_of(earliest_us))
        records = online.online_records(events, publication, group, self._spec)
        prefix = f"{group.layout.publish}{self._slot}/"
        written = parts.write_jsonl_parts(records, "record_identifier", self._lake.bucket, prefix)
        self._delete_others(prefix, [part.key for part in written])
        return tuple(written)

    def write_manifest(self, groups: List[GroupResult]) -> str:
        """Write the list of parts that the publisher works through, and return its key."""
        key = f"{self._spec.layout.manifests}{self._slot}.json"
        self._lake.write(key, [entry for group in groups for entry in group.manifest()])
        return key

    def write_report(self, report: SlotReport) -> Dict[str, Any]:
        """Write the result that the state machine reads, and last the report, which commits the slot."""
        document = report.document()
        self._lake.write(control.result_key(self._spec.layout, self._slot_end_us), report.result())
        self._lake.write(control.report_key(self._spec.layout, self._slot_end_us), document)
        return document

    def derive_groups(self, slot: SlotInput, merged: SilverResult) -> List[GroupResult]:
        """Bring every group's gold rows and publish set up to date; both follow from silver alone, so side by side."""
        groups = self._spec.feature_groups
        with ThreadPoolExecutor(2 * len(groups)) as pool:
            gold_rows = [pool.submit(self._timed_gold, group, slot, merged) for group in groups]
            publish_sets = [pool.submit(self._timed_publish_set, group, slot) for group in groups]
            return [
                GroupResult(group.name, *rows.result(), records.result())
                for group, rows, records in zip(groups, gold_rows, publish_sets)
            ]

    def _timed_gold(self, group: FeatureGroup, slot: SlotInput, merged: SilverResult) -> Tuple[int, Optional[int]]:
        with self._timed("gold"):
            return self.merge_gold(group, slot.objects, merged), self._gold[group.name].snapshot_id()

    def _timed_publish_set(self, group: FeatureGroup, slot: SlotInput) -> Tuple[parts.Part, ...]:
        with self._timed("publish"):
            return self.write_publish_set(group, slot)

    def _create_tables(self) -> None:
        with self._timed("tables"):
            for table in (self._silver, *self._gold.values()):
                table.create(self._lake.bucket)

    def _bronze_objects(self, objects: Tuple[str, ...]) -> DataFrame:
        paths = [self._lake.uri(key) for key in objects]
        return self._spark.read.format("binaryFile").load(paths).select("path", "content")

    def _horizon(self, objects: Tuple[str, ...]) -> date:
        """Return the first day on which an event that these objects repeat can stand."""
        first_us = min(instants.arrival_of_key(key) for key in objects)
        return instants.day_of(first_us - self._spec.events.allowed_lateness_us)

    def _between(self, events: DataFrame, first_us: int, last_us: int) -> DataFrame:
        return events.where(sf.col("dt").between(instants.day_of(first_us), instants.day_of(last_us)))

    def _delete_others(self, prefix: str, kept: List[str]) -> None:
        self._lake.delete(set(self._lake.keys(prefix)) - set(kept))

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._durations_ms[step] = self._durations_ms.get(step, 0) + round((time.monotonic() - start) * 1000)


def _outcomes(decided: DataFrame) -> List[Row]:
    return (
        decided.groupBy("outcome", "change")
        .agg(
            sf.count("*").alias("lines"),
            sf.min(sf.unix_micros("event.event_time")).alias("first_us"),
            sf.max(sf.unix_micros("event.event_time")).alias("last_us"),
            sf.min("match_dt").alias("first_dt"),
            sf.max("match_dt").alias("last_dt"),
        )
        .collect()
    )


def _silver_result(read: List[Row], outcomes: List[Row]) -> SilverResult:
    """Put together what the lines were when read, and what became of those that hold an event."""
    quarantined = {row.reason: row.lines for row in read if row.reason is not None}
    by_outcome: Dict[str, int] = {}
    for row in outcomes:
        by_outcome[row.outcome] = by_outcome.get(row.outcome, 0) + row.lines
    accepted, duplicates = by_outcome.pop(silver.ACCEPTED, 0), by_outcome.pop(silver.DUPLICATE, 0)
    counts = LineCounts(
        lines=sum(row.lines for row in read),
        accepted=accepted,
        duplicates=duplicates,
        quarantined={**quarantined, **by_outcome},
        unknown_columns=sum(row.unknown for row in read),
    )
    standing = [row for row in outcomes if row.outcome == silver.ACCEPTED]
    return SilverResult(
        counts=counts,
        inserted=sum(row.lines for row in outcomes if row.change == silver.INSERTED),
        replaced=sum(row.lines for row in outcomes if row.change == silver.REPLACED),
        first_event_us=min((row.first_us for row in standing), default=None),
        last_event_us=max((row.last_us for row in standing), default=None),
    )
