"""Which gold rows are recomputed for which events, and which of them are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import pytest
from naive_model import model_features
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from spark_lake import golden_document

from medallion.instants import DAY_US, datetime_of
from medallion.lake.tables import gold_table
from medallion.layers.gold import gold_changes, gold_features, touched_entities, touched_range
from medallion.spec.document import spec_of
from medallion.spec.names import OVERFLOWED

SPEC = spec_of(golden_document())
(GROUP,) = SPEC.feature_groups
T0 = 1_761_256_800_000_000  # 2025-10-23T22:00:00Z
HOUR_US = DAY_US // 24

Event = Tuple[str, str, int, str]
"""Event id, card, hours after T0, amount."""


def silver_of(spark: SparkSession, events: Sequence[Event]) -> DataFrame:
    rows = [
        (event_id, datetime_of(T0 + hours * HOUR_US), card, "m", Decimal(amount), None, None, None)
        for event_id, card, hours, amount in events
    ]
    columns = gold_table(SPEC, GROUP).columns[:8]
    schema = ", ".join(f"{name} {kind}" for name, kind in columns)
    return spark.createDataFrame(rows, schema).withColumn("dt", sf.to_date("event_time"))


def gold_of(spark: SparkSession, events: Sequence[Event]) -> DataFrame:
    """Return the gold table of the events, every entity recomputed."""
    silver = silver_of(spark, events)
    empty = silver.limit(0)
    return gold_features(silver, touched_entities(silver, empty, GROUP), GROUP, SPEC).drop(OVERFLOWED)


def changed_ids(spark: SparkSession, before: Sequence[Event], after: Sequence[Event], accepted: Set[str]) -> List[Any]:
    """Return (event id, obsolete) of what is written when the accepted events turn silver from before to after."""
    standing, silver = gold_of(spark, before), silver_of(spark, after)
    new = silver.where(sf.col("event_id").isin(sorted(accepted)))
    touched = touched_entities(new, standing, GROUP)
    expected = gold_features(silver, touched, GROUP, SPEC)
    changes = gold_changes(expected, standing, touched, GROUP)
    return sorted((row.event_id, row._obsolete) for row in changes.collect())


def test_features_of_every_entity_equal_the_quadratic_model(spark: SparkSession) -> None:
    events: List[Event] = [(f"e{n}", f"c{n % 3}", n * 7 % 200, f"{n % 9}.{n % 10}0") for n in range(60)]
    model = [
        {"event_id": i, "card_id": card, "event_time": T0 + hours * HOUR_US, "amount": Decimal(amount)}
        for i, card, hours, amount in events
    ]
    model = [{**row, "merchant_id": "m", "currency": None, "country": None, "pos_mode": None} for row in model]
    found = {row.event_id: row for row in gold_of(spark, events).collect()}
    assert len(found) == 60
    for event in model:
        query = {**event, "query_time": event["event_time"]}
        expected = model_features(GROUP, model, query)
        assert {name: found[event["event_id"]][name] for name in expected} == expected


def test_an_entity_is_touched_from_its_first_new_event_to_the_end_of_the_last_ones_reach(spark: SparkSession) -> None:
    silver = silver_of(spark, [("a", "c1", 0, "1"), ("b", "c1", 5, "1"), ("c", "c2", 9, "1")])
    touched = touched_entities(silver, silver.limit(0), GROUP)
    rows: Dict[str, Any] = {row.card_id: row for row in touched.collect()}
    assert set(rows) == {"c1", "c2"}
    # The longest window is seven days.
    assert touched_range(touched.where("card_id = 'c1'")) == (T0, T0 + 5 * HOUR_US + 7 * DAY_US)


@pytest.mark.parametrize(
    ("late_hours", "expected"),
    [
        (-1, ["late", "e0", "e100", "e167"]),
        (-2, ["late", "e0", "e100"]),
        (100, ["late", "e167", "e168", "e169"]),
        (400, ["late"]),
    ],
)
def test_only_rows_that_a_new_event_changes_are_written(
    spark: SparkSession, late_hours: int, expected: List[str]
) -> None:
    before: List[Event] = [(f"e{hours}", "c1", hours, "1") for hours in (0, 100, 167, 168, 169)]
    before.append(("other", "c2", 0, "1"))
    late: Event = ("late", "c1", late_hours, "5")
    # An event reaches the rows of the next seven days, which are 168 hours; the mean of the amounts tells them apart.
    written = changed_ids(spark, before, [*before, late], {"late"})
    assert written == sorted((name, False) for name in expected)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (("x", "c2", 0, "5"), [("in_c1", False), ("in_c2", False), ("x", False)]),
        (("x", "c1", 2, "5"), [("in_c1", False), ("x", False), ("x", True)]),
    ],
)
def test_an_event_that_moves_is_taken_out_of_where_it_stood(
    spark: SparkSession, moved: Event, expected: List[Tuple[str, Optional[bool]]]
) -> None:
    others: List[Event] = [("in_c1", "c1", 1, "1"), ("in_c2", "c2", 1, "1")]
    assert changed_ids(spark, [*others, ("x", "c1", 0, "5")], [*others, moved], {"x"}) == expected


def test_nothing_is_written_when_nothing_changed(spark: SparkSession) -> None:
    events: List[Event] = [("a", "c1", 0, "1"), ("b", "c1", 1, "2"), ("c", "c2", 1, "2")]
    assert changed_ids(spark, events, events, {"a", "b", "c"}) == []
