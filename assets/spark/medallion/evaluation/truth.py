"""In which rows a predicate is true: comparisons of Arrow columns, and the logic of three values."""

from __future__ import annotations

from functools import reduce
from typing import Callable, Dict

import pyarrow as pa
import pyarrow.compute as pc

from medallion.arrays.timeline import Mask
from medallion.spec.predicate import Comparison, Predicate

ColumnReader = Callable[[str], pa.Array]


def true_rows(predicate: Predicate, column: ColumnReader) -> Mask:
    """Return in which rows the predicate is true, neither false nor unknown."""
    rows: Mask = _truth(predicate, column).fill_null(False).to_numpy(zero_copy_only=False)
    return rows


def _truth(predicate: Predicate, column: ColumnReader) -> pa.Array:
    if isinstance(predicate, Comparison):
        return _compared(predicate, column(predicate.column))
    parts = [_truth(part, column) for part in predicate.predicates]
    if predicate.operator == "not":
        return pc.invert(parts[0])
    return reduce(pc.and_kleene if predicate.operator == "allOf" else pc.or_kleene, parts)


def _compared(comparison: Comparison, values: pa.Array) -> pa.Array:
    if comparison.operator == "isNull":
        return pc.is_null(values)
    if comparison.operator == "isNotNull":
        return pc.is_valid(values)
    literals = pa.array(comparison.values, type=values.type)
    if comparison.operator == "oneOf":
        return pc.if_else(pc.is_valid(values), pc.is_in(values, value_set=literals), pa.scalar(None, pa.bool_()))
    return _OPERATORS[comparison.operator](values, literals[0])


_OPERATORS: Dict[str, Callable[[pa.Array, pa.Scalar], pa.Array]] = {
    "equalTo": pc.equal,
    "notEqualTo": pc.not_equal,
    "greaterThan": pc.greater,
    "greaterThanOrEqualTo": pc.greater_equal,
    "lessThan": pc.less,
    "lessThanOrEqualTo": pc.less_equal,
}
