"""What features of one column and one predicate are about, and what their aggregations prepare of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medallion.arrays import kernel
from medallion.arrays.exact_sum import DoubleSums, IntegerSums, Sums
from medallion.arrays.moments import DoubleVariances, IntegerVariances, Variances
from medallion.arrays.timeline import Int64, Mask, Timeline
from medallion.evaluation import arrow
from medallion.evaluation.truth import true_rows
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Feature, Spec


@dataclass(frozen=True)
class Subject:
    """The events that features of one column and predicate look at.

    ``taking_part`` says, in timeline order, for which events the predicate is true and the column has a value.
    ``column`` has the values in the caller's order, doubles without negative zero; it and ``kind`` are None for
    features of events.
    """

    timeline: Timeline
    taking_part: Mask
    column: Optional[pa.Array] = None
    kind: Optional[ColumnType] = None

    @property
    def values(self) -> pa.Array:
        """The column, of a feature that has one; the declaration sees to it."""
        assert self.column is not None
        return self.column

    @property
    def type(self) -> ColumnType:
        """The declared type of the column, of a feature that has one."""
        assert self.kind is not None
        return self.kind


class Ordered(NamedTuple):
    """Numbers in the order of the values, in timeline order, and for text the row of each number."""

    numbers: npt.NDArray[Any]
    rows: Optional[Int64]


def subject_of(feature: Feature, spec: Spec, events: pa.Table, timeline: Timeline) -> Subject:
    """Return the subject of a feature, which is that of every other with the same column and predicate."""

    def column(name: str) -> pa.Array:
        kind = spec.events.column(name).type
        return arrow.normalised(arrow.column_of(events, name, kind.arrow), kind, name)

    every = np.ones(len(timeline), dtype=np.bool_)
    chosen = every if feature.where is None else timeline.sort(true_rows(feature.where, column))
    if feature.column is None:
        return Subject(timeline, chosen)
    values = column(feature.column)
    taking_part = chosen & timeline.sort(arrow.validity(values))
    return Subject(timeline, taking_part, values, spec.events.column(feature.column).type)


def taking_part(subject: Subject) -> Mask:
    """Return which events are counted."""
    return subject.taking_part


def sums(subject: Subject) -> Sums:
    """Return the running sums of the column."""
    values, valid = _numbers(subject), subject.taking_part
    return DoubleSums(values, valid) if _is_double(subject) else IntegerSums(values, valid, _unit(subject))


def variances(subject: Subject) -> Variances:
    """Return the running sums of the column and of its squares."""
    values, valid = _numbers(subject), subject.taking_part
    return DoubleVariances(values, valid) if _is_double(subject) else IntegerVariances(values, valid, _unit(subject))


def distinct(subject: Subject) -> kernel.Distinct:
    """Return the runs of equal values of the column."""
    codes, _ = arrow.codes(subject.values)
    return kernel.Distinct(subject.timeline, subject.timeline.sort(codes), subject.taking_part)


def nearest(subject: Subject) -> kernel.Nearest:
    """Return where the earliest and the latest values of the column stand."""
    return kernel.Nearest(subject.taking_part)


def ordered(subject: Subject) -> Ordered:
    """Return numbers that are compared in place of the values; those of text are its ranks."""
    if subject.type.name != "string":
        return Ordered(_numbers(subject), None)
    ranks = arrow.ranks(subject.values)
    rows = np.empty_like(ranks)
    rows[ranks] = np.arange(ranks.size)
    return Ordered(subject.timeline.sort(ranks), rows)


def _numbers(subject: Subject) -> npt.NDArray[Any]:
    """Return the column as int64 or float64 in timeline order; decimals in minor units, nulls as 0."""
    values, _ = arrow.numbers(subject.values, subject.type)
    return subject.timeline.sort(values)


def _is_double(subject: Subject) -> bool:
    return subject.type.name == "double"


def _unit(subject: Subject) -> int:
    """Return how many minor units of a decimal are one."""
    return int(10 ** (subject.type.scale or 0))
