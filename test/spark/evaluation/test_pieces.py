"""Cutting sorted rows into pieces: nothing lost, nothing asked twice, nothing in reach left behind, and bounded."""

from __future__ import annotations

import random
from typing import Any, Dict, Iterator, List, Tuple

import pyarrow as pa
import pytest
from factories import ENTITY, TYPES, a_group, a_history, a_spec, event_table, every_feature

from medallion.errors import InputError
from medallion.evaluation.evaluate import evaluate_partition, evaluate_rows
from medallion.evaluation.pieces import entity_pieces, timed_pieces
from medallion.spec.column_type import INSTANT
from medallion.spec.declaration import FeatureGroup, Spec

WINDOWS = [(10, 0), (7, 3)]
REACH_US = 10


def a_decimal_group() -> Tuple[FeatureGroup, Spec]:
    group = a_group(every_feature(TYPES["decimal"], WINDOWS), ENTITY)
    return group, a_spec(group, {"value": TYPES["decimal"]})


def sorted_rows(spec: Spec, seed: int, size: int = 60) -> pa.Table:
    """Return rows that are events, queries or both, sorted as the pieces need them."""
    chance = random.Random(seed)
    history = a_history(seed, size)
    order = [("bank", "ascending"), ("card", "ascending"), ("event_time", "ascending")]
    table = event_table(spec, history).sort_by(order)
    flags = [chance.choice([(True, True), (True, False), (False, True)]) for _ in history]
    is_event, is_query = (pa.array([flag[at] for flag in flags]) for at in (0, 1))
    times = pa.array([None if not asked.as_py() else at for asked, at in zip(is_query, micros(table))], pa.int64())
    table = table.append_column("query_time", times.cast(INSTANT))
    return table.append_column("_is_event", is_event).append_column("_is_query", is_query)


def micros(table: pa.Table) -> List[int]:
    values: List[int] = table["event_time"].cast(pa.int64()).to_pylist()
    return values


def batches(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    return iter(table.to_batches(max_chunksize=rows))


def key(row: Dict[str, Any]) -> Tuple[Any, ...]:
    return row["bank"], row["card"], row["event_time"]


@pytest.mark.parametrize("piece_rows", [1, 2, 5, 13, 59, 60, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_pieces_give_what_the_whole_gives(seed: int, piece_rows: int) -> None:
    group, spec = a_decimal_group()
    rows = sorted_rows(spec, seed)
    whole = evaluate_rows(group, spec, rows)
    cut = pa.Table.from_batches(evaluate_partition(group, spec, batches(rows, 4), piece_rows=piece_rows))
    assert cut.equals(whole)


@pytest.mark.parametrize("seed", range(5))
def test_every_row_is_in_one_piece_apart_from_what_is_carried(seed: int) -> None:
    _, spec = a_decimal_group()
    rows = sorted_rows(spec, seed)
    found = [row for piece in timed_pieces(batches(rows, 3), ENTITY, REACH_US, 6) for row in piece.to_pylist()]
    assert [row["event_id"] for row in found if row["_is_query"]] == [
        row["event_id"] for row in rows.to_pylist() if row["_is_query"]
    ]
    assert {row["event_id"] for row in found} == set(rows["event_id"].to_pylist())


@pytest.mark.parametrize("seed", range(5))
def test_what_is_carried_is_no_more_than_the_windows_reach(seed: int) -> None:
    _, spec = a_decimal_group()
    seen: Dict[str, Tuple[Any, ...]] = {}
    for piece in timed_pieces(batches(sorted_rows(spec, seed), 3), ENTITY, REACH_US, 6):
        own = [row for row in piece.to_pylist() if row["event_id"] not in seen]
        carried = [row for row in piece.to_pylist() if row["event_id"] in seen]
        for row in carried:
            assert (row["_is_event"], row["_is_query"]) == (True, False)
            assert key(row)[:2] == key(own[0])[:2]
            assert (own[0]["event_time"] - row["event_time"]).microseconds <= REACH_US
        seen.update((row["event_id"], key(row)) for row in own)


def test_a_long_history_is_held_a_piece_at_a_time() -> None:
    # one entity, an event a microsecond, windows of 10: a piece of 50 rows needs 10 more, and a batch is 7
    columns = {
        "bank": ["1"] * 1000,
        "card": ["1"] * 1000,
        "event_time": pa.array(range(1000), pa.int64()).cast(INSTANT),
        "query_time": pa.array(range(1000), pa.int64()).cast(INSTANT),
        "_is_event": [True] * 1000,
        "_is_query": [True] * 1000,
    }
    sizes = [piece.num_rows for piece in timed_pieces(batches(pa.table(columns), 7), ENTITY, REACH_US, 50)]
    assert len(sizes) > 15
    assert max(sizes) <= 50 + REACH_US + 7


def test_a_tie_larger_than_a_piece_stays_whole() -> None:
    _, spec = a_decimal_group()
    rows = event_table(
        spec, [{"event_id": str(at), "event_time": at // 30, "bank": "1", "card": "1"} for at in range(90)]
    )
    rows = rows.append_column("query_time", rows["event_time"])
    for name in ("_is_event", "_is_query"):
        rows = rows.append_column(name, pa.array([True] * 90))
    for piece in timed_pieces(batches(rows, 4), ENTITY, 1, 5):
        times = [row["event_time"] for row in piece.to_pylist() if row["_is_query"]]
        assert all(times.count(time) == 30 for time in times)


@pytest.mark.parametrize("seed", range(5))
def test_entity_pieces_never_divide_an_entity(seed: int) -> None:
    _, spec = a_decimal_group()
    rows = sorted_rows(spec, seed)
    pieces = list(entity_pieces(batches(rows, 3), ENTITY, 10))
    assert pa.concat_tables(pieces).equals(rows)
    owners = [{(row["bank"], row["card"]) for row in piece.to_pylist()} for piece in pieces]
    assert len(pieces) > 1
    assert sum(map(len, owners)) == len(set().union(*owners))


def test_no_rows_are_no_pieces() -> None:
    _, spec = a_decimal_group()
    empty = sorted_rows(spec, 1).slice(0, 0)
    assert list(timed_pieces(iter([]), ENTITY, 1)) == []
    assert list(timed_pieces(iter(empty.to_batches()), ENTITY, 1)) == []


@pytest.mark.parametrize("swapped", [(10, 50), (45, 46)])
def test_fails_when_the_entity_to_divide_is_not_sorted(swapped: Tuple[int, int]) -> None:
    _, spec = a_decimal_group()
    keys = [(str(at // 20), at) for at in range(60)]
    one, other = swapped
    keys[one], keys[other] = keys[other], keys[one]
    rows = event_table(spec, [{"event_id": str(at), "event_time": at, "bank": bank, "card": "1"} for bank, at in keys])
    rows = rows.append_column("query_time", rows["event_time"])
    for name in ("_is_event", "_is_query"):
        rows = rows.append_column(name, pa.array([True] * 60))
    with pytest.raises(InputError, match="^rows: got another order, expected rows sorted by entity and instant"):
        list(timed_pieces(batches(rows, 60), ENTITY, REACH_US, 32))
