"""The reader of the spec document: what it makes of one, and which it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Dict

import pytest

from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import DerivedFeature, Feature, FeatureGroup, Labels
from medallion.spec.document import document_hash, read_spec, spec_of
from medallion.spec.predicate import Combination, Comparison

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOLDEN = (FIXTURES / "card-features.spec.json").read_text(encoding="utf-8")
HOUR_US = 3_600_000_000
COLUMNS = [
    {"name": "count", "type": "integer", "required": False},
    {"name": "share", "type": "double", "required": False},
    {"name": "is_online", "type": "boolean", "required": False},
    {"name": "opened", "type": "timestamp", "required": False},
]

Document = Dict[str, Any]


@pytest.fixture
def document() -> Document:
    parsed: Document = json.loads(GOLDEN)
    return parsed


def a_group_of(*features: Document) -> FeatureGroup:
    """Return the golden group with features added at its end, over columns of every type."""
    document = json.loads(GOLDEN)
    document["events"]["columns"] += COLUMNS
    document["featureGroups"][0]["features"] += features
    return spec_of(document).feature_groups[0]


def where_of(where: Any) -> Any:
    window = {"lengthUs": 1, "offsetUs": 0, "closed": "left"}
    count = {"name": "x", "aggregation": "count", "where": where, "window": window, "result": {"type": "integer"}}
    feature = a_group_of({**count, "emptyValue": "0"}).features[-1]
    assert isinstance(feature, Feature)
    return feature.where


@pytest.mark.parametrize("name", ["card-features", "sensor-features"])
def test_reads_what_the_library_writes(name: str) -> None:
    text = (FIXTURES / f"{name}.spec.json").read_text(encoding="utf-8")
    assert read_spec(text) == spec_of(json.loads(text))


def test_reads_events_slot_datasets_and_layout() -> None:
    spec = read_spec(GOLDEN)
    assert (spec.slot.length_us, spec.slot.watermark_delay_us) == (600_000_000, 120_000_000)
    assert (spec.events.name, spec.events.table, spec.events.event_id) == (
        "card_authorization",
        "card_transactions",
        "event_id",
    )
    assert (spec.events.event_time.column, spec.events.event_time.format) == ("ts", "unix_seconds")
    assert [column.name for column in spec.events.columns if column.required] == ["card_id", "merchant_id"]
    amount = spec.events.column("amount")
    assert (str(amount.type), amount.greater_than, amount.pattern) == ("decimal(12,2)", "0", None)
    assert spec.layout.silver_metadata == "silver/_iceberg/card_transactions/"
    assert (spec.datasets.period_days, spec.datasets.validation_share, spec.datasets.labels) == (30, 0.2, None)


def test_reads_a_feature_group() -> None:
    group = read_spec(GOLDEN).feature_group("card_features")
    assert (group.feature_group_name, group.entity, group.version) == ("rt_card_features_v1", ("card_id",), 1)
    assert group.layout.publish == "publish/card_features/"
    assert group.reach_us == 7 * 24 * HOUR_US
    assert [window.length_us for window in group.windows] == [HOUR_US, 24 * HOUR_US, 7 * 24 * HOUR_US]
    assert group.columns == ("card_id", "amount", "merchant_id", "currency", "country", "pos_mode")
    assert {feature.name: str(feature.type) for feature in group.features[:4]} == {
        "txn_count_1h": "integer",
        "txn_amount_1h": "decimal(19,2)",
        "merchant_count_24h": "integer",
        "avg_amount_7d": "double",
    }


def test_reads_every_rule_of_a_column(document: Document) -> None:
    rules = {"pattern": "^a", "maxLength": 5, "allowedValues": ["ab", "ac"]}
    bounds = {"greaterThan": "-1", "greaterThanOrEqualTo": "-0.5", "lessThan": "1", "lessThanOrEqualTo": "0.5"}
    document["events"]["columns"][0].update(rules)
    document["events"]["columns"][2].update({**bounds, "rounding": "half_even"})
    text, number = spec_of(document).events.columns[0], spec_of(document).events.columns[2]
    assert (text.pattern, text.max_length, text.allowed_values) == ("^a", 5, ("ab", "ac"))
    assert (number.greater_than, number.greater_than_or_equal_to) == ("-1", "-0.5")
    assert (number.less_than, number.less_than_or_equal_to) == ("1", "0.5")
    assert (number.rounding, text.rounding) == ("half_even", None)


def test_reads_the_entities_of_all_groups_once_each(document: Document) -> None:
    (group,) = document["featureGroups"]
    shops = {**group, "name": "shops", "entity": ["merchant_id", "card_id"]}
    document["featureGroups"] = [group, shops, {**group, "name": "again"}]
    assert spec_of(document).events.entities == (("card_id",), ("merchant_id", "card_id"))


def test_reads_labels(document: Document) -> None:
    document["datasets"]["labels"] = {
        "prefix": "labels/",
        "format": "csv",
        "eventIdColumn": "id",
        "labelColumn": "is_fraud",
        "labelType": "boolean",
        "labelTimeColumn": "decided_at",
        "labelTimeFormat": "unix_millis",
        "maturityUs": 5,
        "quarantine": "quarantine/cards-labels/",
    }
    expected = ("labels/", "csv", "id", "is_fraud", ColumnType("boolean"), "decided_at", "unix_millis", 5)
    assert spec_of(document).datasets.labels == Labels(*expected, "quarantine/cards-labels/")


@pytest.mark.parametrize(
    ("comparison", "column", "value", "typed"),
    [
        ("equalTo", "country", "DE", "DE"),
        ("notEqualTo", "amount", "-12.30", Decimal("-12.3")),
        ("greaterThan", "count", "9223372036854775807", 2**63 - 1),
        ("lessThan", "share", "0.1", 0.1),
        ("equalTo", "is_online", False, False),
        ("lessThanOrEqualTo", "opened", "1970-01-01T00:00:01.000001Z", 1_000_001),
    ],
)
def test_literals_are_values_of_their_column(comparison: str, column: str, value: Any, typed: Any) -> None:
    read = where_of({"comparison": comparison, "column": column, "value": value})
    assert read == Comparison(column, comparison, (typed,))
    assert type(read.values[0]) is type(typed)


def test_combinations_nest_and_name_their_columns() -> None:
    country = {"comparison": "oneOf", "column": "country", "values": ["DE", "FR"]}
    negated = {"combination": "not", "predicates": [{"comparison": "isNull", "column": "amount"}]}
    assert where_of({"combination": "anyOf", "predicates": [country, negated]}) == Combination(
        "anyOf",
        (Comparison("country", "oneOf", ("DE", "FR")), Combination("not", (Comparison("amount", "isNull"),))),
    )


def test_derived_features_combine_earlier_ones() -> None:
    operands = ["txn_amount_1h", "avg_amount_7d"]
    ratio = {"name": "r", "derivation": "ratio", "operands": operands, "result": {"type": "double"}}
    group = a_group_of(ratio)
    feature = group.features[-1]
    assert isinstance(feature, DerivedFeature)
    assert (feature.name, feature.derivation, feature.operands) == ("r", "ratio", tuple(operands))
    assert str(feature.type) == "double"
    assert [other.name for other in group.aggregated] == [other.name for other in group.features[:-1]]
    assert group.reach_us == max(other.window.reach_us for other in group.aggregated)


def test_the_hash_is_the_one_that_the_document_states(document: Document) -> None:
    assert read_spec(GOLDEN).spec_hash == document["specHash"]


def test_the_definition_is_of_entity_and_features_alone(document: Document) -> None:
    before = spec_of(document).feature_groups[0].definition
    document["featureGroups"][0]["ttlUs"] += 1
    document["events"]["allowedSkewUs"] += 1
    reordered = dict(reversed(document["featureGroups"][0].items()))
    document["featureGroups"][0] = reordered
    assert spec_of(document).feature_groups[0].definition == before
    reordered["features"].pop()
    assert spec_of(document).feature_groups[0].definition != before


@pytest.mark.parametrize(
    ("version", "got"), [(2, "version 2"), (True, "version True"), ("1", "version '1'"), (None, "no version")]
)
def test_fails_when_the_version_is_another(document: Document, version: Any, got: str) -> None:
    with pytest.raises(SpecError) as refusal:
        read_spec(json.dumps({**document, "specVersion": version}))
    fix = "deploy the library and its jobs from one release"
    assert str(refusal.value) == f"specVersion: got {got}, expected version 1; {fix}"


@pytest.mark.parametrize(
    "changed",
    [
        GOLDEN.replace('"allowedSkewUs": 300000000', '"allowedSkewUs": 300000001'),
        GOLDEN.replace("\n", "\r\n"),
        GOLDEN.rstrip("\n"),
        GOLDEN.replace('"sha256:', '"sha256:0'),
    ],
    ids=["a value", "the ends of lines", "its end", "the hash"],
)
def test_fails_when_anything_was_changed_since_it_was_written(changed: str) -> None:
    assert changed != GOLDEN
    with pytest.raises(SpecError, match="^specHash: got sha256:.*, expected sha256:.*; synthesise again$"):
        read_spec(changed)


def test_fails_when_the_document_states_no_hash(document: Document) -> None:
    del document["specHash"]
    with pytest.raises(SpecError, match="^specHash: got None, expected sha256:"):
        read_spec(json.dumps(document))


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_fails_when_the_text_is_not_json(text: str) -> None:
    with pytest.raises(SpecError, match="^spec document: got text that is not JSON"):
        read_spec(text)


@pytest.mark.parametrize("text", ["[]", "1", '"specVersion"'])
def test_fails_when_the_document_is_not_an_object(text: str) -> None:
    with pytest.raises(SpecError, match="^specVersion: got no version"):
        read_spec(text)


def test_a_hash_is_of_the_text_in_utf_8() -> None:
    # printf 'ü' | sha256sum
    assert document_hash("ü") == "sha256:607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f"
