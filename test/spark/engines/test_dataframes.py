"""Many seeded events, each feature of each event, against the rolling windows of Polars and pandas.

Where the rules differ, and which one is ours (``[t-W, t)`` for left, ``(t-W, t]`` for right, all ties or none):

- Polars is as we are: windows are by value, with each of the four boundaries, and rows of one instant get one value.
  ``first`` and ``last`` go by the place of the row, so the rows are sorted by event id within an instant; ``n_unique``
  counts null as a value; a filter drops unknown as ours does.
- pandas, closed on the right: a row sees the ties that stand above it and not those below. Ours sees all of them, so
  the last row of each instant is compared. Closed on the left, no tie is seen, as with us.
- pandas: a sum over no values is NaN where ours is 0, ``count`` is of values where ours is of events, and there is
  neither a distinct count nor a first and last.

Sums, counts and extremes are of integers below 2**53, or of doubles that add up exactly in any order, so that they
and a quotient of two are equal to the last bit. The exception is ``var``: both libraries update a double event by
event, so that the error goes with the values that have left the window (pandas was wrong by 2e-7 of a value, Polars by
7e-15). There the tolerance is 1e-12 of the column's largest variance; equality to the last bit is shown for the
variance of merchant ids, from the whole sums of the ids and of their squares.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Callable, Dict, Iterator, List, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
from factories import TYPES, a_feature
from many_events import EVENTS, card_events, our_features
from model_comparison import evaluated

from medallion.spec.declaration import BOUNDARIES, Window

Engine = Callable[[str], pl.DataFrame]

CLOSED: Dict[str, Any] = {"left": "left", "right": "right", "both": "both", "neither": "none"}
"""Our boundaries in the words of Polars."""

TIMES, VALUES = [0, 1, 1, 1, 2, 3], [1, 2, 4, 8, 16, 32]
"""Powers of two, so that a sum tells which events were seen."""


@cache
def sorted_events() -> pl.DataFrame:
    """Return the events by card, time and id, with time in microseconds, money in cents and conditions evaluated."""
    frame = pl.from_arrow(card_events())
    assert isinstance(frame, pl.DataFrame)
    return (
        frame.with_row_index("row")
        .sort("card_id", "event_time", "event_id")
        .with_columns(
            us=pl.col("event_time").dt.epoch("us"),
            minor=(pl.col("amount") * 100).cast(pl.Int64),
            is_large=pl.col("channel").is_in(["web", "app"]) & (pl.col("amount") > 10),
            square=pl.col("merchant_id") ** 2,
        )
    )


@cache
def our_columns(closed: str) -> pl.DataFrame:
    """Return our features in the order of ``sorted_events``, money in cents."""
    frame = pl.from_arrow(our_features(closed))
    assert isinstance(frame, pl.DataFrame)
    money = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    cents = frame.with_columns((pl.col(name) * 100).cast(pl.Int64) for name in money)
    return cents[sorted_events()["row"]]


def differing(ours: pl.DataFrame, theirs: pl.DataFrame) -> Dict[str, int]:
    """Return for each of their columns how many rows differ from ours; an absent value equals only another."""
    assert ours.height == theirs.height == EVENTS
    return {name: int(ours[name].ne_missing(theirs[name].cast(ours[name].dtype)).sum()) for name in theirs.columns}


def quotient(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return one division of two doubles, absent over zero."""
    return pl.when(denominator != 0).then(numerator / denominator)


def exact_variance() -> pl.Expr:
    """Return the variance of merchant ids from three whole numbers, the numerator and denominator below 2**53."""
    n, total, squares = (pl.col(name).cast(pl.Int64) for name in ("merchants", "total", "squares"))
    return quotient(n * squares - total * total, n * (n - 1))


