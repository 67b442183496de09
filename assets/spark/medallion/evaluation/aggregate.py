"""Every aggregation of the vocabulary: the events and the edges of the windows in, one column for each feature out.

Features of one column and predicate share a subject, and those among them whose aggregations prepare the same, such
as sum and mean, share that. Only one preparation is in memory at a time.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Hashable, Iterable, List, NamedTuple, Tuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medallion.arrays import kernel
from medallion.arrays.exact_sum import Sums, quotients
from medallion.arrays.moments import Variances
from medallion.arrays.timeline import Int64, Mask, Queries, Timeline
from medallion.evaluation import arrow, subject
from medallion.evaluation.result import Result
from medallion.evaluation.subject import Ordered, Subject, subject_of
from medallion.spec.declaration import Feature, Spec

_SECOND_US = 1_000_000


class Aggregation(NamedTuple):
    """What is prepared of a subject, and how a feature's column follows from it."""

    prepare: Callable[[Subject], Any]
    column: Callable[[Feature, Subject, Any, Queries], Result]


def aggregated(
    features: Iterable[Feature], spec: Spec, events: pa.Table, timeline: Timeline, asked: Queries
) -> Dict[str, Result]:
    """Return features by name, each for every query, in the order in which the queries were given."""
    columns: Dict[str, Result] = {}
    for of_subject in _grouped(features, lambda feature: (feature.column, feature.where)):
        columns.update(_of_subject(of_subject, subject_of(of_subject[0], spec, events, timeline), asked))
    return columns


def _of_subject(features: List[Feature], about: Subject, asked: Queries) -> Dict[str, Result]:
    columns: Dict[str, Result] = {}
    for alike in _grouped(features, lambda feature: AGGREGATIONS[feature.aggregation].prepare):
        columns.update(_of_preparation(alike, about, asked))
    return columns


def _of_preparation(features: List[Feature], about: Subject, asked: Queries) -> Dict[str, Result]:
    """Return features that share a preparation, which is gone before the next one is made."""
    prepared = AGGREGATIONS[features[0].aggregation].prepare(about)
    return {
        feature.name: AGGREGATIONS[feature.aggregation].column(feature, about, prepared, asked) for feature in features
    }


def _grouped(features: Iterable[Feature], key: Callable[[Feature], Hashable]) -> Iterable[List[Feature]]:
    groups: Dict[Hashable, List[Feature]] = {}
    for feature in features:
        groups.setdefault(key(feature), []).append(feature)
    return groups.values()


def _edges(feature: Feature, asked: Queries) -> Tuple[Int64, Int64]:
    return asked.edge(feature.window.back_us), asked.edge(feature.window.front_us)


def _count(feature: Feature, _: Subject, chosen: Mask, asked: Queries) -> Result:
    counts = kernel.count(chosen, *_edges(feature, asked))
    return Result(arrow.from_numbers(asked.restore(counts), None, feature.type))


def _sum(feature: Feature, _: Subject, sums: Sums, asked: Queries) -> Result:
    totals, fits = sums.sums(*_edges(feature, asked))
    return _fitting(feature, asked, totals, np.ones_like(fits), fits)


def _mean(feature: Feature, _: Subject, sums: Sums, asked: Queries) -> Result:
    means, valid = sums.means(*_edges(feature, asked))
    return Result(arrow.from_numbers(asked.restore(means), asked.restore(valid), feature.type))


def _variance(feature: Feature, _: Subject, variances: Variances, asked: Queries) -> Result:
    return _fitting(feature, asked, *variances.variances(*_edges(feature, asked)))


def _stddev(feature: Feature, _: Subject, variances: Variances, asked: Queries) -> Result:
    found, valid, fits = variances.variances(*_edges(feature, asked))
    return _fitting(feature, asked, np.sqrt(found), valid, fits)


def _fitting(feature: Feature, asked: Queries, found: npt.NDArray[Any], valid: Mask, fits: Mask) -> Result:
    """Return values that are absent where they are not ``valid``, and overflow where they are but do not fit."""
    present = None if (valid & fits).all() else asked.restore(valid & fits)
    column = arrow.from_numbers(asked.restore(found), present, feature.type)
    return Result(column, None if fits.all() else asked.restore(valid & ~fits))


def _count_distinct(feature: Feature, _: Subject, distinct: kernel.Distinct, asked: Queries) -> Result:
    length = feature.window.back_us - feature.window.front_us
    counts = distinct.counts(*_edges(feature, asked), length)
    return Result(arrow.from_numbers(asked.restore(counts), None, feature.type))


def _min(feature: Feature, about: Subject, ordered: Ordered, asked: Queries) -> Result:
    return _extreme(feature, about, ordered, asked, largest=False)


def _max(feature: Feature, about: Subject, ordered: Ordered, asked: Queries) -> Result:
    return _extreme(feature, about, ordered, asked, largest=True)


def _extreme(feature: Feature, about: Subject, ordered: Ordered, asked: Queries, largest: bool) -> Result:
    found, present = kernel.extremes(ordered.numbers, about.taking_part, *_edges(feature, asked), largest)
    if ordered.rows is None:
        return Result(arrow.from_numbers(asked.restore(found), asked.restore(present), feature.type))
    return _taken(about, ordered.rows, found, present, asked)


def _first(feature: Feature, about: Subject, nearest: kernel.Nearest, asked: Queries) -> Result:
    positions = nearest.first(*_edges(feature, asked))
    return _taken(about, about.timeline.order, positions, positions >= 0, asked)


def _last(feature: Feature, about: Subject, nearest: kernel.Nearest, asked: Queries) -> Result:
    positions = nearest.last(*_edges(feature, asked))
    return _taken(about, about.timeline.order, positions, positions >= 0, asked)


def _time_since_last(feature: Feature, about: Subject, nearest: kernel.Nearest, asked: Queries) -> Result:
    positions = nearest.last(*_edges(feature, asked))
    valid = positions >= 0
    elapsed_us = np.zeros(positions.size, dtype=np.int64)
    elapsed_us[valid] = asked.time[valid] - about.timeline.time[positions[valid]]
    seconds = quotients(elapsed_us, np.ones_like(elapsed_us), _SECOND_US)
    return Result(arrow.from_numbers(asked.restore(seconds), asked.restore(valid), feature.type))


def _taken(about: Subject, rows: Int64, found: Int64, present: Mask, asked: Queries) -> Result:
    """Return the values at ``rows[found]``, null where absent, in the order of the queries as given."""
    places = np.zeros(found.size, dtype=np.int64)
    places[present] = rows[found[present]]
    return Result(about.values.take(pa.array(asked.restore(places), mask=~asked.restore(present))))


AGGREGATIONS: Dict[str, Aggregation] = {
    "count": Aggregation(subject.taking_part, _count),
    "sum": Aggregation(subject.sums, _sum),
    "mean": Aggregation(subject.sums, _mean),
    "variance": Aggregation(subject.variances, _variance),
    "stddev": Aggregation(subject.variances, _stddev),
    "min": Aggregation(subject.ordered, _min),
    "max": Aggregation(subject.ordered, _max),
    "countDistinct": Aggregation(subject.distinct, _count_distinct),
    "first": Aggregation(subject.nearest, _first),
    "last": Aggregation(subject.nearest, _last),
    "timeSinceLast": Aggregation(subject.nearest, _time_since_last),
}
"""Every aggregation by its name in the declaration."""
