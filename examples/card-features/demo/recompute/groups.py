"""The expected state of one feature group: gold rows and online records."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import Any

from demo.recompute.lines import Document, Event
from demo.recompute.windows import History, Vocabulary, as_text

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Record = dict[str, str]


class ExpectedGroup:
    """Grows with the accepted events. Entities go by the one column that identifies them."""

    def __init__(self, document: Document, columns: list[Document]) -> None:
        self.document = document
        (self._entity,) = document["entity"]
        self._vocabulary = Vocabulary(document["features"], columns)
        self._by_entity: dict[str, list[Event]] = defaultdict(list)
        self._histories: dict[str, History] = {}
        self._served: dict[str, Record] = {}

    def take(self, event: Event) -> None:
        """Take in an accepted event."""
        entity = self.entity_of(event)
        self._by_entity[entity].append(event)
        self._histories.pop(entity, None)

    def entity_of(self, event: Event) -> str:
        """Return whom an event is about."""
        return str(event.values[self._entity])

    def entities(self) -> list[str]:
        """Return every entity that has an accepted event."""
        return sorted(self._by_entity)

    def publish(self, slot_end_us: int) -> int:
        """Bring the served records up to a slot's end; return how many had to change.

        An entity is served from the slot in which its first event arrives, even if the event is dated after the slot.
        A record keeps the time of the slot in which it last changed.
        """
        changed = 0
        for entity in self._by_entity:
            record = self._record(entity, slot_end_us)
            served = self._served.get(entity)
            if served is None or not self._same(served, record):
                self._served[entity] = record
                changed += 1
        return changed

    def renew(self, *entities: str) -> None:
        """Let the next slot write the records of these entities, whether they change or not."""
        for entity in entities:
            del self._served[entity]

    def online(self, now_us: int) -> dict[str, Record]:
        """Return the records that a reader finds at an instant, values as text; one past its time to live is gone."""
        oldest = _iso(now_us - self.document["ttlUs"])
        time = self.document["eventTimeFeature"]
        return {entity: record for entity, record in self._served.items() if record[time] > oldest}

    def gold(self) -> dict[str, dict[str, Any]]:
        """Return the features of every accepted event as of its own time, by event id."""
        rows = {}
        for history in map(self._history, self._by_entity):
            rows.update({event.event_id: history.features_at(event.event_time_us) for event in history.events})
        return rows

    def _history(self, entity: str) -> History:
        if entity not in self._histories:
            self._histories[entity] = History(self._by_entity[entity], self._vocabulary)
        return self._histories[entity]

    def _record(self, entity: str, instant_us: int) -> Record:
        values = self._history(entity).features_at(instant_us)
        record = {self._entity: entity, self.document["eventTimeFeature"]: _iso(instant_us)}
        for name, result in self._vocabulary.results.items():
            if values[name] is not None:
                record[name] = as_text(values[name], result)
        return record

    def _same(self, served: Record, record: Record) -> bool:
        time = self.document["eventTimeFeature"]
        return {**served, time: ""} == {**record, time: ""}


def _iso(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
