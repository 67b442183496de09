"""Reads the spec document: of the right version and unchanged since it was written, it is what the library proved."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

from medallion import identifiers, instants
from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import (
    AnyFeature,
    Column,
    Datasets,
    DerivedFeature,
    Events,
    EventTime,
    Feature,
    FeatureGroup,
    GroupLayout,
    Labels,
    Layout,
    Slot,
    Source,
    Spec,
    Window,
)
from medallion.spec.predicate import Combination, Comparison, Predicate

SPEC_VERSION = 1
"""The only version of the document that this reader knows."""

Document = Mapping[str, Any]


def read_spec(text: str) -> Spec:
    """Return what a document declares; raise ``SpecError`` where it is of another version, or was changed."""
    try:
        document = json.loads(text)
    except ValueError as error:
        got = f"text that is not JSON ({error})"
        raise SpecError.at("spec document", got, "a JSON object", "synthesise again") from error
    version = document.get("specVersion") if isinstance(document, dict) else None
    if type(version) is not int or version != SPEC_VERSION:
        got = "no version" if version is None else f"version {version!r}"
        fix = "deploy the library and its jobs from one release"
        raise SpecError.at("specVersion", got, f"version {SPEC_VERSION}", fix)
    stated = document.get("specHash")
    expected = document_hash(text.replace(f'"{stated}"', '""', 1))
    if stated != expected:
        raise SpecError.at("specHash", stated, f"{expected}, which is the document's", "synthesise again")
    return spec_of(document)


def document_hash(text: str) -> str:
    """Return the hash of a document whose own ``specHash`` is the empty text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def spec_of(document: Document) -> Spec:
    """Return what a document declares that is known to be right."""
    events = _events(document["events"], document["featureGroups"])
    return Spec(
        slot=Slot(**_members(document["slot"])),
        events=events,
        feature_groups=tuple(_group(group, events) for group in document["featureGroups"]),
        datasets=Datasets(**_members(document["datasets"], labels=_labels)),
        layout=Layout(**_members(document["layout"])),
        spec_hash=document["specHash"],
    )


def _members(values: Document, **readers: Callable[[Any], Any]) -> Dict[str, Any]:
    """Return values under the names that they have in Python, some of them read by a function."""
    named = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key): value for key, value in values.items()}
    return {name: readers.get(name, _plain)(value) for name, value in named.items()}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _events(values: Document, groups: Sequence[Document]) -> Events:
    def columns(items: Any) -> Tuple[Column, ...]:
        return tuple(_column(item) for item in items)

    def event_time(time: Any) -> EventTime:
        return EventTime(**_members(time, sources=_sources))

    entities = tuple(dict.fromkeys(tuple(group["entity"]) for group in groups))
    members = _members(values, columns=columns, event_time=event_time, event_id_sources=_sources)
    return Events(entities=entities, text_rooms=_text_rooms(groups), **members)


def _text_rooms(groups: Sequence[Document]) -> Tuple[Tuple[str, int], ...]:
    """Return the columns whose text a record has, with the bytes that it may have in any of them."""
    rooms: Dict[str, int] = {}
    for group in groups:
        features = group["features"]
        served = [feature["column"] for feature in features if feature["result"]["type"] == "string"]
        if served:
            room = identifiers.text_room(len(features) + len(group["entity"]) + 2, len(served))
            rooms.update((name, min(room, rooms.get(name, room))) for name in served)
    return tuple(rooms.items())


def _column(values: Document) -> Column:
    digits = ("type", "precision", "scale")
    rules = {key: value for key, value in values.items() if key not in digits}
    return Column(type=_type(values), **_members(rules, sources=_sources))


def _sources(paths: Any) -> Tuple[Source, ...]:
    return tuple(tuple(path) for path in paths)


def _type(values: Document) -> ColumnType:
    return ColumnType(values["type"], values.get("precision"), values.get("scale"))


def _labels(values: Any) -> Any:
    return None if values is None else Labels(**_members(values, label_type=ColumnType))


def _group(values: Document, events: Events) -> FeatureGroup:
    def features(items: Any) -> Tuple[AnyFeature, ...]:
        return tuple(_feature(item, events) for item in items)

    members = _members(values, features=features, layout=lambda layout: GroupLayout(**_members(layout)))
    return FeatureGroup(definition=_definition(values), **members)


def _definition(group: Document) -> str:
    """Return the digest of what the values of a group follow from, whatever the order of keys."""
    content = {"entity": group["entity"], "features": group["features"]}
    return document_hash(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _feature(values: Document, events: Events) -> AnyFeature:
    kind = _type(values["result"])
    if "derivation" in values:
        return DerivedFeature(values["name"], values["derivation"], tuple(values["operands"]), kind)
    where = values.get("where")
    return Feature(
        name=values["name"],
        aggregation=values["aggregation"],
        column=values.get("column"),
        window=Window(**_members(values["window"])),
        type=kind,
        empty_value=values.get("emptyValue"),
        where=None if where is None else _predicate(where, events),
    )


def _predicate(values: Document, events: Events) -> Predicate:
    if "combination" in values:
        parts = tuple(_predicate(part, events) for part in values["predicates"])
        return Combination(values["combination"], parts)
    literals = values.get("values", [values["value"]] if "value" in values else [])
    read = _LITERALS[events.column(values["column"]).type.name]
    return Comparison(values["column"], values["comparison"], tuple(read(literal) for literal in literals))


_LITERALS: Dict[str, Callable[[Any], Any]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "decimal": Decimal,
    "double": float,
    "timestamp": instants.instant_us,
}
"""How a literal of a column's type is read; all but booleans are text."""
