"""The type of every aggregation over every column type, and of every derivation."""

from __future__ import annotations

from typing import List

import pytest
from factories import TYPES

from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType
from medallion.spec.vocabulary import AGGREGATIONS, derived_type, result_type

OF_NUMBERS = ("sum", "mean", "variance", "stddev")
OF_EVENTS = ("count", "timeSinceLast")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_aggregation_states_its_type_or_refuses(aggregation: str, kind: str) -> None:
    column = None if aggregation in OF_EVENTS else TYPES[kind]
    if aggregation in OF_NUMBERS and kind in ("string", "boolean", "timestamp"):
        with pytest.raises(SpecError, match="expected a number"):
            result_type(aggregation, column)
        return
    expected = {
        "count": "integer",
        "timeSinceLast": "double",
        "countDistinct": "integer",
        "mean": "double",
        "variance": "double",
        "stddev": "double",
        "sum": "decimal(19,2)" if kind == "decimal" else kind,
    }.get(aggregation, str(column))
    assert str(result_type(aggregation, column)) == expected


@pytest.mark.parametrize("aggregation", OF_EVENTS)
def test_fails_when_an_aggregation_of_events_has_a_column(aggregation: str) -> None:
    with pytest.raises(SpecError, match=f"^column: got integer for {aggregation}, expected a column except for count"):
        result_type(aggregation, TYPES["integer"])


@pytest.mark.parametrize("aggregation", [name for name in AGGREGATIONS if name not in OF_EVENTS])
def test_fails_when_an_aggregation_of_values_has_no_column(aggregation: str) -> None:
    with pytest.raises(SpecError, match=f"^column: got none for {aggregation}"):
        result_type(aggregation, None)


@pytest.mark.parametrize(
    ("derivation", "operands", "expected"),
    [
        ("ratio", [ColumnType("integer"), ColumnType("integer")], "double"),
        ("ratio", [ColumnType("decimal", 19, 2), ColumnType("double")], "double"),
        ("difference", [ColumnType("integer"), ColumnType("integer")], "integer"),
        ("difference", [ColumnType("decimal", 12, 2), ColumnType("decimal", 19, 2)], "decimal(19,2)"),
        ("difference", [ColumnType("decimal", 12, 2), ColumnType("decimal", 12, 3)], "double"),
        ("difference", [ColumnType("decimal", 12, 0), ColumnType("integer")], "double"),
        ("difference", [ColumnType("double"), ColumnType("double")], "double"),
        ("zScore", [ColumnType("decimal", 12, 2), ColumnType("double"), ColumnType("double")], "double"),
    ],
)
def test_every_derivation_states_its_type(derivation: str, operands: List[ColumnType], expected: str) -> None:
    assert str(derived_type(derivation, operands)) == expected


def test_fails_when_a_derivation_has_other_operands() -> None:
    with pytest.raises(SpecError, match="^operands: got 1, expected 2 for ratio"):
        derived_type("ratio", [ColumnType("integer")])
    with pytest.raises(SpecError, match="^operands: got a string, expected numbers"):
        derived_type("ratio", [ColumnType("integer"), ColumnType("string")])
    with pytest.raises(SpecError, match="^derivation: got 'product', expected one of ratio, difference, zScore"):
        derived_type("product", [])
