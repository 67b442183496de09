"""The second declaration from bronze to the online store: three groups, every type, predicate, boundary and derivation.

Gold, records and inference rows are compared with the quadratic model after each of three slots: a busy noon, the
midnight at which the day ends, with readings that are days late, and a week later, when most windows are empty.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Dict, List, Tuple

import pytest
from naive_model import is_inside, model_features
from properties import (
    MINUTE,
    SECOND,
    Delivery,
    Expected,
    Online,
    Row,
    Sent,
    as_datetime,
    by_entity,
    deliver,
    differences,
    entity_of,
    iso,
    plain,
    served,
    table_rows,
)
from spark_lake import LakeFactory, TestLake, us
from spark_session import REPOSITORY

from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun
from medallion.spec.declaration import FeatureGroup

SENSOR_SPEC = REPOSITORY / "test" / "fixtures" / "sensor-features.spec.json"
SEED = 20251103
DAY = 24 * 60 * MINUTE
NOON, MIDNIGHT = us("2025-11-03T12:00:00Z"), us("2025-11-04T00:00:00Z")
WEEK_LATER = us("2025-11-11T12:15:00Z")
GROUPS = ("device_health", "site_overview", "gateway_traffic")
DEVICES = (("abc-01", "a"), ("abc-01", 'a","b'), ("abc-02", "a"), ("xyz-99", "é"), ("xyz-99", "e\u0301"))
REACHES = (450 * SECOND, 90 * MINUTE, DAY, 2 * DAY, 3 * DAY, 3 * DAY + 90 * MINUTE, 7 * DAY, 8 * DAY)
"""How far before an instant a window of the declaration begins, or ends."""


@dataclass
class Observed:
    """What stood after a slot: its report, gold and records of each group, and what the model says of it."""

    report: Row
    gold: Dict[str, Dict[str, Row]]
    online: Dict[str, Online]
    expected: Expected


@dataclass
class Factory:
    """The lake of the machines, and what was observed after each slot."""

    lake: TestLake
    after: Dict[int, Observed] = field(default_factory=dict)

    def group(self, name: str) -> FeatureGroup:
        """Return one of the feature groups."""
        return self.lake.spec.feature_group(name)


def a_time(chance: random.Random, end: int) -> int:
    """Draw a time of the eight days before the end of a slot: at an edge of a window of its record, or anywhere."""
    if chance.random() < 0.6:
        return end - chance.choice((0, *REACHES)) + chance.choice((-1, 0, 0, 1))
    return end - chance.randrange(8 * DAY // MINUTE) * MINUTE


def a_reading(chance: random.Random, number: int, at: int) -> Row:
    """Draw a reading of a machine, a quarter of its values missing."""
    site, device = chance.choice(DEVICES)
    values = {
        "status": chance.choice(("running", "idle", "fault")),
        "is_alarm": chance.random() < 0.5,
        "temperature_c": Decimal(chance.choice(("-273.15", "0.00", "84.99", "85.00", "85.01", "9999.99"))),
        "energy_kwh": Decimal(chance.choice(("0.000", "0.001", "12.500", "999999999.999"))),
        "vibration_mm_s": chance.choice((0.0, 0.1, 7.1, 7.2, 1e15, 1 / 3)),
        "signal_dbm": chance.choice((0, -60, -109, -110, -111, -130)),
        "parts_made": chance.choice((0, 1, 500, 2**40)),
        "error_code": chance.choice((0, 999, 7, -1, 2**63 - 1)),
        "calibrated_at": chance.choice((us("2025-06-30T21:59:59.999999Z"), us("2025-06-30T22:00:00Z"), at, -1)),
        "firmware": chance.choice(("", "1.0", "1.1", "é")),
    }
    kept = {name: value if chance.random() < 0.75 else None for name, value in values.items()}
    place = {"site": site, "device": device, "gateway_id": chance.choice((1, 2, 2**62))}
    return {"event_id": f"r{number:03d}", "event_time": at, **place, **kept}


def line_of(reading: Row) -> Sent:
    """Return the line that states a reading; exact numbers are written as text, times in milliseconds or ISO-8601."""
    raw: Row = {name: str(value) if isinstance(value, Decimal) else value for name, value in reading.items()}
    at, calibrated = raw.pop("event_time"), raw.pop("calibrated_at")
    raw["reading_id"] = raw.pop("event_id")
    raw["calibrated_at"] = None if calibrated is None else as_datetime(calibrated).isoformat(timespec="microseconds")
    return Sent(f'{json.dumps(raw)[:-1]}, "measured_at": {Decimal(at) / 1000:f}}}', reading)


def a_delivery(chance: random.Random, numbers: range, end: int, around: int) -> Delivery:
    """Draw readings around an instant that arrive in the last minutes of a slot, three of them twice."""
    readings = [a_reading(chance, number, a_time(chance, around)) for number in numbers]
    return Delivery(end - 2 * MINUTE, "a", tuple(line_of(reading) for reading in (*readings, *readings[:3])))


def poison(end: int) -> Delivery:
    """Return lines that are refused."""
    good: Row = {"reading_id": "p", "measured_at": NOON // 1000, "site": "abc-01", "device": "a", "gateway_id": 1}
    changes: Tuple[Tuple[str, Row], ...] = (
        ("pattern_mismatch", {"site": "nowhere"}),
        ("out_of_bounds", {"gateway_id": 0}),
        ("out_of_bounds", {"device": "d" * 65}),
        ("missing_required", {"gateway_id": None}),
        ("not_allowed", {"status": "broken"}),
        ("wrong_type", {"calibrated_at": "2025-06-30"}),
        ("too_late", {"measured_at": 1}),
    )
    lines = (Sent(json.dumps({**good, **change}), None, reason) for reason, change in changes)
    return Delivery(end - 3 * MINUTE, "poison", tuple(lines))


def history(seed: int) -> Dict[int, List[Delivery]]:
    """Return what arrives before each slot; a machine that reads at midnight sees itself in some windows."""
    chance = random.Random(seed)
    late = a_delivery(chance, range(100, 125), NOON + 15 * MINUTE, NOON - DAY)
    return {
        NOON: [a_delivery(chance, range(90), NOON, NOON), poison(NOON)],
        MIDNIGHT: [late, a_delivery(chance, range(200, 230), MIDNIGHT, MIDNIGHT)],
        WEEK_LATER: [],
    }


def run(factory: Factory, end: int, deliveries: List[Delivery], before: List[Delivery]) -> Observed:
    """Run a slot and observe what stands after it."""
    lake, groups = factory.lake, factory.lake.spec.feature_groups
    deliver(lake, deliveries)
    report = lake.run(iso(end))
    gold = {group.name: table_rows(lake, group.table) for group in groups}
    known = factory.after[max(factory.after)].online if factory.after else {}
    online = {group.name: served(lake, end, group, known.get(group.name)) for group in groups}
    return Observed(report, gold, online, Expected(lake.spec, [*before, *deliveries]))


def play(factory: Factory, seed: int) -> Factory:
    before: List[Delivery] = []
    for end, deliveries in history(seed).items():
        factory.after[end] = run(factory, end, deliveries, before)
        before += deliveries
    return factory


@pytest.fixture(scope="module")
def factory(new_lake: LakeFactory) -> Factory:
    """Return the lake of the machines after three slots."""
    return play(Factory(new_lake(json.loads(SENSOR_SPEC.read_text("utf-8")))), SEED)


@pytest.mark.parametrize("name", GROUPS)
def test_gold_is_what_the_model_says_after_every_slot(factory: Factory, name: str) -> None:
    for observed in factory.after.values():
        assert differences(observed.expected.gold(factory.group(name)), observed.gold[name]) == {}


@pytest.mark.parametrize("name", GROUPS)
def test_records_are_what_the_model_says_after_every_slot(factory: Factory, name: str) -> None:
    for end, observed in factory.after.items():
        assert differences(observed.expected.online(factory.group(name), end), observed.online[name]) == {}


@pytest.mark.parametrize("name", GROUPS)
def test_late_readings_rewrite_only_the_gold_rows_that_they_change(factory: Factory, name: str) -> None:
    before: Dict[str, Row] = {}
    late = 0
    for observed in factory.after.values():
        now = observed.expected.gold(factory.group(name))
        changed = {key for key in now if now[key] != before.get(key)}
        (written,) = (group["goldWritten"] for group in observed.report["groups"] if group["name"] == name)
        assert written == len(changed)
        late += len(changed & before.keys())
        before = now
    assert late > 20


def test_every_line_is_counted(factory: Factory) -> None:
    for observed in factory.after.values():
        counts = observed.expected.counts(observed.report["objects"])
        assert {name: observed.report[name] for name in counts} == counts
    silver = table_rows(factory.lake, factory.lake.spec.events.table)
    assert differences(factory.after[WEEK_LATER].expected.silver, silver) == {}
    assert len(silver) == sum(observed.report["silver"]["inserted"] for observed in factory.after.values())


@pytest.mark.parametrize("name", GROUPS)
def test_the_inference_rows_of_the_day_are_what_the_model_says_at_midnight(factory: Factory, name: str) -> None:
    """There is one for each entity with an event in any window at that instant."""
    lake, group = factory.lake, factory.group(name)
    events = by_entity(factory.after[MIDNIGHT].expected.silver.values(), group)
    expected = {
        str(entity): {**dict(zip(group.entity, entity)), **values_at(group, entity, own, MIDNIGHT)}
        for entity, own in events.items()
        if any(is_inside(event["event_time"], MIDNIGHT, window) for event in own for window in group.windows)
    }
    day = DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, date(2025, 11, 3))
    files = [f"s3://{lake.bucket}/{part['key']}" for part in day.build_inference(group)["files"]]
    rows = [row.asDict() for row in lake.spark.read.parquet(*files).drop("event_time").collect()]
    found = {str(entity_of(row, group)): {column: plain(value) for column, value in row.items()} for row in rows}
    assert differences(expected, found) == {}


def values_at(group: FeatureGroup, entity: Tuple[Any, ...], events: List[Row], at: int) -> Row:
    return model_features(group, events, {**dict(zip(group.entity, entity)), "query_time": at})


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 9))
def test_other_histories_end_in_what_the_model_says(new_lake: LakeFactory, seed: int) -> None:
    factory = play(Factory(new_lake(json.loads(SENSOR_SPEC.read_text("utf-8")))), seed)
    for end, observed in factory.after.items():
        for group in factory.lake.spec.feature_groups:
            assert differences(observed.expected.gold(group), observed.gold[group.name]) == {}
            assert differences(observed.expected.online(group, end), observed.online[group.name]) == {}
