"""What is evaluated of one feature, and which features of a row an overflow has left without a value."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional

import numpy as np
import pyarrow as pa

from medallion.arrays.timeline import Mask

NAMES = pa.list_(pa.string())


class Result(NamedTuple):
    """A feature for every query, in the order of the queries, and where it is absent because it does not fit."""

    values: pa.Array
    overflowed: Optional[Mask] = None
    """None for a feature that fits whatever the events."""


def overflowed_names(results: Dict[str, Result], rows: int) -> pa.Array:
    """Return for each row the names of the features that do not fit, in the order of ``results``; null if all fit."""
    names: Dict[int, List[str]] = {}
    for name, result in results.items():
        if result.overflowed is not None:
            for at in np.flatnonzero(result.overflowed).tolist():
                names.setdefault(at, []).append(name)
    return pa.array([names.get(at) for at in range(rows)], NAMES) if names else pa.nulls(rows, NAMES)
