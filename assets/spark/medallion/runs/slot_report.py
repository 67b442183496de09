"""The report of a slot run: every count that the state machine reconciles, in one JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from medallion import instants
from medallion.lake.parts import Part
from medallion.layers.line_counts import LineCounts


@dataclass(frozen=True)
class SilverResult:
    """What a run changed in silver, and the time range of the accepted events, None where there are none.

    ``renewals`` name the entities whose events were displaced.
    """

    counts: LineCounts
    inserted: int = 0
    replaced: int = 0
    first_event_us: Optional[int] = None
    last_event_us: Optional[int] = None
    renewals: Tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupResult:
    """What a run changed for one feature group; ``definition`` is that of the records in its publish set.

    ``overflows`` are the values that its gold rows and records lack because they do not fit.
    """

    name: str
    definition: Optional[str]
    gold_written: int
    overflows: int
    snapshot_id: Optional[int]
    parts: Tuple[Part, ...] = ()

    @property
    def records(self) -> int:
        """How many records the publish set of the group has."""
        return sum(part.rows for part in self.parts)

    def manifest(self) -> List[Dict[str, Any]]:
        """Return one entry for each part of the publish set."""
        return [{"featureGroup": self.name, "key": part.key, "records": part.rows} for part in self.parts]

    def document(self) -> Dict[str, Any]:
        """Return the group as it stands in the report."""
        return {
            "name": self.name,
            "definition": self.definition,
            "goldWritten": self.gold_written,
            "overflows": self.overflows,
            "snapshotId": self.snapshot_id,
            "publishRecords": self.records,
            "publishParts": len(self.parts),
        }


@dataclass(frozen=True)
class SlotReport:
    """Everything that one run of a slot has to say."""

    slot_end_us: int
    spec_hash: str
    objects: Tuple[str, ...]
    stray_objects: Tuple[str, ...]
    silver: SilverResult
    silver_snapshot_id: Optional[int]
    groups: List[GroupResult]
    is_active: bool
    since_us: Optional[int]
    manifest_key: str
    renewals: Tuple[str, ...]
    durations_ms: Mapping[str, int]

    def document(self) -> Dict[str, Any]:
        """Return the report as it is written."""
        silver = self.silver
        return {
            "slotEnd": instants.iso_millis(self.slot_end_us),
            "specHash": self.spec_hash,
            "objects": list(self.objects),
            "strayObjects": list(self.stray_objects),
            "renewals": list(self.renewals),
            **silver.counts.document(),
            "silver": {
                "inserted": silver.inserted,
                "replaced": silver.replaced,
                "snapshotId": self.silver_snapshot_id,
            },
            "groups": [group.document() for group in self.groups],
            "overflows": sum(group.overflows for group in self.groups),
            "publish": {
                "active": self.is_active,
                "records": sum(group.records for group in self.groups),
                "parts": sum(len(group.parts) for group in self.groups),
                "since": _iso(self.since_us),
                "manifestKey": self.manifest_key,
            },
            "durationsMs": dict(self.durations_ms),
            "maxEventTime": _iso(silver.last_event_us),
        }

    def result(self) -> Dict[str, Any]:
        """Return the report without what grows with the input: a state may hand on 256 KiB at the most."""
        counted = {"objects": self.objects, "strayObjects": self.stray_objects, "renewals": self.renewals}
        return {**self.document(), **{name: len(keys) for name, keys in counted.items()}}


def _iso(us: Optional[int]) -> Optional[str]:
    return None if us is None else instants.iso_millis(us)
