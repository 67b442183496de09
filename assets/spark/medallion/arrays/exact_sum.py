"""Sums and means of windows that are exact whatever the order of the events, as differences of prefix sums.

Integers are added as two halves of 32 bits, which cannot overflow, so that a total that does not fit 64 bits is
seen. Doubles become whole multiples of the smallest power of two among them, in Python integers without a limit;
each result is rounded once. An integer costs nanoseconds, a double about a microsecond. A result that does not fit
is marked, window by window: what other windows hold, and what the running sums pass through, does not matter.
"""

from __future__ import annotations

import math
from itertools import accumulate, repeat
from typing import Callable, Iterable, Iterator, List, Tuple, Union

import numpy as np
import numpy.typing as npt

from medallion.arrays.timeline import Int64, Mask
from medallion.errors import InputError

Float64 = npt.NDArray[np.float64]

_HALF = 32
_LOW = 2**_HALF - 1
_HALF_RANGE = 2 ** (_HALF - 1)
_INT64 = 2**63
_EXACT_DOUBLE = 2**53
"""Up to here every integer is a double, so that dividing two of them rounds once."""

_MANTISSA = 53


class IntegerSums:
    """Exact sums of windows over integers, each a count of 1/``unit``; null values add nothing."""

    def __init__(self, values: Int64, valid: Mask, unit: int = 1) -> None:
        present = np.where(valid, values, 0)
        largest = max(abs(int(present.min())), abs(int(present.max()))) if present.size else 0
        self._unit = unit
        self._counts = prefix_sums(valid)
        self._fits = largest * present.size < _INT64
        self._low = prefix_sums(present if self._fits else present & _LOW)
        self._high = None if self._fits else prefix_sums(present >> _HALF)

    def counts(self, start: Int64, stop: Int64) -> Int64:
        """Return how many values of each window are not null."""
        return self._counts[stop] - self._counts[start]

    def sums(self, start: Int64, stop: Int64) -> Tuple[Int64, Mask]:
        """Return the sum of each window, and false where a signed 64-bit integer cannot hold it."""
        totals, outside = self.totals(start, stop)
        return totals, ~outside

    def means(self, start: Int64, stop: Int64) -> Tuple[Float64, Mask]:
        """Return the mean of each window, rounded once, and false where it has no value; no sum is too large."""
        totals, outside = self.totals(start, stop)
        counts = self.counts(start, stop)
        valid = counts > 0
        means = quotients(np.where(outside, 0, totals), np.where(valid, counts, 1), self._unit)
        for at in np.flatnonzero(outside).tolist():
            means[at] = self.total(int(start[at]), int(stop[at])) / (int(counts[at]) * self._unit)
        return means, valid

    def totals(self, start: Int64, stop: Int64) -> Tuple[Int64, Mask]:
        """Return the sums modulo 2**64, and where that is not the sum."""
        low = self._low[stop] - self._low[start]
        if self._high is None:
            return low, np.zeros(low.size, dtype=np.bool_)
        high = self._high[stop] - self._high[start] + (low >> _HALF)
        return (high << _HALF) + (low & _LOW), (high < -_HALF_RANGE) | (high >= _HALF_RANGE)

    def total(self, first: int, last: int) -> int:
        """Return the sum of one window, however large."""
        low = int(self._low[last]) - int(self._low[first])
        high = 0 if self._high is None else int(self._high[last]) - int(self._high[first])
        return (high << _HALF) + low


class DoubleSums:
    """Exact sums of windows over doubles, each rounded once; null values add nothing."""

    def __init__(self, values: Float64, valid: Mask) -> None:
        units, self.power = whole_units(values, valid)
        self._counts = prefix_sums(valid)
        self._totals: List[int] = [0, *accumulate(units)]

    def counts(self, start: Int64, stop: Int64) -> Int64:
        """Return how many values of each window are not null."""
        return self._counts[stop] - self._counts[start]

    def sums(self, start: Int64, stop: Int64) -> Tuple[Float64, Mask]:
        """Return the sum of each window, and false where it is beyond the largest double."""
        return scaled_quotients(lambda: self._window_totals(start, stop), repeat(1), self.power)

    def means(self, start: Int64, stop: Int64) -> Tuple[Float64, Mask]:
        """Return the mean of each window, rounded once, and false where it has no value; no sum is too large."""
        counts = self.counts(start, stop)
        divisors = np.where(counts > 0, counts, 1).tolist()
        means, _ = scaled_quotients(lambda: self._window_totals(start, stop), divisors, self.power)
        return means, counts > 0

    def _window_totals(self, start: Int64, stop: Int64) -> Iterator[int]:
        totals = self._totals
        return (totals[last] - totals[first] for first, last in zip(start.tolist(), stop.tolist()))


Sums = Union[IntegerSums, DoubleSums]


def whole_units(values: Float64, valid: Mask) -> Tuple[Iterator[int], int]:
    """Return doubles as whole multiples of a power of two, and the power; nulls are 0.

    The power is that of the smallest bit of any of them, so that every multiple is exact.
    """
    present = np.where(valid, values, 0.0)
    if not np.isfinite(present).all():
        raise InputError.at("values", "NaN or infinity", "finite numbers", "quarantine such events")
    mantissas, exponents = np.frexp(present)
    whole = np.ldexp(mantissas, _MANTISSA).astype(np.int64)
    powers = exponents.astype(np.int64) - _MANTISSA
    power = int(powers[whole != 0].min()) if whole.any() else 0
    shifts = np.where(whole != 0, powers - power, 0)
    return (value << shift for value, shift in zip(whole.tolist(), shifts.tolist())), power


def scaled_quotients(
    numerators: Callable[[], Iterator[int]], divisors: Iterable[int], power: int
) -> Tuple[Float64, Mask]:
    """Return numerator x 2**power / divisor, rounded once, and false where that is beyond the largest double.

    What is too close to zero for a double is 0.0, from below as well. Numerators are asked for again where one of
    them is too large: to look after each costs a tenth of the time.
    """
    up, down = max(power, 0), max(-power, 0)
    try:
        rounded = [(total << up) / (divisor << down) for total, divisor in zip(numerators(), divisors)]
    except OverflowError:
        rounded = [_quotient(total << up, divisor << down) for total, divisor in zip(numerators(), divisors)]
    values = np.array(rounded, dtype=np.float64)
    return values + 0.0, np.isfinite(values)


def _quotient(numerator: int, divisor: int) -> float:
    """Return a quotient rounded once, infinity beyond the largest double."""
    try:
        return numerator / divisor
    except OverflowError:
        return math.inf


def quotients(numerators: Int64, divisors: Int64, unit: int = 1) -> Float64:
    """Return numerator / (divisor x unit) as doubles, each rounded once; divisors are positive."""
    exact = (numerators >= -_EXACT_DOUBLE) & (numerators <= _EXACT_DOUBLE) & (divisors <= _EXACT_DOUBLE // unit)
    rounded: Float64 = numerators / (np.where(exact, divisors, 1) * float(unit))
    for at in np.flatnonzero(~exact).tolist():
        rounded[at] = int(numerators[at]) / (int(divisors[at]) * unit)
    return rounded


def prefix_sums(values: npt.NDArray[np.bool_] | Int64) -> Int64:
    """Return n + 1 running totals, of which the difference of two is the total of what lies between them."""
    totals = np.zeros(values.size + 1, dtype=np.int64)
    np.cumsum(values, dtype=np.int64, out=totals[1:])
    return totals
