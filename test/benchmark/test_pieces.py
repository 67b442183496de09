"""Memory of a partition with a hot key, printed by ``pytest -m benchmark -s test/benchmark/test_pieces.py``.

Two million events of 30 days, of which one card has half, evaluated in one piece and in pieces of the default size.
The peak is beyond the input, which Spark hands over batch by batch and this benchmark holds as a whole.
"""

from __future__ import annotations

import json
import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from factories import HOUR_US, TYPES, a_feature, a_group, a_spec

from medallion.evaluation.evaluate import evaluate_partition
from medallion.evaluation.pieces import PIECE_ROWS
from medallion.spec.declaration import FeatureGroup, Spec, Window
from test.benchmark.test_kernel import card_events, forget_peak, peak_bytes

MILLIONS = 2
FEATURES = [
    a_feature("count", window=Window(HOUR_US), name="count_1h"),
    a_feature("sum", "amount", TYPES["decimal"], Window(24 * HOUR_US), "sum_24h"),
    a_feature("countDistinct", "merchant_id", TYPES["string"], Window(24 * HOUR_US), "distinct_24h"),
    a_feature("stddev", "amount", TYPES["decimal"], Window(24 * HOUR_US), "stddev_24h"),
]


def hot_partition() -> pa.Table:
    """Return events in the order of Spark's sort, every second of the hot card."""
    events = pa.concat_tables([card_events(TYPES["decimal"]) for _ in range(MILLIONS)])
    is_hot = pa.array([at % 2 == 0 for at in range(events.num_rows)])
    card = pc.if_else(is_hot, "hot", events["card_id"].combine_chunks())
    events = events.set_column(events.schema.get_field_index("card_id"), "card_id", card)
    events = events.append_column("query_time", events["event_time"])
    for flag in ("_is_event", "_is_query"):
        events = events.append_column(flag, pa.repeat(True, events.num_rows))
    return events.sort_by([("card_id", "ascending"), ("event_time", "ascending")]).combine_chunks()


def measure(name: str, group: FeatureGroup, spec: Spec, rows: pa.Table, piece_rows: int) -> int:
    before, begun = forget_peak(), time.perf_counter()
    batches = evaluate_partition(group, spec, rows.to_batches(max_chunksize=10_000), piece_rows)
    assert sum(batch.num_rows for batch in batches) == rows.num_rows
    peak = peak_bytes() - before
    seconds = round(time.perf_counter() - begun, 3)
    print(json.dumps({"case": name, "pieceRows": piece_rows, "seconds": seconds, "peakMegabytes": round(peak / 1e6)}))
    return peak


@pytest.mark.benchmark
def test_a_hot_key_is_held_a_piece_at_a_time() -> None:
    group = a_group(FEATURES)
    spec = a_spec(group, {"amount": TYPES["decimal"], "merchant_id": TYPES["string"]})
    rows = hot_partition()
    in_pieces = measure("pieces", group, spec, rows, PIECE_ROWS)
    whole = measure("one piece", group, spec, rows, 10 * rows.num_rows)
    assert in_pieces < whole / 2
