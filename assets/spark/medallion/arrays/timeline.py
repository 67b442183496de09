"""Events of many entities in one order, and the place in it where a window begins or ends.

1. Every (entity, time) becomes one 64-bit key with the order of the pair. Times are counted from the earliest
   event; where entities x period would not fit 63 bits, they are replaced by their rank among the event times.
2. Events are sorted by key; only the latest value depends on the order of ties, so it is settled on request.
3. Time is whole microseconds, so that each of the four boundaries is a half-open window ``[q - back, q - front)``.
   Its edges are positions in the sorted order, found by binary search for all queries together.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np
import numpy.typing as npt

from medallion.errors import InputError
from medallion.instants import FIRST_US, LAST_US

Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_FOREVER_US = LAST_US - FIRST_US + 2
_MAX_KEY = 2**63 - 1


class TimeKeys:
    """Numbers with the order of (entity, time), entities being codes from 0 to ``entities - 1``."""

    def __init__(self, entities: int, times: Int64) -> None:
        self._first = int(times.min()) if times.size else 0
        self._span = (int(times.max()) if times.size else 0) - self._first
        self._ranks: Optional[Int64] = None
        self._stride = self._span + 2
        if entities * self._stride > _MAX_KEY:
            self._ranks = np.unique(times)
            self._stride = self._ranks.size + 1

    def of(self, entity: Int64, time: Int64) -> Int64:
        """Return the key below which lie exactly the events of earlier entities, and the entity's before ``time``."""
        if self._ranks is not None:
            within = np.searchsorted(self._ranks, time, side="left").astype(np.int64)
        else:
            within = np.clip(time, self._first, self._first + self._span + 1) - self._first
        return entity * self._stride + within


class Timeline:
    """Events sorted by entity and time, ties in any order until ``order_ties``; ``sort`` brings arrays into it."""

    def __init__(self, entity: Int64, time: Int64, entities: int) -> None:
        check_times(time, "event_time")
        check_codes(entity, entities)
        self._keys = TimeKeys(entities, time)
        keys = self._keys.of(entity, time)
        self.order: Int64 = np.argsort(keys)
        self.keys: Int64 = keys[self.order]
        self.time: Int64 = time[self.order]
        self.entity: Int64 = entity[self.order]

    def __len__(self) -> int:
        return int(self.order.size)

    def sort(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Bring values of the events, given in the caller's order, into this order."""
        return values[self.order]

    def tied(self) -> Int64:
        """Return the positions of events that share entity and time with another."""
        same = self.keys[1:] == self.keys[:-1]
        shares = np.zeros(len(self), dtype=np.bool_)
        shares[1:] |= same
        shares[:-1] |= same
        return np.flatnonzero(shares)

    def order_ties(self, positions: Int64, rank: Int64) -> None:
        """Put the events at ``positions``, which are those of ``tied()``, in the order of ``rank`` within each tie."""
        chosen = positions[np.lexsort((rank, self.keys[positions]))]
        self.order[positions] = self.order[chosen]

    def queries(self, entity: Int64, time: Int64) -> Queries:
        """Return instants at which windows of this timeline are asked for."""
        return Queries(self, self._keys, entity, time)


class Queries:
    """Instants of entities, sorted for cache locality; ``restore`` brings results back into the caller's order."""

    def __init__(self, timeline: Timeline, keys: TimeKeys, entity: Int64, time: Int64) -> None:
        check_times(time, "query_time")
        self._timeline, self._keys = timeline, keys
        order = np.argsort(keys.of(entity, time))
        self._entity: Int64 = entity[order]
        self.time: Int64 = time[order]
        self._inverse = np.empty_like(order)
        self._inverse[order] = np.arange(order.size)
        self._found: Dict[int, Int64] = {}

    def edge(self, before_us: int) -> Int64:
        """Return for each query the position of its entity's first event at or after ``time - before_us``."""
        before_us = min(before_us, _FOREVER_US)
        if before_us not in self._found:
            wanted = self._keys.of(self._entity, self.time - before_us)
            self._found[before_us] = np.searchsorted(self._timeline.keys, wanted, side="left").astype(np.int64)
        return self._found[before_us]

    def restore(self, results: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Bring results, one for each query, back into the order in which the queries were given."""
        return results[self._inverse]


def check_times(time: Int64, what: str) -> None:
    """Refuse times that are not in the years 1 to 9999, with which every subtraction below stays exact."""
    if time.size and (int(time.min()) < FIRST_US or int(time.max()) > LAST_US):
        got = f"{int(time.min())} to {int(time.max())}"
        raise InputError.at(what, f"{got} us", "the years 1 to 9999", "quarantine such events")


def check_codes(entity: Int64, entities: int) -> None:
    """Refuse entity codes outside ``0 .. entities - 1``, which would fall into another entity's keys."""
    if entity.size and (int(entity.min()) < 0 or int(entity.max()) >= entities):
        got = f"{int(entity.min())} to {int(entity.max())}"
        raise InputError.at("entity", f"codes from {got}", f"0 to {entities - 1}", "encode the entities densely")
