"""The expected state of the platform, slot by slot: counts, gold rows and online records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from demo.recompute.lines import BronzeLine, Document, Event, Refused, read_event
from demo.recompute.windows import History, as_text

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Record = dict[str, str]


@dataclass
class SlotCounts:
    """What became of the lines of one slot."""

    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)


class Expected:
    """Grows with the bronze lines of each slot, and answers for the state after it.

    Lines must come in the order of (object, line) over the whole life, as bronze keys do: they begin with the minute.
    """

    def __init__(self, spec: Document, group: int = 0) -> None:
        self._spec = spec
        self._group = spec["featureGroups"][group]
        self._entity = self._group["recordIdentifier"]
        self._scales = {column["name"]: column.get("scale", 0) for column in spec["events"]["columns"]}
        self._accepted: dict[str, Event] = {}
        self._by_entity: dict[str, list[Event]] = defaultdict(list)
        self._histories: dict[str, History] = {}
        self._served: dict[str, Record] = {}
        self._last_line: BronzeLine | None = None

    @property
    def accepted(self) -> dict[str, Event]:
        """The events that stand in silver, by event id."""
        return self._accepted

    def add(self, lines: Iterable[BronzeLine]) -> SlotCounts:
        """Take in the lines of one slot and return what becomes of them."""
        counts = SlotCounts()
        for line in sorted(lines):
            if self._last_line is not None and line < self._last_line:
                raise ValueError(f"bronze: got {line.source_object} after {self._last_line.source_object}")
            self._last_line = line
            counts.lines += 1
            try:
                event = read_event(line, self._spec)
                self._settle(event, counts)
            except Refused as refusal:
                counts.quarantined[refusal.reason] += 1
        return counts

    def publish(self, slot_end_us: int) -> int:
        """Bring the served records up to a slot's end; return how many had to change.

        An entity is served from the slot in which its first event arrives, even if the event is dated after the slot.
        A record keeps the time of the slot in which it last changed.
        """
        changed = 0
        for entity in self._by_entity:
            record = self._record(entity, self._history(entity), slot_end_us)
            served = self._served.get(entity)
            if served is None or not _same(served, record):
                self._served[entity] = record
                changed += 1
        return changed

    def online(self, now_us: int) -> dict[str, Record]:
        """Return the records that a reader finds at an instant, values as text; one past its time to live is gone."""
        oldest = _iso(now_us - self._group["ttlUs"])
        return {entity: record for entity, record in self._served.items() if record["event_time"] > oldest}

    def gold(self) -> dict[str, dict[str, Any]]:
        """Return the features of every accepted event as of its own time, by event id."""
        rows = {}
        for entity in self._by_entity:
            history = self._history(entity)
            for event in history.events:
                features = history.features_at(event.event_time_us, self._group["features"], self._scales)
                rows[event.event_id] = features
        return rows

    def entities(self) -> list[str]:
        """Return every entity that has an accepted event."""
        return sorted(self._by_entity)

    def _settle(self, event: Event, counts: SlotCounts) -> None:
        first = self._accepted.get(event.event_id)
        if first is None:
            self._accepted[event.event_id] = event
            entity = event.values[self._entity]
            self._by_entity[entity].append(event)
            self._histories.pop(entity, None)
            counts.accepted += 1
        elif first.content == event.content:
            counts.duplicates += 1
        else:
            raise Refused("conflicting_duplicate")

    def _history(self, entity: str) -> History:
        if entity not in self._histories:
            self._histories[entity] = History(self._by_entity[entity])
        return self._histories[entity]

    def _record(self, entity: str, history: History, instant_us: int) -> Record:
        values = history.features_at(instant_us, self._group["features"], self._scales)
        record = {self._entity: entity, self._group["eventTimeFeature"]: _iso(instant_us)}
        for feature in self._group["features"]:
            if values[feature["name"]] is not None:
                record[feature["name"]] = as_text(values[feature["name"]], feature["result"])
        return record


def _same(served: Record, record: Record) -> bool:
    return {**served, "event_time": ""} == {**record, "event_time": ""}


def _iso(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
