"""Reads the spec document: checks every key, word and cross reference, and says where the first mistake is."""

from __future__ import annotations

from typing import Any, Mapping

from medallion.errors import SpecError
from medallion.spec import declaration as spec
from medallion.spec.column_type import MAX_DECIMAL_PRECISION
from medallion.spec.document_node import Node, prefixes, refuse_repeated, shown, value_type
from medallion.spec.group_document import read_group

SPEC_VERSION = 1
"""The only version of the document that this reader knows."""

_BOUNDS = ("greaterThan", "greaterThanOrEqualTo", "lessThan", "lessThanOrEqualTo")
_COLUMN_OPTIONS = ("precision", "scale", "pattern", "maxLength", "allowedValues", *_BOUNDS)


def read_spec(document: Mapping[str, Any]) -> spec.Spec:
    """Return the declaration that the document states."""
    version = document.get("specVersion") if isinstance(document, Mapping) else None
    if version != SPEC_VERSION or isinstance(version, bool):
        got = "no version" if version is None else f"version {shown(version)}"
        raise SpecError.at(
            "specVersion", got, f"version {SPEC_VERSION}", "deploy the library and its jobs from one release"
        )
    top = ("specVersion", "slot", "events", "featureGroups", "datasets", "layout")
    node = Node.of("", document, top)
    slot = Node.of("slot", document["slot"], ("lengthUs", "watermarkDelayUs"))
    events = _events(document["events"])
    groups = node.each("featureGroups", lambda where, value: read_group(where, value, events))
    refuse_repeated("featureGroups", [group.name for group in groups])
    return spec.Spec(
        slot=spec.Slot(slot.whole("lengthUs"), slot.whole("watermarkDelayUs")),
        events=events,
        feature_groups=groups,
        datasets=_datasets(document["datasets"]),
        layout=_layout(document["layout"]),
        spec_hash=spec.document_hash(document),
    )


def _events(value: Any) -> spec.Events:
    durations = ("allowedLatenessUs", "allowedSkewUs", "arrivalSlackUs")
    node = Node.of("events", value, ("name", "table", "eventId", "eventTime", "columns", *durations))
    time = Node.of("events.eventTime", node.values["eventTime"], ("column", "format"))
    columns = node.each("columns", _column)
    refuse_repeated("events.columns", [column.name for column in columns])
    lateness, skew, slack = (node.whole(key) for key in durations)
    return spec.Events(
        name=node.text("name"),
        table=node.text("table"),
        event_id=node.text("eventId"),
        event_time=spec.EventTime(time.text("column"), time.word("format", spec.EVENT_TIME_FORMATS)),
        columns=columns,
        allowed_lateness_us=lateness,
        allowed_skew_us=skew,
        arrival_slack_us=slack,
    )


def _column(where: str, value: Any) -> spec.Column:
    node = Node.of(where, value, ("name", "type", "required"), _COLUMN_OPTIONS)
    name = node.text("name")
    if name in spec.RESERVED_NAMES:
        raise SpecError.at(
            f"{where}.name", f"'{name}'", "a name that the tables do not use themselves", "rename the column"
        )
    column_type = value_type(node)
    if column_type.precision is not None and column_type.precision > MAX_DECIMAL_PRECISION:
        most = f"at most {MAX_DECIMAL_PRECISION}"
        raise SpecError.at(node.place("precision"), column_type.precision, most, "reduce it")
    above, at_least, below, at_most = (node.maybe(key, node.text) for key in _BOUNDS)
    return spec.Column(
        name=name,
        type=column_type,
        required=node.flag("required"),
        pattern=node.maybe("pattern", node.text),
        max_length=node.maybe("maxLength", node.whole),
        allowed_values=node.maybe("allowedValues", node.texts),
        greater_than=above,
        greater_than_or_equal_to=at_least,
        less_than=below,
        less_than_or_equal_to=at_most,
    )


def _datasets(value: Any) -> spec.Datasets:
    node = Node.of("datasets", value, ("periodDays", "validationShare", "embargo", "labels"))
    labels = node.values["labels"]
    return spec.Datasets(
        period_days=node.whole("periodDays"),
        validation_share=node.share("validationShare"),
        embargo=node.flag("embargo"),
        labels=None if labels is None else _labels(labels),
    )


def _labels(value: Any) -> spec.Labels:
    keys = ("prefix", "format", "eventIdColumn", "labelColumn", "labelTimeColumn", "maturityUs")
    node = Node.of("datasets.labels", value, keys)
    return spec.Labels(
        prefix=node.text("prefix"),
        format=node.word("format", spec.LABEL_FORMATS),
        event_id_column=node.text("eventIdColumn"),
        label_column=node.text("labelColumn"),
        label_time_column=node.text("labelTimeColumn"),
        maturity_us=node.whole("maturityUs"),
    )


def _layout(value: Any) -> spec.Layout:
    tables = ("bronze", "silver", "silverMetadata", "quarantine")
    runs = ("slots", "slotResults", "manifests", "published", "datasetRuns", "backfills", "republish")
    return spec.Layout(*prefixes("layout", value, (*tables, *runs, "labels")))
