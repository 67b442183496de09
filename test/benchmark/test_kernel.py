"""Throughput and memory of an evaluation, printed by ``pytest -m benchmark -s test/benchmark/test_kernel.py``.

A million events of 30 days, Zipf cards with one that has 4 %, every event asked for its own features. The five
features are those of the comparison of engines in the design: two counts, two sums, one distinct count.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from factories import HOUR_US, SECOND_US, TYPES, a_feature, a_group, a_spec

from medallion.arrow import from_numbers
from medallion.column_type import ColumnType
from medallion.evaluate import evaluate
from medallion.spec import FeatureGroup, Spec, Window

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
    spec = Spec.from_json(GOLDEN.read_text(encoding="utf-8"))
    measure("golden spec", spec.feature_groups[0], spec, card_events(TYPES["decimal"]))


@pytest.mark.benchmark
def test_doubles() -> None:
    group = a_group(DOUBLES)
    measure("doubles", group, a_spec(group, {"amount": TYPES["double"]}), card_events(TYPES["double"]))
