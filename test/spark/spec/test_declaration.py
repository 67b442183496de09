"""The reader of the spec document: what it accepts, and the words in which it refuses the rest."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict

import pyarrow as pa
import pytest
from factories import HOUR_US, TYPES, a_feature, a_group

from medallion.errors import SpecError
from medallion.spec.column_type import COLUMN_TYPES, ColumnType
from medallion.spec.declaration import RESERVED_NAMES, Spec, Window

GOLDEN = Path(__file__).parents[2] / "fixtures" / "card-features.spec.json"

Document = Dict[str, Any]


@pytest.fixture
def document() -> Document:
    parsed: Document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return parsed


def test_reads_the_golden_document(document: Document) -> None:
    spec = Spec.from_json(GOLDEN.read_text(encoding="utf-8"))
    assert spec == Spec.from_document(document)
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


def test_reads_the_golden_feature_group() -> None:
    group = Spec.from_json(GOLDEN.read_text(encoding="utf-8")).feature_group("card_features")
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


def test_the_hash_is_of_the_canonical_document(document: Document) -> None:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    reordered = dict(reversed(list(document.items())))
    assert Spec.from_document(document).spec_hash == "sha256:" + hashlib.sha256(canonical).hexdigest()
    assert Spec.from_document(reordered).spec_hash == Spec.from_document(document).spec_hash


def test_the_hash_changes_with_any_value(document: Document) -> None:
    changed = copy.deepcopy(document)
    changed["events"]["allowedSkewUs"] += 1
    assert Spec.from_document(changed).spec_hash != Spec.from_document(document).spec_hash


def test_reads_labels(document: Document) -> None:
    document["datasets"]["labels"] = {
        "prefix": "labels/",
        "format": "csv",
        "eventIdColumn": "id",
        "labelColumn": "is_fraud",
        "labelTimeColumn": "decided_at",
        "maturityUs": 5,
    }
    labels = Spec.from_document(document).datasets.labels
    assert labels is not None
    assert (labels.format, labels.label_column, labels.maturity_us) == ("csv", "is_fraud", 5)


def set_at(*path: Any) -> Callable[[Document, Any], None]:
    def change(document: Document, value: Any) -> None:
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value

    return change


FIRST = ("featureGroups", 0, "features", 0)
SUM = ("featureGroups", 0, "features", 1)

REFUSALS = [
    (("specVersion",), 2, "specVersion: got version '2', expected version 1; deploy the library and its jobs from one"),
    (("specVersion",), True, "specVersion: got version 'True', expected version 1"),
    (("specVersion",), None, "specVersion: got no version, expected version 1"),
    (("extra",), 1, "extra: got an unknown key, expected one of specVersion, slot"),
    (("events",), [], "events: got '[]', expected an object"),
    (("slot", "lengthUs"), "10", "slot.lengthUs: got '10', expected a whole number"),
    (("slot", "lengthUs"), True, "slot.lengthUs: got 'True', expected a whole number"),
    (("events", "name"), 1, "events.name: got '1', expected a string"),
    (("events", "eventTime", "format"), "iso", "events.eventTime.format: got 'iso', expected one of unix_seconds"),
    (("events", "columns", 0, "type"), "money", "events.columns[0].type: got 'money', expected one of string, integer"),
    (("events", "columns", 2, "precision"), 19, "events.columns[2].precision: got 19, expected at most 18"),
    (("events", "columns", 2, "scale"), 13, "events.columns[2].type: got decimal(12,13), expected 0 <= scale"),
    (("events", "columns", 0, "scale"), 1, "events.columns[0].type: got string with digits, expected"),
    (
        ("events", "columns", 0, "name"),
        "is_new",
        "events.columns[0].name: got 'is_new', expected a name that",
    ),
    (("events", "columns", 1, "name"), "card_id", "events.columns: got the name 'card_id' a second time"),
    (("events", "columns", 0, "required"), 1, "events.columns[0].required: got '1', expected true or false"),
    (
        ("events", "columns", 0, "allowedValues"),
        [1],
        "events.columns[0].allowedValues: got '[1]', expected a list",
    ),
    (
        (*FIRST, "aggregation"),
        "median",
        "featureGroups[0].features[0].aggregation: got 'median', expected one of",
    ),
    ((*FIRST, "column"), "amount", "featureGroups[0].features[0].column: got decimal(12,2) for count"),
    ((*FIRST, "emptyValue"), "1", "featureGroups[0].features[0].emptyValue: got '1', expected '0'"),
    (
        (*SUM, "column"),
        "amout",
        "featureGroups[0].features[1].column: got no event column 'amout', expected one of",
    ),
    ((*SUM, "column"), "country", "featureGroups[0].features[1].column: got a string for sum, expected a number"),
    ((*SUM, "result"), {"type": "double"}, "featureGroups[0].features[1].result: got double, expected decimal(19,2)"),
    ((*SUM, "name"), "amount", "featureGroups[0].features: got the name 'amount' a second time"),
    (
        (*SUM, "window", "closed"),
        "open",
        "featureGroups[0].features[1].window.closed: got 'open', expected one of",
    ),
    (
        (*SUM, "window", "lengthUs"),
        0,
        "featureGroups[0].features[1].window: got length 0 us, offset 0 us, expected",
    ),
    ((*SUM, "window", "offsetUs"), -1, "featureGroups[0].features[1].window: got length 3600000000 us, offset -1 us"),
    (("featureGroups", 0, "features"), [], "featureGroups[0].features: got none, expected at least one"),
    (("featureGroups", 0, "entity"), ["card"], "featureGroups[0].entity.column: got no event column 'card'"),
    (("featureGroups", 0, "entity"), [], "featureGroups[0].entity: got '[]', expected a list of strings"),
    (
        ("featureGroups", 0, "layout", "gold"),
        "gold",
        "featureGroups[0].layout.gold: got 'gold', expected a prefix",
    ),
    (("datasets", "validationShare"), 1, "datasets.validationShare: got '1', expected a number from 0 to below 1"),
]


@pytest.mark.parametrize(("path", "value", "text"), REFUSALS, ids=[text.split(":")[0] for _, _, text in REFUSALS])
def test_fails_when_a_value_is_wrong(document: Document, path: Any, value: Any, text: str) -> None:
    set_at(*path)(document, value)
    with pytest.raises(SpecError) as refusal:
        Spec.from_document(document)
    assert str(refusal.value).startswith(text)


def test_fails_when_a_key_is_missing(document: Document) -> None:
    del document["events"]["allowedSkewUs"]
    with pytest.raises(SpecError, match="^events.allowedSkewUs: got nothing, expected a value"):
        Spec.from_document(document)


def test_fails_when_two_groups_share_a_name(document: Document) -> None:
    document["featureGroups"] *= 2
    with pytest.raises(SpecError, match="^featureGroups: got the name 'card_features' a second time"):
        Spec.from_document(document)


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_fails_when_the_text_is_not_json(text: str) -> None:
    with pytest.raises(SpecError, match="^spec document: got text that is not JSON"):
        Spec.from_json(text)


def test_fails_when_the_document_is_not_an_object() -> None:
    with pytest.raises(SpecError, match="^specVersion: got no version"):
        Spec.from_json("[]")


def test_fails_when_an_unknown_group_is_asked_for(document: Document) -> None:
    with pytest.raises(SpecError, match="^featureGroups: got no group 'x', expected one of card_features"):
        Spec.from_document(document).feature_group("x")


def test_every_column_type_has_an_arrow_and_a_spark_type() -> None:
    assert tuple(TYPES) == ("integer", "decimal", "double", "string", "boolean", "timestamp")
    assert set(TYPES) == set(COLUMN_TYPES)
    assert {name: (str(kind.arrow), kind.spark) for name, kind in TYPES.items()} == {
        "integer": ("int64", "BIGINT"),
        "decimal": ("decimal128(12, 2)", "DECIMAL(12,2)"),
        "double": ("double", "DOUBLE"),
        "string": ("string", "STRING"),
        "boolean": ("bool", "BOOLEAN"),
        "timestamp": ("timestamp[us, tz=UTC]", "TIMESTAMP"),
    }
    assert ColumnType("decimal", 19, 2).arrow == pa.decimal128(19, 2)


@pytest.mark.parametrize(
    ("closed", "back_us", "front_us"), [("left", 13, 3), ("right", 12, 2), ("both", 13, 2), ("neither", 12, 3)]
)
def test_every_boundary_is_a_half_open_window(closed: str, back_us: int, front_us: int) -> None:
    # [q-13, q-3), (q-13, q-3] = [q-12, q-2), [q-13, q-3] = [q-13, q-2), (q-13, q-3) = [q-12, q-3)
    window = Window(10, 3, closed)
    assert (window.back_us, window.front_us, window.reach_us) == (back_us, front_us, 13)


def test_reach_is_that_of_the_farthest_window_with_its_offset() -> None:
    far = a_feature("count", window=Window(5, 100), name="far")
    assert a_group([a_feature("count", window=Window(50)), far]).reach_us == 105


def test_reserved_names_are_refused_as_features_too(document: Document) -> None:
    for name in RESERVED_NAMES:
        document["featureGroups"][0]["features"][0]["name"] = name
        with pytest.raises(SpecError, match=f"got the name '{name}' a second time"):
            Spec.from_document(document)
