"""Derived features: other features of the same row, combined by one floating-point operation after the other.

Operands are taken as doubles, each rounded once, so that any engine with IEEE arithmetic gives the same bits. Only
the difference of two integers, or of two decimals of one scale, is an integer's. A feature overflows where all of its
operands are there, it is not divided by zero, and the result does not fit.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np
import pyarrow as pa

from medallion.arrays.exact_sum import Float64, quotients
from medallion.arrays.timeline import Mask
from medallion.evaluation import arrow
from medallion.evaluation.result import Result
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import DerivedFeature

Operand = Tuple[pa.Array, ColumnType]


def derived(feature: DerivedFeature, operands: Sequence[Operand]) -> Result:
    """Return a derived feature for every row; absent where an operand is, and where the result is not finite."""
    if feature.derivation == "difference" and _is_exact(*[kind for _, kind in operands]):
        return _exact_difference(feature, operands)
    read = [_doubles(*operand) for operand in operands]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = DERIVATIONS[feature.derivation]([values for values, _ in read])
    valid = np.logical_and.reduce([valid for _, valid in read])
    if feature.derivation != "difference":
        valid &= read[-1][0] != 0
    fits = np.isfinite(values)
    return Result(arrow.from_numbers(values + 0.0, valid & fits, feature.type), valid & ~fits)


def _is_exact(left: ColumnType, right: ColumnType) -> bool:
    """Whether two operands are subtracted as integers: both integers, or decimals of the same scale."""
    return left.name == right.name != "double" and left.scale == right.scale


def _exact_difference(feature: DerivedFeature, operands: Sequence[Operand]) -> Result:
    (left, left_valid), (right, right_valid) = (arrow.numbers(*operand) for operand in operands)
    valid = left_valid & right_valid
    difference = left - right
    wrapped = valid & (((left ^ right) & (left ^ difference)) < 0)
    return Result(arrow.from_numbers(difference, valid & ~wrapped, feature.type), wrapped)


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
