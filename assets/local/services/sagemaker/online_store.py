"""The online store: the newest record of each identifier by event time, until its time to live has passed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.clock import SimulatedClock, iso_seconds
from local.services.sagemaker.exceptions import ValidationError
from local.services.sagemaker.groups import Group
from local.services.sagemaker.records import Record


@dataclass(frozen=True)
class Kept:
    """What is kept of one identifier; a soft-deleted record keeps its place in time but not its features."""

    record: Record
    expires: datetime | None
    deleted: bool = False


class OnlineStore:
    """The online records of every feature group; safe to use from several threads."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._groups: dict[str, dict[str, Kept]] = {}
        self._lock = threading.Lock()

    def put(self, group: Group, record: Record, ttl: dict[str, Any] | None) -> None:
        """Keep a record, unless one of a later event time is there."""
        seconds = group.ttl_seconds(ttl)
        expires = None if seconds is None else record.event_time + timedelta(seconds=seconds)
        with self._lock:
            self._keep(group, Kept(record, expires))

    def delete(self, group: Group, identifier: str, event_time: datetime, hard: bool) -> None:
        """Hide a record (soft) or forget it (hard); raise ValidationError when a later one is there."""
        with self._lock:
            records = self._groups.setdefault(group.name, {})
            current = records.get(identifier)
            if current is not None and event_time < current.record.event_time:
                raise ValidationError(f"EventTime is before that of the record {identifier!r}")
            if hard:
                records.pop(identifier, None)
            else:
                self._keep(group, Kept(Record((), identifier, event_time), None, deleted=True))

    def get(self, group: Group, identifier: str, names: list[str] | None, with_expiry: bool) -> dict[str, Any]:
        """Return the answer of GetRecord: empty if there is no living record."""
        if not group.online:
            raise ValidationError(f"FeatureGroup {group.name} has no OnlineStore")
        for name in names or []:
            if name not in group.types:
                raise ValidationError(f"Feature {name!r} is not defined in FeatureGroup {group.name}")
        with self._lock:
            kept = self._groups.get(group.name, {}).get(identifier)
        if kept is None or not self._living(kept):
            return {}
        features = [feature for feature in kept.record.features if not names or feature["FeatureName"] in names]
        answer: dict[str, Any] = {"Record": features}
        if with_expiry and kept.expires:
            answer["ExpiresAt"] = iso_seconds(kept.expires)
        return answer

    def identifiers(self, group: Group, with_deleted: bool) -> list[str]:
        """Return the identifiers that have a record, in order."""
        with self._lock:
            records = self._groups.get(group.name, {})
            return sorted(
                identifier
                for identifier, kept in records.items()
                if self._living(kept) or (with_deleted and kept.deleted)
            )

    def forget(self, group_name: str) -> None:
        """Drop every record of a group that was deleted."""
        with self._lock:
            self._groups.pop(group_name, None)

    def _keep(self, group: Group, kept: Kept) -> None:
        records = self._groups.setdefault(group.name, {})
        current = records.get(kept.record.identifier)
        if current is None or kept.record.event_time >= current.record.event_time:
            records[kept.record.identifier] = kept

    def _living(self, kept: Kept) -> bool:
        return not kept.deleted and (kept.expires is None or kept.expires > self._clock.now())
