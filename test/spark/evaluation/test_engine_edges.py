"""Cases that only one small change of the engine's code would get wrong: found by test/mutation, derived by hand."""

from __future__ import annotations

import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np
import pyarrow as pa
import pytest
from factories import TYPES, a_feature, a_group, a_spec, derived_values
from windows import int64

from medallion.arrays.exact_sum import IntegerSums, quotients
from medallion.arrays.moments import IntegerVariances
from medallion.arrays.timeline import Int64, Mask, Timeline
from medallion.evaluation.evaluate import evaluate_partition, evaluate_rows
from medallion.evaluation.pieces import timed_pieces
from medallion.instants import LAST_US
from medallion.spec.column_type import INSTANT, ColumnType
from medallion.spec.declaration import Window
from medallion.spec.names import OVERFLOWED

ALL = int64([0])
LARGEST = 2**63 - 1


def all_of(values: List[int]) -> Tuple[Int64, Mask]:
    """Return what the kernel's classes take for values none of which is missing."""
    return int64(values), np.ones(len(values), np.bool_)


def whole(values: List[int]) -> Tuple[Int64, Int64]:
    """Return the edges of the one window that holds all values."""
    return ALL, int64([len(values)])


def test_the_largest_keys_of_entities_and_times_stay_in_order() -> None:
    # with one time a key needs two numbers, so that these are all the entities that 63 bits have room for
    entities = 2**62 - 1
    timeline = Timeline(int64([entities - 1, 0]), int64([LAST_US, LAST_US]), entities)
    assert timeline.order.tolist() == [1, 0]


def test_keys_of_ranked_times_are_told_apart_beyond_53_bits() -> None:
    # so many entities that times are ranked; the keys of the last one are about 3 x 2**61
    entities = 2**61
    timeline = Timeline(int64([entities - 1, entities - 1]), int64([0, 5]), entities)
    queries = timeline.queries(int64([entities - 1, entities - 1]), int64([0, 5]))
    assert queries.restore(queries.edge(0)).tolist() == [0, 1]


@pytest.mark.parametrize("values", [[2**62, 2**62], [-(2**62), -(2**62), -1]])
def test_a_sum_is_the_first_that_64_bits_cannot_hold(values: List[int]) -> None:
    _, fits = IntegerSums(*all_of(values)).sums(*whole(values))
    assert fits.tolist() == [False]


def test_running_sums_may_pass_any_number_that_single_windows_do_not() -> None:
    # all values together are 40 x (2**63 - 1), and each window of two is 0 or -1
    values = [2**63 - 1] * 20 + [-(2**63), 2**63 - 1] * 20 + [2**63 - 1] * 20
    start = int64(range(20, 58))
    totals, fits = IntegerSums(*all_of(values)).sums(start, start + 2)
    assert totals.tolist() == [-1] * 38
    assert fits.all()


@pytest.mark.parametrize("values", [[-(2**62), -(2**62)], [2**62, 2**62 - 1], [-(2**63)]])
def test_the_last_sums_that_64_bits_hold_are_given(values: List[int]) -> None:
    totals, fits = IntegerSums(*all_of(values)).sums(*whole(values))
    assert (totals.tolist(), fits.tolist()) == ([sum(values)], [True])


def test_a_mean_of_minor_units_whose_sum_exceeds_64_bits_is_divided_by_both_count_and_unit() -> None:
    values = [LARGEST, LARGEST, LARGEST]
    means, _ = IntegerSums(*all_of(values), 100).means(*whole(values))
    assert means.tolist() == [float(Fraction(LARGEST, 100))]


def test_a_mean_without_a_unit_is_of_whole_numbers() -> None:
    assert IntegerSums(*all_of([1, 2])).means(*whole([1, 2]))[0].tolist() == [1.5]


@pytest.mark.parametrize(
    ("repetitions", "values"),
    [
        # the squares of both fit 62 bits only relative to the middle of the range
        (1, [0, 2**31 - 1]),
        # n Σx² - (Σx)² is about 4 x 4 x 2**60 = 2**64, although Σx² has 62 bits
        (2, [0, 2**31 - 1]),
        # Σx² is 16 x 2**60 = 2**64, which 64 bits take for nearly 0
        (8, [0, 2**31 - 1]),
    ],
)
def test_a_variance_of_the_widest_range_of_the_fast_way_is_exact(repetitions: int, values: List[int]) -> None:
    values = values * repetitions
    mean = Fraction(sum(values), len(values))
    exact = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    variances, valid, fits = IntegerVariances(*all_of(values)).variances(*whole(values))
    assert (valid.tolist(), fits.tolist()) == ([True], [True])
    assert variances.tolist() == [float(exact)]


def test_a_quotient_without_a_unit_is_of_whole_numbers() -> None:
    assert quotients(int64([1]), int64([2])).tolist() == [0.5]


def test_an_operand_without_decimals_is_not_scaled() -> None:
    whole_units = ColumnType("decimal", 19, 0)
    assert derived_values("ratio", (whole_units, [Decimal(30)]), (TYPES["integer"], [4])) == [7.5]


