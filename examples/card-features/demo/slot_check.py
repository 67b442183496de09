"""One finished slot run against the recomputation: its objects, its counts, and every online record of every group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from events.generator import micros

from demo.checks import Checks, records_check, slot_counts_check
from demo.deployment import Deployment, Record
from demo.lake import arrival_us
from demo.recompute.expected import Expected, SlotCounts
from demo.runtime import Json


@dataclass(frozen=True)
class SlotOutcome:
    """What one slot run did; ``online`` has the records of each group, ``differing`` counts those not as recomputed."""

    slot_end: datetime
    seconds: float
    report: Json
    online: Mapping[str, Mapping[str, Record]]
    differing: int


@dataclass(frozen=True)
class Foreseen:
    """What a slot run must come to: the objects it reads, and for each group the records to write and to find."""

    slot_end: datetime
    objects: list[str]
    counts: SlotCounts
    changed: Mapping[str, int]
    online: Mapping[str, Mapping[str, Record]]


@dataclass
class SlotChecker:
    """Follows the slots of a deployment, in order, with the recomputation at its side.

    A slot that never ran need not be announced: the next one is expected to take its bronze objects too.
    """

    deployment: Deployment
    expected: Expected
    _seen: set[str] = field(default_factory=set)

    def foresee(self, slot_end: datetime) -> Foreseen:
        """Work out what the run of a slot must come to. What arrived before the slot's end must be delivered by now."""
        objects = self._new_objects(slot_end)
        counts = self.expected.add(line for key in objects for line in self.deployment.lake.bronze_lines(key))
        end_us, groups = micros(slot_end), self.expected.groups
        changed = {name: group.publish(end_us) for name, group in groups.items()}
        online = {name: group.online(end_us) for name, group in groups.items()}
        return Foreseen(slot_end, objects, counts, changed, online)

    def check(self, slot_end: datetime, seconds: float, checks: Checks) -> SlotOutcome:
        """Compare a slot that has just been published."""
        return self.compare(self.foresee(slot_end), seconds, checks)

    def compare(self, foreseen: Foreseen, seconds: float, checks: Checks) -> SlotOutcome:
        """Compare a slot that has just been published with what was foreseen."""
        slot_end, changed, name = foreseen.slot_end, foreseen.changed, f"slot {foreseen.slot_end:%H:%M}"
        report = self.deployment.lake.slot_report(slot_end)
        mark = self.deployment.lake.published(slot_end) or {}
        to_publish = {group["name"]: group["publishRecords"] for group in report["groups"]}
        checks.equal(f"{name} objects", sorted(report["objects"]), foreseen.objects)
        checks.add(slot_counts_check(slot_end, report, foreseen.counts))
        checks.equal(f"{name} records to publish", to_publish, changed)
        checks.equal(f"{name} records written", mark.get("written"), sum(changed.values()))
        online, differing = {}, 0
        for group, state in self.expected.groups.items():
            online[group] = self.deployment.online(group, state.entities())
            check = checks.add(records_check(f"{name} {group} online", online[group], foreseen.online[group]))
            differing += check.differing
        return SlotOutcome(slot_end, seconds, report, online, differing)

    def _new_objects(self, slot_end: datetime) -> list[str]:
        until = micros(slot_end)
        keys = [key for key in self.deployment.lake.bronze() if arrival_us(key) < until and key not in self._seen]
        self._seen.update(keys)
        return keys
