"""Many seeded events, each feature of each event, against the window functions of DuckDB, without tolerance.

Where the rules differ, and which one is ours:

- RANGE frames are by value, as ours are: an event with the current event's time is in ``(t-W, t]`` and not in
  ``[t-W, t)``, whatever the order of the rows. ROWS frames see the ties that happen to stand above.
- ``first_value`` and ``last_value`` take any of several events at one instant. Ours are ordered by event id; in SQL
  that is ``arg_min`` and ``arg_max`` by the pair of time and id.
- ``var_samp`` and ``stddev_samp`` compute in doubles, so that their last digits depend on the order of the rows. Ours
  are the exact value rounded once: the numerator in DuckDB's 128-bit integers, divided once.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any, Dict, List, Sequence, Tuple

import duckdb
import pytest
from duckdb_features import FEATURES, differing_rows, duckdb_features
from factories import TYPES, a_feature
from many_events import EVENTS, card_features, our_features
from model_comparison import evaluated

from medallion.evaluation.aggregate import AGGREGATIONS
from medallion.evaluation.derive import DERIVATIONS
from medallion.spec.declaration import Window

CARD = {"bank": "1", "card": "1"}
Event = Tuple[str, int, int]
TIES: List[Event] = [("a", 0, 1), ("c", 5, 2), ("b", 5, 4), ("d", 10, 8)]
"""Event id, time and value; two events are at time 5."""


@pytest.mark.parametrize("closed", ["left", "right"])
def test_every_feature_of_many_events_equals_duckdb(closed: str) -> None:
    found = differing_rows(duckdb_features(closed), our_features(closed), list(FEATURES))
    assert found == {"rows": EVENTS, "missing": 0, **dict.fromkeys(FEATURES, 0)}


def test_the_compared_features_are_the_whole_vocabulary() -> None:
    compared = [feature for feature in card_features("left") if feature.name in FEATURES]
    kinds = [getattr(feature, "aggregation", None) or getattr(feature, "derivation", None) for feature in compared]
    assert set(kinds) == {*AGGREGATIONS, *DERIVATIONS}
    assert any(getattr(feature, "where", None) for feature in compared)


def test_a_sum_beyond_64_bits_has_more_in_duckdb_and_is_absent_here() -> None:
    # in the seeded events nothing comes near the limits; at 20 both values are in (14, 20]
    events = [("a", 15, 2**63 - 1), ("b", 20, 1)]
    frame = "sum(value) OVER (ORDER BY time RANGE BETWEEN 5 PRECEDING AND CURRENT ROW)"
    assert over(events, frame) == {"a": 2**63 - 1, "b": 2**63}
    assert ours(events, "sum", "right") == {"a": 2**63 - 1, "b": None}
    with pytest.raises(duckdb.ConversionException, match="out of range"):
        over(events, f"({frame})::BIGINT")


@pytest.mark.parametrize("events", [TIES, TIES[::-1]])
def test_range_frames_see_ties_as_our_windows_do(events: Sequence[Event]) -> None:
    # [t-6, t): nothing, then the 1 for both ties, then both ties; (t-6, t] adds the event itself and its ties
    expected = {"left": {"a": 0, "b": 1, "c": 1, "d": 6}, "right": {"a": 1, "b": 7, "c": 7, "d": 14}}
    for closed, frame in (("left", "6 PRECEDING AND 1 PRECEDING"), ("right", "5 PRECEDING AND CURRENT ROW")):
        theirs = over(events, f"coalesce(sum(value) OVER (ORDER BY time RANGE BETWEEN {frame}), 0)::BIGINT")
        assert theirs == ours(events, "sum", closed) == expected[closed]


def test_rows_frames_tell_ties_apart_by_their_place() -> None:
    frame = "sum(value) OVER (ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::BIGINT"
    seen = over(TIES, frame)
    # the first of the two ties has the 1 and itself, the second also the first: 3 and 7, or 5 and 7
    assert (seen["c"], seen["b"]) in ((3, 7), (7, 5))


def test_last_value_takes_the_row_that_stands_last_and_ours_the_greatest_id() -> None:
    window = "OVER (ORDER BY time RANGE BETWEEN 6 PRECEDING AND 1 PRECEDING)"
    by_place = [over(events, f"last_value(value) {window}")["d"] for events in (TIES, TIES[::-1])]
    by_id = [over(events, f"arg_max(value, (time, id)) {window}")["d"] for events in (TIES, TIES[::-1])]
    assert sorted(by_place) == [2, 4]
    assert by_id == [ours(events, "last")["d"] for events in (TIES, TIES[::-1])] == [2, 2]


def test_var_samp_depends_on_the_order_of_the_rows_and_ours_is_the_nearest_double() -> None:
    orders = list(permutations((0.1, 0.2, 0.3)))
    sample = "SELECT var_samp(value) OVER () FROM unnest($1::DOUBLE[]) AS values(value) LIMIT 1"
    theirs = {duckdb.execute(sample, [list(order)]).fetchall()[0][0] for order in orders}
    feature = a_feature("variance", "value", TYPES["double"])
    ours_in_order = set()
    for order in orders:
        events = [{**CARD, "event_id": str(at), "event_time": at, "value": value} for at, value in enumerate(order)]
        ours_in_order.add(
            evaluated([feature], TYPES["double"], events, [{**CARD, "query_time": 3}])["variance"][0].as_py()
        )
    assert len(theirs) > 1
    x, y, z = map(Fraction, (0.1, 0.2, 0.3))
    assert ours_in_order == {float((3 * (x * x + y * y + z * z) - (x + y + z) ** 2) / 6)}


def over(events: Sequence[Event], sql: str) -> Dict[str, Any]:
    """Return an expression for each event of a table with columns id, time and value."""
    rows = ", ".join(f"('{name}', {time}, {value})" for name, time, value in events)
    found = duckdb.execute(f"SELECT id, {sql} FROM (VALUES {rows}) AS events(id, time, value)")
    return dict(found.fetchall())


def ours(events: Sequence[Event], aggregation: str, closed: str = "left") -> Dict[str, Any]:
    """Return a feature of each event over the last six microseconds."""
    feature = a_feature(aggregation, "value", TYPES["integer"], Window(6, 0, closed))
    rows = [{**CARD, "event_id": name, "event_time": time, "value": value} for name, time, value in events]
    queries = [{**CARD, "query_time": row["event_time"]} for row in rows]
    result = evaluated([feature], TYPES["integer"], rows, queries)[aggregation].to_pylist()
    return {name: value for (name, _, _), value in zip(events, result)}