def polars_features(closed: str) -> pl.DataFrame:
    """Return features in the order of ``sorted_events``; ties have equal ones, so their order does not matter."""
    events = sorted_events()
    hour = events.rolling("event_time", period="1h", group_by="card_id", closed=CLOSED[closed]).agg(
        count_1h=pl.len(),
        large_1h=pl.col("us").filter("is_large").len(),
        distinct_1h=pl.col("merchant_id").drop_nulls().n_unique(),
        score_1h=pl.col("score").sum(),
        mean_score_1h=pl.col("score").mean(),
        merchants=pl.col("merchant_id").count(),
        total=pl.col("merchant_id").sum(),
        squares=pl.col("square").sum(),
    )
    day = events.rolling("event_time", period="24h", group_by="card_id", closed=CLOSED[closed]).agg(
        newest_large=pl.when("is_large").then("us").max(),
        sum_24h=pl.col("minor").sum(),
        amounts=pl.col("minor").count(),
        min_24h=pl.col("minor").min(),
        max_24h=pl.col("minor").max(),
        first_24h=pl.col("channel").drop_nulls().first(),
        last_24h=pl.col("minor").drop_nulls().last(),
        variance_24h=pl.col("minor").var() / 10_000,
    )
    keys = ("card_id", "event_time")
    windowed = events.select("us").hstack(
        [column for part in (hour, day) for column in part.sort(keys).drop(keys).get_columns()]
    )
    return windowed.with_columns(
        since_large_24h=(pl.col("us") - pl.col("newest_large")) / 1_000_000,
        mean_24h=quotient(pl.col("sum_24h"), pl.col("amounts").cast(pl.Int64) * 100),
        variance_1h=exact_variance(),
        share_1h=quotient(pl.col("large_1h"), pl.col("count_1h")),
        small_1h=pl.col("count_1h").cast(pl.Int64) - pl.col("large_1h").cast(pl.Int64),
        spread_24h=pl.col("max_24h") - pl.col("min_24h"),
    )


def pandas_features(closed: str) -> pl.DataFrame:
    """Return features in the order of ``sorted_events``, those of an instant's last row for all of its ties."""
    events = sorted_events()
    numbers = events.select(
        "event_time", "us", "minor", "merchant_id", "square", "score",
        card=pl.col("card_id").rle_id(), large=pl.when("is_large").then("us"),
    ).to_pandas()  # fmt: skip
    # sorted by card, so that results stay in the order of the rows
    hour, day = (
        numbers.groupby("card", sort=False).rolling(length, on="event_time", closed=closed) for length in ("1h", "24h")
    )
    columns = {
        "count_1h": hour["us"].count().fillna(0),
        "large_1h": hour["large"].count().fillna(0),
        "score_1h": hour["score"].sum().fillna(0),
        "mean_score_1h": hour["score"].mean(),
        "merchants": hour["merchant_id"].count().fillna(0),
        "total": hour["merchant_id"].sum().fillna(0),
        "squares": hour["square"].sum().fillna(0),
        "newest_large": day["large"].max(),
        "sum_24h": day["minor"].sum().fillna(0),
        "amounts": day["minor"].count().fillna(0),
        "min_24h": day["minor"].min(),
        "max_24h": day["minor"].max(),
        "variance_24h": day["minor"].var() / 10_000,
    }
    place = last_of_ties() if closed == "right" else np.arange(EVENTS)
    windowed = pl.DataFrame(
        {name: pl.Series(values.to_numpy()[place], nan_to_null=True) for name, values in columns.items()}
    )
    return windowed.with_columns(
        since_large_24h=(events["us"] - windowed["newest_large"]) / 1_000_000,
        mean_24h=quotient(pl.col("sum_24h"), pl.col("amounts") * 100),
        variance_1h=exact_variance(),
        share_1h=quotient(pl.col("large_1h"), pl.col("count_1h")),
        small_1h=pl.col("count_1h") - pl.col("large_1h"),
        spread_24h=pl.col("max_24h") - pl.col("min_24h"),
    )


def last_of_ties() -> npt.NDArray[np.int64]:
    """Return for each row of ``sorted_events`` the place of the last row of its card and instant."""
    keys = sorted_events().select("card_id", "event_time")
    ends = np.flatnonzero((keys != keys.shift(-1)).select(pl.any_horizontal(pl.all()).fill_null(True)).to_series())
    return ends[np.searchsorted(ends, np.arange(EVENTS))]


@pytest.fixture(scope="module", autouse=True)
def frames_of_this_module() -> Iterator[None]:
    yield
    sorted_events.cache_clear()
    our_columns.cache_clear()


