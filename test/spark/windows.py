"""Small arrays with missing values, and every window over them."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

import numpy as np
from hypothesis import strategies as st

from medallion.arrays.timeline import Int64, Mask

optional_integers = st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=12)
optional_doubles = st.lists(
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=12
)


def int64(values: Sequence[int]) -> Int64:
    return np.array(values, dtype=np.int64)


def every_window(size: int) -> Tuple[Int64, Int64]:
    """Return the edges of every run of neighbouring events, empty ones too."""
    pairs = [(start, stop) for start in range(size + 1) for stop in range(start, size + 1)]
    return int64([start for start, _ in pairs]), int64([stop for _, stop in pairs])


def present_values(values: Sequence[Any], dtype: Any) -> Tuple[Any, Mask]:
    """Return an array with a telling number where a value is missing, and the mask."""
    return np.array([41 if value is None else value for value in values], dtype), np.array(
        [value is not None for value in values]
    )


def of_window(values: Sequence[Any], start: int, stop: int) -> List[Any]:
    return [value for value in values[start:stop] if value is not None]
