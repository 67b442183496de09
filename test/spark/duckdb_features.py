"""The features of ``many_events`` as window functions of DuckDB, each written from the meaning of the feature."""

from __future__ import annotations

from functools import cache
from typing import Dict, Sequence

import duckdb
import pyarrow as pa
from many_events import DAY_US, card_events, our_features

LARGE = "FILTER (WHERE channel IN ('web', 'app') AND amount > 10)"
NOT_WEB = "FILTER (WHERE NOT (channel = 'web'))"
FRAMES = {
    "left": "BETWEEN {length} PRECEDING AND 1 PRECEDING",
    "right": "BETWEEN {shorter} PRECEDING AND CURRENT ROW",
}
"""Time is whole microseconds, so that an open end is a closed one a microsecond away."""

WINDOWED = {
    "count_1h": "count(*) OVER hour",
    "large_1h": f"count(*) {LARGE} OVER hour",
    "distinct_24h": f"count(DISTINCT merchant_id) {NOT_WEB} OVER day",
    "newest_large": f"max(us) {LARGE} OVER day",
    "amounts": "count(minor) OVER day",
    "sum_24h": "coalesce(sum(amount) OVER day, 0)",
    "squares": "sum(minor::HUGEINT * minor) OVER day",
    "min_24h": "min(amount) OVER day",
    "max_24h": "max(amount) OVER day",
    "first_24h": "arg_min(channel, (us, event_id)) FILTER (WHERE channel IS NOT NULL) OVER day",
    "last_24h": "arg_max(amount, (us, event_id)) FILTER (WHERE amount IS NOT NULL) OVER day",
}
"""Whatever needs a window, at about a second each; sums are of integers."""

FEATURES = {
    **{name: name for name in ("count_1h", "large_1h", "distinct_24h", "sum_24h", "min_24h", "max_24h")},
    **{name: name for name in ("first_24h", "last_24h", "variance_24h")},
    "since_large_24h": "(us - newest_large)::DOUBLE / 1000000",
    "mean_24h": "minor_sum::DOUBLE / nullif(amounts * 100, 0)::DOUBLE",
    "stddev_24h": "sqrt(variance_24h)",
    "share_1h": "large_1h::DOUBLE / nullif(count_1h, 0)::DOUBLE",
    "small_1h": "count_1h - large_1h",
    "spread_24h": "max_24h - min_24h",
    "z_24h": "(last_24h::DOUBLE - mean_24h) / nullif(stddev_24h, 0)",
}
"""The whole vocabulary from what the windows hold, with operations of two doubles at a time."""


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Return a database with the events, money also as whole cents, time also as microseconds."""
    database = duckdb.connect(config={"threads": 2})
    database.register("arrow_events", card_events())
    database.execute(
        "CREATE TABLE events AS SELECT *, epoch_us(event_time) AS us, (amount * 100)::BIGINT AS minor FROM arrow_events"
    )
    return database


@cache
def duckdb_features(closed: str) -> str:
    """Return the name of a table with the event ids and the features with that boundary."""
    database, table = connection(), f"features_{closed}"
    windows = ", ".join(
        f"{name} AS (PARTITION BY card_id ORDER BY us RANGE {FRAMES[closed].format(length=length, shorter=length - 1)})"
        for name, length in (("hour", DAY_US // 24), ("day", DAY_US))
    )
    columns = ", ".join(f"{sql} AS {name}" for name, sql in WINDOWED.items())
    database.execute(f"CREATE OR REPLACE TABLE windowed AS SELECT event_id, us, {columns} FROM events WINDOW {windows}")
    database.register("variances", _variances(database))
    features = ", ".join(f"{sql} AS {name}" for name, sql in FEATURES.items())
    database.execute(
        f"CREATE TABLE {table} AS SELECT event_id, {features} "
        "FROM (SELECT *, (sum_24h * 100)::BIGINT AS minor_sum FROM windowed) LEFT JOIN variances USING (event_id)"
    )
    return table


def _variances(database: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the sample variances of the rows of ``windowed``: integers of any size, and one rounding by Python.

    DuckDB has the numerator n * sum(x * x) - sum(x) * sum(x) exactly, as a 128-bit integer, but no exact quotient.
    """
    total = "(sum_24h * 100)::HUGEINT"
    found = database.execute(
        f"SELECT event_id::INTEGER AS event, amounts, (numerator >> 62)::BIGINT AS high, "
        f"(numerator & {2**62 - 1}::HUGEINT)::BIGINT AS low FROM "
        f"(SELECT *, amounts * squares - {total} * {total} AS numerator FROM windowed) WHERE amounts > 1"
    ).fetchnumpy()
    counts, highs, lows = (found[name].tolist() for name in ("amounts", "high", "low"))
    variances = [((high << 62) + low) / (count * (count - 1) * 100**2) for count, high, low in zip(counts, highs, lows)]
    return pa.table({"event_id": pa.array(found["event"]).cast(pa.string()), "variance_24h": pa.array(variances)})


def differing_rows(table: str, ours: pa.Table, features: Sequence[str]) -> Dict[str, int]:
    """Return how many rows of each feature differ from DuckDB's; the rows as a whole are those of the events."""
    database = connection()
    database.register("ours", ours)
    differences = ", ".join(f"count_if(ours.{name} IS DISTINCT FROM theirs.{name})" for name in features)
    missing = "count_if(ours.event_id IS NULL OR theirs.event_id IS NULL)"
    (row,) = database.execute(
        f"SELECT count(*), {missing}, {differences} FROM ours FULL JOIN {table} AS theirs USING (event_id)"
    ).fetchall()
    return dict(zip(("rows", "missing", *features), row))


def release() -> None:
    """Give back the memory of events and features, which the tests of all engines share until the last has run."""
    connection().close()
    for kept in (connection, duckdb_features, card_events, our_features):
        kept.cache_clear()
