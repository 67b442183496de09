"""Arrays in, arrays out: each building block of the kernel against the obvious way to compute it."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, List, Optional, Tuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from windows import every_window, int64, of_window, optional_doubles, optional_integers, present_values

from medallion.arrays import kernel
from medallion.arrays.exact_sum import DoubleSums, IntegerSums
from medallion.arrays.timeline import Queries, Timeline
from medallion.errors import InputError
from medallion.instants import FIRST_US, LAST_US

ENTITIES = 3
MANY_ENTITIES = 2**50
"""More entities than times can be told apart by in one 64-bit key, so that times are ranked."""

quick = settings(max_examples=400, deadline=None, database=None, derandomize=True)

integers_at_the_limits = st.lists(st.sampled_from([None, 2**63 - 1, -(2**63), 2**62, -(2**62), 1, -1]), max_size=9)
doubles_at_the_limits = st.lists(
    st.sampled_from([None, 1.7976931348623157e308, -1.7976931348623157e308, 2.0**970, -(2.0**969), 5e-324, -5e-324]),
    max_size=9,
)

events_of_entities = st.lists(st.tuples(st.integers(0, ENTITIES - 1), st.integers(-6, 6)), max_size=20)


@pytest.mark.parametrize("entities", [ENTITIES, MANY_ENTITIES])
@pytest.mark.parametrize("base", [0, FIRST_US + 6, LAST_US - 6])
def test_an_edge_is_the_first_event_of_the_entity_at_or_after_an_instant(entities: int, base: int) -> None:
    @quick
    @given(events_of_entities, st.integers(-1, 14))
    def holds(events: List[Tuple[int, int]], before: int) -> None:
        entity, time = int64([entity for entity, _ in events]), int64([base + time for _, time in events])
        asked = [(entity, base + time) for entity in range(ENTITIES) for time in range(-6, 7)]
        timeline = Timeline(entity, time, entities)
        queries = timeline.queries(int64([entity for entity, _ in asked]), int64([time for _, time in asked]))
        in_order = sorted(zip(entity.tolist(), time.tolist()))
        expected = [sum(event < (entity, time - before) for event in in_order) for entity, time in asked]
        assert queries.restore(queries.edge(before)).tolist() == expected

    holds()


def test_a_timeline_orders_ties_by_the_given_rank_and_leaves_others_alone() -> None:
    timeline = Timeline(int64([1, 0, 1, 1, 0]), int64([5, 5, 5, 4, 5]), 2)
    tied = timeline.tied()
    assert sorted(timeline.order[tied].tolist()) == [0, 1, 2, 4]
    rank = -timeline.order[tied]
    timeline.order_ties(tied, rank)
    assert timeline.order.tolist() == [4, 1, 3, 2, 0]


@pytest.mark.parametrize("code", [-1, 2])
def test_fails_when_an_entity_code_is_out_of_range(code: int) -> None:
    with pytest.raises(InputError, match="^entity: got codes from"):
        Timeline(int64([code]), int64([0]), 2)


@pytest.mark.parametrize("time", [FIRST_US - 1, LAST_US + 1])
def test_fails_when_a_query_is_outside_the_years_1_to_9999(time: int) -> None:
    with pytest.raises(InputError, match="^query_time: got"):
        Timeline(int64([0]), int64([0]), 1).queries(int64([0]), int64([time]))


@quick
@given(st.one_of(optional_integers, integers_at_the_limits))
def test_integer_sums_are_exact_and_marked_where_they_do_not_fit(values: List[Any]) -> None:
    start, stop = every_window(len(values))
    totals, fits = IntegerSums(*present_values(values, np.int64)).sums(start, stop)
    for at in range(start.size):
        total = sum(of_window(values, start[at], stop[at]))
        assert fits[at] == (-(2**63) <= total < 2**63)
        assert not fits[at] or totals[at] == total


@quick
@given(optional_integers, st.sampled_from([1, 100, 10**18]))
@example([1] * 12, 10**18)
def test_integer_means_are_the_exact_quotient_rounded_once(values: List[Any], unit: int) -> None:
    start, stop = every_window(len(values))
    means, valid = IntegerSums(*present_values(values, np.int64), unit).means(start, stop)
    for at in range(start.size):
        inside = of_window(values, start[at], stop[at])
        assert valid[at] == bool(inside)
        if inside:
            assert means[at] == float(Fraction(sum(inside), len(inside) * unit))


@quick
@given(st.one_of(optional_doubles, doubles_at_the_limits))
def test_double_sums_and_means_are_exact_rounded_once_and_marked_where_they_do_not_fit(values: List[Any]) -> None:
    start, stop = every_window(len(values))
    sums = DoubleSums(*present_values(values, np.float64))
    (totals, fits), (means, _) = sums.sums(start, stop), sums.means(start, stop)
    for at in range(start.size):
        inside = of_window(values, start[at], stop[at])
        total = sum(map(Fraction, inside), Fraction(0))
        try:
            expected = float(total)
        except OverflowError:
            assert not fits[at]
        else:
            assert (totals[at], fits[at]) == (expected, True)
        if inside:
            assert means[at] == float(total / len(inside))


LARGEST_DOUBLE = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # the last bit of the largest double is 2**971: half of it is a tie, to the even one, which is no double
        ([LARGEST_DOUBLE, 2.0**970], None),
        ([LARGEST_DOUBLE, 2.0**970, -5e-324], LARGEST_DOUBLE),
        ([LARGEST_DOUBLE, 2.0**969], LARGEST_DOUBLE),
        ([-LARGEST_DOUBLE, -(2.0**970)], None),
        ([LARGEST_DOUBLE] * 3 + [-LARGEST_DOUBLE] * 3 + [5e-324], 5e-324),
    ],
)
def test_a_double_sum_is_rounded_before_it_is_found_too_large(values: List[float], expected: Optional[float]) -> None:
    sums = DoubleSums(np.array(values), np.ones(len(values), np.bool_))
    totals, fits = sums.sums(int64([0, 0]), int64([len(values), 1]))
    assert fits.tolist() == [expected is not None, True]
    assert expected is None or totals[0] == expected
    assert totals[1] == values[0]


def test_a_mean_that_vanishes_is_plain_zero() -> None:
    # half of the smallest double is a tie between it and zero, which is even
    smallest = np.array([-5e-324, 0.0])
    means, _ = DoubleSums(smallest, np.ones(2, np.bool_)).means(int64([0]), int64([2]))
    assert str(means[0]) == "0.0"


def test_double_sums_agree_with_an_independent_exact_sum() -> None:
    values = np.random.default_rng(7).normal(size=1000) * 10.0 ** np.arange(-300, 300, 0.6)
    start, stop = int64([0, 10, 500]), int64([1000, 700, 501])
    expected = [math.fsum(values[first:last]) for first, last in zip(start, stop)]
    totals, fits = DoubleSums(values, np.ones(1000, np.bool_)).sums(start, stop)
    assert (totals.tolist(), fits.tolist()) == (expected, [True] * 3)


def test_fails_when_a_double_to_add_is_not_finite() -> None:
    with pytest.raises(InputError, match="^values: got NaN or infinity"):
        DoubleSums(np.array([1.0, np.nan]), np.ones(2, np.bool_))


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_extremes_equal_those_of_every_slice(largest: bool, dtype: Any) -> None:
    @quick
    @given(st.lists(st.one_of(st.none(), st.integers(-9, 9), st.just(-(2**63))), max_size=17))
    def holds(values: List[Any]) -> None:
        start, stop = every_window(len(values))
        found, valid = kernel.extremes(*present_values(values, dtype), start, stop, largest)
        for at in range(start.size):
            inside = of_window(values, start[at], stop[at])
            assert valid[at] == bool(inside)
            if inside:
                assert found[at] == (max if largest else min)(inside)

    holds()


def test_no_windows_have_no_extremes() -> None:
    found, valid = kernel.extremes(int64([1, 2]), np.ones(2, np.bool_), int64([]), int64([]), largest=True)
    assert (found.size, valid.size) == (0, 0)


@quick
@given(st.lists(st.booleans(), max_size=17))
def test_first_and_last_are_the_outer_valid_positions_of_every_slice(valid: List[bool]) -> None:
    start, stop = every_window(len(valid))
    slices = [[at for at in range(first, last) if valid[at]] for first, last in zip(start.tolist(), stop.tolist())]
    nearest = kernel.Nearest(np.array(valid, np.bool_))
    assert nearest.first(start, stop).tolist() == [min(places, default=-1) for places in slices]
    assert nearest.last(start, stop).tolist() == [max(places, default=-1) for places in slices]


@quick
@given(st.lists(st.booleans(), max_size=17))
def test_count_is_the_number_of_chosen_events_of_every_slice(chosen: List[bool]) -> None:
    start, stop = every_window(len(chosen))
    expected = [sum(chosen[first:last]) for first, last in zip(start.tolist(), stop.tolist())]
    assert kernel.count(np.array(chosen, np.bool_), start, stop).tolist() == expected


@quick
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(0, 2), st.booleans()), max_size=20),
    st.integers(0, 6),
    st.integers(-1, 3),
)
def test_distinct_counts_equal_the_size_of_the_set(
    events: List[Tuple[int, int, int, bool]], length: int, front: int
) -> None:
    columns = [int64([event[at] for event in events]) for at in range(3)]
    entity, time, codes = columns
    valid = np.array([event[3] for event in events], np.bool_)
    timeline = Timeline(entity, time, 2)
    asked = [(entity, instant) for entity in (0, 1) for instant in range(-1, 20)]
    queries = timeline.queries(int64([entity for entity, _ in asked]), int64([instant for _, instant in asked]))
    distinct = kernel.Distinct(timeline, timeline.sort(codes), timeline.sort(valid))
    counts = distinct.counts(queries.edge(front + length), queries.edge(front), length)
    expected = [
        len({code for of, when, code, is_valid in events if is_valid and of == entity and back <= when < back + length})
        for entity, back in ((entity, instant - front - length) for entity, instant in asked)
    ]
    assert queries.restore(counts).tolist() == expected


def test_edges_of_the_same_width_are_searched_once() -> None:
    queries: Queries = Timeline(int64([0]), int64([0]), 1).queries(int64([0, 0]), int64([1, 2]))
    assert queries.edge(1) is queries.edge(1)
