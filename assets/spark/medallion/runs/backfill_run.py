"""One chunk of a backfill: silver and gold as they were, had its lines been read by the current spec from the start.

Gold is written before silver. Until silver is written, what it has to change can be found again from bronze; after
that, nothing is left to do. So a run that was stopped anywhere is finished by running it again, whatever ran between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Tuple

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from medallion import instants, object_keys
from medallion.errors import InputError
from medallion.lake import control, renewals
from medallion.lake.bucket import Bucket
from medallion.lake.quarantine import overflow_start
from medallion.layers import days, gold, line_counts, online, silver
from medallion.layers.differences import merge_rows
from medallion.layers.line_counts import ConservationError, LineCounts
from medallion.runs.lake_run import GoldChange, LakeRun
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import quoted


@dataclass(frozen=True)
class Chunk:
    """A part of the range of one backfill: arrival and event times from ``from_us`` to before ``to_us``."""

    backfill: str
    from_us: int
    to_us: int

    def __post_init__(self) -> None:
        if self.from_us >= self.to_us:
            raise InputError.at("--to", instants.iso_millis(self.to_us), "an instant after --from", "correct it")


@dataclass(frozen=True)
class Settled:
    """What the lines of a chunk make of silver: the rows accepted, and the differences to what stands.

    ``without_object`` counts rows that arrived in the chunk from objects that bronze does not have any more. They
    cannot be judged again, and stay.
    """

    objects: Tuple[str, ...]
    counts: LineCounts
    accepted: DataFrame
    differences: DataFrame
    inserted: int
    replaced: int
    deleted: int
    without_object: int

    @property
    def is_changed(self) -> bool:
        """Whether silver has anything to change."""
        return bool(self.inserted or self.replaced or self.deleted)


class BackfillRun(LakeRun):
    """Runs one chunk; may be stopped at any point and run again any number of times, with the same end state."""

    def __init__(
        self, spark: SparkSession, spec: Spec, bucket: Bucket, database: str, chunk: Chunk, publish: bool = False
    ) -> None:
        super().__init__(spark, spec, bucket, database)
        self._check_on_grid("--from", chunk.from_us)
        self._check_on_grid("--to", chunk.to_us)
        self._chunk, self._publish = chunk, publish
        self._report_key = control.backfill_key(spec.layout, chunk.backfill, chunk.from_us, chunk.to_us)

    def run(self) -> Dict[str, Any]:
        """Run every step and return the report; a chunk that this spec has done is not done again."""
        self.claim_lake()
        done = self._bucket.read(self._report_key)
        if done is not None and done["specHash"] == self._spec.spec_hash and (done["publish"] or not self._publish):
            report: Dict[str, Any] = done
            return report
        with self._timed("total"):
            arrived = control.arrived_between(self._bucket, self._spec.layout, self._chunk.from_us, self._chunk.to_us)
            self.create_tables()
            settled = self.settle(arrived.objects, arrived.sizes)
            written = {group.name: self.merge_gold(group, settled) for group in self._spec.feature_groups}
            self.hold_renewals(settled)
            self.merge_silver(settled)
            self.check_tables(settled)
            requests = self.request_republish()
        return self.write_report(settled, arrived.strays, written, requests)

    def settle(self, objects: Tuple[str, ...], sizes: Mapping[str, int]) -> Settled:
        """Read the objects, quarantine what is refused, and find what has to change in silver."""
        with self._timed("bronze"):
            lines = self.bronze_lines(objects, sizes).persist()
            totals = line_counts.object_totals(lines)
            line_counts.check_objects(objects, totals)
        with self._timed("silver"):
            standing = self._silver.read()
            first_own_day, without_object = self._rows_of_chunk(standing, objects)
            horizon = self._horizon(self._chunk.from_us)
            others = standing.where(sf.col("dt") >= days.literal(horizon)).where(~_is_from(objects))
            decided = silver.decided_lines(lines, others, self._spec).persist()
            counts = line_counts.line_counts(totals, line_counts.outcome_counts(decided))
            counts.check()
            refused = silver.quarantined_lines(lines, decided) if counts.quarantined else None
            self.write_quarantine(objects, refused, counts)
            accepted = silver.accepted_rows(decided)
            recent = standing.where(sf.col("dt") >= days.literal(min(horizon, first_own_day or horizon)))
            to_settle = silver.rows_to_settle(recent, lines, objects)
            differences = _held(silver.silver_differences(to_settle, accepted, objects, horizon))
            changed = _changed_events(differences)
        return Settled(objects, counts, accepted, differences, *changed, without_object)

    def merge_gold(self, group: FeatureGroup, settled: Settled) -> GoldChange:
        """Make the group's rows what they should be after silver is merged."""
        with self._timed("gold"):
            events = self._silver.read()
            if settled.is_changed:
                events = silver.settled_rows(events, settled.differences)
            span = self._chunk.from_us, self._chunk.to_us - 1
            in_span = self._between(events, *span), settled.accepted, settled.differences
            standing = self._between(self._gold[group.name].read(), *span)
            touched = _held(gold.entities_to_settle(in_span, standing, span, group))
            of_chunk = ("backfill", group.name, self._chunk.backfill, object_keys.slot_key(self._chunk.from_us))
            return self.rewrite_gold(group, events, touched, overflow_start(self._spec, self._chunk.to_us, *of_chunk))

    def hold_renewals(self, settled: Settled) -> List[str]:
        """Write down whose events are about to change; until it is asked for, what is served of them stays."""
        held: List[str] = []
        if settled.is_changed:
            for group in self._spec.feature_groups:
                entities = online.differing_entities(settled.differences, group)
                held += renewals.hold_renewals(entities, group, self._bucket, self._spec.layout)
        return held

    def merge_silver(self, settled: Settled) -> None:
        """Make silver what it should be, in one commit."""
        if settled.is_changed:
            with self._timed("silver"):
                changes = merge_rows(settled.differences)
                first_dt, last_dt = changes.agg(sf.min("_match_dt"), sf.max("_match_dt")).collect()[0]
                self._silver.merge(changes, ["event_id"], (first_dt, last_dt))

    def check_tables(self, settled: Settled) -> None:
        """Raise ``ConservationError`` unless every accepted line is a silver row, and every event a gold row."""
        with self._timed("check"):
            rows = self._silver.read().where(_is_from(settled.objects)).count()
            if rows != settled.counts.accepted:
                where, expected = "silver rows of the chunk", f"{settled.counts.accepted} as accepted"
                raise ConservationError.at(where, rows, expected, "run the chunk again")
            events = self._rows_in_span(self._silver.read())
            for group in self._spec.feature_groups:
                found = self._rows_in_span(self._gold[group.name].read())
                if found != events:
                    where, expected = f"gold rows of {group.name} in the chunk", f"{events} as in silver"
                    raise ConservationError.at(where, found, expected, "run the chunk again")

    def request_republish(self) -> List[str]:
        """Let the next slot publish every entity, if that was asked for; return the keys of the request.

        That includes the entities of all that backfills changed: nothing else names one that has no event left.
        """
        if not self._publish:
            return []
        renewals.release_renewals(self._bucket, self._spec.layout)
        chunk = {"backfill": self._chunk.backfill, **self._range()}
        return control.request_republish(self._bucket, self._spec.layout, chunk)

    def write_report(
        self, settled: Settled, strays: Tuple[str, ...], written: Dict[str, GoldChange], requests: List[str]
    ) -> Dict[str, Any]:
        """Write the report, which completes the chunk."""
        document = {
            "backfill": self._chunk.backfill,
            **self._range(),
            "specHash": self._spec.spec_hash,
            "objects": len(settled.objects),
            "strayObjects": len(strays),
            **settled.counts.document(),
            "silver": {
                "inserted": settled.inserted,
                "replaced": settled.replaced,
                "deleted": settled.deleted,
                "withoutObject": settled.without_object,
                "snapshotId": self._silver.snapshot_id(),
            },
            "groups": [
                {
                    "name": group.name,
                    "definition": group.definition,
                    "goldWritten": written[group.name].written,
                    "overflows": written[group.name].overflows,
                    "snapshotId": self._gold[group.name].snapshot_id(),
                }
                for group in self._spec.feature_groups
            ],
            "publish": self._publish,
            "republish": requests,
            "durationsMs": self._durations_ms,
        }
        self._bucket.write(self._report_key, document)
        return document

    def _range(self) -> Dict[str, str]:
        return {"from": instants.iso_millis(self._chunk.from_us), "to": instants.iso_millis(self._chunk.to_us)}

    def _rows_of_chunk(self, standing: DataFrame, objects: Tuple[str, ...]) -> Tuple[Optional[date], int]:
        """Return the first day with a row of these objects, and how many rows came from objects that are gone."""
        ends = (
            object_keys.arrival_prefix(self._spec.layout.bronze, us) for us in (self._chunk.from_us, self._chunk.to_us)
        )
        is_own = _is_from(objects)
        arrived = standing.where(sf.col("source_object").between(*ends))
        row = arrived.agg(sf.min(sf.when(is_own, sf.col("dt"))), sf.count(sf.when(~is_own, 1))).collect()[0]
        return row[0], int(row[1])

    def _rows_in_span(self, rows: DataFrame) -> int:
        span = self._chunk.from_us, self._chunk.to_us - 1
        return self._between(rows, *span).where(sf.unix_micros("event_time").between(*span)).count()


def _held(rows: DataFrame) -> DataFrame:
    """Return rows without the plan that made them, which Spark would write out in full wherever they are used.

    Rows that are lost with an executor cannot be made again; the run fails, and is repeated.
    """
    held = rows.localCheckpoint()
    # new columns: without adaptive execution, Spark takes those of the checkpoint for those of its source
    return held.select(*[sf.col(quoted(name)).alias(name) for name in held.columns])


def _is_from(objects: Tuple[str, ...]) -> Column:
    return sf.col("source_object").isin(list(objects))


def _changed_events(differences: DataFrame) -> Tuple[int, int, int]:
    """Return how many events are inserted, replaced and deleted."""
    by_event = differences.groupBy("event_id").agg(*(sf.count(side).alias(side) for side in ("_standing", "_expected")))
    inserted, deleted = sf.col("_standing") == 0, sf.col("_expected") == 0
    kinds = (inserted, ~inserted & ~deleted, deleted)
    found = by_event.agg(*(sf.count(sf.when(kind, 1)) for kind in kinds)).collect()[0]
    return int(found[0]), int(found[1]), int(found[2])
