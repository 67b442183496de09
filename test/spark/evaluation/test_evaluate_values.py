"""Features whose values can be worked out by hand: rounding, ties, missing values, conditions, limits of types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence, Set

import pyarrow as pa
import pytest
from factories import (
    HOUR_US,
    SECOND_US,
    TYPES,
    a_derived_feature,
    a_feature,
    combined,
    compared,
    every_derived_feature,
    every_feature,
)
from generated_cases import KINDS
from model_comparison import evaluated

from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import AnyFeature, Feature, Window
from medallion.spec.names import OVERFLOWED
from medallion.spec.predicate import Predicate

CARD = {"bank": "1", "card": "1"}
INTEGER, DECIMAL, DOUBLE, STRING = (TYPES[name] for name in ("integer", "decimal", "double", "string"))
LARGEST = 2**63 - 1
LARGEST_DOUBLE = 1.7976931348623157e308


def values_of(features: Sequence[AnyFeature], kind: ColumnType, values: Sequence[Any]) -> List[Any]:
    """Return features of a card that had the values a microsecond apart, a microsecond after the last."""
    events = [{**CARD, "event_id": str(at), "event_time": at, "value": value} for at, value in enumerate(values)]
    row = evaluated(features, kind, events, [{**CARD, "query_time": len(values)}])
    return [row[feature.name][0].as_py() for feature in features]


def value_of(aggregation: str, kind: ColumnType, values: Sequence[Any], where: Optional[Predicate] = None) -> Any:
    return values_of([a_feature(aggregation, "value", kind, where=where)], kind, values)[0]


def counted(kind: ColumnType, values: Sequence[Any], where: Predicate) -> Any:
    return values_of([a_feature("count", where=where)], kind, values)[0]


def of_value(*aggregations: str, kind: ColumnType = INTEGER) -> List[Feature]:
    return [a_feature(aggregation, "value", kind) for aggregation in aggregations]


def derived(derivation: str, operands: Sequence[AnyFeature], kind: ColumnType, values: Sequence[Any]) -> Any:
    return values_of([*operands, a_derived_feature(derivation, operands)], kind, values)[-1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_window_without_values_has_zeros_and_absent_values(kind: str, values: List[None]) -> None:
    features = [feature for feature in every_feature(KINDS[kind], [(9, 0)]) if feature.window.closed == "left"]
    zeros = {"sum": Decimal(0) if "decimal" in kind else 0, "countDistinct": 0, "count": len(values)}
    # the newer of two events is a microsecond old
    since = {"timeSinceLast": 1e-06 if values else None}
    expected = [{**zeros, **since}.get(feature.aggregation) for feature in features]
    assert values_of(features, KINDS[kind], values) == expected


def test_derived_features_of_an_empty_window_are_absent_unless_all_operands_are_zero_by_nature() -> None:
    features = [feature for feature in every_feature(INTEGER, [(9, 0)]) if feature.window.closed == "left"]
    derived_features = every_derived_feature(features)
    found = dict(
        zip(
            (feature.name for feature in derived_features),
            values_of([*features, *derived_features], INTEGER, [])[len(features) :],
        )
    )
    assert {name: value for name, value in found.items() if value is not None} == {
        "difference(count,countDistinct)_left_9_0": 0
    }


@pytest.mark.parametrize(("aggregation", "expected"), [("first", "a of Z"), ("last", "d of 😀")])
def test_ties_are_ordered_by_the_bytes_of_the_event_id_and_nulls_are_skipped(aggregation: str, expected: str) -> None:
    # as UTF-8: Z 5a, é c3 a9, U+FFFF ef bf bf, U+1F600 f0 9f 98 80; as UTF-16, U+1F600 would come before U+FFFF
    ids = {"\uffff": "c of FFFF", "Z": "a of Z", "\U0001f600": "d of 😀", "é": "b of é", "\U0001f601": None, "A": None}
    events = [{**CARD, "event_time": 0, "event_id": name, "value": value} for name, value in ids.items()]
    result = evaluated([a_feature(aggregation, "value", STRING)], STRING, events, [{**CARD, "query_time": 1}])
    assert result[aggregation].to_pylist() == [expected]


def test_first_and_last_prefer_time_to_the_event_id() -> None:
    events = [{**CARD, "event_id": name, "event_time": at, "value": at} for name, at in (("c", 1), ("b", 2), ("a", 3))]
    result = evaluated(of_value("first", "last"), INTEGER, events, [{**CARD, "query_time": 4}])
    assert (result["first"].to_pylist(), result["last"].to_pylist()) == ([1], [3])


@pytest.mark.parametrize(("closed", "seconds"), [("left", 90.0), ("right", 60.0), ("both", 60.0), ("neither", 90.0)])
def test_time_since_last_is_counted_to_the_instant_of_the_query_not_to_the_end_of_the_window(
    closed: str, seconds: float
) -> None:
    events = [{**CARD, "event_id": str(at), "event_time": at * SECOND_US} for at in (10, 40, 95)]
    feature = a_feature("timeSinceLast", window=Window(HOUR_US, 60 * SECOND_US, closed))
    # asked at second 100, the window ends at second 40
    result = evaluated([feature], INTEGER, events, [{**CARD, "query_time": 100 * SECOND_US}])
    assert result["timeSinceLast"].to_pylist() == [seconds]


def test_mean_beyond_53_bits_is_rounded_once() -> None:
    # (3 * 2**53 + 4) / 3 = 2**53 + 4/3, nearest even double 2**53 + 2; three rounded addends would give 2**53
    assert value_of("mean", INTEGER, [2**53 + 1, 2**53 + 1, 2**53 + 2]) == float(2**53 + 2)


def test_a_mean_too_small_for_a_double_is_zero_without_a_sign() -> None:
    # -5e-324 / 2 is halfway between 0 and the smallest double, and rounds to the even one
    assert repr(value_of("mean", DOUBLE, [-5e-324, 0.0])) == "0.0"


def test_variance_and_stddev_do_not_cancel() -> None:
    # 4, 7, 13, 16: mean 10, squares 36 + 9 + 9 + 36 = 90, over 3 = 30; sqrt(30) = 5.477225575051661
    # in doubles 10**9 squared has 60 bits, so sum(x*x) - n*mean**2 would keep no digit of the 90
    assert values_of(of_value("variance", "stddev"), INTEGER, [10**9 + x for x in (4, 7, 13, 16)]) == [
        30.0,
        5.477225575051661,
    ]


def test_variance_of_decimals_is_in_their_units_squared() -> None:
    # 0.10 and 0.20: mean 0.15, 2 * 0.0025 / 1 = 0.005
    assert value_of("variance", DECIMAL, [Decimal("0.10"), Decimal("0.20")]) == 0.005


def test_variance_of_doubles_uses_the_doubles_as_they_are() -> None:
    # the doubles nearest to 0.1 and 0.2 are 3602879701896397 / 2**55 and twice that, so that the variance is half the
    # square of their difference: 3602879701896397**2 / 2**111
    assert value_of("variance", DOUBLE, [0.1, 0.2]) == 3602879701896397**2 / 2**111


@pytest.mark.parametrize("aggregation", ["variance", "stddev"])
def test_variance_is_absent_below_two_values_and_zero_of_equal_ones(aggregation: str) -> None:
    assert value_of(aggregation, DOUBLE, [0.1, None]) is None
    assert value_of(aggregation, DOUBLE, [0.1, 0.1, 0.1]) == 0.0


def test_doubles_cancel_exactly() -> None:
    values = [0.1, 1e15, -1e15, 1e300, -1e300]
    events = [{**CARD, "event_id": str(at), "event_time": at, "value": value} for at, value in enumerate(values)]
    queries = [{**CARD, "query_time": instant} for instant in (5, HOUR_US + 1, HOUR_US + 9)]
    result = evaluated([a_feature("sum", "value", DOUBLE)], DOUBLE, events, queries)
    # the second window has lost the 0.1 and holds the other four, the third nothing
    assert result["sum"].to_pylist() == [0.1, 0.0, 0.0]


@pytest.mark.parametrize("values", [[LARGEST], [LARGEST, 1, -1], [-LARGEST, -1]])
def test_a_sum_may_reach_the_ends_of_64_bits(values: List[int]) -> None:
    assert value_of("sum", INTEGER, values) == sum(values)


@pytest.mark.parametrize("values", [[LARGEST, 1], [-LARGEST, -1, -1]])
def test_a_sum_of_integers_that_64_bits_cannot_hold_is_absent(values: List[int]) -> None:
    # nothing else is: 2**63 / 2 and (-2**63 - 1) / 3, each rounded once
    features = of_value("sum", "mean", "min", "max", "count")
    expected = [None, sum(values) / len(values), min(values), max(values), len(values)]
    assert values_of(features, INTEGER, values) == expected


def test_a_sum_of_decimals_that_64_bits_of_minor_units_cannot_hold_is_absent() -> None:
    kind = ColumnType("decimal", 18, 4)
    largest = Decimal("99999999999999.9999")
    # ten times 10**18 - 1 are beyond 2**63 - 1, which is 9.22 x 10**18; nine times are not
    assert value_of("sum", kind, [largest] * 10) is None
    assert value_of("sum", kind, [largest] * 9) == Decimal("899999999999999.9991")
    assert value_of("sum", kind, [largest] * 10 + [-largest]) == Decimal("899999999999999.9991")


@pytest.mark.parametrize("aggregation", ["sum", "variance", "stddev"])
def test_doubles_that_exceed_the_largest_are_absent(aggregation: str) -> None:
    assert value_of(aggregation, DOUBLE, [LARGEST_DOUBLE, LARGEST_DOUBLE, -LARGEST_DOUBLE / 2]) is None


def test_a_deviation_is_absent_where_its_variance_is_though_it_would_fit() -> None:
    # the variance of +-1e300 is 2e600; its root is 1.4e300
    assert values_of(of_value("mean", "variance", "stddev", kind=DOUBLE), DOUBLE, [1e300, -1e300]) == [0.0, None, None]


CAUSE, END = 20, 60
"""When the largest integer happens, and the last instant that is asked about."""


def summed(features: Sequence[AnyFeature], kind: ColumnType, large: Any, small: Sequence[Any]) -> pa.Table:
    """Evaluate features of two cards at every instant, of which the first has a large value at ``CAUSE``."""
    cards = {"bank": "1", "card": "1"}, {"bank": "2", "card": "1"}
    events = [
        {**card, "event_id": f"{card['bank']}-{at}", "event_time": at, "value": value}
        for card in cards
        for at, value in enumerate(small)
    ]
    events.append({**cards[0], "event_id": "large", "event_time": CAUSE, "value": large})
    return evaluated(features, kind, events, [{**card, "query_time": at} for card in cards for at in range(END)])


@pytest.mark.parametrize(
    ("closed", "absent"),
    [("left", range(21, 31)), ("right", range(20, 30)), ("both", range(20, 31)), ("neither", range(21, 30))],
)
def test_a_sum_is_absent_exactly_while_its_window_holds_the_cause(closed: str, absent: range) -> None:
    feature = a_feature("sum", "value", INTEGER, Window(10, 0, closed))
    result = summed([feature], INTEGER, LARGEST, [1] * END)
    found = result["sum"].to_pylist()
    own, other = found[:END], found[END:]
    # the other card has the same events but for the large one, so that it has the sum wherever it is not absent
    assert own == [None if at in absent else other[at] for at in range(END)]
    assert other[30] == {"left": 10, "right": 10, "both": 11, "neither": 9}[closed]
    assert result[OVERFLOWED].to_pylist() == [["sum"] if at in absent else None for at in range(2 * END)]


def test_a_sum_is_back_while_the_cause_is_in_the_window_if_another_value_makes_it_fit() -> None:
    # a microsecond apart: 2**63 - 1, then 1 more is too much, then it fits again
    features = [a_feature("sum", "value", INTEGER, Window(10))]
    events = [
        {**CARD, "event_id": str(at), "event_time": at, "value": value} for at, value in enumerate([LARGEST, 1, -5])
    ]
    result = evaluated(features, INTEGER, events, [{**CARD, "query_time": at} for at in (1, 2, 3, 11, 12)])
    assert result["sum"].to_pylist() == [LARGEST, None, LARGEST - 4, -4, -5]


def test_other_features_of_the_row_stay_and_those_that_build_on_it_are_absent_without_being_named() -> None:
    total, most, least = of_value("sum", "max", "min")
    span = a_derived_feature("difference", [most, least], "span")
    share = a_derived_feature("ratio", [most, total], "share")
    rest = a_derived_feature("difference", [total, most], "rest")
    features = [least, share_of(most), total, most, span, share, rest]
    # at 21 the sum is 2**63 - 1 - 1 - 1 + 3 = 2**63, and the span 2**63 - 1 - -1
    result = summed(features, INTEGER, LARGEST, [-1, *[0] * 18, -1, 3])
    names = [feature.name for feature in features]
    assert [result[name][21].as_py() for name in names] == [-1, 1.0, None, LARGEST, None, None, None]
    assert result[OVERFLOWED][21].as_py() == ["sum", "span"]


def share_of(feature: AnyFeature) -> AnyFeature:
    return a_derived_feature("ratio", [feature, feature], "self")


def test_mean_and_variance_of_integers_do_not_overflow() -> None:
    # sum 2**64 - 2; squared deviations 0
    assert values_of(of_value("mean", "variance"), INTEGER, [LARGEST, LARGEST]) == [float(LARGEST), 0.0]
    # two values 2**64 - 1 apart: half the square of that, which rounds to 2**127
    assert value_of("variance", INTEGER, [LARGEST, -LARGEST - 1]) == 2.0**127


NEVER = compared("mark", "isNotNull")
"""False for every event here, as none has a mark."""

TRUTHS: Dict[Predicate, Set[Optional[str]]] = {
    compared("value", "equalTo", "a"): {"a"},
    compared("value", "notEqualTo", "a"): {"b"},
    compared("value", "oneOf", "a", "c"): {"a"},
    compared("value", "isNull"): {None},
    compared("value", "isNotNull"): {"a", "b"},
    combined("not", compared("value", "equalTo", "a")): {"b"},
    combined("not", compared("value", "oneOf", "a", "c")): {"b"},
    combined("not", compared("value", "isNull")): {"a", "b"},
    combined("not", combined("not", compared("value", "equalTo", "a"))): {"a"},
    combined("anyOf", compared("value", "equalTo", "a"), compared("value", "isNull")): {"a", None},
    combined("allOf", compared("value", "notEqualTo", "a"), compared("value", "isNotNull")): {"b"},
    combined("allOf", compared("value", "equalTo", "a"), compared("value", "equalTo", "b")): set(),
    # unknown or true is true, unknown and false is false, and the negation of that is true
    combined("not", combined("allOf", compared("value", "equalTo", "a"), NEVER)): {"a", "b", None},
}


@pytest.mark.parametrize("where", TRUTHS, ids=str)
def test_an_event_takes_part_only_where_its_condition_is_true(where: Predicate) -> None:
    for value in ("a", "b", None):
        assert counted(STRING, [value], where) == (value in TRUTHS[where]), value


@pytest.mark.parametrize(
    ("operator", "matching"),
    [
        ("greaterThan", [3]),
        ("greaterThanOrEqualTo", [2, 3]),
        ("lessThan", [1]),
        ("lessThanOrEqualTo", [1, 2]),
        ("equalTo", [2]),
        ("notEqualTo", [1, 3]),
    ],
)
@pytest.mark.parametrize("kind", ["integer", "decimal", "double", "timestamp"])
def test_comparisons_follow_the_order_of_the_type(kind: str, operator: str, matching: List[int]) -> None:
    if kind == "double" and operator in ("equalTo", "notEqualTo"):
        pytest.skip("a double is compared by order only")
    as_type = {"decimal": Decimal, "double": float}.get(kind, int)
    where = compared("value", operator, as_type(2))
    found = [number for number in (1, 2, 3) if counted(TYPES[kind], [as_type(number)], where)]
    assert found == matching


def test_a_condition_applies_to_every_aggregation_of_its_feature_alone() -> None:
    large = compared("value", "greaterThan", 10)
    features = [
        a_feature("sum", "value", INTEGER),
        a_feature("sum", "value", INTEGER, name="large", where=large),
        a_feature("first", "value", INTEGER, where=large),
        a_feature("countDistinct", "value", INTEGER, where=large),
    ]
    # 1 + 20 + 20 + 2 = 43, of which the twenties are large
    assert values_of(features, INTEGER, [1, 20, 20, 2]) == [43, 40, 20, 1]


def test_ratio_is_one_division_of_two_doubles_and_absent_over_zero() -> None:
    operands = of_value("sum", "max")
    assert derived("ratio", operands, INTEGER, [1, 3, 3]) == 7 / 3
    assert derived("ratio", operands, INTEGER, [-1, 0]) is None


def test_ratio_rounds_its_operands_first() -> None:
    # 2**53 + 1 is not a double; its nearest even one is 2**53
    assert derived("ratio", of_value("max", "min"), INTEGER, [2**53 + 1, 1]) == float(2**53)


def test_a_ratio_that_is_not_finite_is_absent() -> None:
    assert derived("ratio", of_value("max", "min", kind=DOUBLE), DOUBLE, [LARGEST_DOUBLE, 0.5]) is None


def test_a_derived_zero_has_no_sign() -> None:
    assert repr(derived("ratio", of_value("max", "min", kind=DOUBLE), DOUBLE, [0.0, -1.0])) == "0.0"


def test_differences_of_integers_and_of_decimals_of_one_scale_are_exact() -> None:
    assert derived("difference", of_value("max", "min"), INTEGER, [2**62, 1]) == 2**62 - 1
    operands = of_value("sum", "min", kind=DECIMAL)
    assert derived("difference", operands, DECIMAL, [Decimal("0.30"), Decimal("0.10")]) == Decimal("0.30")


def test_other_differences_are_of_doubles() -> None:
    assert derived("difference", of_value("max", "mean"), INTEGER, [1, 2]) == 0.5
    assert derived("difference", of_value("max", "min", kind=DOUBLE), DOUBLE, [0.3, 0.1]) == 0.3 - 0.1


def test_a_difference_of_integers_that_64_bits_cannot_hold_is_absent() -> None:
    assert derived("difference", of_value("max", "min"), INTEGER, [LARGEST, 0]) == LARGEST
    assert derived("difference", of_value("max", "min"), INTEGER, [LARGEST, -1]) is None


def test_z_score_is_a_difference_over_a_deviation_and_absent_where_that_is_zero() -> None:
    operands = of_value("last", "mean", "stddev")
    # 4, 7, 13, 16: mean 10, stddev sqrt(30)
    assert derived("zScore", operands, INTEGER, [4, 7, 13, 16]) == 6 / 5.477225575051661
    assert derived("zScore", operands, INTEGER, [5, 5]) is None
    assert derived("zScore", operands, INTEGER, [5]) is None


def test_derived_features_combine_derived_features() -> None:
    total, most, least = of_value("sum", "max", "min")
    span = a_derived_feature("difference", [most, least], "span")
    share = a_derived_feature("ratio", [span, total], "share")
    # (5 - 1) / (1 + 2 + 5)
    assert values_of([total, most, least, span, share], INTEGER, [1, 2, 5])[-1] == 0.5