@pytest.mark.parametrize(
    ("derivation", "operands"),
    [("ratio", [1.0, 0.0]), ("ratio", [0.0, 0.0]), ("difference", [1.7e308, -1.7e308])],
)
def test_an_absent_result_is_no_warning(derivation: str, operands: List[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert derived_values(derivation, *((TYPES["double"], [operand]) for operand in operands)) == [None]


def rows(times: List[int], **columns: List[Any]) -> pa.Table:
    """Return rows of one card that are events and queries; columns replace the usual ones."""
    usual: Dict[str, List[Any]] = {
        "event_id": [f"e{at:04}" for at in range(len(times))],
        "event_time": times,
        "card_id": ["1"] * len(times),
        "query_time": times,
        "_is_event": [True] * len(times),
        "_is_query": [True] * len(times),
    }
    types = {"event_time": INSTANT, "query_time": INSTANT, "_is_event": pa.bool_(), "_is_query": pa.bool_()}
    return pa.table(
        {name: pa.array(values, types.get(name, pa.string())) for name, values in {**usual, **columns}.items()}
    )


GROUP = a_group([a_feature("count", window=Window(10))])
SPEC = a_spec(GROUP, {"value": TYPES["integer"]})


def counts(table: pa.Table, piece_rows: Optional[int] = None) -> List[int]:
    """Return the feature of the rows that are queries, evaluated as a whole or in pieces."""
    if piece_rows is None:
        found: List[int] = evaluate_rows(GROUP, SPEC, table)["count"].to_pylist()
        return found
    batches = evaluate_partition(GROUP, SPEC, table.to_batches(max_chunksize=1), piece_rows)
    return [count for batch in batches for count in batch.column("count").to_pylist()]


@pytest.mark.parametrize("piece_rows", [None, 1, 2])
def test_a_row_without_a_flag_is_neither_event_nor_query(piece_rows: Optional[int]) -> None:
    table = rows([0, 1, 2, 3], _is_event=[True, None, True, False], _is_query=[True, True, None, True])
    # 0 and 2 are events; asked for at 0, 1 and 3 they are counted as none, one and two
    assert counts(table, piece_rows) == [0, 1, 2]


@pytest.mark.parametrize("piece_rows", [None, 1, 2, 3])
def test_a_query_that_is_no_event_has_no_event_time(piece_rows: Optional[int]) -> None:
    times: List[Optional[int]] = [0, None, 4, None]
    table = rows([0, 3, 4, 11], event_time=times, event_id=["a", None, "b", None])
    table = table.set_column(
        table.schema.get_field_index("_is_event"), "_is_event", pa.array([True, False, True, False])
    )
    # windows of 10 before 0, 3, 4 and 11: none, the event at 0, the same, and at 11 only that at 4
    assert counts(table, piece_rows) == [0, 1, 1, 1]


@pytest.mark.parametrize("piece_rows", [1, 4, 7, 100])
def test_what_overflows_is_the_same_in_pieces(piece_rows: int) -> None:
    # windows of 3 before each of 0 .. 12; 2**63 - 1 at 4 and at 6, so that both are seen at 7 alone
    group = a_group([a_feature("sum", "value", TYPES["integer"], Window(3)), a_feature("count", window=Window(3))])
    spec = a_spec(group, {"value": TYPES["integer"]})
    values = [LARGEST if at in (4, 6) else 0 for at in range(13)]
    table = rows(list(range(13))).append_column("value", pa.array(values, pa.int64()))
    pieces = evaluate_partition(group, spec, table.to_batches(max_chunksize=1), piece_rows)
    found = pa.Table.from_batches(pieces)
    assert found.equals(evaluate_rows(group, spec, table))
    assert found["sum"].to_pylist() == [LARGEST if at in (5, 6, 8, 9) else None if at == 7 else 0 for at in range(13)]
    assert found[OVERFLOWED].to_pylist() == [["sum"] if at == 7 else None for at in range(13)]


def test_pieces_of_one_entity_leave_before_all_of_it_has_come() -> None:
    taken: List[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows(list(range(200))).to_batches(max_chunksize=5):
            taken.append(batch.num_rows)
            yield batch

    first = next(evaluate_partition(GROUP, SPEC, batches(), piece_rows=20))
    assert first.num_rows <= 20 + 5
    assert sum(taken) <= 20 + 5


def test_a_piece_of_exactly_the_wanted_size_is_not_cut() -> None:
    table = rows([0, 1, 2, 3])
    assert [piece.num_rows for piece in timed_pieces(table.to_batches(max_chunksize=2), ["card_id"], 0, 4)] == [4]


def test_a_piece_takes_the_wanted_number_of_rows_besides_those_carried_into_it() -> None:
    pieces = timed_pieces(rows(list(range(13))).to_batches(max_chunksize=1), ["card_id"], 2, 4)
    # 0..3; then 2 and 3 again with 4..7, 6 and 7 again with 8..11, 10 and 11 again with 12
    assert [piece.num_rows for piece in pieces] == [4, 6, 6, 3]


def test_nothing_is_cut_where_all_of_it_would_be_carried() -> None:
    pieces = timed_pieces(rows(list(range(13))).to_batches(max_chunksize=1), ["card_id"], 100, 4)
    assert [piece.num_rows for piece in pieces] == [13]


def test_a_tie_larger_than_a_piece_is_cut_where_it_ends() -> None:
    pieces = timed_pieces(rows([0] * 10 + list(range(1, 7))).to_batches(max_chunksize=1), ["card_id"], 0, 4)
    # tried at 5 rows, where nothing can be cut, and again beyond 10
    assert [piece.num_rows for piece in pieces] == [10, 4, 2]


def test_an_empty_batch_ends_nothing() -> None:
    table = rows([0, 1, 2])
    empty = pa.RecordBatch.from_pylist([], schema=table.schema)
    batches = [*table.slice(0, 1).to_batches(), empty, *table.slice(1).to_batches()]
    assert pa.concat_tables(timed_pieces(batches, ["card_id"], 10)).equals(table)
