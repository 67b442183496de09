"""One run of one slot: bronze to silver to gold to the publish set, and last the report that commits the slot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as sf

from medallion import instants, object_keys
from medallion.lake import control, parts, renewals
from medallion.lake.bucket import Bucket
from medallion.lake.control import SlotInput
from medallion.lake.quarantine import overflow_start, replace_overflows
from medallion.layers import days, gold, line_counts, online, overflows, silver
from medallion.layers.line_counts import LineCounts
from medallion.runs.lake_run import NO_CHANGE, GoldChange, LakeRun, clocked
from medallion.runs.slot_report import GroupResult, SilverResult, SlotReport
from medallion.spec.declaration import FeatureGroup, Spec

NOTHING_READ = SilverResult(LineCounts(0, 0, 0, {}, 0))


class PublishSet(NamedTuple):
    """The parts of a group's records, and how many values these lack because they do not fit."""

    parts: Tuple[parts.Part, ...]
    overflows: int


NOTHING_TO_PUBLISH = PublishSet((), 0)


class SlotRun(LakeRun):
    """Runs a slot; may be stopped at any point and run again any number of times, with the same end state."""

    def __init__(self, spark: SparkSession, spec: Spec, bucket: Bucket, database: str, slot_end_us: int) -> None:
        super().__init__(spark, spec, bucket, database)
        self._check_on_grid("slot end", slot_end_us)
        self._slot_end_us = slot_end_us
        self._slot = f"slot={object_keys.slot_key(slot_end_us)}"

    def run(self) -> Dict[str, Any]:
        """Run every step and return the report, as written."""
        with self._timed("total"):
            self.claim_lake()
            slot = control.slot_input(self._bucket, self._spec.layout, self._slot_end_us)
            self._bucket.delete(slot.closed)
            self.create_tables()
            merged = self.merge_silver(slot)
            groups = self.derive_groups(slot, merged)
            manifest_key = self.write_manifest(groups)
            silver_snapshot = self._silver.snapshot_id()
        report = SlotReport(
            slot_end_us=self._slot_end_us,
            spec_hash=self._spec.spec_hash,
            objects=slot.objects,
            stray_objects=slot.stray_objects,
            silver=merged,
            silver_snapshot_id=silver_snapshot,
            groups=groups,
            is_active=slot.is_active(self._slot_end_us),
            since_us=slot.published_us,
            manifest_key=manifest_key,
            renewals=self._read_renewals(slot, merged),
            durations_ms=self._durations_ms,
        )
        return self.write_report(report)

    def merge_silver(self, slot: SlotInput) -> SilverResult:
        """Read the slot's objects, quarantine what is refused and merge what is new."""
        objects = slot.objects
        if not objects:
            return NOTHING_READ
        with self._timed("bronze"):
            lines = self.bronze_lines(objects, slot.sizes).persist()
            totals = line_counts.object_totals(lines)
            line_counts.check_objects(objects, totals)
        with self._timed("silver"):
            horizon = self._horizon(_first_arrival(objects))
            standing = self._silver.read().where(sf.col("dt") >= days.literal(horizon))
            decided = silver.decided_lines(lines, standing, self._spec).persist()
            has_events = any(row.lines > sum(row.refused.values()) for row in totals)
            outcomes = line_counts.outcome_counts(decided) if has_events else []
            merged = _silver_result(line_counts.line_counts(totals, outcomes), outcomes)
            merged.counts.check()
            refused = silver.quarantined_lines(lines, decided) if merged.counts.quarantined else None
            self.write_quarantine(objects, refused, merged.counts)
            if merged.replaced:
                merged = replace(merged, renewals=self.write_renewals(silver.displacements(decided)))
            if merged.inserted or merged.replaced:
                changed_days = [row for row in outcomes if row.change is not None]
                span = min(row.first_dt for row in changed_days), max(row.last_dt for row in changed_days)
                self._silver.merge(silver.silver_changes(decided), ["event_id"], span)
            decided.unpersist()
            lines.unpersist()
        return merged

    def write_renewals(self, displacements: DataFrame) -> Tuple[str, ...]:
        """Write down whose events are about to be displaced: once silver is merged, nothing else knows."""
        written: List[str] = []
        for group in self._spec.feature_groups:
            entities = online.differing_entities(displacements, group)
            written += renewals.write_renewals(entities, group, self._bucket, self._spec.layout)
        return tuple(written)

    def merge_gold(self, group: FeatureGroup, objects: Tuple[str, ...], merged: SilverResult) -> GoldChange:
        """Recompute the gold rows that the accepted events can affect."""
        if merged.first_event_us is None or merged.last_event_us is None:
            return NO_CHANGE
        accepted = self._between(self._silver.read(), merged.first_event_us, merged.last_event_us)
        accepted = accepted.where(sf.col("source_object").isin(list(objects)))
        horizon = days.literal(self._horizon(_first_arrival(objects)))
        recent_gold = self._gold[group.name].read().where(sf.col("dt") >= horizon)
        touched = gold.touched_entities(accepted, recent_gold, group).persist()
        written = self.rewrite_gold(group, self._silver.read(), touched, self._overflow_keys("gold", group))
        touched.unpersist()
        return written

    def write_publish_set(self, group: FeatureGroup, slot: SlotInput, merged: SilverResult) -> PublishSet:
        """Write the records that differ from what is served; nothing, if this slot or a later one is published."""
        if not slot.is_active(self._slot_end_us):
            return NOTHING_TO_PUBLISH
        served_us = slot.served_us(group)
        new_objects = () if served_us is None else slot.new_objects
        publication = online.Publication(self._slot_end_us, served_us, new_objects)
        events = self._silver.read()
        earliest_us = online.earliest_event_us(publication, group, self._spec)
        if earliest_us is not None:
            events = events.where(sf.col("dt") >= days.literal(instants.day_of(earliest_us)))
        keys = (*slot.renewals_of(group), *merged.renewals, *slot.unfinished)
        renewed = renewals.renewed_entities(self._spark, keys, group, self._bucket, self._spec)
        count = self._spark.sparkContext.accumulator(0)
        records = online.online_records(events, publication, group, self._spec, renewed, count.add)
        prefix = f"{group.layout.publish}{self._slot}/"
        written = parts.write_jsonl_parts(records, "record_identifier", self._bucket.name, prefix)
        self._bucket.delete(set(self._bucket.keys(prefix)).difference(part.key for part in written))
        slot_end = instants.iso_millis(self._slot_end_us)
        overflowed = overflows.record_overflows(records, group, slot_end) if count.value else None
        found = replace_overflows(self._bucket, self._overflow_keys("online", group), overflowed)
        return PublishSet(tuple(written), found)

    def _overflow_keys(self, artefact: str, group: FeatureGroup) -> str:
        return overflow_start(self._spec, self._slot_end_us, artefact, group.name)

    def write_manifest(self, groups: List[GroupResult]) -> str:
        """Write the list of parts that the publisher works through, and return its key."""
        key = control.manifest_key(self._spec.layout, self._slot_end_us)
        self._bucket.write(key, [entry for group in groups for entry in group.manifest()])
        return key

    def write_report(self, report: SlotReport) -> Dict[str, Any]:
        """Write the result that the state machine reads, and last the report, which commits the slot."""
        document = report.document()
        self._bucket.write(control.result_key(self._spec.layout, self._slot_end_us), report.result())
        self._bucket.write(control.report_key(self._spec.layout, self._slot_end_us), document)
        return document

    def derive_groups(self, slot: SlotInput, merged: SilverResult) -> List[GroupResult]:
        """Bring every group's gold rows and publish set up to date; both follow from silver alone, so side by side."""
        groups, results = self._spec.feature_groups, []
        with ThreadPoolExecutor(2 * len(groups)) as pool:
            gold_rows = [pool.submit(clocked, self.merge_gold, group, slot.objects, merged) for group in groups]
            publish_sets = [pool.submit(clocked, self.write_publish_set, group, slot, merged) for group in groups]
            for group, rows, records in zip(groups, gold_rows, publish_sets):
                (change, gold_ms), (published, publish_ms) = rows.result(), records.result()
                self._add_duration("gold", gold_ms)
                self._add_duration("publish", publish_ms)
                snapshot_id = self._gold[group.name].snapshot_id()
                definition, found = self._definition(group, slot), change.overflows + published.overflows
                results.append(GroupResult(group.name, definition, change.written, found, snapshot_id, published.parts))
        return results

    def _read_renewals(self, slot: SlotInput, merged: SilverResult) -> Tuple[str, ...]:
        """Return the renewals whose entities are published with the slot."""
        of_groups = (key for group in self._spec.feature_groups for key in slot.renewals_of(group))
        return tuple(sorted({*slot.renewals, *merged.renewals, *of_groups}))

    def _definition(self, group: FeatureGroup, slot: SlotInput) -> Optional[str]:
        """Return the definition of the records that the slot publishes, or has published when it ran before."""
        return group.definition if slot.is_active(self._slot_end_us) else slot.committed.get(group.name)


def _first_arrival(objects: Sequence[str]) -> int:
    return min(object_keys.arrival_of_key(key) for key in objects)


def _silver_result(counts: LineCounts, outcomes: List[Row]) -> SilverResult:
    standing = [row for row in outcomes if row.outcome == silver.ACCEPTED]
    return SilverResult(
        counts=counts,
        inserted=sum(row.lines for row in outcomes if row.change == silver.INSERTED),
        replaced=sum(row.lines for row in outcomes if row.change == silver.REPLACED),
        first_event_us=min((row.first_us for row in standing), default=None),
        last_event_us=max((row.last_us for row in standing), default=None),
    )
