"""Reads one feature group of the spec document: its entity, its features and what they are restricted to."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from medallion.errors import SpecError
from medallion.spec import declaration as spec
from medallion.spec import vocabulary
from medallion.spec.column_type import ColumnType
from medallion.spec.document_node import Node, placed, prefixes, refuse_repeated, shown, value_type
from medallion.spec.predicate_document import read_predicate

_NAMES = ("name", "featureGroupName", "table", "recordIdentifier", "eventTimeFeature")
_LAYOUT = ("gold", "goldMetadata", "publish", "training", "inference")


def read_group(where: str, value: Any, events: spec.Events) -> spec.FeatureGroup:
    """Return the feature group that stands at ``where``."""
    node = Node.of(where, value, (*_NAMES, "version", "entity", "ttlUs", "features", "layout"))
    entity = node.texts("entity")
    placed(node.place("entity"), lambda: [events.column(column) for column in entity])
    features = _features(node, events)
    columns = [column.name for column in events.columns]
    refuse_repeated(node.place("features"), [*spec.RESERVED_NAMES, *columns, *(feature.name for feature in features)])
    return spec.FeatureGroup(
        name=node.text("name"),
        version=node.whole("version"),
        feature_group_name=node.text("featureGroupName"),
        table=node.text("table"),
        entity=entity,
        record_identifier=node.text("recordIdentifier"),
        event_time_feature=node.text("eventTimeFeature"),
        ttl_us=node.whole("ttlUs"),
        features=tuple(features),
        layout=spec.GroupLayout(*prefixes(node.place("layout"), node.values["layout"], _LAYOUT)),
        definition=spec.document_hash({"entity": value["entity"], "features": value["features"]}),
    )


def _features(node: Node, events: spec.Events) -> List[spec.AnyFeature]:
    """Return the features in order; a derived one may use those that stand before it."""
    known: Dict[str, ColumnType] = {}
    features: List[spec.AnyFeature] = []

    def read(where: str, value: Any) -> None:
        is_derived = isinstance(value, Mapping) and "derivation" in value
        feature = _derived(where, value, known) if is_derived else _aggregated(where, value, events)
        known[feature.name] = feature.type
        features.append(feature)

    node.each("features", read)
    if not any(isinstance(feature, spec.Feature) for feature in features):
        raise SpecError.at(node.place("features"), "none", "at least one over a window", "declare a feature")
    return features


def _aggregated(where: str, value: Any, events: spec.Events) -> spec.AnyFeature:
    node = Node.of(where, value, ("name", "aggregation", "window", "result"), ("column", "where", "emptyValue"))
    aggregation = node.word("aggregation", vocabulary.AGGREGATIONS)
    column = node.maybe("column", node.text)
    source = None if column is None else placed(where, lambda: events.column(str(column))).type
    kind = _stated_type(node, placed(where, lambda: vocabulary.result_type(aggregation, source)))
    empty = node.maybe("emptyValue", node.text)
    expected = "0" if aggregation in vocabulary.ZERO_WHEN_EMPTY else None
    if empty != expected:
        raise SpecError.at(node.place("emptyValue"), shown(empty), shown(expected), "synthesise again")
    place = node.place("where")
    return spec.Feature(
        name=node.text("name"),
        aggregation=aggregation,
        column=column,
        window=_window(node),
        type=kind,
        empty_value=empty,
        where=node.maybe("where", lambda key: read_predicate(place, node.values[key], events)),
    )


def _derived(where: str, value: Any, known: Mapping[str, ColumnType]) -> spec.AnyFeature:
    node = Node.of(where, value, ("name", "derivation", "operands", "result"))
    derivation, operands = node.word("derivation", vocabulary.DERIVATIONS), node.texts("operands")
    for operand in operands:
        if operand not in known:
            earlier = f"one of {', '.join(known) or 'none'}"
            raise SpecError.at(node.place("operands"), f"'{operand}'", earlier, "combine features declared before it")
    kinds = [known[operand] for operand in operands]
    kind = _stated_type(node, placed(where, lambda: vocabulary.derived_type(derivation, kinds)))
    return spec.DerivedFeature(node.text("name"), derivation, operands, kind)


def _stated_type(node: Node, expected: ColumnType) -> ColumnType:
    stated = value_type(Node.of(node.place("result"), node.values["result"], ("type",), ("precision", "scale")))
    if stated != expected:
        raise SpecError.at(node.place("result"), stated, expected, "synthesise again")
    return stated


def _window(node: Node) -> spec.Window:
    window = Node.of(node.place("window"), node.values["window"], ("lengthUs", "offsetUs", "closed"))
    length, offset, closed = window.whole("lengthUs"), window.whole("offsetUs"), window.text("closed")
    return placed(node.where, lambda: spec.Window(length, offset, closed))
