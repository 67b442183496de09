"""One run of one day: training, validation and inference sets with their manifests, then upkeep of the tables."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Dict, List, Optional

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from medallion import instants
from medallion.lake import parts, tables
from medallion.lake.bucket import Bucket
from medallion.lake.quarantine import overflow_start, replace_overflows
from medallion.layers import datasets, overflows
from medallion.layers.datasets import TRAIN, VALIDATION, Period, Split
from medallion.runs.day_labels import DayLabels
from medallion.runs.lake_run import LakeRun
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import OVERFLOWED

SNAPSHOT_AGE_US = 7 * instants.DAY_US
"""How long a replaced state of a table can still be read."""


class DatasetRun(LakeRun):
    """Builds the datasets of a day; building them again gives the same rows, from the same snapshots if they remain.

    What is scored never waits for labels: whatever is wrong with them, the inference sets of all groups are complete.
    """

    def __init__(self, spark: SparkSession, spec: Spec, bucket: Bucket, database: str, day: date) -> None:
        super().__init__(spark, spec, bucket, database)
        self._day = day
        self._period = Period.ending_at(day, spec.datasets.period_days)

    def run(self) -> Dict[str, Any]:
        """Build every dataset, write the day's report, and return it."""
        self.claim_lake()
        self.create_tables()
        inference = [self.build_inference(group) for group in self._spec.feature_groups]
        known = self._day_labels()
        groups, used = [], 0
        for group, scored in zip(self._spec.feature_groups, inference):
            training = self.build_training(group, known)
            used += 0 if known is None else training["labels"]["used"]
            groups.append(
                {
                    "name": group.name,
                    "training": {**training["rows"], "rows": sum(training["rows"].values())},
                    "inference": scored["rows"],
                    "overflows": scored["overflows"],
                }
            )
        if known is not None:
            known.known.unpersist()
        report = {
            "day": str(self._day),
            "specHash": self._spec.spec_hash,
            "training": {name: sum(g["training"][name] for g in groups) for name in ("rows", TRAIN, VALIDATION)},
            "inference": {"rows": sum(g["inference"]["rows"] for g in groups)},
            **({} if known is None else {"labels": known.report(used)}),
            "overflows": sum(g["overflows"] for g in groups),
            "groups": groups,
        }
        self._bucket.write(f"{self._spec.layout.dataset_runs}{self._day}.json", report)
        return report

    def maintain(self, now_us: int) -> None:
        """Compact the days up to this one, and expire snapshots that are older than a week at ``now_us``."""
        tomorrow = instants.day_of(self._period.end_us)
        before = instants.iso_millis(now_us - SNAPSHOT_AGE_US)
        for table in (self._silver, *self._gold.values()):
            if table.snapshot_id() is not None:
                table.maintain(before, tomorrow)

    def build_training(self, group: FeatureGroup, known: Optional[DayLabels]) -> Dict[str, Any]:
        """Write the training and validation sets of the day, and return their manifest.

        Where labels are declared, rows without one are left out, even if none is left.
        """
        prefix = f"{group.layout.training}dt={self._day}/"
        table = self._gold[group.name]
        snapshot = self._snapshot(prefix, "gold", table)
        labelled = self._labelled(datasets.period_rows(table.read(snapshot), self._period), known).persist()
        use = None if known is None else datasets.label_use(labelled, known.counts.usable)
        rows = labelled if known is None else datasets.used_rows(labelled)
        first_us, last_us = rows.agg(
            sf.min(sf.unix_micros("event_time")), sf.max(sf.unix_micros("event_time"))
        ).collect()[0]
        split = self._split(group, first_us, last_us)
        manifest = {
            **self._head(group, {"gold": snapshot}),
            "period": {"first": str(self._period.first), "last": str(self._period.last)},
            "labels": None if known is None or use is None else known.manifest(use),
            "split": {
                "boundary": None if split is None else instants.iso_millis(split.boundary_us),
                "validationShare": self._spec.datasets.validation_share,
                "embargoUs": self._embargo_us(group),
            },
            "rows": {TRAIN: 0, VALIDATION: 0},
            "classBalance": {TRAIN: {}, VALIDATION: {}},
            "files": [],
        }
        if split is not None:
            divided = datasets.split_rows(rows, split)
            files = [part for name in (TRAIN, VALIDATION) for part in self._write_days(divided, name, prefix)]
            self._describe(manifest, divided, files, known is not None)
        labelled.unpersist()
        return self._commit(prefix, manifest)

    def build_inference(self, group: FeatureGroup) -> Dict[str, Any]:
        """Write one row for each active entity as of the end of the day, and return the manifest."""
        prefix = f"{group.layout.inference}dt={self._day}/"
        snapshot = self._snapshot(prefix, "silver", self._silver)
        end_us = self._period.end_us
        events = self._between(self._silver.read(snapshot), end_us - group.reach_us, end_us)
        count = self._spark.sparkContext.accumulator(0)
        rows = datasets.inference_rows(events, end_us, group, self._spec, count.add)
        in_order = parts.ascending(group.entity)
        files = parts.write_parquet_parts(rows.drop(OVERFLOWED), in_order, self._bucket.name, prefix)
        overflowed = overflows.inference_overflows(rows, group) if count.value else None
        overflow_keys = overflow_start(self._spec, end_us, "inference", group.name)
        manifest = {
            **self._head(group, {"silver": snapshot}),
            "asOf": instants.iso_millis(end_us),
            "rows": {"rows": sum(part.rows for part in files)},
            "overflows": replace_overflows(self._bucket, overflow_keys, overflowed),
            "files": [asdict(part) for part in files],
        }
        return self._commit(prefix, manifest)

    def _head(self, group: FeatureGroup, snapshots: Dict[str, Optional[int]]) -> Dict[str, Any]:
        return {
            "day": str(self._day),
            "featureGroup": group.name,
            "specHash": self._spec.spec_hash,
            "snapshots": snapshots,
        }

    def _snapshot(self, prefix: str, name: str, table: tables.LakeTable) -> Optional[int]:
        """Return the snapshot that an earlier build of the same spec read, if it remains, else the current one."""
        earlier = self._bucket.read(f"{prefix}_manifest.json") or {}
        snapshot = earlier.get("snapshots", {}).get(name)
        if snapshot is not None and earlier["specHash"] == self._spec.spec_hash and table.has_snapshot(snapshot):
            return int(snapshot)
        return table.snapshot_id()

    def _day_labels(self) -> Optional[DayLabels]:
        declared = self._spec.datasets.labels
        return None if declared is None else DayLabels.read(self._spark, self._bucket, declared, self._period)

    def _labelled(self, rows: DataFrame, known: Optional[DayLabels]) -> DataFrame:
        return rows if known is None else datasets.labelled_rows(rows, known.known, self._spec.events.allowed_skew_us)

    def _embargo_us(self, group: FeatureGroup) -> int:
        return group.reach_us if self._spec.datasets.embargo else 0

    def _split(self, group: FeatureGroup, first_us: Optional[int], last_us: Optional[int]) -> Optional[Split]:
        if first_us is None or last_us is None:
            return None
        return Split.of_span(first_us, last_us, self._spec.datasets.validation_share, self._embargo_us(group))

    def _write_days(self, divided: DataFrame, name: str, prefix: str) -> List[parts.Part]:
        rows = divided.where(sf.col("_part") == name).drop("_part")
        start = f"{prefix}{name}/"
        order = ["event_time", "event_id"]
        return parts.write_parquet_groups(rows, "dt", order, self._bucket.name, lambda day: f"{start}{day}-")

    def _describe(self, manifest: Dict[str, Any], divided: DataFrame, files: List[parts.Part], labelled: bool) -> None:
        """Put counts, class balance and files into a manifest."""
        manifest["files"] = [asdict(part) for part in files]
        for part in files:
            manifest["rows"][part.key.split("/")[-2]] += part.rows
        if labelled:
            for row in (
                divided.groupBy("_part", sf.col("label").cast("string").alias("label"))
                .count()
                .orderBy("label")
                .collect()
            ):
                manifest["classBalance"][row["_part"]][row["label"]] = row["count"]

    def _commit(self, prefix: str, manifest: Dict[str, Any]) -> Dict[str, Any]:
        """Delete what an earlier build left over, and write the manifest, which makes the dataset complete."""
        kept = {f"{prefix}_manifest.json", *(part["key"] for part in manifest["files"])}
        self._bucket.delete(set(self._bucket.keys(prefix)) - kept)
        self._bucket.write(f"{prefix}_manifest.json", manifest)
        return manifest
