"""The closed vocabulary of features: every aggregation and derivation, and the type of what it gives."""

from __future__ import annotations

from typing import Optional, Sequence

from medallion.errors import SpecError
from medallion.spec.column_type import SUM_PRECISION, ColumnType

AGGREGATIONS = (
    "count",
    "sum",
    "mean",
    "variance",
    "stddev",
    "min",
    "max",
    "countDistinct",
    "first",
    "last",
    "timeSinceLast",
)
DERIVATIONS = ("ratio", "difference", "zScore")
BOUNDARIES = ("left", "right", "both", "neither")

ZERO_WHEN_EMPTY = ("count", "countDistinct", "sum")
"""Aggregations that are 0 over no values; every other one is absent."""

WITHOUT_COLUMN = ("count", "timeSinceLast")
"""Aggregations of events rather than of a column's values."""

OPERANDS = {"ratio": 2, "difference": 2, "zScore": 3}
"""How many features a derivation combines."""

_OF_NUMBERS = ("sum", "mean", "variance", "stddev")
_DOUBLE = ("mean", "variance", "stddev", "timeSinceLast")


def result_type(aggregation: str, column: Optional[ColumnType]) -> ColumnType:
    """Return the type of a feature, or raise ``SpecError`` where the aggregation has no meaning for the column."""
    if aggregation not in AGGREGATIONS:
        raise SpecError.at("aggregation", f"'{aggregation}'", f"one of {', '.join(AGGREGATIONS)}", "use one of these")
    if (aggregation in WITHOUT_COLUMN) != (column is None):
        expected = f"a column except for {' and '.join(WITHOUT_COLUMN)}"
        raise SpecError.at("column", f"{column or 'none'} for {aggregation}", expected, "correct it")
    if column is not None and aggregation in _OF_NUMBERS and not column.is_numeric:
        raise SpecError.at("column", f"a {column} for {aggregation}", "a number", "use another column or aggregation")
    if aggregation in _DOUBLE:
        return ColumnType("double")
    if column is None or aggregation == "countDistinct":
        return ColumnType("integer")
    if aggregation == "sum" and column.name == "decimal":
        return ColumnType("decimal", SUM_PRECISION, column.scale)
    return column


def derived_type(derivation: str, operands: Sequence[ColumnType]) -> ColumnType:
    """Return the type of a derived feature, or raise ``SpecError`` where its operands do not fit."""
    if derivation not in DERIVATIONS:
        raise SpecError.at("derivation", f"'{derivation}'", f"one of {', '.join(DERIVATIONS)}", "use one of these")
    if len(operands) != OPERANDS[derivation]:
        raise SpecError.at("operands", len(operands), f"{OPERANDS[derivation]} for {derivation}", "correct it")
    for operand in operands:
        if not operand.is_numeric:
            raise SpecError.at("operands", f"a {operand}", "numbers", "combine other features")
    if derivation == "difference" and is_exact_difference(operands):
        scale = operands[0].scale
        return operands[0] if scale is None else ColumnType("decimal", SUM_PRECISION, scale)
    return ColumnType("double")


def is_exact_difference(operands: Sequence[ColumnType]) -> bool:
    """Whether two operands are subtracted as integers: both integers, or decimals of the same scale."""
    left, right = operands
    return left.name == right.name != "double" and left.scale == right.scale
