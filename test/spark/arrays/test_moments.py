"""Variances of windows against the rational number that they are, rounded once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, List

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from windows import every_window, int64, of_window, optional_doubles, optional_integers, present_values

from medallion.arrays.exact_sum import quotients
from medallion.arrays.moments import DoubleVariances, IntegerVariances

quick = settings(max_examples=300, deadline=None, database=None, derandomize=True)
near_a_limit = st.lists(
    st.one_of(
        st.none(),
        st.integers(-3, 3),
        st.sampled_from([2**31 - 2, 2**31 - 1, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63)]),
    ),
    min_size=1,
    max_size=9,
)


def sample_variance(values: List[Any], unit: int = 1) -> float:
    """Return the mean squared distance from the mean, with n - 1 in place of n; a second formula, not the kernel's."""
    exact = [Fraction(value) / unit for value in values]
    mean = sum(exact, Fraction(0)) / len(exact)
    return float(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1))


@pytest.mark.parametrize("unit", [1, 100, 10**9, 10**18])
def test_integer_variances_are_the_exact_rational_rounded_once(unit: int) -> None:
    @quick
    @given(st.one_of(optional_integers, near_a_limit))
    @example([0, 2**31 - 1])
    @example([0, 2**31])
    @example([5] * 12)
    def holds(values: List[Any]) -> None:
        start, stop = every_window(len(values))
        variances, valid, fits = IntegerVariances(*present_values(values, np.int64), unit).variances(start, stop)
        assert fits.all()
        for at in range(start.size):
            inside = of_window(values, start[at], stop[at])
            assert valid[at] == (len(inside) > 1)
            if valid[at]:
                assert variances[at] == sample_variance(inside, unit)

    holds()


@quick
@given(optional_doubles)
@example([1e300, -1e300, 1.0, 2.0])
@example([5e-324, 1.7976931348623157e308, 0.0, -5e-324])
def test_double_variances_are_the_exact_rational_rounded_once(values: List[Any]) -> None:
    start, stop = every_window(len(values))
    variances, valid, fits = DoubleVariances(*present_values(values, np.float64)).variances(start, stop)
    for at in range(start.size):
        inside = of_window(values, start[at], stop[at])
        assert valid[at] == (len(inside) > 1)
        try:
            expected = sample_variance(inside) if len(inside) > 1 else 0.0
        except OverflowError:
            assert not fits[at]
        else:
            assert (variances[at], fits[at]) == (expected, True)


def test_a_variance_does_not_remember_what_left_the_window() -> None:
    # after 1e9 has left, {1, 2, 4} remain: mean 7/3, variance (16 + 1 + 25) / 9 / 2 = 7/3
    values = int64([10**15, 1, 2, 4])
    variances, _, _ = IntegerVariances(values, np.ones(4, np.bool_)).variances(int64([1]), int64([4]))
    assert variances.tolist() == [7 / 3]


def test_a_large_mean_costs_no_digits() -> None:
    # 10^17 + {1, 2, 4}: the same variance, 7/3; in doubles the squares differ only beyond the last digit
    values = int64([10**17 + 1, 10**17 + 2, 10**17 + 4])
    variances, _, _ = IntegerVariances(values, np.ones(3, np.bool_)).variances(int64([0]), int64([3]))
    assert variances.tolist() == [7 / 3]


@quick
@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**63 - 1)), min_size=1, max_size=8),
    st.sampled_from([1, 100, 10**6, 10**18]),
)
@example([(2**53, 1), (2**53 + 1, 1), (-(2**53), 2**53), (1, 2**53 + 1)], 1)
def test_quotients_are_rounded_once(pairs: List[Any], unit: int) -> None:
    numerators, divisors = int64([pair[0] for pair in pairs]), int64([pair[1] for pair in pairs])
    expected = [float(Fraction(numerator, divisor * unit)) for numerator, divisor in pairs]
    assert quotients(numerators, divisors, unit).tolist() == expected
