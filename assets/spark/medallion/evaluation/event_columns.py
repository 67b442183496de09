"""Columns of the events in timeline order, and what features of one column and predicate share, prepared once."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple, TypeVar, Union

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medallion.arrays import kernel
from medallion.arrays.exact_sum import DoubleSums, IntegerSums
from medallion.arrays.moments import DoubleVariances, IntegerVariances, Variances
from medallion.arrays.timeline import Mask, Timeline
from medallion.evaluation import arrow
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Feature, Spec
from medallion.spec.predicate import Predicate, true_rows

T = TypeVar("T")

Subject = Tuple[Optional[str], Optional[Predicate]]
"""The column that a feature reads, and the predicate that it is restricted by."""


def subject_of(feature: Feature) -> Subject:
    """Return what a feature is about; features of one subject share their preparation."""
    return feature.column, feature.where


class EventColumns:
    """The events of one evaluation; only the preparations of one subject are kept at a time."""

    def __init__(self, spec: Spec, events: pa.Table, timeline: Timeline) -> None:
        self.timeline = timeline
        self._spec, self._events = spec, events
        self._subject: Optional[Subject] = None
        self._prepared: Dict[str, Any] = {}

    def type(self, name: str) -> ColumnType:
        """Return the declared type of a column."""
        return self._spec.events.column(name).type

    def values(self, name: str) -> pa.Array:
        """Return a column in the caller's order; doubles without negative zero."""
        kind = self.type(name)
        return arrow.normalised(arrow.column_of(self._events, name, kind.arrow), kind, name)

    def chosen(self, feature: Feature) -> Optional[Mask]:
        """Return for which events the feature's predicate is true, None where it has none."""
        return self._once(feature, self._chosen)

    def column(self, feature: Feature) -> pa.Array:
        """Return the feature's column in the caller's order."""
        return self._once(feature, self._column)

    def taking_part(self, feature: Feature) -> Mask:
        """Return which events have a value that the feature aggregates."""
        return self._once(feature, self._taking_part)

    def numbers(self, feature: Feature) -> npt.NDArray[Any]:
        """Return the column as int64 or float64; decimals in minor units, nulls as 0."""
        return self._once(feature, self._numbers)

    def sums(self, feature: Feature) -> Union[IntegerSums, DoubleSums]:
        """Return the running sums of the column."""
        return self._once(feature, self._sums)

    def variances(self, feature: Feature) -> Variances:
        """Return the running sums of the column and of its squares."""
        return self._once(feature, self._variances)

    def distinct(self, feature: Feature) -> kernel.Distinct:
        """Return the runs of equal values of the column."""
        return self._once(feature, self._distinct)

    def nearest(self, feature: Feature) -> kernel.Nearest:
        """Return where the earliest and latest values of the column stand."""
        return self._once(feature, self._nearest)

    def _chosen(self, feature: Feature) -> Optional[Mask]:
        if feature.where is None:
            return None
        return self.timeline.sort(true_rows(feature.where, self.values))

    def _column(self, feature: Feature) -> pa.Array:
        return self.values(_name(feature))

    def _taking_part(self, feature: Feature) -> Mask:
        chosen = self.chosen(feature)
        if feature.column is None:
            return np.ones(len(self.timeline), dtype=np.bool_) if chosen is None else chosen
        valid = self.timeline.sort(arrow.validity(self.column(feature)))
        return valid if chosen is None else valid & chosen

    def _numbers(self, feature: Feature) -> npt.NDArray[Any]:
        values, _ = arrow.numbers(self.column(feature), self.type(_name(feature)))
        return self.timeline.sort(values)

    def _sums(self, feature: Feature) -> Union[IntegerSums, DoubleSums]:
        values, valid = self.numbers(feature), self.taking_part(feature)
        if self._is_double(feature):
            return DoubleSums(values, valid)
        return IntegerSums(values, valid, self._unit(feature))

    def _variances(self, feature: Feature) -> Variances:
        values, valid = self.numbers(feature), self.taking_part(feature)
        if self._is_double(feature):
            return DoubleVariances(values, valid)
        return IntegerVariances(values, valid, self._unit(feature))

    def _distinct(self, feature: Feature) -> kernel.Distinct:
        codes, _ = arrow.codes(self.column(feature))
        return kernel.Distinct(self.timeline, self.timeline.sort(codes), self.taking_part(feature))

    def _nearest(self, feature: Feature) -> kernel.Nearest:
        return kernel.Nearest(self.taking_part(feature))

    def _is_double(self, feature: Feature) -> bool:
        return self.type(_name(feature)).name == "double"

    def _unit(self, feature: Feature) -> int:
        return int(10 ** (self.type(_name(feature)).scale or 0))

    def _once(self, feature: Feature, prepare: Callable[[Feature], T]) -> T:
        subject = subject_of(feature)
        if subject != self._subject:
            self._subject, self._prepared = subject, {}
        if prepare.__name__ not in self._prepared:
            self._prepared[prepare.__name__] = prepare(feature)
        prepared: T = self._prepared[prepare.__name__]
        return prepared


def _name(feature: Feature) -> str:
    """Return the column of a feature that has one; the spec sees to it that it does."""
    assert feature.column is not None
    return feature.column
