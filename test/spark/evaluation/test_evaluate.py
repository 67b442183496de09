"""Arrow in, Arrow out: what holds for every history, where windows begin and end, and what is refused.

Values worked out by hand are in ``test_evaluate_values.py``, generated cases in ``test_evaluate_model.py``.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import List, Sequence, Tuple

import pyarrow as pa
import pytest
from factories import (
    HOUR_US,
    TYPES,
    WITHOUT_COLUMN,
    a_feature,
    a_group,
    a_history,
    a_spec,
    at_themselves,
    compared,
    event_table,
    every_derived_feature,
    every_feature,
    query_table,
)
from generated_cases import Case, History
from model_comparison import Tally, compare, evaluated

from medallion.errors import InputError
from medallion.evaluation.aggregate import AGGREGATIONS
from medallion.evaluation.evaluate import evaluate
from medallion.instants import FIRST_US, LAST_US
from medallion.spec.declaration import AnyFeature, Window

SOME = compared("value", "greaterThan", Decimal("-2.50"))


def decimal_features(windows: Sequence[Tuple[int, int]]) -> List[AnyFeature]:
    features = every_feature(TYPES["decimal"], windows, SOME)
    return [*features, *every_derived_feature(features)]


@pytest.mark.parametrize("seed", range(20))
def test_order_of_events_does_not_matter(seed: int) -> None:
    events = a_history(seed)
    features = decimal_features([(10, 0), (7, 3)])
    shuffled = random.Random(seed + 1000).sample(events, len(events))
    queries = at_themselves(events)
    assert evaluated(features, TYPES["decimal"], events, queries).equals(
        evaluated(features, TYPES["decimal"], shuffled, queries)
    )


@pytest.mark.parametrize("seed", range(20))
def test_results_come_in_the_order_of_the_queries(seed: int) -> None:
    events = a_history(seed)
    features = decimal_features([(10, 0)])
    queries = at_themselves(events)
    places = random.Random(seed).sample(range(len(queries)), len(queries))
    in_order = evaluated(features, TYPES["decimal"], events, queries)
    shuffled = evaluated(features, TYPES["decimal"], events, [queries[place] for place in places])
    assert in_order.take(places).equals(shuffled)


@pytest.mark.parametrize("seed", range(20))
def test_an_event_changes_no_feature_at_or_before_its_time(seed: int) -> None:
    events = a_history(seed)
    left = [feature for feature in every_feature(TYPES["decimal"], [(10, 0)], SOME) if feature.window.closed == "left"]
    features: List[AnyFeature] = [*left, *every_derived_feature(left)]
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
    histories = []
    for number in range(60):
        card = {"bank": "k", "card": str(number)}
        events = [
            {**card, "event_id": f"{number} {when}", "event_time": when, "value": number}
            for when in (FIRST_US, 0, LAST_US)
        ]
        histories.append(History(events, [{**card, "query_time": when} for when in (FIRST_US, 1, LAST_US)]))
    windows = [(1, 0), (LAST_US - FIRST_US, 0), (2**62, 2**62), (HOUR_US, 2**62)]
    tally = Tally()
    compare(Case("integer", [*every_feature(TYPES["integer"], windows)], histories), tally)
    assert tally.mismatches == []


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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("aggregation", [name for name in AGGREGATIONS if name not in WITHOUT_COLUMN])
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
