"""A million seeded events, each feature of each event, against the window functions of another engine."""

from __future__ import annotations

from typing import List

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from factories import HOUR_US, SECOND_US, TYPES, a_feature, a_group, a_spec

from medallion.arrow import from_numbers
from medallion.evaluate import evaluate
from medallion.spec import Feature, FeatureGroup, Spec, Window

EVENTS = 1_000_000
CARDS = 20_000
HOT_SHARE = 0.04
DAY_US = 24 * HOUR_US
START_US = 1_759_276_800_000_000
"""2025-10-01T00:00:00Z."""


def card_events(count: int, seed: int) -> pa.Table:
    """Return 30 days of card events to the second (so with ties), Zipf cards, one of which has 4 % of them."""
    chance = np.random.default_rng(seed)
    card = chance.zipf(1.2, count) % CARDS
    card[chance.random(count) < HOT_SHARE] = CARDS
    seconds = chance.integers(0, 30 * DAY_US // SECOND_US, count)
    minor = chance.integers(-(10**9), 10**9, count)
    columns = {
        "event_id": pa.array(np.arange(count)).cast(pa.string()),
        "event_time": from_numbers(START_US + seconds * SECOND_US, None, TYPES["timestamp"]),
        "card_id": pa.array(card).cast(pa.string()),
        "amount": from_numbers(minor, chance.random(count) > 0.05, TYPES["decimal"]),
        "merchant_id": from_numbers(chance.zipf(1.3, count) % 20_000, chance.random(count) > 0.02, TYPES["integer"]),
    }
    return pa.table(columns)


def card_group(closed: str) -> FeatureGroup:
    hour, day, week = (Window(length, 0, closed) for length in (HOUR_US, DAY_US, 7 * DAY_US))
    features = [
        a_feature("count", window=hour, name="count_1h"),
        a_feature("sum", "amount", TYPES["decimal"], hour, "sum_1h"),
        a_feature("countDistinct", "merchant_id", TYPES["integer"], day, "distinct_24h"),
        a_feature("mean", "amount", TYPES["decimal"], week, "mean_7d"),
        a_feature("min", "amount", TYPES["decimal"], day, "min_24h"),
        a_feature("max", "amount", TYPES["decimal"], week, "max_7d"),
        a_feature("last", "merchant_id", TYPES["integer"], hour, "last_1h"),
    ]
    return a_group(features)


def card_spec(group: FeatureGroup) -> Spec:
    return a_spec(group, {"amount": TYPES["decimal"], "merchant_id": TYPES["integer"]})


def window_function(feature: Feature) -> str:
    """Return the feature as SQL: whole microseconds turn an open end into a closed one a microsecond away."""
    length = feature.window.length_us
    frame = {
        "left": f"BETWEEN {length} PRECEDING AND 1 PRECEDING",
        "right": f"BETWEEN {length - 1} PRECEDING AND CURRENT ROW",
    }[feature.window.closed]
    over = f"OVER (PARTITION BY card_id ORDER BY us RANGE {frame})"
    sql = {
        "count": f"count(*) {over}",
        "sum": f"coalesce(sum(minor) {over}, 0)::DECIMAL(38,0)",
        "countDistinct": f"count(DISTINCT {feature.column}) {over}",
        "mean": f"(sum(minor) {over})::DOUBLE / (count(minor) {over} * 100)::DOUBLE",
        "min": f"(min(minor) {over})::DECIMAL(38,0)",
        "max": f"(max(minor) {over})::DECIMAL(38,0)",
        "last": f"arg_max({feature.column}, (us, event_id)) FILTER ({feature.column} IS NOT NULL) {over}",
    }[feature.aggregation]
    return f"{sql} AS {feature.name}"


@pytest.mark.parametrize("closed", ["left", "right"])
def test_every_row_of_a_million_equals_duckdb(closed: str) -> None:
    group = card_group(closed)
    events = card_events(EVENTS, seed=20251023)
    queries = events.select(["event_id", "card_id"]).append_column("query_time", events["event_time"])
    features = evaluate(group, card_spec(group), events, queries)
    ours = features.select(["event_id", *(feature.name for feature in group.features)])
    expressions: List[str] = [window_function(feature) for feature in group.features]
    connection = duckdb.connect(config={"threads": 2})
    connection.register("events", events)
    connection.register("ours", ours)
    connection.execute(
        "CREATE TABLE theirs AS WITH e AS (SELECT *, epoch_us(event_time) AS us, (amount * 100)::BIGINT AS minor "
        f"FROM events) SELECT event_id, {', '.join(expressions)} FROM e"
    )
    for feature in group.features:
        scaled = "ours.{0}::DECIMAL(38,2) * 100" if feature.type.name == "decimal" else "ours.{0}"
        differing = connection.execute(
            f"SELECT count(*), count_if({scaled.format(feature.name)} IS DISTINCT FROM theirs.{feature.name}) "
            "FROM ours JOIN theirs USING (event_id)"
        ).fetchone()
        assert differing == (EVENTS, 0), feature.name
