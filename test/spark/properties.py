"""Seeded histories of raw lines, and what stands after them: silver, gold, the online store and every count.

A line knows what it was made to say, and features come from the quadratic model, so that nothing here asks the program
under test. Many histories go through Spark in one run, as worlds: ids and keys of a world begin with its name.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from naive_model import model_features
from spark_lake import PROVENANCE, TestLake

from medallion.spec.declaration import FeatureGroup, Spec

Row = Dict[str, Any]
Key = Tuple[Any, ...]
Online = Dict[str, Row]
"""The features that the online store has of each record identifier."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Sent:
    """One line: its text, and the event that it states, or the reason for which it states none."""

    text: str
    event: Optional[Row] = None
    reason: str = "unparseable"


@dataclass(frozen=True)
class Delivery:
    """One bronze object: the minute of its arrival, the rest of its name, and its lines."""

    arrival_us: int
    name: str
    lines: Tuple[Sent, ...]

    def key(self, spec: Spec) -> str:
        """Return the key of the object."""
        return f"{spec.layout.bronze}ingest_dt={as_datetime(self.arrival_us):%Y/%m/%d/%H/%M}/{self.name}.json.gz"


@dataclass
class Expected:
    """What everything that was delivered amounts to, decided line by line in the order of arrival."""

    spec: Spec
    deliveries: Sequence[Delivery]
    silver: Dict[str, Row] = field(default_factory=dict)
    outcomes: Dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for delivery in sorted(self.deliveries, key=lambda delivery: delivery.key(self.spec)):
            key = delivery.key(self.spec)
            self.outcomes[key] = Counter(
                self._decide(line, delivery.arrival_us, key, number) for number, line in enumerate(delivery.lines, 1)
            )

    def _decide(self, line: Sent, arrival_us: int, key: str, number: int) -> str:
        if line.event is None:
            return line.reason
        declared, time = self.spec.events, line.event["event_time"]
        if time < arrival_us - declared.allowed_lateness_us:
            return "too_late"
        if time > arrival_us + declared.arrival_slack_us + declared.allowed_skew_us:
            return "from_the_future"
        first = self.silver.get(line.event["event_id"])
        if first is None:
            provenance = {"arrival_time": arrival_us, "source_object": key, "source_line": number}
            self.silver[line.event["event_id"]] = {**line.event, **provenance, "dt": day_of(time)}
            return "accepted"
        return "duplicate" if content(first) == content({**line.event, "dt": day_of(time)}) else "conflicting_duplicate"

    def counts(self, objects: Iterable[str]) -> Dict[str, Any]:
        """Return what the report of a run says that took these objects last."""
        total: Counter[str] = sum((self.outcomes[key] for key in objects), Counter())
        named = {"accepted": total.pop("accepted", 0), "duplicates": total.pop("duplicate", 0)}
        refused = sum(total.values())
        return {
            "lines": sum(named.values()) + refused,
            **named,
            "quarantined": dict(total),
            "quarantinedTotal": refused,
        }

    def gold(self, group: FeatureGroup) -> Dict[str, Row]:
        """Return the gold row of each event."""
        own = by_entity(self.silver.values(), group)
        return {
            event["event_id"]: {
                **content(event),
                **model_features(group, own[entity_of(event, group)], {**event, "query_time": event["event_time"]}),
            }
            for event in self.silver.values()
        }

    def online(self, group: FeatureGroup, at_us: int) -> Online:
        """Return the features of every entity as of an instant, as records have them."""
        return {
            identifier(entity): as_served(
                model_features(group, events, {**dict(zip(group.entity, entity)), "query_time": at_us}), group
            )
            for entity, events in by_entity(self.silver.values(), group).items()
        }


def by_entity(events: Iterable[Row], group: FeatureGroup) -> Dict[Key, List[Row]]:
    """Return the events of each entity."""
    found: Dict[Key, List[Row]] = {}
    for event in events:
        found.setdefault(entity_of(event, group), []).append(event)
    return found


def entity_of(event: Row, group: FeatureGroup) -> Key:
    return tuple(event[column] for column in group.entity)


def content(row: Row) -> Row:
    """Return a silver row without what depends on its delivery."""
    return {name: value for name, value in row.items() if name not in PROVENANCE}


def identifier(entity: Key) -> str:
    """Return the record identifier: the value itself, or the JSON array of several."""
    return str(entity[0]) if len(entity) == 1 else json.dumps(entity, ensure_ascii=False, separators=(",", ":"))


def as_served(values: Row, group: FeatureGroup) -> Row:
    """Return feature values as JSON has them: exact numbers as text, instants in milliseconds, nothing for null."""
    texts: Dict[str, Callable[[Any], Any]] = {"decimal": str, "boolean": int, "timestamp": millis}
    kinds = {feature.name: feature.type.name for feature in group.features}
    present = {name: value for name, value in values.items() if value is not None}
    return {name: texts[kinds[name]](value) if kinds[name] in texts else value for name, value in present.items()}


