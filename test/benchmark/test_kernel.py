"""Throughput and memory of an evaluation, printed by ``pytest -m benchmark -s test/benchmark/test_kernel.py``.

A million events of 30 days, Zipf cards with one that has 4 %, every event asked for its own features. The five
features are those of the comparison of engines in the design: two counts, two sums, one distinct count.
"""

from __future__ import annotations

import ctypes
import gc
import json
import re
import statistics
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from factories import HOUR_US, SECOND_US, TYPES, a_feature, a_group, a_spec

from medallion.evaluation.arrow import from_numbers
from medallion.evaluation.evaluate import evaluate
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import DerivedFeature, Feature, FeatureGroup, Spec, Window
from medallion.spec.document import read_spec
from medallion.spec.predicate import Comparison

EVENTS = 1_000_000
RUNS = 5
GOLDEN = Path(__file__).parents[1] / "fixtures" / "card-features.spec.json"

FIVE = [
    a_feature("count", window=Window(HOUR_US), name="count_1h"),
    a_feature("sum", "amount", TYPES["decimal"], Window(HOUR_US), "sum_1h"),
    a_feature("countDistinct", "merchant_id", TYPES["string"], Window(24 * HOUR_US), "distinct_24h"),
    a_feature("count", window=Window(168 * HOUR_US), name="count_7d"),
    a_feature("sum", "amount", TYPES["decimal"], Window(168 * HOUR_US), "sum_7d"),
]
DOUBLES = [
    a_feature("sum", "amount", TYPES["double"], Window(HOUR_US), "sum_1h"),
    a_feature("max", "amount", TYPES["double"], Window(24 * HOUR_US), "max_24h"),
]


ONLINE = Comparison("pos_mode", "equalTo", ("1",))
EVERY_KIND = [
    a_feature("count", window=Window(HOUR_US), name="count_1h"),
    a_feature("count", window=Window(HOUR_US), name="online_1h", where=ONLINE),
    a_feature("sum", "amount", TYPES["decimal"], Window(24 * HOUR_US), "sum_24h"),
    a_feature("mean", "amount", TYPES["decimal"], Window(24 * HOUR_US), "mean_24h"),
    a_feature("variance", "amount", TYPES["decimal"], Window(24 * HOUR_US), "variance_24h"),
    a_feature("stddev", "amount", TYPES["decimal"], Window(168 * HOUR_US), "stddev_7d"),
    a_feature("min", "amount", TYPES["decimal"], Window(24 * HOUR_US), "min_24h"),
    a_feature("max", "amount", TYPES["decimal"], Window(168 * HOUR_US), "max_7d"),
    a_feature("countDistinct", "merchant_id", TYPES["string"], Window(24 * HOUR_US), "distinct_24h"),
    a_feature("first", "merchant_id", TYPES["string"], Window(24 * HOUR_US), "first_24h"),
    a_feature("last", "merchant_id", TYPES["string"], Window(24 * HOUR_US), "last_24h"),
    a_feature("timeSinceLast", window=Window(24 * HOUR_US), name="since_24h"),
]
DERIVED = [
    DerivedFeature("online_share", "ratio", ("online_1h", "count_1h"), TYPES["double"]),
    DerivedFeature("above_mean", "difference", ("max_7d", "min_24h"), ColumnType("decimal", 19, 2)),
    DerivedFeature("score", "zScore", ("max_7d", "mean_24h", "stddev_7d"), TYPES["double"]),
]


def card_events(amount: ColumnType) -> pa.Table:
    """Return the events with the columns of the golden spec, in random order."""
    chance = np.random.default_rng(20251023)
    card = chance.zipf(1.2, EVENTS) % 20_000
    card[chance.random(EVENTS) < 0.04] = 20_000
    minor = chance.integers(1, 10**6, EVENTS)
    texts = {
        "event_id": np.arange(EVENTS),
        "card_id": card,
        "merchant_id": chance.zipf(1.3, EVENTS) % 20_000,
        "currency": chance.integers(0, 9, EVENTS),
        "country": chance.integers(0, 90, EVENTS),
        "pos_mode": chance.integers(0, 4, EVENTS),
    }
    columns = {name: pa.array(values).cast(pa.string()) for name, values in texts.items()}
    seconds = chance.integers(0, 30 * 24 * HOUR_US // SECOND_US, EVENTS)
    columns["event_time"] = from_numbers(seconds * SECOND_US, None, TYPES["timestamp"])
    columns["amount"] = from_numbers(minor / 100 if amount.name == "double" else minor, None, amount)
    return pa.table(columns)


def peak_bytes() -> int:
    """Return the most memory that the process has held since ``forget_peak``."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found.group(1)) * 1024


def forget_peak() -> int:
    """Give back what is free, forget the peak, and return what the process holds now."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return peak_bytes()


def measure(name: str, group: FeatureGroup, spec: Spec, events: pa.Table) -> None:
    queries = events.select(list(group.entity)).append_column("query_time", events["event_time"])
    before = forget_peak()
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        assert evaluate(group, spec, events, queries).num_rows == EVENTS
        seconds.append(time.perf_counter() - begun)
    million = EVENTS / 1_000_000
    median = statistics.median(seconds)
    report = {
        "case": name,
        "features": len(group.features),
        "seconds": round(median, 3),
        "rowsPerSecond": round(EVENTS / median),
        "peakMegabytesPerMillionRows": round((peak_bytes() - before) / million / 1e6),
    }
    print(json.dumps(report))


@pytest.mark.benchmark
def test_five_features() -> None:
    group = a_group(FIVE)
    spec = a_spec(group, {"amount": TYPES["decimal"], "merchant_id": TYPES["string"]})
    measure("five exact features", group, spec, card_events(TYPES["decimal"]))


@pytest.mark.benchmark
def test_golden_spec() -> None:
    spec = read_spec(GOLDEN.read_text(encoding="utf-8"))
    measure("golden spec", spec.feature_groups[0], spec, card_events(TYPES["decimal"]))


@pytest.mark.benchmark
@pytest.mark.parametrize("feature", EVERY_KIND, ids=[feature.name for feature in EVERY_KIND])
def test_each_kind(feature: Feature) -> None:
    group = a_group([feature])
    spec = a_spec(group, {"amount": TYPES["decimal"], "merchant_id": TYPES["string"], "pos_mode": TYPES["string"]})
    measure(f"{feature.name} alone", group, spec, card_events(TYPES["decimal"]))


@pytest.mark.benchmark
def test_every_kind() -> None:
    group = a_group([*EVERY_KIND, *DERIVED])
    spec = a_spec(group, {"amount": TYPES["decimal"], "merchant_id": TYPES["string"], "pos_mode": TYPES["string"]})
    measure("every kind of feature", group, spec, card_events(TYPES["decimal"]))


@pytest.mark.benchmark
def test_variance_of_doubles() -> None:
    group = a_group([a_feature("variance", "amount", TYPES["double"], Window(24 * HOUR_US), "variance_24h")])
    measure("variance of doubles", group, a_spec(group, {"amount": TYPES["double"]}), card_events(TYPES["double"]))


@pytest.mark.benchmark
def test_doubles() -> None:
    group = a_group(DOUBLES)
    measure("doubles", group, a_spec(group, {"amount": TYPES["double"]}), card_events(TYPES["double"]))
