"""Reads the spec document: checks every key, word and cross reference, and says where the first mistake is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from medallion import spec
from medallion.column_type import MAX_DECIMAL_PRECISION, ColumnType
from medallion.errors import SpecError

SPEC_VERSION = 1
"""The only version of the document that this reader knows."""

T = TypeVar("T")

_BOUNDS = ("greaterThan", "greaterThanOrEqualTo", "lessThan", "lessThanOrEqualTo")
_COLUMN_OPTIONS = ("precision", "scale", "pattern", "maxLength", "allowedValues", *_BOUNDS)


@dataclass(frozen=True)
class _Node:
    """An object of the document and its place in it."""

    where: str
    values: Mapping[str, Any]

    @staticmethod
    def of(where: str, value: Any, required: Sequence[str], optional: Sequence[str] = ()) -> _Node:
        if not isinstance(value, Mapping):
            raise SpecError.at(where, _shown(value), "an object", "synthesise again")
        for key in required:
            if key not in value:
                raise SpecError.at(_place(where, key), "nothing", "a value", "synthesise again")
        for key in value:
            if key not in required and key not in optional:
                raise SpecError.at(
                    _place(where, key), "an unknown key", f"one of {_listed((*required, *optional))}", "remove it"
                )
        return _Node(where, value)

    def place(self, key: str) -> str:
        return _place(self.where, key)

    def text(self, key: str) -> str:
        value: str = self._typed(key, str, "a string")
        return value

    def whole(self, key: str) -> int:
        value: int = self._typed(key, int, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        value: bool = self._typed(key, bool, "true or false")
        return value

    def share(self, key: str) -> float:
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise SpecError.at(self.place(key), _shown(value), "a number from 0 to below 1", "correct it")
        return float(value)

    def word(self, key: str, allowed: Sequence[str]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise SpecError.at(self.place(key), f"'{value}'", f"one of {_listed(allowed)}", "use one of these")
        return value

    def texts(self, key: str) -> Tuple[str, ...]:
        values: List[Any] = self._typed(key, list, "a list")
        if not values or not all(isinstance(value, str) for value in values):
            raise SpecError.at(self.place(key), _shown(values), "a list of strings", "correct it")
        return tuple(values)

    def each(self, key: str, read: Callable[[str, Any], T]) -> Tuple[T, ...]:
        values: List[Any] = self._typed(key, list, "a list")
        return tuple(read(f"{self.place(key)}[{index}]", value) for index, value in enumerate(values))

    def maybe(self, key: str, read: Callable[[str], T]) -> Optional[T]:
        return read(key) if key in self.values else None

    def _typed(self, key: str, kind: Any, expected: str) -> Any:
        value = self.values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise SpecError.at(self.place(key), _shown(value), expected, "correct it")
        return value


def read_spec(document: Mapping[str, Any]) -> spec.Spec:
    """Return the declaration that the document states."""
    version = document.get("specVersion") if isinstance(document, Mapping) else None
    if version != SPEC_VERSION or isinstance(version, bool):
        got = "no version" if version is None else f"version {_shown(version)}"
        raise SpecError.at(
            "specVersion", got, f"version {SPEC_VERSION}", "deploy the library and its jobs from one release"
        )
    top = ("specVersion", "slot", "events", "featureGroups", "datasets", "layout")
    node = _Node.of("", document, top)
    slot = _Node.of("slot", document["slot"], ("lengthUs", "watermarkDelayUs"))
    events = _events(document["events"])
    groups = node.each("featureGroups", lambda where, value: _feature_group(where, value, events))
    _refuse_repeated("featureGroups", [group.name for group in groups])
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
    node = _Node.of("events", value, ("name", "table", "eventId", "eventTime", "columns", *durations))
    time = _Node.of("events.eventTime", node.values["eventTime"], ("column", "format"))
    columns = node.each("columns", _column)
    _refuse_repeated("events.columns", [column.name for column in columns])
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
    node = _Node.of(where, value, ("name", "type", "required"), _COLUMN_OPTIONS)
    name = node.text("name")
    if name in spec.RESERVED_NAMES:
        raise SpecError.at(
            f"{where}.name", f"'{name}'", "a name that the tables do not use themselves", "rename the column"
        )
    column_type = _type(node)
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


def _type(node: _Node) -> ColumnType:
    name, precision, scale = node.text("type"), node.maybe("precision", node.whole), node.maybe("scale", node.whole)
    return _placed(node.where, lambda: ColumnType(name, precision, scale))


def _feature_group(where: str, value: Any, events: spec.Events) -> spec.FeatureGroup:
    names = ("name", "featureGroupName", "table", "recordIdentifier", "eventTimeFeature")
    node = _Node.of(where, value, (*names, "version", "entity", "ttlUs", "features", "layout"))
    entity = node.texts("entity")
    _placed(node.place("entity"), lambda: [events.column(column) for column in entity])
    features = node.each("features", lambda place, feature: _feature(place, feature, events))
    if not features:
        raise SpecError.at(node.place("features"), "none", "at least one", "declare a feature")
    columns = [column.name for column in events.columns]
    _refuse_repeated(node.place("features"), [*spec.RESERVED_NAMES, *columns, *(feature.name for feature in features)])
    layout = ("gold", "goldMetadata", "publish", "training", "inference")
    return spec.FeatureGroup(
        name=node.text("name"),
        version=node.whole("version"),
        feature_group_name=node.text("featureGroupName"),
        table=node.text("table"),
        entity=entity,
        record_identifier=node.text("recordIdentifier"),
        event_time_feature=node.text("eventTimeFeature"),
        ttl_us=node.whole("ttlUs"),
        features=features,
        layout=spec.GroupLayout(*_prefixes(node.place("layout"), node.values["layout"], layout)),
    )


def _feature(where: str, value: Any, events: spec.Events) -> spec.Feature:
    node = _Node.of(where, value, ("name", "aggregation", "window", "result"), ("column", "emptyValue"))
    aggregation = node.word("aggregation", spec.AGGREGATIONS)
    column = node.maybe("column", node.text)
    source = None if column is None else _placed(where, lambda: events.column(str(column))).type
    derived = _placed(where, lambda: spec.result_type(aggregation, source))
    stated = _type(_Node.of(node.place("result"), node.values["result"], ("type",), ("precision", "scale")))
    if stated != derived:
        raise SpecError.at(node.place("result"), stated, derived, "synthesise again")
    empty = node.maybe("emptyValue", node.text)
    expected = "0" if aggregation in spec.ZERO_WHEN_EMPTY else None
    if empty != expected:
        raise SpecError.at(node.place("emptyValue"), _shown(empty), _shown(expected), "synthesise again")
    window = _Node.of(node.place("window"), node.values["window"], ("lengthUs", "offsetUs", "closed"))
    return spec.Feature(
        name=node.text("name"),
        aggregation=aggregation,
        column=column,
        window=_placed(
            where, lambda: spec.Window(window.whole("lengthUs"), window.whole("offsetUs"), window.text("closed"))
        ),
        type=stated,
        empty_value=empty,
    )


def _datasets(value: Any) -> spec.Datasets:
    node = _Node.of("datasets", value, ("periodDays", "validationShare", "embargo", "labels"))
    labels = node.values["labels"]
    return spec.Datasets(
        period_days=node.whole("periodDays"),
        validation_share=node.share("validationShare"),
        embargo=node.flag("embargo"),
        labels=None if labels is None else _labels(labels),
    )


def _labels(value: Any) -> spec.Labels:
    keys = ("prefix", "format", "eventIdColumn", "labelColumn", "labelTimeColumn", "maturityUs")
    node = _Node.of("datasets.labels", value, keys)
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
    runs = ("slots", "slotResults", "manifests", "published", "datasetRuns", "labels")
    return spec.Layout(*_prefixes("layout", value, (*tables, *runs)))


def _prefixes(where: str, value: Any, keys: Sequence[str]) -> List[str]:
    node = _Node.of(where, value, keys)
    for key in keys:
        if not node.text(key).endswith("/"):
            raise SpecError.at(node.place(key), _shown(node.values[key]), "a prefix that ends with '/'", "add it")
    return [node.text(key) for key in keys]


def _placed(where: str, read: Callable[[], T]) -> T:
    """Call ``read``, and put ``where`` in front of the text of a ``SpecError``."""
    try:
        return read()
    except SpecError as error:
        raise SpecError(f"{where}.{error}") from error


def _refuse_repeated(where: str, names: Sequence[str]) -> None:
    seen: Dict[str, int] = {}
    for name in names:
        if name in seen:
            raise SpecError.at(where, f"the name '{name}' a second time", "distinct names", "rename one")
        seen[name] = 1


def _place(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"'{value}'"
