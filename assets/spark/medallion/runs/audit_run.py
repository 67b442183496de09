"""One audit: the records that the online store has to have are written down, for the auditor to compare."""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Optional, Tuple

from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from medallion import instants, object_keys
from medallion.errors import InputError
from medallion.lake import control, parts, renewals
from medallion.lake.bucket import Bucket
from medallion.lake.control import SlotInput
from medallion.layers.audit import Served, expected_records
from medallion.layers.datasets import Period
from medallion.runs.lake_run import LakeRun
from medallion.spec.declaration import FeatureGroup, Spec


class AuditRun(LakeRun):
    """Writes what the newest published slot serves; slots may run and be published meanwhile."""

    def __init__(
        self, spark: SparkSession, spec: Spec, bucket: Bucket, database: str, day: date, sample: float
    ) -> None:
        super().__init__(spark, spec, bucket, database)
        if not 0 < sample <= 1:
            raise InputError.at("--audit-sample", sample, "a share above 0, up to 1", "correct it")
        self._day, self._sample = day, sample

    def run(self) -> List[Dict[str, Any]]:
        """Write the expected records of every group, and last the list of their parts, which is returned."""
        self.create_tables()
        slot, snapshot_id = self.served()
        manifest = [
            entry for group in self._spec.feature_groups for entry in self.write_expected(group, slot, snapshot_id)
        ]
        kept = {entry["key"] for entry in manifest}
        for group in self._spec.feature_groups:
            self._bucket.delete(set(self._bucket.keys(f"{group.layout.publish}audit/")) - kept)
        self._bucket.write(control.audit_key(self._spec.layout, str(self._day)), manifest)
        return manifest

    def served(self) -> Tuple[Optional[SlotInput], Optional[int]]:
        """Return what the newest published slot did not know, and a snapshot of silver that has all it did.

        The snapshot is younger than the mark of the slot, and older than the list of what is new.
        """
        midnight_us = Period.ending_at(self._day, 1).end_us
        while True:
            published_us = control.newest_published(self._bucket, self._spec.layout, midnight_us)
            snapshot_id = self._silver.snapshot_id()
            if published_us is None or snapshot_id is None:
                return None, None
            slot = control.served_input(self._bucket, self._spec.layout, published_us)
            if slot.published_us == published_us:
                return slot, snapshot_id

    def write_expected(
        self, group: FeatureGroup, slot: Optional[SlotInput], snapshot_id: Optional[int]
    ) -> List[Dict[str, Any]]:
        """Write the records that have to exist, and those that need not; return an entry for each part.

        There are none for a group that the next slot publishes as a whole.
        """
        served_us = None if slot is None else slot.served_us(group)
        if slot is None or served_us is None:
            return []
        served = Served(served_us, slot.new_objects)
        # what is published next, and what is kept back on purpose
        spared = renewals.renewed_entities(self._spark, (*slot.renewals, *slot.held), group, self._bucket, self._spec)
        silver = self._silver.read(snapshot_id)
        events = silver.where(sf.col("dt") >= instants.day_of(served.first_event_us(group)))
        records = expected_records(events, served, group, self._spec, self._sample, spared).persist()
        manifest = []
        for must_exist, name in ((True, "existing"), (False, "silent")):
            prefix = f"{group.layout.publish}audit/slot={object_keys.slot_key(served_us)}/{name}/"
            wanted = records.where(sf.col("must_exist") == must_exist)
            written = parts.write_jsonl_parts(wanted, "record_identifier", self._bucket.name, prefix)
            manifest += [self._entry(group, served_us, part, must_exist) for part in written]
        records.unpersist()
        return manifest

    def _entry(self, group: FeatureGroup, served_us: int, part: parts.Part, must_exist: bool) -> Dict[str, Any]:
        return {
            "featureGroup": group.name,
            "key": part.key,
            "records": part.rows,
            "slotEnd": instants.iso_millis(served_us),
            "mustExist": must_exist,
            "renewals": renewals.renewals_folder(self._spec.layout, group),
        }
