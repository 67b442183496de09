"""Specs, tables and features for tests, of which a test states only what matters to it."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import pyarrow as pa

from medallion.column_type import INSTANT, ColumnType
from medallion.spec import (
    AGGREGATIONS,
    BOUNDARIES,
    Column,
    Datasets,
    Events,
    EventTime,
    Feature,
    FeatureGroup,
    GroupLayout,
    Layout,
    Slot,
    Spec,
    Window,
    result_type,
)

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


def a_feature(
    aggregation: str,
    column: Optional[str] = None,
    column_type: Optional[ColumnType] = None,
    window: Optional[Window] = None,
    name: Optional[str] = None,
) -> Feature:
    """Return a feature of the type that its aggregation and column imply; the window is an hour."""
    kind = result_type(aggregation, column_type)
    empty = "0" if aggregation in ("count", "countDistinct", "sum") else None
    return Feature(name or aggregation, aggregation, column, window or Window(HOUR_US), kind, empty)


def every_feature(column_type: ColumnType, windows: Iterable[Tuple[int, int]]) -> List[Feature]:
    """Return each aggregation that the type of column ``value`` allows, over each window with each boundary."""
    features = []
    for length, offset in windows:
        for closed in BOUNDARIES:
            window = Window(length, offset, closed)
            for aggregation in AGGREGATIONS:
                if aggregation in ("sum", "mean") and not column_type.is_numeric:
                    continue
                column, kind = (None, None) if aggregation == "count" else ("value", column_type)
                name = f"{aggregation}_{closed}_{length}_{offset}"
                features.append(a_feature(aggregation, column, kind, window, name))
    return list({feature.name: feature for feature in features}.values())


def a_group(features: Sequence[Feature], entity: Sequence[str] = ("card_id",)) -> FeatureGroup:
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
    layout = Layout(*tables, "s/", "r/", "m/", "p/", "d/", "labels/")
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
