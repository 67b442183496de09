"""Predicates over Arrow columns, against three-valued logic written out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Optional, Tuple

import pyarrow as pa
import pytest
from factories import TYPES
from naive_model import COMPARE

from medallion.evaluation.truth import true_rows
from medallion.spec.predicate import Combination, Comparison, Predicate

TRUTHS: List[Optional[bool]] = [True, False, None]
PAIRS = [(left, right) for left in TRUTHS for right in TRUTHS]

VALUES: Dict[str, List[Any]] = {
    "integer": [-(2**63), -1, 0, 2**53 + 1, 2**63 - 1, None],
    "decimal": [Decimal("-0.01"), Decimal("0.00"), Decimal("9999999999.99"), None],
    "double": [-1.5, 0.0, 0.1, None],
    "timestamp": [-1, 0, 1_761_206_400_000_000, None],
}


def rows_where(predicate: Predicate, **columns: Tuple[str, List[Any]]) -> List[bool]:
    arrays = {name: pa.array(values, TYPES[kind].arrow) for name, (kind, values) in columns.items()}
    found: List[bool] = true_rows(predicate, lambda name: arrays[name]).tolist()
    return found


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("comparison", COMPARE)
def test_comparisons_are_those_of_the_values_and_never_true_of_null(comparison: str, kind: str) -> None:
    for literal in VALUES[kind][:-1]:
        expected = [value is not None and COMPARE[comparison](value, literal) for value in VALUES[kind]]
        assert rows_where(Comparison("x", comparison, (literal,)), x=(kind, VALUES[kind])) == expected


def test_text_is_compared_as_it_is() -> None:
    values = ["a", "A", "a ", "é", "e\u0301", "", None]
    assert rows_where(Comparison("x", "equalTo", ("é",)), x=("string", values)) == [at == 3 for at in range(7)]
    one_of = Comparison("x", "oneOf", ("a", ""))
    assert rows_where(one_of, x=("string", values)) == [True, False, False, False, False, True, False]


def test_the_null_tests_are_never_unknown() -> None:
    column = ("boolean", [True, False, None])
    assert rows_where(Comparison("x", "isNull"), x=column) == [False, False, True]
    assert rows_where(Comparison("x", "isNotNull"), x=column) == [True, True, False]
    assert rows_where(Combination("not", (Comparison("x", "isNull"),)), x=column) == [True, True, False]


@pytest.mark.parametrize("comparison", [*COMPARE, "oneOf"])
def test_the_negation_of_unknown_is_unknown(comparison: str) -> None:
    values = ["a", "b", None] if comparison in ("oneOf", "equalTo", "notEqualTo") else [1, 2, None]
    kind = "string" if isinstance(values[0], str) else "integer"
    inner = Comparison("x", comparison, (values[0],))
    plain = rows_where(inner, x=(kind, values))
    negated = rows_where(Combination("not", (inner,)), x=(kind, values))
    assert [one or other for one, other in zip(plain, negated)] == [True, True, False]


@pytest.mark.parametrize(
    ("combination", "true_of"),
    [
        ("allOf", [(True, True)]),
        ("anyOf", [(True, True), (True, False), (True, None), (False, True), (None, True)]),
    ],
)
def test_combinations_follow_the_truth_tables(combination: str, true_of: List[Any]) -> None:
    columns = {
        "x": ("boolean", [left for left, _ in PAIRS]),
        "y": ("boolean", [right for _, right in PAIRS]),
    }
    both = (Comparison("x", "equalTo", (True,)), Comparison("y", "equalTo", (True,)))
    assert rows_where(Combination(combination, both), **columns) == [pair in true_of for pair in PAIRS]


@pytest.mark.parametrize(
    ("combination", "false_of"),
    [
        ("allOf", [(False, True), (False, False), (False, None), (True, False), (None, False)]),
        ("anyOf", [(False, False)]),
    ],
)
def test_the_negation_of_a_combination_is_true_where_it_is_false(combination: str, false_of: List[Any]) -> None:
    columns = {
        "x": ("boolean", [left for left, _ in PAIRS]),
        "y": ("boolean", [right for _, right in PAIRS]),
    }
    both = (Comparison("x", "equalTo", (True,)), Comparison("y", "equalTo", (True,)))
    negated = Combination("not", (Combination(combination, both),))
    assert rows_where(negated, **columns) == [pair in false_of for pair in PAIRS]