@pytest.mark.parametrize("closed", ["left", "right"])
@pytest.mark.parametrize("engine", [polars_features, pandas_features])
def test_every_feature_of_many_events_equals_a_rolling_window(engine: Engine, closed: str) -> None:
    ours, theirs = our_columns(closed), engine(closed)
    exact = [name for name in theirs.columns if name in ours.columns and name != "variance_24h"]
    assert set(exact) >= {"count_1h", "large_1h", "sum_24h", "mean_24h", "variance_1h", "share_1h", "spread_24h"}
    assert differing(ours, theirs.select(exact)) == dict.fromkeys(exact, 0)
    wanted, found = (frame["variance_24h"] for frame in (ours, theirs))
    assert wanted.is_null().equals(found.is_null())
    assert (wanted - found).abs().max() < 1e-12 * wanted.max()  # type: ignore[operator]


def test_a_pandas_row_sees_the_ties_above_it_and_our_event_sees_all_or_none() -> None:
    # two seconds of the values 1 at 0, then 2, 4 and 8 at 1, 16 at 2 and 32 at 3
    assert summed_by_pandas("left") == ours_summed("left") == [0, 1, 1, 1, 1 + 2 + 4 + 8, 2 + 4 + 8 + 16]
    assert summed_by_pandas("right") == [1, 1 + 2, 1 + 2 + 4, 1 + 2 + 4 + 8, 2 + 4 + 8 + 16, 16 + 32]
    assert ours_summed("right") == [1, 15, 15, 15, 2 + 4 + 8 + 16, 16 + 32]


@pytest.mark.parametrize("closed", BOUNDARIES)
def test_polars_sees_ties_as_we_do_with_every_boundary(closed: str) -> None:
    assert rolled(pl.col("value").sum(), closed) == ours_summed(closed)


def test_polars_takes_first_and_last_by_place_and_counts_null_as_a_value() -> None:
    # asked at 2 for [0, 2): place puts the 2 before the 8 of the same instant, whatever their ids
    assert rolled(pl.col("value").last(), "left")[4] == 8
    assert rolled(pl.col("value").last(), "left", order=[0, 3, 2, 1, 4, 5])[4] == 2
    nulls = pl.when(pl.col("value") > 1).then("value").n_unique()
    assert rolled(nulls, "left")[4] == len({None, 2, 4, 8})


def test_a_sum_beyond_64_bits_wraps_in_polars_and_is_absent_here() -> None:
    # in the seeded events nothing comes near the limits; [0, 2) holds 2**63 - 1 and 1
    values = [2**63 - 1, 1]
    frame = pl.DataFrame({"time": [0, 1], "value": values})
    rolling = frame.rolling("time", period="2i", closed="right").agg(value=pl.col("value").sum())
    assert rolling["value"].to_list() == [2**63 - 1, -(2**63)]
    dated = pd.DataFrame({"time": pd.to_datetime([0, 1], unit="us"), "value": values})
    assert dated.rolling(pd.Timedelta(2, "us"), on="time")["value"].sum().tolist() == [2.0**63, 2.0**63]
    events = [{"bank": "1", "card": "1", "event_id": str(at), "event_time": at, "value": values[at]} for at in (0, 1)]
    feature = a_feature("sum", "value", TYPES["integer"], Window(2, 0, "right"))
    queries = [{"bank": "1", "card": "1", "query_time": at} for at in (0, 1)]
    assert evaluated([feature], TYPES["integer"], events, queries)["sum"].to_pylist() == [2**63 - 1, None]


def summed_by_pandas(closed: str) -> List[int]:
    frame = pd.DataFrame({"card": 1, "time": pd.to_datetime(TIMES, unit="us"), "value": VALUES})
    sums = frame.groupby("card").rolling(pd.Timedelta(2, "us"), on="time", closed=closed)["value"].sum()
    return [int(value) for value in sums.fillna(0)]


def rolled(expression: pl.Expr, closed: str, order: Sequence[int] = range(6)) -> List[Any]:
    frame = pl.DataFrame({"time": TIMES, "value": [VALUES[at] for at in order]})
    rolling = frame.rolling("time", period="2i", closed=CLOSED[closed]).agg(value=expression)
    return rolling["value"].to_list()


def ours_summed(closed: str) -> List[Any]:
    card = {"bank": "1", "card": "1"}
    events = [
        {**card, "event_id": str(at), "event_time": time, "value": value}
        for at, (time, value) in enumerate(zip(TIMES, VALUES))
    ]
    feature = a_feature("sum", "value", TYPES["integer"], Window(2, 0, closed))
    queries = [{**card, "query_time": time} for time in TIMES]
    return list(evaluated([feature], TYPES["integer"], events, queries)["sum"].to_pylist())
