"""Nothing is lost or counted twice: objects that were opened, lines by what became of them, lines of the quarantine."""

from __future__ import annotations

from typing import Dict, List

import pytest
from pyspark.sql import Row

from medallion.layers.line_counts import ConservationError, LineCounts, check_objects, line_counts


def totals(*objects: str) -> List[Row]:
    return [Row(source_object=key, lines=1, unknown_columns=0, refused={}) for key in objects]


@pytest.mark.parametrize(
    ("opened", "message"),
    [
        (["a"], "b: got read 0 times, expected once"),
        ([], "a: got read 0 times, expected once"),
        (["a", "b", "a"], "a: got read 2 times, expected once"),
        (["a", "a"], "a: got read 2 times, expected once"),
        (["a", "b", "c"], "c: got read 1 times, expected never"),
    ],
)
def test_an_object_that_was_not_read_exactly_once_stops_the_run(opened: List[str], message: str) -> None:
    with pytest.raises(ConservationError, match=message):
        check_objects(("a", "b"), totals(*opened))


def test_objects_that_were_each_read_once_are_right_in_any_order() -> None:
    check_objects(("a", "b"), totals("b", "a"))
    check_objects((), [])


def test_lines_are_put_together_from_what_was_read_and_what_became_of_events() -> None:
    read = [
        Row(source_object="a", lines=7, unknown_columns=2, refused={"unparseable": 1, "too_late": 1}),
        Row(source_object="b", lines=4, unknown_columns=3, refused={"unparseable": 2}),
    ]
    outcomes = [
        Row(outcome="accepted", lines=3),
        Row(outcome="accepted", lines=1),
        Row(outcome="duplicate", lines=2),
        Row(outcome="conflicting_duplicate", lines=1),
    ]
    found = line_counts(read, outcomes)
    quarantined: Dict[str, int] = {"unparseable": 3, "too_late": 1, "conflicting_duplicate": 1}
    assert found == LineCounts(11, 4, 2, quarantined, 5)
    found.check()
    found.check_quarantine(5)


def test_lines_that_are_lost_or_counted_twice_stop_the_run() -> None:
    LineCounts(3, 1, 1, {"unparseable": 1}, 0).check()
    with pytest.raises(ConservationError, match="got 3 lines, expected 2 by outcome"):
        LineCounts(3, 1, 1, {}, 0).check()


@pytest.mark.parametrize("written", [0, 1, 3])
def test_refused_lines_that_are_not_all_written_stop_the_run(written: int) -> None:
    with pytest.raises(ConservationError, match=f"quarantine: got {written} lines written, expected 2 as refused"):
        LineCounts(3, 1, 0, {"unparseable": 1, "too_late": 1}, 0).check_quarantine(written)
