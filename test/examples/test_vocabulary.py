"""The demo's own evaluation of every kind of feature, on a few payments of one merchant, against arithmetic by hand.

The merchant takes 10.00, 20.00, nothing at all, and 60.00, at 0, 60, 120 and 180 seconds; the first two payments are
online, of the third nobody knows how, and the last is by chip. All but the last are of card a.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from demo.recompute.derived import derive
from demo.recompute.lines import BronzeLine, Event
from demo.recompute.predicates import predicate_of
from demo.recompute.windows import History, Vocabulary, as_text

SECOND = 1_000_000
INTEGER, DOUBLE = {"type": "integer"}, {"type": "double"}
CENTS = {"type": "decimal", "precision": 12, "scale": 2}
COLUMNS = [
    {"name": "amount", **CENTS}, {"name": "card_id", "type": "string"}, {"name": "pos_mode", "type": "string"},
]  # fmt: skip
BY_NAME = {str(column["name"]): column for column in COLUMNS}
ONLINE = {"comparison": "equalTo", "column": "pos_mode", "value": "online"}


def payment(second: int, amount: int | None, card: str = "a", pos_mode: str | None = "online", eid: str = "") -> Event:
    """Return a payment at a second, of an amount in cents."""
    values = {"amount": amount, "card_id": card, "pos_mode": pos_mode}
    return Event(eid or f"e{second}", second * SECOND, values, BronzeLine("", 1, b"", 0))


PAYMENTS = [payment(0, 1000), payment(60, 2000), payment(120, None, pos_mode=None), payment(180, 6000, "b", "chip")]


def window(seconds: int, offset: int = 0, closed: str = "left") -> dict[str, Any]:
    """Return a window of the spec document."""
    return {"lengthUs": seconds * SECOND, "offsetUs": offset * SECOND, "closed": closed}


def value(aggregation: str, at: int = 200, events: list[Event] | None = None, **feature: Any) -> Any:
    """Return one feature of the payments as of a second."""
    document = {"name": "f", "aggregation": aggregation, "window": window(1000), "result": DOUBLE, **feature}
    history = History(PAYMENTS if events is None else events, Vocabulary([document], COLUMNS))
    return history.features_at(at * SECOND)["f"]


@pytest.mark.parametrize(
    ("aggregation", "column", "expected"),
    [
        ("count", None, 4),  # a count counts events, with a value or without
        ("sum", "amount", 9000),  # 10.00 + 20.00 + 60.00
        ("mean", "amount", 30.0),  # 90.00 / 3
        ("variance", "amount", 700.0),  # (20^2 + 10^2 + 30^2) / 2
        ("stddev", "amount", math.sqrt(700.0)),
        ("min", "amount", 1000), ("max", "amount", 6000),
        ("countDistinct", "card_id", 2), ("countDistinct", "pos_mode", 2),
        ("first", "card_id", "a"), ("last", "card_id", "b"), ("last", "amount", 6000),
        ("timeSinceLast", None, 20.0),  # 200 - 180
    ],
)  # fmt: skip
def test_an_aggregation_takes_the_values_in_the_window(aggregation: str, column: str | None, expected: Any) -> None:
    assert value(aggregation, **({"column": column} if column else {})) == expected


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("count", 0), ("sum", 0), ("countDistinct", 0), ("mean", None), ("variance", None), ("stddev", None),
        ("min", None), ("max", None), ("first", None), ("last", None), ("timeSinceLast", None),
    ],
)  # fmt: skip
def test_an_empty_window_is_zero_or_absent(aggregation: str, expected: int | None) -> None:
    column = {} if aggregation in ("count", "timeSinceLast") else {"column": "amount"}
    assert value(aggregation, at=0, **column) == expected


def test_one_value_has_no_variance() -> None:
    assert value("variance", at=60, column="amount") is None
    assert value("stddev", at=60, column="amount") is None


def test_a_mean_and_a_variance_are_rounded_once() -> None:
    # 0.10 + 0.20 + 0.30 added as doubles gives 0.6000000000000001
    tenths = [payment(n, 10 * n) for n in (1, 2, 3)]
    assert value("mean", events=tenths, column="amount") == 0.2
    assert value("variance", events=tenths, column="amount") == 0.01


@pytest.mark.parametrize(
    ("closed", "expected"),
    [("left", 2), ("right", 2), ("both", 3), ("neither", 1)],  # payments at 60, 120 and 180, window from 60 to 180
)
def test_the_ends_of_a_window_belong_to_it_as_declared(closed: str, expected: int) -> None:
    assert value("count", at=180, window=window(120, closed=closed)) == expected


def test_an_offset_moves_the_window_back_and_not_the_instant_of_evaluation() -> None:
    earlier = window(100, offset=100)  # from 0 to 100
    assert value("count", window=earlier) == 2
    assert value("timeSinceLast", window=earlier) == 140.0  # 200 - 60


def test_events_of_one_instant_are_in_the_order_of_their_ids() -> None:
    tie = [payment(5, 1, "x", eid="2"), payment(5, 2, "y", eid="10"), payment(5, None, "z", eid="1")]
    assert value("first", events=tie, column="amount") == 2  # of "10", as "1" has none
    assert value("last", events=tie, column="amount") == 1
    assert value("first", events=tie, column="card_id") == "z"


def test_a_condition_chooses_the_events() -> None:
    assert value("count", where=ONLINE) == 2
    assert value("sum", where=ONLINE, column="amount") == 3000
    assert value("timeSinceLast", where=ONLINE) == 140.0
    # the payment of which nobody knows how is not known to be other than online
    assert value("count", where={"combination": "not", "predicates": [ONLINE]}) == 1


def comparison(operator: str, amount: str) -> dict[str, Any]:
    """Return a comparison of the amount."""
    return {"comparison": operator, "column": "amount", "value": amount}


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("equalTo", False, True, False), ("notEqualTo", True, False, True), ("greaterThan", False, False, True),
        ("greaterThanOrEqualTo", False, True, True), ("lessThan", True, False, False),
        ("lessThanOrEqualTo", True, True, False),
    ],
)  # fmt: skip
def test_a_comparison_with_nothing_is_unknown(operator: str, below: bool, at: bool, above: bool) -> None:
    predicate = predicate_of(comparison(operator, "9.99"), BY_NAME)
    assert [predicate({"amount": cents}) for cents in (998, 999, 1000, None)] == [below, at, above, None]


def test_one_of_is_unknown_without_a_value_and_the_null_tests_never_are() -> None:
    one_of = predicate_of({"comparison": "oneOf", "column": "amount", "values": ["1", "2.50"]}, BY_NAME)
    assert [one_of({"amount": cents}) for cents in (100, 250, 2, None)] == [True, True, False, None]
    is_null = predicate_of({"comparison": "isNull", "column": "amount"}, BY_NAME)
    is_not_null = predicate_of({"comparison": "isNotNull", "column": "amount"}, BY_NAME)
    assert [(is_null(row), is_not_null(row)) for row in ({"amount": 1}, {"amount": None})] == [
        (False, True), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        ("allOf", True, True, True), ("allOf", True, False, False), ("allOf", True, None, None),
        ("allOf", False, None, False), ("anyOf", False, False, False), ("anyOf", True, None, True),
        ("anyOf", False, None, None), ("anyOf", True, False, True),
    ],
)  # fmt: skip
def test_combinations_have_three_values_as_in_sql(
    kind: str, left: bool | None, right: bool | None, expected: bool | None
) -> None:
    cents = {True: 999, False: 1, None: None}
    columns = {"one": CENTS, "other": CENTS}
    parts = [{"comparison": "equalTo", "column": name, "value": "9.99"} for name in columns]
    predicate = predicate_of({"combination": kind, "predicates": parts}, columns)
    assert predicate({"one": cents[left], "other": cents[right]}) is expected


@pytest.mark.parametrize(
    ("derivation", "operands", "results", "expected"),
    [
        ("ratio", [1, 4], [INTEGER, INTEGER], 0.25), ("ratio", [150, 300], [CENTS, INTEGER], 0.005),
        ("ratio", [1, 0], [INTEGER, INTEGER], None), ("ratio", [None, 2], [INTEGER, INTEGER], None),
        ("ratio", [1e308, 1e-308], [DOUBLE, DOUBLE], None),
        ("difference", [3, 5], [INTEGER, INTEGER], -2), ("difference", [1050, 50], [CENTS, CENTS], 1000),
        ("difference", [1050, 0.5], [CENTS, DOUBLE], 10.0), ("difference", [3, None], [INTEGER, INTEGER], None),
        ("zScore", [7.0, 1.0, 3.0], [DOUBLE] * 3, 2.0), ("zScore", [7.0, 1.0, 0.0], [DOUBLE] * 3, None),
        ("zScore", [700, 1.0, None], [CENTS, DOUBLE, DOUBLE], None),
    ],
)  # fmt: skip
def test_a_derived_feature_combines_values(
    derivation: str, operands: list[Any], results: list[Any], expected: Any
) -> None:
    found = derive(derivation, operands, results)
    assert (found, type(found)) == (expected, type(expected))


def test_a_derived_feature_is_never_negative_zero() -> None:
    assert str(derive("ratio", [0, -5], [INTEGER, INTEGER])) == "0.0"


def test_decimals_of_one_scale_are_subtracted_exactly_whatever_their_precision() -> None:
    wide = {**CENTS, "precision": 19}
    assert derive("difference", [10**17 + 1, 10**17], [wide, CENTS]) == 1


def test_a_derived_feature_may_use_another() -> None:
    features: list[dict[str, Any]] = [
        {"name": "n", "aggregation": "count", "window": window(1000), "result": INTEGER},
        {"name": "online", "aggregation": "count", "where": ONLINE, "window": window(1000), "result": INTEGER},
        {"name": "other", "derivation": "difference", "operands": ["n", "online"], "result": INTEGER},
        {"name": "share", "derivation": "ratio", "operands": ["other", "n"], "result": DOUBLE},
    ]
    found = History(PAYMENTS, Vocabulary(features, COLUMNS)).features_at(200 * SECOND)
    assert found == {"n": 4, "online": 2, "other": 2, "share": 0.5}


def test_values_are_written_as_the_online_store_keeps_them() -> None:
    assert [as_text(-50, CENTS), as_text(0.1, DOUBLE), as_text(7, INTEGER), as_text("x", {"type": "string"})] == [
        "-0.50", "0.1", "7", "x",
    ]  # fmt: skip
