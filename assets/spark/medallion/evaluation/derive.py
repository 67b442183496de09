"""Derived features: other features of the same row, combined by one floating-point operation after the other.

Operands are taken as doubles, each rounded once, so that any engine with IEEE arithmetic gives the same bits. Only
the difference of two integers, or of two decimals of one scale, is an integer's.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np
import pyarrow as pa

from medallion.arrays.exact_sum import Float64, quotients
from medallion.arrays.timeline import Mask
from medallion.errors import KernelOverflow
from medallion.evaluation import arrow
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import DerivedFeature

Operand = Tuple[pa.Array, ColumnType]


def derived(feature: DerivedFeature, operands: Sequence[Operand]) -> pa.Array:
    """Return a derived feature for every row; absent where an operand is, or where the result is not finite."""
    if feature.derivation == "difference" and _is_exact(*[kind for _, kind in operands]):
        return _exact_difference(feature, operands)
    read = [_doubles(*operand) for operand in operands]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = DERIVATIONS[feature.derivation]([values for values, _ in read])
    valid = np.logical_and.reduce([valid for _, valid in read]) & np.isfinite(values)
    return arrow.from_numbers(np.where(valid, values, 0.0) + 0.0, valid, feature.type)


def _is_exact(left: ColumnType, right: ColumnType) -> bool:
    """Whether two operands are subtracted as integers: both integers, or decimals of the same scale."""
    return left.name == right.name != "double" and left.scale == right.scale


def _exact_difference(feature: DerivedFeature, operands: Sequence[Operand]) -> pa.Array:
    (left, left_valid), (right, right_valid) = (arrow.numbers(*operand) for operand in operands)
    valid = left_valid & right_valid
    difference = left - right
    wrapped = valid & (((left ^ right) & (left ^ difference)) < 0)
    if wrapped.any():
        at = int(wrapped.argmax())
        got = f"a difference of {int(left[at]) - int(right[at])}"
        raise KernelOverflow.at(feature.name, got, "a signed 64-bit integer", "bound the column")
    return arrow.from_numbers(difference, valid, feature.type)


def _doubles(column: pa.Array, kind: ColumnType) -> Tuple[Float64, Mask]:
    """Return numbers as the nearest doubles, and where there are any."""
    values, valid = arrow.numbers(column, kind)
    if kind.name == "decimal":
        return quotients(values, np.ones_like(values), 10 ** (kind.scale or 0)), valid
    return values.astype(np.float64), valid


def _ratio(operands: List[Float64]) -> Float64:
    numerator, denominator = operands
    return numerator / denominator


def _difference(operands: List[Float64]) -> Float64:
    minuend, subtrahend = operands
    return minuend - subtrahend


def _z_score(operands: List[Float64]) -> Float64:
    value, mean, deviation = operands
    return (value - mean) / deviation


DERIVATIONS: Dict[str, Callable[[List[Float64]], Float64]] = {
    "ratio": _ratio,
    "difference": _difference,
    "zScore": _z_score,
}
"""Every derivation by its name in the declaration."""
