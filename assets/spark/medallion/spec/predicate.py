"""Which events a feature looks at: comparisons of columns with literals, combined by and, or and not.

The logic has three values, as in SQL: a comparison with a missing value is unknown, so is the negation of what is
unknown, and an event takes part only where its predicate is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any, Callable, Dict, Tuple, Union

import pyarrow as pa
import pyarrow.compute as pc

from medallion.arrays.timeline import Mask

ORDERINGS = ("greaterThan", "greaterThanOrEqualTo", "lessThan", "lessThanOrEqualTo")
EQUALITIES = ("equalTo", "notEqualTo", "oneOf")
PRESENCES = ("isNull", "isNotNull")
COMPARISONS = (*EQUALITIES, *ORDERINGS, *PRESENCES)
COMBINATIONS = ("allOf", "anyOf", "not")


@dataclass(frozen=True)
class Comparison:
    """One column against literals of its type: one for most operators, several for oneOf, none for the null tests."""

    column: str
    operator: str
    values: Tuple[Any, ...] = ()


@dataclass(frozen=True)
class Combination:
    """Several predicates by and or or, or the negation of one."""

    operator: str
    predicates: Tuple[Predicate, ...]


Predicate = Union[Comparison, Combination]

ColumnReader = Callable[[str], pa.Array]


def columns_of(predicate: Predicate) -> Tuple[str, ...]:
    """Return the columns that a predicate reads, without repetition."""
    if isinstance(predicate, Comparison):
        return (predicate.column,)
    return tuple(dict.fromkeys(name for part in predicate.predicates for name in columns_of(part)))


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
    if comparison.operator in PRESENCES:
        return pc.is_null(values) if comparison.operator == "isNull" else pc.is_valid(values)
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
