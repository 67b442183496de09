"""What the events are and which features are wanted: the spec document as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Tuple, Union

from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType
from medallion.spec.predicate import Predicate, columns_of

BOUNDARIES = ("left", "right", "both", "neither")
"""Which ends of a window belong to it."""


Source = Tuple[Union[str, int], ...]
"""The way from an event's object to a value: keys of objects, and places in arrays, which count from 0."""


@dataclass(frozen=True)
class Column:
    """One declared column of an event; bounds are decimal text, so that money is never parsed as a float.

    Without ``sources`` the value is the key of the column's name.
    """

    name: str
    type: ColumnType
    required: bool = False
    rounding: Optional[str] = None
    pattern: Optional[str] = None
    max_length: Optional[int] = None
    allowed_values: Optional[Tuple[str, ...]] = None
    greater_than: Optional[str] = None
    greater_than_or_equal_to: Optional[str] = None
    less_than: Optional[str] = None
    less_than_or_equal_to: Optional[str] = None
    sources: Tuple[Source, ...] = ()


@dataclass(frozen=True)
class EventTime:
    """Where an event says when it happened, and how to read it; without ``sources`` ``column`` is the key."""

    column: str
    format: str
    sources: Tuple[Source, ...] = ()


@dataclass(frozen=True)
class Events:
    """The event stream: its id, its time, its columns and how late or early an event may be (microseconds).

    ``entities`` are the columns that identify an entity, for each feature group; ``text_rooms`` are the columns whose
    text a record has, with the bytes that it may have there. Without ``event_id_sources`` ``event_id`` is the key of
    the id.
    """

    name: str
    table: str
    event_id: str
    event_time: EventTime
    columns: Tuple[Column, ...]
    allowed_lateness_us: int
    allowed_skew_us: int
    arrival_slack_us: int
    entities: Tuple[Tuple[str, ...], ...] = ()
    text_rooms: Tuple[Tuple[str, int], ...] = ()
    event_id_sources: Tuple[Source, ...] = ()

    def column(self, name: str) -> Column:
        """Return the declared column of that name, or raise ``SpecError``."""
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns)
        raise SpecError.at("column", f"no event column '{name}'", f"one of {known}", "declare it or use one of these")


@dataclass(frozen=True)
class Slot:
    """The rhythm of the pipeline, in microseconds."""

    length_us: int
    watermark_delay_us: int


@dataclass(frozen=True)
class Window:
    """The events that a feature looks at: ``length_us`` wide, ending ``offset_us`` before the query."""

    length_us: int
    offset_us: int = 0
    closed: str = "left"

    def __post_init__(self) -> None:
        if self.length_us < 1 or self.offset_us < 0:
            got = f"length {self.length_us} us, offset {self.offset_us} us"
            raise SpecError.at("window", got, "a positive length and an offset of at least 0", "correct it")
        if self.closed not in BOUNDARIES:
            raise SpecError.at(
                "window.closed", f"'{self.closed}'", f"one of {', '.join(BOUNDARIES)}", "use one of these"
            )

    @property
    def back_us(self) -> int:
        """How far before the query the window begins, that instant included."""
        return self.offset_us + self.length_us - (0 if self.closed in ("left", "both") else 1)

    @property
    def front_us(self) -> int:
        """How far before the query the window ends, that instant excluded; -1 when the query's own time is inside."""
        return self.offset_us - (1 if self.closed in ("right", "both") else 0)

    @property
    def reach_us(self) -> int:
        """How long before a query an event can still matter."""
        return self.offset_us + self.length_us


@dataclass(frozen=True)
class Feature:
    """One aggregation of one column (or of the events) over one window, of the events for which ``where`` is true."""

    name: str
    aggregation: str
    column: Optional[str]
    window: Window
    type: ColumnType
    empty_value: Optional[str] = None
    where: Optional[Predicate] = None

    @property
    def columns(self) -> Tuple[str, ...]:
        """The event columns that the feature reads."""
        own = () if self.column is None else (self.column,)
        return (*own, *(() if self.where is None else columns_of(self.where)))


@dataclass(frozen=True)
class DerivedFeature:
    """A value that follows from other features of the same row, which are declared before it."""

    name: str
    derivation: str
    operands: Tuple[str, ...]
    type: ColumnType


AnyFeature = Union[Feature, DerivedFeature]


@dataclass(frozen=True)
class GroupLayout:
    """Prefixes in the lake that belong to one feature group; each ends with a slash."""

    gold: str
    gold_metadata: str
    publish: str
    training: str
    inference: str


@dataclass(frozen=True)
class FeatureGroup:
    """Features that describe the same entity and are served together.

    ``definition`` is a digest of the entity and the features: groups of the same definition give the same values.
    """

    name: str
    version: int
    feature_group_name: str
    table: str
    entity: Tuple[str, ...]
    record_identifier: str
    event_time_feature: str
    ttl_us: int
    features: Tuple[AnyFeature, ...]
    layout: GroupLayout
    definition: str = field(default="", compare=False)

    @property
    def aggregated(self) -> Tuple[Feature, ...]:
        """The features that are aggregated over a window, in declared order."""
        return tuple(feature for feature in self.features if isinstance(feature, Feature))

    def feature(self, name: str) -> AnyFeature:
        """Return the feature of that name; ``KeyError`` where there is none."""
        return {feature.name: feature for feature in self.features}[name]

    @property
    def reach_us(self) -> int:
        """How long before a query an event can still matter to any feature."""
        return max(feature.window.reach_us for feature in self.aggregated)

    @property
    def windows(self) -> Tuple[Window, ...]:
        """The distinct windows, in the order of their first use."""
        return tuple(dict.fromkeys(feature.window for feature in self.aggregated))

    @property
    def columns(self) -> Tuple[str, ...]:
        """The event columns that an evaluation reads: the entity's and every feature's, without repetition."""
        values = (name for feature in self.aggregated for name in feature.columns)
        return tuple(dict.fromkeys((*self.entity, *values)))


@dataclass(frozen=True)
class Layout:
    """Prefixes in the lake that all feature groups share; each ends with a slash."""

    bronze: str
    silver: str
    silver_metadata: str
    quarantine: str
    slots: str
    slot_results: str
    manifests: str
    published: str
    dataset_runs: str
    backfills: str
    republish: str
    labels: str


@dataclass(frozen=True)
class Labels:
    """Where the label of an event is found, how it is read, and how long it must have been known before it is used.

    Rows that cannot be read are kept under ``quarantine``.
    """

    prefix: str
    format: str
    event_id_column: str
    label_column: str
    label_type: ColumnType
    label_time_column: str
    label_time_format: str
    maturity_us: int
    quarantine: str

    @property
    def columns(self) -> Tuple[str, str, str]:
        """The columns of the files that are read: those of the event id, the label and the label time."""
        return self.event_id_column, self.label_column, self.label_time_column


@dataclass(frozen=True)
class Datasets:
    """How training and inference sets are cut."""

    period_days: int
    validation_share: float
    embargo: bool
    labels: Optional[Labels]


@dataclass(frozen=True)
class Spec:
    """The whole declaration, as read from a spec document."""

    slot: Slot
    events: Events
    feature_groups: Tuple[FeatureGroup, ...]
    datasets: Datasets
    layout: Layout
    spec_hash: str = field(default="", compare=False)

    def feature_group(self, name: str) -> FeatureGroup:
        """Return the feature group of that name, or raise ``SpecError``."""
        for group in self.feature_groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.feature_groups)
        raise SpecError.at("featureGroups", f"no group '{name}'", f"one of {known}", "use one of these")
