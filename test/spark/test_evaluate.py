"""Arrow in, Arrow out: every aggregation, boundary and type against the quadratic model."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, List, Sequence, Tuple

import pyarrow as pa
import pytest
from factories import (
    ENTITY,
    HOUR_US,
    KEYS,
    TYPES,
    Row,
    a_feature,
    a_group,
    a_history,
    a_spec,
    at_themselves,
    event_table,
    every_feature,
    plain_values,
    query_table,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_model import feature_values

from medallion.column_type import ColumnType
from medallion.errors import InputError, KernelOverflow
from medallion.evaluate import evaluate
from medallion.spec import Feature, Window
from medallion.timeline import FIRST_US, LAST_US

PERIOD = 24
STARTS = [0, -PERIOD // 2, FIRST_US, LAST_US - PERIOD, 1_761_206_400_000_000]

VALUES = {
    "integer": st.sampled_from([0, 1, 2, -3, 7, 2**53 + 1, -(2**62), 2**62, 2**63 - 1, -(2**63)]),
    "decimal": st.sampled_from([Decimal(text) for text in ("0.00", "0.01", "-0.01", "12.34", "9999999999.99")]),
    "double": st.one_of(st.sampled_from([0.0, -0.0, 0.1, 1e15, -1e15, 5e-324]), st.floats(-1e300, 1e300)),
    "string": st.sampled_from(["", "a", "b", "Z", "é", "\U0001f600", "\uffff"]),
    "boolean": st.booleans(),
    "timestamp": st.sampled_from([0, -1, FIRST_US, LAST_US]),
}


@st.composite
def cases(draw: Any, kind: str) -> Tuple[List[Row], List[Row], List[Feature]]:
    """Draw events and queries within a few microseconds of each other, and every feature over two windows."""
    start = draw(st.sampled_from(STARTS))
    time, key, value = st.integers(0, PERIOD), st.sampled_from(KEYS), st.one_of(st.none(), VALUES[kind])
    drawn = draw(st.lists(st.tuples(time, key, value, st.integers(0, 99)), max_size=14))
    events = [
        {"event_id": f"{salt}-{at}", "event_time": start + when, "bank": key[0], "card": key[1], "value": value}
        for at, (when, key, value, salt) in enumerate(drawn)
    ]
    asked = draw(st.lists(st.tuples(time, key), max_size=5))
    queries = [{"query_time": start + when, "bank": key[0], "card": key[1]} for when, key in asked]
    queries += [{**event, "query_time": event["event_time"]} for event in events[:3]]
    windows = draw(st.lists(st.tuples(st.integers(1, PERIOD), st.integers(0, 6)), min_size=1, max_size=2))
    return events, queries, every_feature(TYPES[kind], windows)


def evaluated(features: Sequence[Feature], kind: ColumnType, events: Sequence[Row], queries: Sequence[Row]) -> pa.Table:
    group = a_group(features, ENTITY)
    spec = a_spec(group, {"value": kind})
    return evaluate(group, spec, event_table(spec, events), query_table(spec, group, queries))


def assert_equals_model(case: Tuple[List[Row], List[Row], List[Feature]], kind: ColumnType) -> None:
    events, queries, features = case
    fitting, expected = [], {}
    for feature in features:
        try:
            expected[feature.name] = feature_values(feature, ENTITY, events, queries)
            fitting.append(feature)
        except OverflowError:
            with pytest.raises(KernelOverflow, match=f"^{feature.name}: got a sum"):
                evaluated([feature], kind, events, queries)
    if fitting:
        result = evaluated(fitting, kind, events, queries)
        for feature in fitting:
            got = plain_values(result[feature.name])
            assert list(map(repr, got)) == list(map(repr, map(without_negative_zero, expected[feature.name]))), feature


def without_negative_zero(value: Any) -> Any:
    return 0.0 if isinstance(value, float) and value == 0.0 else value


@pytest.mark.parametrize("kind", TYPES)
def test_every_aggregation_and_boundary_equals_the_model(kind: str) -> None:
    @settings(max_examples=600, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases(kind))
    def holds(case: Tuple[List[Row], List[Row], List[Feature]]) -> None:
        assert_equals_model(case, TYPES[kind])

    holds()


@pytest.mark.nightly
@pytest.mark.parametrize("kind", TYPES)
def test_every_aggregation_and_boundary_equals_the_model_on_many_cases(kind: str) -> None:
    @settings(max_examples=15_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases(kind))
    def holds(case: Tuple[List[Row], List[Row], List[Feature]]) -> None:
        assert_equals_model(case, TYPES[kind])

    holds()


@pytest.mark.parametrize("seed", range(20))
def test_order_of_events_does_not_matter(seed: int) -> None:
    events = a_history(seed)
    features = every_feature(TYPES["decimal"], [(10, 0), (7, 3)])
    shuffled = random.Random(seed + 1000).sample(events, len(events))
    queries = at_themselves(events)
    assert evaluated(features, TYPES["decimal"], events, queries).equals(
        evaluated(features, TYPES["decimal"], shuffled, queries)
    )


@pytest.mark.parametrize("seed", range(20))
def test_results_come_in_the_order_of_the_queries(seed: int) -> None:
    events = a_history(seed)
    features = every_feature(TYPES["decimal"], [(10, 0)])
    queries = at_themselves(events)
    places = random.Random(seed).sample(range(len(queries)), len(queries))
    in_order = evaluated(features, TYPES["decimal"], events, queries)
    shuffled = evaluated(features, TYPES["decimal"], events, [queries[place] for place in places])
    assert in_order.take(places).equals(shuffled)


@pytest.mark.parametrize("seed", range(20))
def test_an_event_changes_no_feature_at_or_before_its_time(seed: int) -> None:
    events = a_history(seed)
    features = [feature for feature in every_feature(TYPES["decimal"], [(10, 0)]) if feature.window.closed == "left"]
    chosen = random.Random(seed).randrange(len(events))
    changed = [dict(event) for event in events]
    changed[chosen]["value"] = Decimal("99999.99")
    instant = events[chosen]["event_time"]
    queries = [query for query in at_themselves(events) if query["query_time"] <= instant]
    before = evaluated(features, TYPES["decimal"], events, queries)
    assert before.equals(evaluated(features, TYPES["decimal"], changed, queries))
    without = [event for event in events if event is not events[chosen]]
    assert before.equals(evaluated(features, TYPES["decimal"], without, queries))


def test_composite_keys_are_never_joined_into_one_string() -> None:
    events = [{"event_id": "a", "event_time": 0, "bank": "1", "card": "23"}]
    queries = [{"query_time": 1, "bank": "12", "card": "3"}, {"query_time": 1, "bank": "1", "card": "23"}]
    assert evaluated([a_feature("count")], TYPES["integer"], events, queries)["count"].to_pylist() == [0, 1]


def test_sixty_entities_over_ten_thousand_years_stay_apart() -> None:
    keys = [("k", str(number)) for number in range(60)]
    events = [
        {"event_id": f"{bank}{card}{when}", "event_time": when, "bank": bank, "card": card, "value": int(card)}
        for bank, card in keys
        for when in (FIRST_US, 0, LAST_US)
    ]
    queries = [
        {"query_time": when, "bank": bank, "card": card} for bank, card in keys for when in (FIRST_US, 1, LAST_US)
    ]
    features = every_feature(TYPES["integer"], [(1, 0), (LAST_US - FIRST_US, 0), (2**62, 2**62), (HOUR_US, 2**62)])
    assert_equals_model((events, queries, features), TYPES["integer"])


def test_edges_are_exact_to_the_microsecond() -> None:
    events = [{"event_id": "a", "event_time": 1000, "bank": "1", "card": "1"}]
    queries = [
        {"query_time": 1000 + late, "bank": "1", "card": "1"} for late in (-1, 0, 1, HOUR_US - 1, HOUR_US, HOUR_US + 1)
    ]
    expected = {
        "left": [0, 0, 1, 1, 1, 0],
        "right": [0, 1, 1, 1, 0, 0],
        "both": [0, 1, 1, 1, 1, 0],
        "neither": [0, 0, 1, 1, 0, 0],
    }
    features = [a_feature("count", window=Window(HOUR_US, 0, closed), name=closed) for closed in expected]
    result = evaluated(features, TYPES["integer"], events, queries)
    assert {name: result[name].to_pylist() for name in expected} == expected


def test_last_takes_the_greatest_event_id_among_ties_and_skips_nulls() -> None:
    common = {"event_time": 0, "bank": "1", "card": "1"}
    events = [
        {**common, "event_id": "b", "value": "second"},
        {**common, "event_id": "c", "value": None},
        {**common, "event_id": "a", "value": "first"},
    ]
    queries = [{"query_time": 1, "bank": "1", "card": "1"}]
    last = a_feature("last", "value", TYPES["string"])
    assert evaluated([last], TYPES["string"], events, queries)["last"].to_pylist() == ["second"]


def test_mean_beyond_53_bits_is_rounded_once() -> None:
    values = [2**53 + 1, 2**53 + 1, 2**53 + 2]
    common = {"event_time": 0, "bank": "1", "card": "1"}
    events = [{**common, "event_id": str(at), "value": value} for at, value in enumerate(values)]
    mean = a_feature("mean", "value", TYPES["integer"])
    result = evaluated([mean], TYPES["integer"], events, [{"query_time": 1, "bank": "1", "card": "1"}])
    # (3 * 2**53 + 4) / 3 = 2**53 + 4/3, nearest even double 2**53 + 2; three rounded addends would give 2**53
    assert result["mean"].to_pylist() == [float(2**53 + 2)]


def test_doubles_cancel_exactly() -> None:
    common = {"bank": "1", "card": "1"}
    values = [0.1, 1e15, -1e15, 1e300, -1e300]
    events = [{**common, "event_id": str(at), "event_time": at, "value": value} for at, value in enumerate(values)]
    features = [a_feature("sum", "value", TYPES["double"])]
    queries = [
        {**common, "query_time": 5},
        {**common, "query_time": HOUR_US + 1},
        {**common, "query_time": HOUR_US + 9},
    ]
    result = evaluated(features, TYPES["double"], events, queries)
    # the second window has lost the 0.1 and holds the other four, the third nothing
    assert result["sum"].to_pylist() == [0.1, 0.0, 0.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("aggregation", ["sum", "mean", "countDistinct", "min", "max", "last"])
def test_fails_when_a_double_is_not_finite(aggregation: str, value: float) -> None:
    events = [{"event_id": "a", "event_time": 0, "bank": "1", "card": "1", "value": value}]
    feature = a_feature(aggregation, "value", TYPES["double"])
    with pytest.raises(InputError, match="^value: got NaN or infinity, expected finite numbers"):
        evaluated([feature], TYPES["double"], events, [])


def test_fails_when_an_entity_is_null() -> None:
    events = [{"event_id": "a", "event_time": 0, "bank": None, "card": "1"}]
    with pytest.raises(InputError, match="^bank: got 1 nulls in an entity's column"):
        evaluated([a_feature("count")], TYPES["integer"], events, [])


def test_fails_when_a_column_has_another_type() -> None:
    group = a_group([a_feature("sum", "value", TYPES["integer"])])
    spec = a_spec(group, {"value": TYPES["integer"]})
    events = event_table(spec, []).set_column(3, "value", pa.array([], pa.int32()))
    with pytest.raises(InputError, match="^value: got int32, expected int64; cast it before"):
        evaluate(group, spec, events, query_table(spec, group, []))


def test_fails_when_a_time_is_outside_the_years_1_to_9999() -> None:
    events = [{"event_id": "a", "event_time": LAST_US + 1, "bank": "1", "card": "1"}]
    with pytest.raises(InputError, match="^event_time: got .* expected the years 1 to 9999"):
        evaluated([a_feature("count")], TYPES["integer"], events, [])
