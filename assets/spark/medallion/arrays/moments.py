"""Sample variances of windows, each the exact rational (n Σx² - (Σx)²) / (n (n - 1)) rounded once.

The difference of two large numbers that plain floating point loses here is taken of integers, so that the result does
not depend on the order of the events, nor on what left the window before. A variance is the same after a shift:
integers are taken relative to the middle of their range, which keeps the squares small. Windows whose terms fit 62
bits cost nanoseconds, others, and all doubles, about a microsecond.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Iterator, List, Tuple, Union

import numpy as np

from medallion.arrays.exact_sum import Float64, IntegerSums, prefix_sums, quotients, scaled_quotients, whole_units
from medallion.arrays.timeline import Int64, Mask

_SQUARES_FIT = 2**31
"""Integers below this have squares that fit 62 bits."""

_FITS = 2.0**62


class IntegerVariances:
    """Exact sample variances of windows over integers, each a count of 1/``unit``; nulls are left out."""

    def __init__(self, values: Int64, valid: Mask, unit: int = 1) -> None:
        present = values[valid]
        lowest, highest = (int(present.min()), int(present.max())) if present.size else (0, 0)
        self._unit = unit
        self._narrow = highest - lowest < _SQUARES_FIT
        centred = np.where(valid, values, lowest) - (lowest + (highest - lowest) // 2) if self._narrow else values
        self._sums = IntegerSums(centred, valid)
        self._squares = IntegerSums(centred * centred, valid) if self._narrow else _BigSquares(values, valid)

    def variances(self, start: Int64, stop: Int64) -> Tuple[Float64, Mask, Mask]:
        """Return the sample variance of each window, false where it has fewer than two values, and that all fit."""
        counts = self._sums.counts(start, stop)
        sums, squares, fits = self._terms(start, stop, counts)
        numerators = np.where(fits, counts * squares - sums * sums, 0)
        valid = counts > 1
        pairs = np.where(valid, counts * (counts - 1), 1)
        variances = quotients(numerators, pairs, self._unit**2)
        for at in np.flatnonzero(valid & ~fits).tolist():
            variances[at] = self._variance(int(start[at]), int(stop[at]), int(counts[at]))
        return variances, valid, np.ones_like(valid)

    def _terms(self, start: Int64, stop: Int64, counts: Int64) -> Tuple[Int64, Int64, Mask]:
        """Return sums and sums of squares, and where all of n Σx² - (Σx)² fits a 64-bit integer."""
        sums, sums_outside = self._sums.totals(start, stop)
        if isinstance(self._squares, _BigSquares):
            return sums, sums, np.zeros(counts.size, dtype=np.bool_)
        squares, squares_outside = self._squares.totals(start, stop)
        return sums, squares, ~sums_outside & ~squares_outside & (counts * squares.astype(np.float64) < _FITS)

    def _variance(self, first: int, last: int, count: int) -> float:
        numerator = count * self._squares.total(first, last) - self._sums.total(first, last) ** 2
        return numerator / (count * (count - 1) * self._unit**2)


class _BigSquares:
    """Sums of squares that may need more than 64 bits."""

    def __init__(self, values: Int64, valid: Mask) -> None:
        self._totals: List[int] = [0, *accumulate(value * value for value in np.where(valid, values, 0).tolist())]

    def total(self, first: int, last: int) -> int:
        return self._totals[last] - self._totals[first]


class DoubleVariances:
    """Exact sample variances of windows over doubles; nulls are left out."""

    def __init__(self, values: Float64, valid: Mask) -> None:
        generated, self._power = whole_units(values, valid)
        units = list(generated)
        self._counts = prefix_sums(valid)
        self._sums: List[int] = [0, *accumulate(units)]
        self._squares: List[int] = [0, *accumulate(unit * unit for unit in units)]

    def variances(self, start: Int64, stop: Int64) -> Tuple[Float64, Mask, Mask]:
        """Return the sample variance of each window, and false where it has fewer than two values.

        The last is false where the variance is beyond the largest double.
        """
        counts = self._counts[stop] - self._counts[start]
        valid = counts > 1
        sums, squares = self._sums, self._squares

        def numerators() -> Iterator[int]:
            edges = zip(start.tolist(), stop.tolist(), counts.tolist())
            return (
                count * (squares[last] - squares[first]) - (sums[last] - sums[first]) ** 2
                for first, last, count in edges
            )

        pairs = np.where(valid, counts * (counts - 1), 1).tolist()
        variances, fits = scaled_quotients(numerators, pairs, 2 * self._power)
        return variances, valid, fits


Variances = Union[IntegerVariances, DoubleVariances]
