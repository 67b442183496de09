"""Predicates and derived features as the spec document states them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Dict

import pytest

from medallion.errors import SpecError
from medallion.spec.declaration import DerivedFeature, Feature, FeatureGroup, Spec
from medallion.spec.predicate import Combination, Comparison

GOLDEN = Path(__file__).parents[2] / "fixtures" / "card-features.spec.json"
COLUMNS = [
    {"name": "count", "type": "integer", "required": False},
    {"name": "share", "type": "double", "required": False},
    {"name": "is_online", "type": "boolean", "required": False},
    {"name": "opened", "type": "timestamp", "required": False},
]

Document = Dict[str, Any]


def a_group_of(*features: Document) -> FeatureGroup:
    """Return the golden group with features added at its end, over columns of every type."""
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    document["events"]["columns"] += COLUMNS
    document["featureGroups"][0]["features"] += features
    return Spec.from_document(document).feature_groups[0]


def a_count(where: Any) -> Document:
    window = {"lengthUs": 1, "offsetUs": 0, "closed": "left"}
    return {
        "name": "x",
        "aggregation": "count",
        "where": where,
        "window": window,
        "result": {"type": "integer"},
        "emptyValue": "0",
    }


def a_comparison(comparison: str, column: str, **operands: Any) -> Document:
    return {"comparison": comparison, "column": column, **operands}


def where_of(where: Any) -> Any:
    feature = a_group_of(a_count(where)).features[-1]
    assert isinstance(feature, Feature)
    return feature.where


@pytest.mark.parametrize(
    ("comparison", "column", "value", "typed"),
    [
        ("equalTo", "country", "DE", "DE"),
        ("notEqualTo", "amount", "-12.30", Decimal("-12.3")),
        ("greaterThan", "count", "9223372036854775807", 2**63 - 1),
        ("lessThan", "share", "0.1", 0.1),
        ("equalTo", "is_online", True, True),
        ("lessThanOrEqualTo", "opened", "1970-01-01T00:00:01.000001Z", 1_000_001),
    ],
)
def test_literals_are_values_of_their_column(comparison: str, column: str, value: Any, typed: Any) -> None:
    read = where_of(a_comparison(comparison, column, value=value))
    assert read == Comparison(column, comparison, (typed,))
    assert type(read.values[0]) is type(typed)


def test_combinations_nest_and_name_their_columns() -> None:
    country = a_comparison("oneOf", "country", values=["DE", "FR"])
    missing = a_comparison("isNull", "amount")
    negated = {"combination": "not", "predicates": [missing]}
    group = a_group_of(a_count({"combination": "anyOf", "predicates": [country, negated]}))
    feature = group.features[-1]
    assert isinstance(feature, Feature)
    assert feature.where == Combination(
        "anyOf",
        (Comparison("country", "oneOf", ("DE", "FR")), Combination("not", (Comparison("amount", "isNull"),))),
    )
    assert feature.columns == ("country", "amount")


def test_columns_of_predicates_are_read_by_an_evaluation() -> None:
    assert "opened" in a_group_of(a_count(a_comparison("isNull", "opened"))).columns


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("x", "where: got 'x', expected an object"),
        ({"combination": "xor", "predicates": []}, "where.combination: got 'xor', expected one of allOf, anyOf, not"),
        ({"combination": "allOf", "predicates": []}, "where.predicates: got 0, expected at least one"),
        (
            {"combination": "not", "predicates": [a_comparison("isNull", "country")] * 2},
            "where.predicates: got 2, expected one",
        ),
        (a_comparison("like", "country", value="D%"), "where.comparison: got 'like', expected one of equalTo"),
        (a_comparison("equalTo", "town", value="x"), "where.column: got no event column 'town'"),
        (a_comparison("equalTo", "country"), "where: got no literal, expected ['value']"),
        (a_comparison("isNull", "country", value="x"), "where: got ['value'], expected no literal"),
        (a_comparison("oneOf", "country", values=[]), "where.values: got none, expected at least one"),
        (a_comparison("greaterThan", "country", value="x"), "where: got greaterThan of a string, expected one of"),
        (a_comparison("equalTo", "share", value="1"), "where: got equalTo of a double, expected one of string"),
        (
            a_comparison("equalTo", "amount", value="1.005"),
            "where.value: got '1.005', expected a value of type decimal(12,2)",
        ),
        (
            a_comparison("equalTo", "amount", value="10000000000"),
            "where.value: got '10000000000', expected a value of type decimal",
        ),
        (a_comparison("equalTo", "amount", value=1), "where.value: got '1', expected text"),
        (a_comparison("equalTo", "count", value="1.5"), "where.value: got '1.5', expected a value of type integer"),
        (a_comparison("lessThan", "count", value="9223372036854775808"), "where.value: got '9223372036854775808'"),
        (a_comparison("lessThan", "share", value="nan"), "where.value: got 'nan', expected a value of type double"),
        (
            a_comparison("lessThan", "opened", value="2025-01-01"),
            "where.value: got '2025-01-01', expected a value of type timestamp",
        ),
        (a_comparison("equalTo", "is_online", value="true"), "where.value: got 'true', expected true or false"),
    ],
)
def test_fails_when_a_predicate_is_wrong(where: Any, text: str) -> None:
    with pytest.raises(SpecError) as refusal:
        where_of(where)
    assert str(refusal.value).startswith(f"featureGroups[0].features[9].{text}")


def test_derived_features_combine_earlier_ones() -> None:
    ratio = {
        "name": "r",
        "derivation": "ratio",
        "operands": ["txn_amount_1h", "avg_amount_7d"],
        "result": {"type": "double"},
    }
    group = a_group_of(ratio)
    feature = group.features[-1]
    assert isinstance(feature, DerivedFeature)
    assert (feature.derivation, feature.operands, str(feature.type)) == (
        "ratio",
        ("txn_amount_1h", "avg_amount_7d"),
        "double",
    )
    assert feature.name not in [other.name for other in group.aggregated]
    assert group.reach_us == max(other.window.reach_us for other in group.aggregated)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"operands": ["txn_count_1h", "later"]}, "operands: got 'later', expected one of txn_count_1h"),
        ({"operands": ["txn_count_1h", "r"]}, "operands: got 'r', expected one of txn_count_1h"),
        ({"operands": ["txn_count_1h"]}, "operands: got 1, expected 2 for ratio"),
        ({"operands": ["txn_count_1h", "last_country"]}, "operands: got a string, expected numbers"),
        ({"derivation": "product"}, "derivation: got 'product', expected one of ratio"),
        ({"result": {"type": "integer"}}, "result: got integer, expected double"),
        ({"window": {}}, "window: got an unknown key"),
    ],
)
def test_fails_when_a_derived_feature_is_wrong(changes: Document, text: str) -> None:
    ratio = {
        "name": "r",
        "derivation": "ratio",
        "operands": ["txn_count_1h", "txn_count_1h"],
        "result": {"type": "double"},
    }
    with pytest.raises(SpecError) as refusal:
        a_group_of({**ratio, **changes})
    assert str(refusal.value).startswith(f"featureGroups[0].features[9].{text}")


def test_the_definition_is_of_entity_and_features_alone() -> None:
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    before = Spec.from_document(document).feature_groups[0].definition
    document["featureGroups"][0]["ttlUs"] += 1
    document["events"]["allowedSkewUs"] += 1
    assert Spec.from_document(document).feature_groups[0].definition == before
    document["featureGroups"][0]["features"].pop()
    assert Spec.from_document(document).feature_groups[0].definition != before
