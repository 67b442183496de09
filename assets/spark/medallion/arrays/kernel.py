"""Windowed aggregations over arrays: events in the order of a timeline, windows as pairs of positions in it.

Every function takes the edges of the windows, ``start`` and ``stop``, as ``Queries.edge`` finds them: a window is
the events at positions ``start .. stop - 1``, all of one entity. Values are in timeline order, with a mask that is
false where a value is null. Each aggregation costs O(n log n) for the events and O(1) or O(log n) for a query.
"""

from __future__ import annotations

from typing import Any, Tuple, TypeVar

import numpy as np
import numpy.typing as npt

from medallion.arrays.exact_sum import prefix_sums
from medallion.arrays.timeline import Int64, Mask, Timeline

Number = TypeVar("Number", np.int64, np.float64)


def count(chosen: Mask, start: Int64, stop: Int64) -> Int64:
    """Return the number of events of each window for which ``chosen`` is true."""
    totals = prefix_sums(chosen)
    return totals[stop] - totals[start]


class Distinct:
    """Exact numbers of distinct values, as a difference of two prefix sums.

    The events of one entity and value whose gaps are at most the window's length L = stop - start form a run. The
    window touches a run exactly when the run has begun before its end and not ended before its beginning: if it lay
    between two neighbours of the run without touching one, their gap would exceed L. So the number of distinct values
    is the number of runs begun before ``stop`` less the number of runs ended before ``start``. Runs of earlier
    entities count in both and cancel. L is the width in whole microseconds of the half-open window: W for left and
    right, W + 1 for both, W - 1 for neither.
    """

    def __init__(self, timeline: Timeline, codes: Int64, valid: Mask) -> None:
        positions = np.flatnonzero(valid)
        pair = timeline.entity[positions] * (int(codes.max(initial=0)) + 1) + codes[positions]
        order = np.argsort(pair, kind="stable")
        self._size = len(timeline)
        self._positions = positions[order]
        self._pair = pair[order]
        self._time = timeline.time[self._positions]

    def counts(self, start: Int64, stop: Int64, length_us: int) -> Int64:
        """Return the number of distinct values of each window of that length."""
        breaks = np.ones(self._positions.size + 1, dtype=np.bool_)
        gaps = self._time[1:] - self._time[:-1]
        breaks[1:-1] = (gaps > length_us) | (self._pair[1:] != self._pair[:-1])
        return self._runs(breaks[:-1])[stop] - self._runs(breaks[1:])[start]

    def _runs(self, flags: Mask) -> Int64:
        marked = np.zeros(self._size, dtype=np.bool_)
        marked[self._positions] = flags
        return prefix_sums(marked)


class Nearest:
    """The earliest and the latest value that is not null, in timeline order."""

    def __init__(self, valid: Mask) -> None:
        size = valid.size
        places = np.arange(size, dtype=np.int64)
        latest = np.maximum.accumulate(np.where(valid, places, -1))
        earliest = np.minimum.accumulate(np.where(valid, places, size)[::-1])[::-1]
        self._latest: Int64 = np.concatenate(([-1], latest))
        self._earliest: Int64 = np.concatenate((earliest, [size]))

    def first(self, start: Int64, stop: Int64) -> Int64:
        """Return the position of each window's earliest value, -1 where the window has none."""
        earliest = self._earliest[start]
        return np.where(earliest < stop, earliest, -1)

    def last(self, start: Int64, stop: Int64) -> Int64:
        """Return the position of each window's latest value, -1 where the window has none."""
        latest = self._latest[stop]
        return np.where(latest >= start, latest, -1)


def extremes(
    values: npt.NDArray[Number], valid: Mask, start: Int64, stop: Int64, largest: bool
) -> Tuple[npt.NDArray[Number], Mask]:
    """Return the smallest (or ``largest``) value of each window; false where there is none.

    A sparse table, one level at a time: level k holds the extreme of every 2**k consecutive events, and answers the
    windows of 2**k to 2**(k+1) - 1 events by two overlapping blocks. Only one level is in memory.
    """
    better = np.maximum if largest else np.minimum
    level = np.where(valid, values, _worst(values, largest))
    found = np.full(start.size, _worst(values, largest), dtype=values.dtype)
    lengths = stop - start
    longest = int(lengths.max(initial=0))
    width = 1
    while width <= longest:
        if width > 1:
            level = better(level[: -width // 2], level[width // 2 :])
        at = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
        found[at] = better(level[start[at]], level[stop[at] - width])
        width *= 2
    present = prefix_sums(valid)
    return found, present[stop] > present[start]


def _worst(values: npt.NDArray[Any], largest: bool) -> Any:
    if values.dtype == np.float64:
        return -np.inf if largest else np.inf
    limits = np.iinfo(np.int64)
    return limits.min if largest else limits.max
