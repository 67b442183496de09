"""Online records as lines of JSON: the text of every value is decided here, once."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import pyarrow as pa

from medallion import instants
from medallion.spec.declaration import FeatureGroup


def record_lines(group: FeatureGroup, as_of_us: int, evaluated: pa.Table) -> List[Tuple[str, str]]:
    """Return (record identifier, line) for every row of an evaluation; nulls are left out of a line."""
    entities = evaluated.select(list(group.entity)).to_pylist()
    features = evaluated.select([feature.name for feature in group.features]).to_pylist()
    event_time = instants.iso_millis(as_of_us)
    return [_record(group, entity, event_time, values) for entity, values in zip(entities, features)]


def entity_key(values: Sequence[str]) -> str:
    """Return the identifier of a composite entity: the JSON array of its values, so that no two entities share one.

    Readers write it too, to the byte: docs/feature-semantics.md states how.
    """
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def value_text(value: Any) -> str:
    """Return a value as the online store keeps text: decimals in plain notation, instants to the millisecond."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return instants.iso_millis(instants.micros_of(value))
    return str(value)


def _record(
    group: FeatureGroup, entity: Mapping[str, Any], event_time: str, features: Mapping[str, Any]
) -> Tuple[str, str]:
    names = [value_text(entity[column]) for column in group.entity]
    identifier = names[0] if len(names) == 1 else entity_key(names)
    record: Dict[str, Any] = {group.record_identifier: identifier, group.event_time_feature: event_time}
    if len(names) > 1:
        record.update(zip(group.entity, names))
    record.update((name, _json_value(value)) for name, value in features.items() if value is not None)
    return identifier, json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _json_value(value: Any) -> Any:
    """Return numbers that JSON can hold exactly as numbers, everything else as text."""
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, (int, float)) else value_text(value)
