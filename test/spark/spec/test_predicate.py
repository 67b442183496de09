"""Predicates as values."""

from __future__ import annotations

from medallion.spec.predicate import Combination, Comparison, columns_of


def test_a_predicate_names_each_column_once() -> None:
    parts = (Comparison("x", "isNull"), Combination("not", (Comparison("y", "isNull"),)), Comparison("x", "isNotNull"))
    assert columns_of(Combination("allOf", parts)) == ("x", "y")
