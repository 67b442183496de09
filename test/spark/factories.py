"""Specs, tables and features for tests, of which a test states only what matters to it."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import pyarrow as pa

from medallion.evaluation.aggregate import AGGREGATIONS
from medallion.evaluation.derive import derived
from medallion.evaluation.result import Result
from medallion.spec.column_type import INSTANT, ColumnType
from medallion.spec.declaration import (
    BOUNDARIES,
    AnyFeature,
    Column,
    Datasets,
    DerivedFeature,
    Events,
    EventTime,
    Feature,
    FeatureGroup,
    GroupLayout,
    Layout,
    Slot,
    Spec,
    Window,
)
from medallion.spec.predicate import Combination, Comparison, Predicate

Row = Dict[str, Any]

ENTITY = ("bank", "card")
KEYS = [("1", "23"), ("12", "3"), ("", "123"), ("ü", "😀"), ("u\u0308", "😀")]
"""Composite keys that some way of joining, trimming or normalising text would confuse."""

HOUR_US = 3_600_000_000
SECOND_US = 1_000_000

TYPES = {
    "integer": ColumnType("integer"),
    "decimal": ColumnType("decimal", 12, 2),
    "double": ColumnType("double"),
    "string": ColumnType("string"),
    "boolean": ColumnType("boolean"),
    "timestamp": ColumnType("timestamp"),
}

NUMERIC = ("integer", "decimal", "double")
OF_NUMBERS = ("sum", "mean", "variance", "stddev")
WITHOUT_COLUMN = ("count", "timeSinceLast")
"""Aggregations of events rather than of a column's values."""

DERIVED_FROM = (
    ("difference", "count", "countDistinct"),
    ("difference", "max", "min"),
    ("difference", "sum", "last"),
    ("difference", "last", "mean"),
    ("difference", "last", "count"),
    ("ratio", "countDistinct", "count"),
    ("ratio", "timeSinceLast", "count"),
    ("ratio", "sum", "mean"),
    ("ratio", "max", "min"),
    ("zScore", "last", "mean", "stddev"),
    ("zScore", "sum", "mean", "stddev"),
    ("zScore", "difference(sum,last)", "mean", "stddev"),
    ("ratio", "zScore(last,mean,stddev)", "difference(count,countDistinct)"),
)
"""A derivation and its operands: aggregations, or derived features that stand above it."""


def a_feature(
    aggregation: str,
    column: Optional[str] = None,
    column_type: Optional[ColumnType] = None,
    window: Optional[Window] = None,
    name: Optional[str] = None,
    where: Optional[Predicate] = None,
) -> Feature:
    """Return a feature of the type that its aggregation and column imply; the window is an hour."""
    kind = aggregated_type(aggregation, column_type)
    empty = "0" if aggregation in ("count", "countDistinct", "sum") else None
    return Feature(name or aggregation, aggregation, column, window or Window(HOUR_US), kind, empty, where)


def a_derived_feature(derivation: str, operands: Sequence[AnyFeature], name: Optional[str] = None) -> DerivedFeature:
    """Return a derived feature: a double, unless it is the exact difference of integers or of equal decimals."""
    kind = derived_type(derivation, [operand.type for operand in operands])
    return DerivedFeature(name or derivation, derivation, tuple(operand.name for operand in operands), kind)


def aggregated_type(aggregation: str, column: Optional[ColumnType]) -> ColumnType:
    """Return the type that synth gives an aggregation of a column."""
    if aggregation in ("mean", "variance", "stddev", "timeSinceLast"):
        return TYPES["double"]
    if column is None or aggregation == "countDistinct":
        return TYPES["integer"]
    return ColumnType("decimal", 19, column.scale) if (aggregation, column.name) == ("sum", "decimal") else column


def derived_type(derivation: str, operands: Sequence[ColumnType]) -> ColumnType:
    """Return the type that synth gives a derivation."""
    first = operands[0]
    alike = all((kind.name, kind.scale) == (first.name, first.scale) for kind in operands)
    exact = {"integer": TYPES["integer"], "decimal": ColumnType("decimal", 19, first.scale or 0)}
    return exact.get(first.name, TYPES["double"]) if derivation == "difference" and alike else TYPES["double"]


def derived_result(derivation: str, *operands: Tuple[ColumnType, Sequence[Any]]) -> Result:
    """Return what a derivation of columns given as (type, values) is."""
    kinds = [kind for kind, _ in operands]
    feature = DerivedFeature("d", derivation, tuple("abc"[: len(kinds)]), derived_type(derivation, kinds))
    return derived(feature, [(pa.array(values, kind.arrow), kind) for kind, values in operands])


def derived_values(derivation: str, *operands: Tuple[ColumnType, Sequence[Any]]) -> List[Any]:
    """Return the values of a derivation of columns given as (type, values)."""
    values: List[Any] = derived_result(derivation, *operands).values.to_pylist()
    return values


def compared(column: str, operator: str, *values: Any) -> Comparison:
    """Return a predicate on one column."""
    return Comparison(column, operator, values)


