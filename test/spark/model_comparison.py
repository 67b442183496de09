"""Evaluates generated cases twice, by the engine and by the model, and counts what was compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import List, Sequence, Tuple

import pyarrow as pa
from factories import ENTITY, TYPES, Row, a_group, a_spec, event_table, plain_values, query_table
from generated_cases import KINDS, Case
from naive_model import evaluated_features

from medallion.evaluation.evaluate import evaluate
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import AnyFeature, Feature
from medallion.spec.names import OVERFLOWED


@dataclass
class Tally:
    """How many histories were compared for each (aggregation or derivation, boundary), and which values differed.

    ``overflows`` counts the instants at which one was absent because it did not fit.
    """

    cases: Counter[Tuple[str, str]] = field(default_factory=Counter)
    overflows: Counter[Tuple[str, str]] = field(default_factory=Counter)
    mismatches: List[str] = field(default_factory=list)


def evaluated(
    features: Sequence[AnyFeature], kind: ColumnType, events: Sequence[Row], queries: Sequence[Row]
) -> pa.Table:
    """Return the engine's values; ``value`` and ``mark`` are the columns of the events."""
    group = a_group(features, ENTITY)
    spec = a_spec(group, {"value": kind, "mark": TYPES["string"]})
    return evaluate(group, spec, event_table(spec, events), query_table(spec, group, queries))


def compare(case: Case, tally: Tally) -> None:
    """Evaluate a case both ways and note the differences; the model sees the events of one history at a time."""
    asked = [(history, query) for history in case.histories for query in history.queries]
    events = [event for history in case.histories for event in history.events]
    result = evaluated(case.features, KINDS[case.kind], events, [query for _, query in asked])
    expected = [evaluated_features(case.features, ENTITY, history.events, query) for history, query in asked]
    for feature in case.features:
        tally.cases[_cell(feature, case)] += len(case.histories)
        for got, (values, _), (history, query) in zip(plain_values(result[feature.name]), expected, asked):
            wanted = values[feature.name]
            if repr(got) != repr(wanted):
                of = f"{feature} at {query} over {history.events}"
                tally.mismatches.append(f"got {got!r}, expected {wanted!r} for {of}")
    for names, (_, overflowed), (history, query) in zip(result[OVERFLOWED].to_pylist(), expected, asked):
        tally.overflows.update(_cell(feature, case) for feature in case.features if feature.name in overflowed)
        if names != (overflowed or None):
            of = f"{query} over {history.events}"
            tally.mismatches.append(f"got {names} as overflowed, expected {overflowed} at {of}")


def _cell(feature: AnyFeature, case: Case) -> Tuple[str, str]:
    if isinstance(feature, Feature):
        return feature.aggregation, feature.window.closed
    operand = next(other for other in case.features if other.name == feature.operands[0])
    return feature.derivation, _cell(operand, case)[1]
