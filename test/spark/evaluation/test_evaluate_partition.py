"""What ``mapInArrow`` is given: rows that are events, queries or both, in batches."""

from __future__ import annotations

import random
from typing import Sequence, Tuple

import pyarrow as pa
import pytest
from factories import (
    ENTITY,
    TYPES,
    Row,
    a_group,
    a_history,
    a_spec,
    at_themselves,
    event_table,
    every_feature,
    query_table,
)

from medallion.evaluation.evaluate import evaluate, evaluate_partition, evaluated_fields
from medallion.spec.declaration import FeatureGroup, Spec


def a_partition(spec: Spec, events: Sequence[Row], flags: Sequence[Tuple[bool, bool]]) -> pa.Table:
    """Return rows that are events, queries or both; a query's time is the event's."""
    times = [event["event_time"] if is_query else None for event, (_, is_query) in zip(events, flags)]
    table = event_table(spec, events)
    table = table.append_column("query_time", pa.array(times, pa.int64()).cast(table.schema.field("event_time").type))
    table = table.append_column("_is_event", pa.array([is_event for is_event, _ in flags]))
    table = table.append_column("_is_query", pa.array([is_query for _, is_query in flags]))
    return table.append_column("_is_new", pa.array([at % 2 == 0 for at in range(len(events))]))


def a_decimal_group() -> Tuple[FeatureGroup, Spec]:
    group = a_group(every_feature(TYPES["decimal"], [(10, 0)]), ENTITY)
    return group, a_spec(group, {"value": TYPES["decimal"]})


@pytest.mark.parametrize("seed", range(10))
def test_a_partition_gives_the_same_as_two_tables(seed: int) -> None:
    group, spec = a_decimal_group()
    rows = a_history(seed)
    chance = random.Random(seed)
    flags = [chance.choice([(True, True), (True, False), (False, True)]) for _ in rows]
    events = [row for row, (is_event, _) in zip(rows, flags) if is_event]
    queries = [row for row, (_, is_query) in zip(rows, flags) if is_query]
    expected = evaluate(group, spec, event_table(spec, events), query_table(spec, group, at_themselves(queries)))
    batches = a_partition(spec, rows, flags).to_batches(max_chunksize=7)
    result = pa.Table.from_batches(evaluate_partition(group, spec, iter(batches)))
    names = [feature.name for feature in group.features]
    assert result.select(names).equals(expected.select(names))
    assert result["event_id"].to_pylist() == [query["event_id"] for query in queries]


def test_a_partition_passes_other_columns_through_and_drops_the_flags() -> None:
    group, spec = a_decimal_group()
    rows = a_partition(spec, a_history(1), [(True, True)] * 60)
    result = pa.Table.from_batches(evaluate_partition(group, spec, iter(rows.to_batches())))
    kept = [name for name in rows.schema.names if name not in ("_is_event", "_is_query")]
    assert result.schema.names == [*kept, *(field.name for field in evaluated_fields(group))]
    assert result.select(kept).equals(rows.select(kept))
    assert [result.schema.field(field.name) for field in evaluated_fields(group)] == evaluated_fields(group)


def test_a_partition_leaves_in_bounded_batches() -> None:
    group, spec = a_decimal_group()
    rows = a_partition(spec, a_history(1), [(True, True)] * 60)
    sizes = [batch.num_rows for batch in evaluate_partition(group, spec, iter(rows.to_batches()), batch_rows=25)]
    assert sizes == [25, 25, 10]


def test_an_empty_partition_gives_nothing() -> None:
    group, spec = a_decimal_group()
    assert list(evaluate_partition(group, spec, iter([]))) == []
