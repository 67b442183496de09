"""Which records differ between two slots, and how a record is written, without Spark."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence

import pyarrow as pa
import pytest
from factories import HOUR_US, TYPES, Row, a_feature, a_group, a_spec, event_table
from naive_model import model_features

from medallion import instants
from medallion.identifiers import record_identifier
from medallion.layers.online import Publication, changed_records, crossing_times, earliest_event_us
from medallion.layers.record import record_lines
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import BOUNDARIES, FeatureGroup, Spec, Window

MINUTE_US = 60_000_000
SERVED, NOW = 100 * HOUR_US, 100 * HOUR_US + 10 * MINUTE_US

GROUP = a_group(
    [
        a_feature("count", window=Window(HOUR_US), name="count_1h"),
        a_feature("sum", "amount", TYPES["decimal"], Window(HOUR_US), "amount_1h"),
        a_feature("mean", "amount", TYPES["decimal"], Window(HOUR_US), "mean_1h"),
    ]
)
SPEC = a_spec(GROUP, {"amount": TYPES["decimal"]})


def an_event(card: str, time_us: int, amount: Optional[str] = "1.00", is_new: bool = False) -> Row:
    money = None if amount is None else Decimal(amount)
    return {
        "event_id": f"{card}{time_us}{amount}",
        "event_time": time_us,
        "card_id": card,
        "amount": money,
        "_is_new": is_new,
    }


def rows_of(spec: Spec, events: Sequence[Row], entities: Sequence[str], renewed: Sequence[str]) -> pa.Table:
    """Return what one partition holds: events, then one row without ``_is_event`` for each entity."""
    nothing = {"event_id": None, "event_time": None, "amount": None}
    asked = [{**nothing, "card_id": card, "_is_new": card in renewed} for card in entities]
    table = event_table(spec, [*events, *asked])
    table = table.append_column("_is_new", pa.array([row.get("_is_new") for row in [*events, *asked]], pa.bool_()))
    return table.append_column("_is_event", pa.array([True] * len(events) + [False] * len(asked)))


def records(
    events: Sequence[Row], entities: Sequence[str], served_us: Optional[int] = SERVED, renewed: Sequence[str] = ()
) -> Dict[str, Any]:
    publication = Publication(NOW, served_us, ())
    found = changed_records(rows_of(SPEC, events, entities, renewed), publication, GROUP, SPEC).to_pylist()
    return {row["record_identifier"]: json.loads(row["line"]) for row in found}


def test_a_record_is_as_of_the_slot_end_and_omits_what_is_absent() -> None:
    found = records([an_event("a", NOW - 1, None, is_new=True)], ["a"])
    assert found == {"a": {"card_id": "a", "event_time": instants.iso_millis(NOW), "count_1h": 1, "amount_1h": "0.00"}}


def test_an_entity_is_left_out_when_nothing_differs() -> None:
    events = [an_event("a", SERVED - 1), an_event("b", SERVED - 1), an_event("b", SERVED + 1, is_new=True)]
    assert set(records(events, ["a", "b"])) == {"b"}


def test_a_silent_entity_is_written_when_its_event_leaves_the_window() -> None:
    found = records([an_event("a", SERVED - HOUR_US)], ["a"])
    assert found["a"]["count_1h"] == 0
    assert "mean_1h" not in found["a"]


def test_an_event_on_the_edge_leaves_at_the_slot_that_passes_it_and_not_before() -> None:
    assert records([an_event("a", NOW - HOUR_US)], ["a"]) == {}
    assert set(records([an_event("a", NOW - HOUR_US - 1)], ["a"])) == {"a"}


def test_a_late_event_counts_as_not_served_although_it_is_older_than_the_served_slot() -> None:
    events = [an_event("a", SERVED - 2), an_event("a", SERVED - 1, is_new=True)]
    assert records(events, ["a"])["a"]["count_1h"] == 2


def test_an_entity_that_was_never_served_is_written_even_if_its_features_are_empty() -> None:
    found = records([an_event("a", NOW + 5, is_new=True)], ["a"])
    assert found["a"]["count_1h"] == 0


def test_everything_is_written_when_nothing_is_served_yet() -> None:
    events = [an_event("a", SERVED - 1), an_event("b", SERVED - 9 * HOUR_US)]
    found = records(events, ["a", "b"], served_us=None)
    assert {card: record["count_1h"] for card, record in found.items()} == {"a": 1, "b": 0}


def test_an_entity_that_is_renewed_is_written_though_nothing_differs_and_no_event_is_left() -> None:
    events = [an_event("a", SERVED - 1), an_event("b", SERVED - 1), an_event("new", NOW - 1, is_new=True)]
    found = records(events, ["a", "b", "gone", "new"], renewed=["a", "gone"])
    assert {card: record["count_1h"] for card, record in found.items()} == {"a": 1, "gone": 0, "new": 1}


def test_a_difference_of_opposite_events_in_one_feature_is_no_difference() -> None:
    events = [an_event("a", SERVED - HOUR_US, "2.00"), an_event("a", SERVED + 1, "2.00", is_new=True)]
    assert records(events, ["a"]) == {}


def test_records_equal_the_quadratic_model_for_every_entity() -> None:
    events = [
        an_event(card, SERVED + step * 7 * MINUTE_US, f"{step % 5}.{step % 10}0", is_new=step > 1)
        for step in range(-9, 3)
        for card in ("a", "b", "c")
        if (step * 31 + ord(card)) % 3
    ]
    expected = {}
    for card in "abc":
        now = _model(GROUP, events, {"card_id": card, "query_time": NOW})
        if now != _model(
            GROUP, [event for event in events if not event["_is_new"]], {"card_id": card, "query_time": SERVED}
        ):
            expected[card] = now
    found = records(events, list("abc"))
    assert {card: _features(record) for card, record in found.items()} == expected
    assert expected


def _model(group: FeatureGroup, events: Sequence[Row], query: Row) -> Dict[str, Any]:
    return {name: value for name, value in model_features(group, events, query).items() if value is not None}


def _features(record: Dict[str, Any]) -> Dict[str, Any]:
    kept = {name: value for name, value in record.items() if name not in ("card_id", "event_time")}
    return {name: Decimal(value) if name == "amount_1h" else value for name, value in kept.items()}


@pytest.mark.parametrize("closed", BOUNDARIES)
@pytest.mark.parametrize("aggregation", ["count", "timeSinceLast"])
@pytest.mark.parametrize(("length", "offset"), [(7, 0), (2, 0), (5, 4)])
def test_every_event_that_changes_a_feature_between_two_slots_is_looked_at(
    aggregation: str, length: int, offset: int, closed: str
) -> None:
    group = a_group([a_feature(aggregation, window=Window(length, offset, closed))])
    served, now = 100, 103
    spans = crossing_times(served, now, group)
    for time in range(80, 110):
        event = [{**an_event("a", time), "_is_new": False}]
        before, after = (_model(group, event, {"card_id": "a", "query_time": at}) for at in (served, now))
        assert before == after or any(first <= time <= last for first, last in spans), time


def test_an_event_that_stays_inside_is_looked_at_for_the_time_since_it_alone() -> None:
    counted, timed = (a_group([a_feature(kind)]) for kind in ("count", "timeSinceLast"))
    inside = SERVED - 30 * MINUTE_US
    assert [
        any(first <= inside <= last for first, last in crossing_times(SERVED, NOW, group)) for group in (counted, timed)
    ] == [False, True]


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (ColumnType("integer"), 2**62, "4611686018427387904"),
        (ColumnType("decimal", 12, 2), Decimal("125.50"), '"125.50"'),
        (ColumnType("decimal", 12, 10), Decimal("0.0000000001"), '"0.0000000001"'),
        (ColumnType("double"), 0.1, "0.1"),
        (ColumnType("double"), 1e16, "1e+16"),
        (ColumnType("boolean"), True, "1"),
        (ColumnType("string"), 'ü"', '"ü\\""'),
        (ColumnType("timestamp"), 1_761_258_600_123_999, '"2025-10-23T22:30:00.123Z"'),
        (ColumnType("timestamp"), -1, '"1969-12-31T23:59:59.999Z"'),
    ],
)
def test_every_type_has_one_spelling(kind: ColumnType, value: Any, written: str) -> None:
    group = a_group([a_feature("last", "value", kind)])
    column = (
        pa.array([value], pa.int64()).cast(kind.arrow) if kind.name == "timestamp" else pa.array([value], kind.arrow)
    )
    (found,) = record_lines(group, 0, pa.table({"card_id": ["a"], "last": column}))
    assert found == ("a", f'{{"card_id":"a","event_time":"1970-01-01T00:00:00.000Z","last":{written}}}')


def test_a_composite_entity_has_a_key_that_no_other_entity_shares() -> None:
    group = a_group([a_feature("count")], ("bank", "card"))
    table = pa.table({"bank": ["1", "12"], "card": ["23", "3"], "count": pa.array([1, 2], pa.int64())})
    lines: List[Any] = [json.loads(line) for _, line in record_lines(group, 0, table)]
    assert [line["entity_key"] for line in lines] == ['["1","23"]', '["12","3"]']
    assert (lines[0]["bank"], lines[0]["card"]) == ("1", "23")
    assert record_identifier(["ü", '"']) == '["ü","\\""]'


def test_events_are_read_from_the_oldest_that_can_matter() -> None:
    publication = Publication(NOW, SERVED, ("x/ingest_dt=1970/01/05/02/00/a.json.gz",))  # arrived at hour 98
    # Allowed lateness is one hour, the longest window as well: hour 97 against hour 99.
    assert earliest_event_us(publication, GROUP, SPEC) == 97 * HOUR_US
    assert earliest_event_us(Publication(NOW, SERVED, ()), GROUP, SPEC) == 99 * HOUR_US
    assert earliest_event_us(Publication(NOW, None, ()), GROUP, SPEC) is None
