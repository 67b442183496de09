"""Cuts a stream of sorted rows into pieces that fit into memory, without changing what is evaluated.

Rows come sorted by entity and instant, the instant of a row being its query's time or else its event's. A cut falls
between two instants, never within a tie. Where it falls within an entity, the events that later windows still reach
are carried over into the next piece, as events only. So a piece holds at most the wanted number of rows, and what
one instant of one entity can see.
"""

from __future__ import annotations

from typing import Iterable, Iterator, List, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medallion.arrays.timeline import Mask
from medallion.errors import InputError
from medallion.spec.column_type import INSTANT
from medallion.spec.names import EVENT_TIME, IS_EVENT, IS_QUERY, QUERY_TIME

PIECE_ROWS = 500_000
"""How many rows are evaluated at once, if windows allow; the benchmark states the bytes that a million rows take."""


def entity_pieces(
    batches: Iterable[pa.RecordBatch], entity: Sequence[str], max_rows: int = PIECE_ROWS
) -> Iterator[pa.Table]:
    """Yield pieces that never divide an entity; one that has more than ``max_rows`` is a piece of its own."""
    return _pieces(batches, entity, max_rows, None)


def timed_pieces(
    batches: Iterable[pa.RecordBatch], entity: Sequence[str], reach_us: int, max_rows: int = PIECE_ROWS
) -> Iterator[pa.Table]:
    """Yield pieces that divide an entity in time, each with the events of ``reach_us`` before it."""
    return _pieces(batches, entity, max_rows, reach_us)


def _pieces(
    batches: Iterable[pa.RecordBatch], entity: Sequence[str], max_rows: int, reach_us: Optional[int]
) -> Iterator[pa.Table]:
    held: List[pa.Table] = []
    rows = wanted = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(pa.Table.from_batches([batch]))
        rows += batch.num_rows
        if rows <= max(max_rows, wanted):
            continue
        table = pa.concat_tables(held)
        cut = _cut(table, entity, reach_us is not None)
        carried = _carried(table, cut, entity, reach_us)
        if table.num_rows - cut + carried.num_rows < rows:
            yield table.slice(0, cut)
            held = [carried, table.slice(cut)]
            rows = sum(part.num_rows for part in held)
            wanted = carried.num_rows + max_rows
        else:
            held, wanted = [table], 2 * rows
    if rows:
        yield pa.concat_tables(held)


def _cut(table: pa.Table, entity: Sequence[str], in_time: bool) -> int:
    """Return the first row that belongs to the same entity (and instant) as the last row."""
    of_last = _same_entity(table, entity, table.num_rows - 1)
    begin = int(np.flatnonzero(of_last)[0])
    instants = _instants(table.slice(begin))
    if not of_last[begin:].all() or (in_time and (instants[1:] < instants[:-1]).any()):
        raise InputError.at("rows", "another order", "rows sorted by entity and instant", "sort each partition first")
    return begin + int(np.searchsorted(instants, instants[-1])) if in_time else begin


def _carried(table: pa.Table, cut: int, entity: Sequence[str], reach_us: Optional[int]) -> pa.Table:
    """Return the events before the cut that windows after it can reach, no longer as queries."""
    if reach_us is None:
        return table.slice(0, 0)
    instants = _instants(table)
    kept = _same_entity(table, entity, cut) & (instants >= instants[cut] - reach_us)
    kept &= table.column(IS_EVENT).fill_null(False).to_numpy()
    kept[cut:] = False
    events = table.filter(pa.array(kept))
    place = table.schema.get_field_index(IS_QUERY)
    return events.set_column(place, table.schema.field(place), pa.array([False] * events.num_rows, pa.bool_()))


def _same_entity(table: pa.Table, entity: Sequence[str], row: int) -> Mask:
    columns = [table.column(name) for name in entity]
    same: Mask = np.logical_and.reduce([pc.equal(column, column[row]).to_numpy() for column in columns])
    return same


def _instants(table: pa.Table) -> np.ndarray:
    instants = pc.coalesce(table.column(QUERY_TIME), table.column(EVENT_TIME)).cast(INSTANT).cast(pa.int64())
    return np.asarray(instants.to_numpy())
