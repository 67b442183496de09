"""Evaluates generated cases twice, by the engine and by the model, and counts what was compared."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Sequence, Tuple

import pyarrow as pa
import pytest
from factories import ENTITY, TYPES, Row, a_group, a_spec, event_table, plain_values, query_table
from generated_cases import KINDS, Case
from naive_model import derived_value, feature_value

from medallion.errors import KernelOverflow
from medallion.evaluation.evaluate import evaluate
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import AnyFeature, DerivedFeature, Feature

OVERFLOW = "overflow"
"""What the model's value is called where the exact one does not fit its type."""


@dataclass
class Tally:
    """How many histories were compared for each (aggregation or derivation, boundary), and which values differed."""

    cases: Counter[Tuple[str, str]] = field(default_factory=Counter)
    overflows: int = 0
    mismatches: List[str] = field(default_factory=list)


def evaluated(
    features: Sequence[AnyFeature], kind: ColumnType, events: Sequence[Row], queries: Sequence[Row]
) -> pa.Table:
    """Return the engine's values; ``value`` and ``mark`` are the columns of the events."""
    group = a_group(features, ENTITY)
    spec = a_spec(group, {"value": kind, "mark": TYPES["string"]})
    return evaluate(group, spec, event_table(spec, events), query_table(spec, group, queries))


def model_values(features: Sequence[AnyFeature], events: Sequence[Row], query: Row) -> Dict[str, Any]:
    """Return the model's value of every feature for one query; an operand that overflows makes all above it do so."""
    values: Dict[str, Any] = {}
    for feature in features:
        try:
            if isinstance(feature, Feature):
                values[feature.name] = feature_value(feature, ENTITY, events, query)
            elif any(values[name] == OVERFLOW for name in feature.operands):
                values[feature.name] = OVERFLOW
            else:
                values[feature.name] = derived_value(feature, values)
        except OverflowError:
            values[feature.name] = OVERFLOW
    return values


def compare(case: Case, tally: Tally) -> None:
    """Evaluate a case both ways and note the differences; the model sees the events of one history at a time."""
    kind = KINDS[case.kind]
    asked = [(history, query) for history in case.histories for query in history.queries]
    events = [event for history in case.histories for event in history.events]
    queries = [query for _, query in asked]
    expected = [model_values(case.features, history.events, query) for history, query in asked]
    fitting = [feature for feature in case.features if all(values[feature.name] != OVERFLOW for values in expected)]
    compared: Counter[Tuple[str, str]] = Counter()
    result = evaluated(fitting, kind, events, queries)
    for feature in fitting:
        compared[_cell(feature, case)] = len(case.histories)
        for got, values, (history, query) in zip(plain_values(result[feature.name]), expected, asked):
            wanted = values[feature.name]
            if repr(got) != repr(wanted):
                of = f"{feature} at {query} over {history.events}"
                tally.mismatches.append(f"got {got!r}, expected {wanted!r} for {of}")
    fit = {feature.name for feature in fitting}
    for feature in case.features:
        if feature.name not in fit and (isinstance(feature, Feature) or fit.issuperset(feature.operands)):
            _expect_overflow([*_operands(feature, fitting), feature], kind, events, queries)
            tally.overflows += 1
            compared[_cell(feature, case)] = max(1, compared[_cell(feature, case)])
    tally.cases.update(compared)


def _expect_overflow(
    features: Sequence[AnyFeature], kind: ColumnType, events: Sequence[Row], queries: Sequence[Row]
) -> None:
    with pytest.raises(KernelOverflow, match=f"^{re.escape(features[-1].name)}: got .*, expected .*; "):
        evaluated(features, kind, events, queries)


def _operands(feature: AnyFeature, known: Sequence[AnyFeature]) -> List[AnyFeature]:
    """Return the features that a derived one needs, in declared order."""
    wanted = list(feature.operands) if isinstance(feature, DerivedFeature) else []
    for other in reversed(known):
        if other.name in wanted and isinstance(other, DerivedFeature):
            wanted += other.operands
    return [other for other in known if other.name in wanted]


def _cell(feature: AnyFeature, case: Case) -> Tuple[str, str]:
    if isinstance(feature, Feature):
        return feature.aggregation, feature.window.closed
    operand = next(other for other in case.features if other.name == feature.operands[0])
    return feature.derivation, _cell(operand, case)[1]
