"""Derived features, value by value: one IEEE operation after the other, absent where there is no finite result."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, List, Optional, Sequence, Tuple

import pytest
from factories import derived_result, derived_values

from medallion.spec.column_type import ColumnType

INTEGER, DOUBLE, MONEY = ColumnType("integer"), ColumnType("double"), ColumnType("decimal", 19, 2)


def overflowed(derivation: str, *operands: Tuple[ColumnType, Sequence[Any]]) -> List[bool]:
    mask = derived_result(derivation, *operands).overflowed
    assert mask is not None
    return [bool(at) for at in mask]


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1, 3, 1 / 3),
        (0, -5, 0.0),
        (1, 0, None),
        (0, 0, None),
        (-1, 0, None),
        (None, 1, None),
        (1, None, None),
        (2**53 + 1, 1, 2.0**53),  # half way between 2**53 and 2**53 + 2: to the even one
        (2**63 - 1, -(2**63), -1.0),
    ],
)
def test_a_ratio_is_one_division(numerator: Optional[int], denominator: Optional[int], expected: Any) -> None:
    found = derived_values("ratio", (INTEGER, [numerator]), (INTEGER, [denominator]))
    assert found == [expected]
    assert expected is None or math.copysign(1.0, found[0]) == math.copysign(1.0, expected)


def test_decimals_become_the_nearest_double_first() -> None:
    # 0.10 and 0.30 as doubles are 0.1 and 0.3; 0.3 / 0.1 in doubles is 2.9999999999999996
    found = derived_values("ratio", (MONEY, [Decimal("0.30")]), (MONEY, [Decimal("0.10")]))
    assert found == [0.3 / 0.1]


def test_a_decimal_beyond_53_bits_is_rounded_once() -> None:
    # 90071992547409.93 has 16 digits; its nearest double is what the literal reads as
    text = "90071992547409930.01"
    assert derived_values("ratio", (MONEY, [Decimal(text)]), (INTEGER, [1])) == [float(text)]


def test_a_ratio_beyond_the_largest_double_overflows() -> None:
    operands = (DOUBLE, [1e308, 1e-320, -1e308, None]), (DOUBLE, [1e-10, 1e300, 0.5, 1e-10])
    assert derived_values("ratio", *operands) == [None, 0.0, None, None]
    assert overflowed("ratio", *operands) == [True, False, True, False]


def test_differences_of_integers_and_of_money_are_exact() -> None:
    assert derived_values("difference", (INTEGER, [2**62, None]), (INTEGER, [-(2**62) + 1, 1])) == [2**63 - 1, None]
    assert derived_values("difference", (MONEY, [Decimal("0.30")]), (MONEY, [Decimal("0.10")])) == [Decimal("0.20")]


def test_other_differences_are_of_doubles() -> None:
    found = derived_values("difference", (DOUBLE, [0.3, 0.1]), (MONEY, [Decimal("0.10"), Decimal("0.10")]))
    assert found == [0.3 - 0.1, 0.0]


@pytest.mark.parametrize(("left", "right"), [(2**62, -(2**62)), (-(2**63), 1), (0, -(2**63))])
def test_a_difference_that_does_not_fit_overflows_and_its_neighbours_stay(left: int, right: int) -> None:
    operands = (INTEGER, [7, left, left]), (INTEGER, [2, right, left])
    assert derived_values("difference", *operands) == [5, None, 0]
    assert overflowed("difference", *operands) == [False, True, False]


@pytest.mark.parametrize(("left", "right"), [(2**62, -(2**62) + 1), (-(2**63), 0), (-1, -(2**63)), (2**63 - 1, 0)])
def test_the_last_differences_that_fit_are_given(left: int, right: int) -> None:
    operands = (INTEGER, [left]), (INTEGER, [right])
    assert derived_values("difference", *operands) == [left - right]
    assert overflowed("difference", *operands) == [False]


def test_a_difference_of_doubles_beyond_the_largest_overflows() -> None:
    operands = (DOUBLE, [1.7e308, -1.7e308, 1.7e308]), (DOUBLE, [-1.7e308, 1.7e308, 0.0])
    assert derived_values("difference", *operands) == [None, None, 1.7e308]
    assert overflowed("difference", *operands) == [True, True, False]


def test_an_absent_operand_never_overflows() -> None:
    # a missing minuend stands as 0, and 0 - -2**63 would not fit
    operands = (INTEGER, [None, -(2**63)]), (INTEGER, [-(2**63), None])
    assert derived_values("difference", *operands) == [None, None]
    assert overflowed("difference", *operands) == [False, False]


def test_a_division_by_zero_is_no_overflow() -> None:
    ratios = (DOUBLE, [1e308, 0.0, -1.0]), (DOUBLE, [0.0, 0.0, 0.0])
    scores = (DOUBLE, [1e308, 5.0]), (DOUBLE, [-1e308, 5.0]), (DOUBLE, [0.0, 0.0])
    assert derived_values("ratio", *ratios) == [None, None, None]
    assert overflowed("ratio", *ratios) == [False, False, False]
    assert overflowed("zScore", *scores) == [False, False]


def test_a_difference_of_zeros_is_not_taken_for_a_division_by_zero() -> None:
    assert derived_values("difference", (DOUBLE, [3.0]), (DOUBLE, [0.0])) == [3.0]


def test_a_z_score_beyond_the_largest_double_overflows() -> None:
    # the second is (1.7e308 + 1.7e308) / 1e308 = 3.4, of which the difference comes first, and is no double
    scores = (DOUBLE, [1.0, 1.7e308, 3.0]), (DOUBLE, [0.0, -1.7e308, 1.0]), (DOUBLE, [5e-324, 1e308, 1.0])
    assert derived_values("zScore", *scores) == [None, None, 2.0]
    assert overflowed("zScore", *scores) == [True, True, False]


def test_a_z_score_is_a_difference_divided() -> None:
    # (7.5 - 5) / 2 = 1.25; no deviation, no score
    assert derived_values(
        "zScore", (MONEY, [Decimal("7.50"), Decimal("7.50")]), (DOUBLE, [5.0, 5.0]), (DOUBLE, [2.0, 0.0])
    ) == [
        1.25,
        None,
    ]


def test_a_z_score_of_the_mean_itself_is_plain_zero() -> None:
    found = derived_values("zScore", (DOUBLE, [5.0]), (DOUBLE, [5.0]), (DOUBLE, [2.0]))
    assert found == [0.0]
    assert math.copysign(1.0, found[0]) == 1.0
