"""Many seeded card events and the features that this engine gives them, for comparison with other engines."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import cache
from typing import List, Tuple

import numpy as np
import pyarrow as pa
from factories import (
    HOUR_US,
    SECOND_US,
    TYPES,
    a_derived_feature,
    a_feature,
    a_group,
    a_spec,
    combined,
    compared,
)

from medallion.evaluation.arrow import from_numbers
from medallion.evaluation.evaluate import evaluate
from medallion.spec.declaration import AnyFeature, FeatureGroup, Spec, Window

EVENTS = int(os.environ.get("MEDALLION_ENGINE_EVENTS", "200000"))
CARDS = 20_000
HOT_SHARE = 0.04
DAY_US = 24 * HOUR_US
START_US = 1_759_276_800_000_000
"""2025-10-01T00:00:00Z."""

COLUMNS = {
    "amount": TYPES["decimal"],
    "merchant_id": TYPES["integer"],
    "channel": TYPES["string"],
    "score": TYPES["double"],
}
LARGE = combined(
    "allOf", compared("channel", "oneOf", "web", "app"), compared("amount", "greaterThan", Decimal("10.00"))
)
NOT_WEB = combined("not", compared("channel", "equalTo", "web"))


@cache
def card_events() -> pa.Table:
    """Return 30 days of events to the second, so with ties, of Zipf cards; every column but the key has nulls.

    Scores are multiples of 1/8, so that every order of adding them gives the same double.
    """
    chance = np.random.default_rng(20251023)
    card = chance.zipf(1.2, EVENTS) % CARDS
    card[chance.random(EVENTS) < HOT_SHARE] = CARDS
    seconds = chance.integers(0, 30 * DAY_US // SECOND_US, EVENTS)
    minor = chance.integers(-(10**9), 10**9, EVENTS)
    channels = pa.array(["web", "app", "pos", None])
    columns = {
        "event_id": pa.array(np.arange(EVENTS)).cast(pa.string()),
        "event_time": from_numbers(START_US + seconds * SECOND_US, None, TYPES["timestamp"]),
        "card_id": pa.array(card).cast(pa.string()),
        "amount": from_numbers(minor, chance.random(EVENTS) > 0.05, COLUMNS["amount"]),
        "merchant_id": from_numbers(
            chance.zipf(1.3, EVENTS) % CARDS, chance.random(EVENTS) > 0.02, COLUMNS["merchant_id"]
        ),
        "channel": channels.take(pa.array(chance.integers(0, 4, EVENTS))),
        "score": from_numbers(chance.integers(-800, 800, EVENTS) / 8, chance.random(EVENTS) > 0.1, COLUMNS["score"]),
    }
    return pa.table(columns)


def card_features(closed: str) -> List[AnyFeature]:
    """Return the whole vocabulary with one boundary, the name of a feature telling its window."""
    hour, day = Window(HOUR_US, 0, closed), Window(DAY_US, 0, closed)
    amount, merchant, channel, score = ((name, COLUMNS[name]) for name in COLUMNS)
    count = a_feature("count", window=hour, name="count_1h")
    large = a_feature("count", window=hour, name="large_1h", where=LARGE)
    mean, deviation, last, most, least = (
        a_feature(aggregation, *amount, day, f"{aggregation}_24h")
        for aggregation in ("mean", "stddev", "last", "max", "min")
    )
    spread = a_derived_feature("difference", [most, least], "spread_24h")
    return [
        count,
        large,
        a_feature("countDistinct", *merchant, hour, "distinct_1h"),
        a_feature("countDistinct", *merchant, day, "distinct_24h", NOT_WEB),
        a_feature("timeSinceLast", window=day, name="since_large_24h", where=LARGE),
        a_feature("sum", *amount, day, "sum_24h"),
        a_feature("sum", *score, hour, "score_1h"),
        a_feature("mean", *score, hour, "mean_score_1h"),
        mean,
        a_feature("variance", *amount, day, "variance_24h"),
        deviation,
        a_feature("variance", *merchant, hour, "variance_1h"),
        least,
        most,
        a_feature("first", *channel, day, "first_24h"),
        last,
        a_derived_feature("ratio", [large, count], "share_1h"),
        a_derived_feature("difference", [count, large], "small_1h"),
        spread,
        a_derived_feature("zScore", [last, mean, deviation], "z_24h"),
    ]


def card_group(closed: str) -> Tuple[FeatureGroup, Spec]:
    group = a_group(card_features(closed))
    return group, a_spec(group, COLUMNS)


@cache
def our_features(closed: str) -> pa.Table:
    """Return the event ids and features, row by row those of ``card_events``."""
    group, spec = card_group(closed)
    events = card_events()
    queries = events.select(["event_id", "card_id"]).append_column("query_time", events["event_time"])
    return evaluate(group, spec, events, queries).select(["event_id", *(feature.name for feature in group.features)])
