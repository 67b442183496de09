"""Derived features: other features of the same entity and instant, each step one operation on doubles.

``None`` is an absent value: any of the operands makes the result absent, and so does a result that is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Union

from demo.recompute.lines import Document

Number = Union[int, float]


def derive(derivation: str, operands: Sequence[Number | None], results: Sequence[Document]) -> Number | None:
    """Return a derived value from others, whose types are ``results``; decimals are in minor units."""
    present = [value for value in operands if value is not None]
    if len(present) < len(operands):
        return None
    if derivation == "difference" and _is_exact(*results):
        return present[0] - present[1]
    value = DERIVATIONS[derivation](*map(as_double, present, results))
    return value + 0.0 if math.isfinite(value) else None  # adding zero leaves no negative zero


def as_double(value: Number, result: Document) -> float:
    """Return the double that is nearest to a value."""
    return value / 10 ** result["scale"] if result["type"] == "decimal" else float(value)


def _is_exact(left: Document, right: Document) -> bool:
    """Return whether two values are whole numbers of the same unit."""
    kinds = {(result["type"], result.get("scale", 0)) for result in (left, right)}
    return len(kinds) == 1 and left["type"] != "double"


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


def _difference(minuend: float, subtrahend: float) -> float:
    return minuend - subtrahend


def _z_score(value: float, mean: float, stddev: float) -> float:
    return (value - mean) / stddev if stddev else math.nan


DERIVATIONS: Mapping[str, Callable[..., float]] = {"ratio": _ratio, "difference": _difference, "zScore": _z_score}