def millis(us: int) -> str:
    return as_datetime(us - us % 1000).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def as_datetime(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def day_of(us: int) -> date:
    return as_datetime(us).date()


def iso(us: int) -> str:
    """Return a whole second as the tests of the lake write it."""
    return as_datetime(us).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def exact(row: Mapping[str, Any]) -> Dict[str, str]:
    """Return values as text of which no two bits are alike: -0.0 is not 0.0, and 1.0 is not 1.00."""
    return {name: repr(value) for name, value in row.items()}


def differences(expected: Mapping[str, Row], found: Mapping[str, Row]) -> Dict[str, Any]:
    """Return what is missing, what is not expected, and which values differ; nothing where all is equal, bit by bit."""
    wrong: Dict[str, Any] = dict.fromkeys(found.keys() - expected.keys(), "unexpected")
    for key, row in expected.items():
        wanted, got = exact(row), exact(found.get(key, {}))
        if wanted != got:
            names = sorted(name for name in {*wanted, *got} if wanted.get(name) != got.get(name))
            wrong[key] = {name: f"got {got.get(name)}, expected {wanted.get(name)}" for name in names}
    return wrong


def table_rows(lake: TestLake, name: str) -> Dict[str, Row]:
    """Return a table as it stands, by event id, instants as microseconds; no id may occur twice."""
    found = [row.asDict() for row in lake.table(name).collect()]
    rows = {row["event_id"]: {column: plain(value) for column, value in row.items()} for row in found}
    assert len(rows) == len(found)
    return rows


def plain(value: Any) -> Any:
    """Return a value of a row, an instant as microseconds."""
    if not isinstance(value, datetime):
        return value
    return (value.replace(tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1)


def records(lake: TestLake, slot_end_us: int, group: FeatureGroup) -> List[Row]:
    """Return the publish set of a slot; only a line feed ends a line, whatever else keys may hold."""
    stated = lake.document(f"{lake.spec.layout.manifests}slot={as_datetime(slot_end_us):%Y%m%dT%H%M%SZ}.json")
    parts = [lake.body(part["key"]).decode("utf-8") for part in stated if part["featureGroup"] == group.name]
    return [json.loads(line) for part in parts for line in part.rstrip("\n").split("\n")]


def served(lake: TestLake, slot_end_us: int, group: FeatureGroup, online: Optional[Online] = None) -> Online:
    """Apply the publish set of a slot to the online store; every record must say whose it is and as of when."""
    after = dict(online or {})
    for record in records(lake, slot_end_us, group):
        name = record.pop(group.record_identifier)
        assert record.pop(group.event_time_feature) == millis(slot_end_us)
        if len(group.entity) > 1:
            assert json.loads(name) == [record.pop(column) for column in group.entity]
        after[name] = record
    return after


def deliver(lake: TestLake, deliveries: Iterable[Delivery]) -> None:
    """Put bronze objects."""
    for delivery in deliveries:
        key = lake.arrive(iso(delivery.arrival_us), [line.text for line in delivery.lines], delivery.name)
        assert key == delivery.key(lake.spec)


def quarantined(lake: TestLake) -> Dict[str, str]:
    """Return the reason of every quarantined line, by its object and number; an overflow is no line."""
    prefix = lake.spec.layout.quarantine
    if not lake.keys(prefix):
        return {}
    found = lake.spark.read.parquet(f"s3://{lake.bucket}/{prefix}").where("reason <> 'overflow'").collect()
    rows = {f"{row['source_object']}:{row['source_line']}": row["reason"] for row in found}
    assert len(rows) == len(found)
    return rows


@dataclass
class Played:
    """A lake on which slots were run, and what stood after each of them, by the end of the slot."""

    lake: TestLake
    reports: Dict[int, Dict[str, Any]] = field(default_factory=dict)
    silver: Dict[int, Dict[str, Row]] = field(default_factory=dict)
    gold: Dict[int, Dict[str, Row]] = field(default_factory=dict)
    online: Dict[int, Online] = field(default_factory=dict)
    expected: Dict[int, Expected] = field(default_factory=dict)

    @property
    def group(self) -> FeatureGroup:
        """The only feature group."""
        return self.lake.spec.feature_groups[0]


def play(lake: TestLake, appearing: Mapping[int, Sequence[Delivery]]) -> Played:
    """Run slots by their ends, each after the objects that appear before it, and observe what stands after each."""
    played = Played(lake)
    delivered: List[Delivery] = []
    online: Optional[Online] = None
    for end_us, deliveries in sorted(appearing.items()):
        deliver(lake, deliveries)
        delivered += deliveries
        played.reports[end_us] = lake.run(iso(end_us))
        played.silver[end_us] = table_rows(lake, lake.spec.events.table)
        played.gold[end_us] = table_rows(lake, played.group.table)
        played.online[end_us] = online = served(lake, end_us, played.group, online)
        played.expected[end_us] = Expected(lake.spec, list(delivered))
    return played


def by_slot(deliveries: Iterable[Delivery], ends: Sequence[int]) -> Dict[int, List[Delivery]]:
    """Return the deliveries by the first of some slots that ends after their arrival."""
    appearing: Dict[int, List[Delivery]] = {end: [] for end in ends}
    for delivery in deliveries:
        appearing[min(end for end in ends if end > delivery.arrival_us)].append(delivery)
    return appearing
