"""One finished slot run against the recomputation: its objects, its counts, and every online record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

from events.generator import micros

from demo.checks import Checks, records_check, slot_counts_check
from demo.deployment import Deployment, Record
from demo.lake import arrival_us
from demo.recompute.expected import Expected
from demo.runtime import Json


@dataclass(frozen=True)
class SlotOutcome:
    """What one slot run did; ``differing`` counts the cards whose online record is not as recomputed."""

    slot_end: datetime
    seconds: float
    report: Json
    online: dict[str, Record]
    differing: int


@dataclass
class SlotChecker:
    """Follows the slots of a deployment, in order, with the recomputation at its side.

    A slot that never ran need not be announced: the next one is expected to take its bronze objects too.
    """

    deployment: Deployment
    expected: Expected
    recompute_seconds: float = 0.0
    _seen: set[str] = field(default_factory=set)

    def check(self, slot_end: datetime, seconds: float, checks: Checks) -> SlotOutcome:
        """Compare a slot that has just been published."""
        lake, name = self.deployment.lake, f"slot {slot_end:%H:%M}"
        began = time.monotonic()
        objects = self._new_objects(slot_end)
        counts = self.expected.add(line for key in objects for line in lake.bronze_lines(key))
        changed = self.expected.publish(micros(slot_end))
        expected = self.expected.online(micros(slot_end))
        self.recompute_seconds += time.monotonic() - began

        report = lake.slot_report(slot_end)
        mark = lake.published(slot_end) or {}
        checks.equal(f"{name} objects", sorted(report["objects"]), objects)
        checks.add(slot_counts_check(slot_end, report, counts))
        checks.equal(f"{name} records to publish", report["publish"]["records"], changed)
        checks.equal(f"{name} records written", mark.get("written"), changed)
        online = self.deployment.online(self.expected.entities())
        compared = checks.add(records_check(f"{name} online", online, expected))
        return SlotOutcome(slot_end, seconds, report, online, compared.differing)

    def _new_objects(self, slot_end: datetime) -> list[str]:
        until = micros(slot_end)
        keys = [key for key in self.deployment.lake.bronze() if arrival_us(key) < until and key not in self._seen]
        self._seen.update(keys)
        return keys