def combined(operator: str, *predicates: Predicate) -> Combination:
    """Return a predicate that combines others."""
    return Combination(operator, predicates)


def every_feature(
    column_type: ColumnType, windows: Iterable[Tuple[int, int]], where: Optional[Predicate] = None
) -> List[Feature]:
    """Return each aggregation that the type of column ``value`` allows, over each window with each boundary."""
    features = []
    for length, offset in windows:
        for closed in BOUNDARIES:
            window = Window(length, offset, closed)
            for aggregation in AGGREGATIONS:
                if aggregation in OF_NUMBERS and column_type.name not in NUMERIC:
                    continue
                column, kind = (None, None) if aggregation in WITHOUT_COLUMN else ("value", column_type)
                name = f"{aggregation}_{closed}_{length}_{offset}"
                features.append(a_feature(aggregation, column, kind, window, name, where))
    return list({feature.name: feature for feature in features}.values())


def every_derived_feature(features: Sequence[Feature]) -> List[DerivedFeature]:
    """Return each derivation over each type of operands, those of one window and boundary together."""
    derived: List[DerivedFeature] = []
    for window in dict.fromkeys(feature.window for feature in features):
        known: Dict[str, AnyFeature] = {
            feature.aggregation: feature for feature in features if feature.window == window
        }
        for derivation, *operands in DERIVED_FROM:
            if all(operand in known and known[operand].type.name in NUMERIC for operand in operands):
                own = f"{derivation}({','.join(operands)})"
                name = f"{own}_{window.closed}_{window.length_us}_{window.offset_us}"
                feature = a_derived_feature(derivation, [known[operand] for operand in operands], name)
                derived.append(feature)
                known[own] = feature
    return derived


def a_group(features: Sequence[AnyFeature], entity: Sequence[str] = ("card_id",)) -> FeatureGroup:
    """Return a feature group."""
    layout = GroupLayout("gold/g/", "gold/_iceberg/g/", "publish/g/", "gold/training/", "gold/inference/")
    identifier = entity[0] if len(entity) == 1 else "entity_key"
    return FeatureGroup("g", 1, "g_v1", "g", tuple(entity), identifier, "event_time", 1, tuple(features), layout)


def a_spec(group: FeatureGroup, columns: Dict[str, ColumnType]) -> Spec:
    """Return a spec with the group, its entity's columns as strings, and the given columns."""
    declared = [Column(name, TYPES["string"], required=True) for name in group.entity if name not in columns]
    declared += [Column(name, kind) for name, kind in columns.items()]
    events = Events("e", "e", "event_id", EventTime("ts", "unix_micros"), tuple(declared), HOUR_US, 0, 0)
    tables = ("bronze/e/", "silver/e/", "silver/_iceberg/e/", "quarantine/e/")
    layout = Layout(*tables, "s/", "r/", "m/", "p/", "d/", "b/", "u/", "labels/")
    return Spec(Slot(600 * SECOND_US, 0), events, (group,), Datasets(30, 0.2, False, None), layout)


def event_table(spec: Spec, rows: Sequence[Row]) -> pa.Table:
    """Return events as the silver layer has them; a column that a row lacks is null."""
    columns = {"event_id": _text(rows, "event_id"), "event_time": _instants(rows, "event_time")}
    for column in spec.events.columns:
        columns[column.name] = _column(rows, column.name, column.type)
    return pa.table(columns)


def query_table(spec: Spec, group: FeatureGroup, rows: Sequence[Row]) -> pa.Table:
    """Return instants of entities."""
    columns = {name: _column(rows, name, spec.events.column(name).type) for name in group.entity}
    return pa.table({**columns, "query_time": _instants(rows, "query_time")})


def plain_values(column: pa.ChunkedArray) -> List[Any]:
    """Return Python values, instants as microseconds."""
    values: List[Any] = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
    return values


def a_history(seed: int, size: int = 60, keys: Sequence[Tuple[str, str]] = KEYS) -> List[Row]:
    """Return events with ties, nulls and repeated values; a third belong to the first entity."""
    chance = random.Random(seed)
    rows = []
    for at in range(size):
        bank, card = keys[0] if chance.random() < 0.3 else chance.choice(list(keys))
        value = None if chance.random() < 0.1 else Decimal(chance.randrange(-500, 500)) / 100
        rows.append(
            {"event_id": f"e{at}", "event_time": chance.randrange(40), "bank": bank, "card": card, "value": value}
        )
    return rows


def at_themselves(events: Sequence[Row]) -> List[Row]:
    return [{**event, "query_time": event["event_time"]} for event in events]


def _column(rows: Sequence[Row], name: str, kind: ColumnType) -> pa.Array:
    return _instants(rows, name) if kind.name == "timestamp" else pa.array([row.get(name) for row in rows], kind.arrow)


def _text(rows: Sequence[Row], name: str) -> pa.Array:
    return pa.array([row[name] for row in rows], pa.string())


def _instants(rows: Sequence[Row], name: str) -> pa.Array:
    return pa.array([row.get(name) for row in rows], pa.int64()).cast(INSTANT)
